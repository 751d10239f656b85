// StatefulSet: pods with names and numbers (kubernetes pkg/controller/statefulset, 1.36): one after another in order, or
// all at once (podManagementPolicy Parallel); rolling update from the last to the partition; claims by template. What it
// does not do: ControllerRevision objects (revisions are remembered; only their names are written), maxUnavailable,
// retention policies of claims, adoption, events.

import { pairsOf, isEqual, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import { Refusal } from "./client.ts";
import type { Actor, Context } from "./context.ts";
import { templateHash } from "./template-hash.ts";
import { controllerOf, integerOf, isKind, keyOf, specOf, statusOf, uidOf, withoutZeros } from "./objects.ts";
import { podOf, type NewPod } from "./pod-template.ts";
import { availableInMs, isLeaving, isReady, isTerminal, phaseOf } from "./pods.ts";

const REVISION_LABEL = "controller-revision-hash";

/** A set at one look. */
interface Look {
  readonly set: ApiObject;
  readonly spec: JsonObject;
  readonly first: number;
  readonly replicas: number;
  readonly isParallel: boolean;
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly pods: ReadonlyMap<number, ApiObject>;
}

export function statefulSetController(context: Context): Actor {
  const { view, client, clock, kinds } = context;
  /** Templates by set and revision. */
  const templates = new Map<string, Map<string, unknown>>();
  const queue = context.work.queue(sync);

  return {
    react({ verb, kind, object }: Write): void {
      if (isKind(kind, kinds.statefulSets)) {
        if (verb === "delete") templates.delete(uidOf(object));
        else queue.add(keyOf(object));
      } else if (isKind(kind, kinds.pods)) {
        const owner = controllerOf(object);
        if (owner?.kind === "StatefulSet") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
      }
    },
  };

  function sync(key: string): void {
    const set = view.get(kinds.statefulSets, key);
    if (set === undefined) return;
    const look = lookAt(set);
    if (set.metadata.deletionTimestamp === undefined && keepReplicas(look) && removeCondemned(look)) update(look);
    writeStatus(lookAt(set));
  }

  function lookAt(set: ApiObject): Look {
    const spec = specOf(set);
    const updateRevision = `${set.metadata.name}-${templateHash(spec["template"], 0)}`;
    const known = templates.get(uidOf(set)) ?? new Map<string, unknown>();
    known.set(updateRevision, spec["template"]);
    templates.set(uidOf(set), known);
    return {
      set,
      spec,
      first: integerOf(objectOf(spec["ordinals"])["start"], 0),
      replicas: integerOf(spec["replicas"], 1),
      isParallel: spec["podManagementPolicy"] === "Parallel",
      currentRevision: textOf(statusOf(set)["currentRevision"]) || updateRevision,
      updateRevision,
      pods: new Map(view.controlledBy(set, kinds.pods).flatMap((pod) => numbered(set, pod))),
    };
  }

  /** Whether every replica is as it should be; in order, the first that is not stops the others. */
  function keepReplicas(look: Look): boolean {
    for (let number = look.first; number < look.first + look.replicas; number++) {
      const isInOrder = keepReplica(look, number);
      if (!isInOrder && !look.isParallel) return false;
    }
    return true;
  }

  function keepReplica(look: Look, number: number): boolean {
    const pod = look.pods.get(number);
    if (pod === undefined) {
      create(look, number);
      return false;
    }
    if (isTerminal(pod)) {
      if (!isLeaving(pod)) client.remove(kinds.pods, pod);
      return false; // the next one comes when it is gone
    }
    return !isUnavailable(look, pod);
  }

  /** Pods beyond the size leave, the last first. Whether none is left; in order, each waits for the one before. */
  function removeCondemned(look: Look): boolean {
    const last = look.first + look.replicas - 1;
    const condemned = [...look.pods].filter(([number]) => number < look.first || last < number);
    condemned.sort(([left], [right]) => right - left);
    // In order, only the first unhealthy one may leave unhealthy: it is the lowest of them.
    const unhealthy = condemned.findLast(([, pod]) => isUnavailable(look, pod))?.[1];
    for (const [, pod] of condemned) {
      if (!look.isParallel && (isLeaving(pod) || (isUnavailable(look, pod) && pod !== unhealthy))) return false;
      if (!isLeaving(pod)) client.remove(kinds.pods, pod);
      if (!look.isParallel) return false;
    }
    return true;
  }

  /** Rolling update: the last pod of another revision leaves, when those after it are available. */
  function update(look: Look): void {
    const strategy = objectOf(look.spec["updateStrategy"]);
    if (strategy["type"] === "OnDelete") return;
    const partition = integerOf(objectOf(strategy["rollingUpdate"])["partition"], 0);
    for (let number = look.first + look.replicas - 1; look.first + partition <= number; number--) {
      const pod = look.pods.get(number);
      if (pod === undefined) return;
      if (revisionOf(pod) !== look.updateRevision && !isLeaving(pod)) return client.remove(kinds.pods, pod);
      if (isUnavailable(look, pod)) return;
    }
  }

  function isUnavailable({ set, spec }: Look, pod: ApiObject): boolean {
    if (isLeaving(pod) || phaseOf(pod) !== "Running") return true;
    const inMs = availableInMs(pod, integerOf(spec["minReadySeconds"], 0), clock.wallMs());
    if (inMs !== undefined && 0 < inMs) queue.addAfter(keyOf(set), inMs);
    return inMs !== 0;
  }

  function create(look: Look, number: number): void {
    const { set, spec } = look;
    const name = `${set.metadata.name}-${number}`;
    const revision = revisionFor(look, number);
    const template = templates.get(uidOf(set))?.get(revision) ?? spec["template"];
    const labels = {
      "statefulset.kubernetes.io/pod-name": name,
      "apps.kubernetes.io/pod-index": String(number),
      [REVISION_LABEL]: revision,
    };
    const subdomain = textOf(spec["serviceName"]);
    const extra = { name, labels, spec: { hostname: name, ...(subdomain === "" ? {} : { subdomain }) } };
    client.create(kinds.pods, withClaims(look, podOf(set, template, extra), name));
  }

  /** Below the partition, or while an update has not reached them, pods return as they were. */
  function revisionFor({ set, spec, first, currentRevision, updateRevision }: Look, number: number): string {
    const strategy = objectOf(spec["updateStrategy"]);
    if (strategy["type"] === "OnDelete") return updateRevision;
    const rolling = strategy["rollingUpdate"];
    const kept =
      rolling === undefined
        ? integerOf(statusOf(set)["currentReplicas"], 0)
        : integerOf(objectOf(rolling)["partition"], 0);
    return number < first + kept ? currentRevision : updateRevision;
  }

  /** Creates the claims that the pod lacks, and names them in its volumes. */
  function withClaims({ set, spec }: Look, pod: NewPod, name: string): NewPod {
    const claims = objectsOf(spec["volumeClaimTemplates"]);
    if (claims.length === 0) return pod;
    const volumes = claims.map((claim) => {
      const template = textOf(objectOf(claim["metadata"])["name"]);
      const claimName = `${template}-${name}`;
      ensureClaim(set, claim, claimName);
      return { name: template, persistentVolumeClaim: { claimName } };
    });
    const others = objectsOf(pod.spec["volumes"]).filter(
      (one) => !volumes.some((volume) => volume.name === one["name"]),
    );
    return { ...pod, spec: { ...pod.spec, volumes: [...volumes, ...others] } };
  }

  function ensureClaim(set: ApiObject, template: JsonObject, name: string): void {
    const { namespace = "" } = set.metadata;
    if (view.get(kinds.claims, `${namespace}/${name}`) !== undefined) return;
    const { labels, annotations } = objectOf(template["metadata"]);
    const own = objectOf(objectOf(specOf(set)["selector"])["matchLabels"]);
    const metadata = {
      name,
      namespace,
      labels: { ...objectOf(labels), ...own },
      ...(annotations === undefined ? {} : { annotations }),
    };
    try {
      client.create(kinds.claims, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata,
        spec: template["spec"],
      });
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== "AlreadyExists") throw error;
    }
  }

  function writeStatus(look: Look): void {
    const { set, spec, updateRevision } = look;
    const pods = [...look.pods.values()];
    const minReadySeconds = integerOf(spec["minReadySeconds"], 0);
    const ready = pods.filter((pod) => phaseOf(pod) === "Running" && isReady(pod));
    const live = pods.filter((pod) => !isLeaving(pod));
    const of = (revision: string): number => live.filter((pod) => revisionOf(pod) === revision).length;
    const isUpdated = isRolledOut(look, of(updateRevision), ready.length);
    const currentRevision = isUpdated ? updateRevision : look.currentRevision;
    const status = {
      ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
      replicas: pods.length,
      ...withoutZeros({
        readyReplicas: ready.length,
        currentReplicas: of(currentRevision),
        updatedReplicas: of(updateRevision),
      }),
      currentRevision,
      updateRevision,
      collisionCount: 0,
      availableReplicas: ready.filter((pod) => availableInMs(pod, minReadySeconds, clock.wallMs()) === 0).length,
    };
    if (!isEqual(statusOf(set), status)) client.replaceStatus(kinds.statefulSets, set, status);
  }

  /** The update is over: its revision is the current one from now on (completeRollingUpdate). */
  function isRolledOut({ spec, replicas, pods }: Look, updated: number, ready: number): boolean {
    const isRolling = objectOf(spec["updateStrategy"])["type"] !== "OnDelete";
    return isRolling && updated === replicas && ready === replicas && pods.size === replicas;
  }
}

function revisionOf({ metadata }: ApiObject): string {
  return pairsOf(metadata.labels).get(REVISION_LABEL) ?? "";
}

/** The pod with its number: what follows the set's name. */
function numbered(set: ApiObject, pod: ApiObject): [number, ApiObject][] {
  const prefix = `${set.metadata.name}-`;
  const text = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : "";
  return /^(0|[1-9]\d{0,8})$/.test(text) ? [[Number(text), pod]] : [];
}
