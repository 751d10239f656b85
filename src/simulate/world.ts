// World: the simulated cluster. It is filled with the input, carries out plans, and moves once between two cycles.
// Deterministic. What it does not do: pods never finish, nodes never change, disruption budgets are not counted, nothing fails.
//
// What moves in it follows the rules that simulate promises, and these are not a kubelet's and a controller's: a bound pod
// runs in the next cycle, also on a node that would reject it or that the input does not have; one that leaves is gone in
// the next cycle, whatever its grace period; controllers number their pods. So the actors of the embedded server stay out.

import type { Bind, Evict, GroupStatus, Plan } from "../model/index.ts";
import { admitted, uidOf } from "./admission.ts";
import { isFinished, keyOf, nodeNameOf, objectsIn, type ApiObject, type JsonObject } from "./api-object.ts";
import { Cluster, type Place } from "./cluster.ts";
import { controllersOf, missingPods, namedUids, ownerKey, type Controller } from "./expand.ts";
import { DEPLOYMENT, type Manifests } from "./manifests.ts";
import type { ResourceKind, WorldEvent } from "./port.ts";

/** Where an input without any time begins: a moment that is easy to recognise. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

export class World {
  /** When the simulation begins: after everything in the input. Milliseconds since 1970. */
  readonly startMs: number;

  readonly #cluster: Cluster;
  /** Where group objects are, by UID. */
  readonly #groups = new Map<string, Place>();
  /** Every pod name that was ever used: what has left does not return under its old name, unless its kind promises it. */
  readonly #names = new Set<string>();
  /** Pods that leave with the next move. */
  readonly #leaving = new Set<string>();
  /** Pods that were bound and not yet started. */
  readonly #starting = new Set<string>();

  /**
   * Stores the input, with the pods that its controllers lack. `tell` hears of every object, then of every change, as far
   * as they are of `resources`.
   */
  constructor(manifests: Manifests, resources: readonly ResourceKind[], tell: (event: WorldEvent) => void) {
    this.startMs = startOf(manifests);
    const told = new Set(resources.map(({ name }) => name));
    this.#cluster = new Cluster([...resources, DEPLOYMENT], this.startMs, (event) => {
      if (told.has(event.resource)) tell(event);
    });
    this.#fill(manifests);
    this.#reconcile();
  }

  /** Whether the next move will change anything. */
  get isMoving(): boolean {
    return 0 < this.#leaving.size + this.#starting.size;
  }

  /** Between two cycles: bound pods run, evicted and deleted ones are gone, controllers make up for them. */
  move(nowMs: number): void {
    this.#cluster.nowMs = nowMs;
    for (const key of this.#starting) this.#patchStatus(podPlace(key), { phase: "Running" });
    for (const key of this.#leaving) this.#remove(podPlace(key));
    const hasLost = 0 < this.#leaving.size;
    this.#starting.clear();
    this.#leaving.clear();
    if (hasLost) this.#reconcile();
  }

  /** Carries out a plan. True if that changed anything but the words in which a pod's waiting is explained. */
  apply(plan: Plan, nowMs: number): boolean {
    this.#cluster.nowMs = nowMs;
    let isChanged = false;
    for (const intent of plan.intents) {
      switch (intent.kind) {
        case "bind":
          this.#bind(intent);
          isChanged = true;
          break;
        case "evict":
          this.#evict(intent);
          isChanged = true;
          break;
        case "nominate": {
          const place = podPlace(intent.task);
          if (this.#cluster.get(place)?.status?.["nominatedNodeName"] === intent.node) break;
          this.#patchStatus(place, { nominatedNodeName: intent.node });
          isChanged = true;
          break;
        }
        default:
          intent satisfies never;
      }
    }
    for (const { task, reason, message } of plan.conditions) {
      this.#setCondition(podPlace(task), { type: "PodScheduled", status: "False", reason, message });
    }
    for (const status of plan.groupStatuses) if (this.#setPhase(status)) isChanged = true;
    return isChanged;
  }

  /** Node by pod, of every pod that sits on one and has not ended; sorted by pod. */
  placements(): ReadonlyMap<string, string> {
    const placed = this.#cluster.list("pods").filter((pod) => nodeNameOf(pod) !== "" && !isFinished(pod));
    return new Map(placed.map((pod) => [keyOf(pod), nodeNameOf(pod)] as const));
  }

  #fill({ objects, deployments }: Manifests): void {
    const uids = namedUids([...objects.values()].flat());
    const add = (resource: string, object: ApiObject): ApiObject => {
      const uid = uids.get(ownerKey(object, object.kind, object.metadata.name));
      return this.#add(resource, uid === undefined ? object : { ...object, metadata: { uid, ...object.metadata } });
    };
    for (const deployment of deployments) add(DEPLOYMENT.name, deployment);
    for (const [resource, all] of objects) {
      if (resource === "pods") continue;
      for (const { metadata } of all.map((object) => add(resource, object))) {
        this.#groups.set(metadata.uid ?? "", { resource, namespace: metadata.namespace, name: metadata.name });
      }
    }
    for (const pod of (objects.get("pods") ?? []).map((object) => add("pods", object))) {
      const { deletionTimestamp, finalizers = [] } = pod.metadata;
      if (deletionTimestamp !== undefined && finalizers.length === 0) this.#leaving.add(keyOf(pod));
      else if (nodeNameOf(pod) !== "" && pod.status?.["phase"] === "Pending") this.#starting.add(keyOf(pod));
    }
  }

  /** Every controller of the input makes the pods that it lacks. */
  #reconcile(): void {
    const { nowMs } = this.#cluster;
    const byKey = (a: Controller, b: Controller): number => (keyOf(a.object) < keyOf(b.object) ? -1 : 1);
    const controllers = controllersOf(
      {
        jobs: this.#cluster.list("jobs"),
        replicaSets: this.#cluster.list("replicasets"),
        statefulSets: this.#cluster.list("statefulsets"),
        deployments: this.#cluster.list(DEPLOYMENT.name),
      },
      this.#cluster.list("pods"),
    );
    for (const controller of [...controllers].sort(byKey)) {
      const isTaken =
        controller.kind === "StatefulSet"
          ? (key: string) => this.#cluster.get(podPlace(key)) !== undefined
          : (key: string) => this.#names.has(key);
      for (const pod of missingPods(controller, isTaken)) {
        // The pods of the beginning are as old as their controller; a replacement is as young as it is.
        const isFirst = nowMs === this.startMs;
        const { creationTimestamp = timeOf(nowMs) } = isFirst ? pod.metadata : {};
        const uid = uidOf(`Pod ${keyOf(pod)} ${isFirst ? "" : creationTimestamp}`);
        this.#add("pods", { ...pod, metadata: { ...pod.metadata, uid, creationTimestamp } });
      }
    }
  }

  #add(resource: string, object: ApiObject): ApiObject {
    const whole = admitted(object, this.startMs);
    this.#cluster.add(resource, whole);
    if (resource === "pods") this.#names.add(keyOf(whole));
    return whole;
  }

  #bind({ task, uid, node, mark }: Bind): void {
    const place = podPlace(task);
    const { namespace, name } = place;
    const annotations = { "batch-scheduler/plan": `${mark.cycleId}.${mark.planned}/${mark.minimum}` };
    const body = { metadata: { namespace, name, uid, annotations }, target: { kind: "Node", name: node } };
    this.#cluster.change({ method: "POST", place, part: "binding", body });
    this.#starting.add(task);
  }

  #evict({ task, uid }: Evict): void {
    const place = podPlace(task);
    const { namespace, name } = place;
    const body = { metadata: { namespace, name }, deleteOptions: { preconditions: { uid } } };
    this.#cluster.change({ method: "POST", place, part: "eviction", body });
    this.#leaving.add(task);
  }

  /** The pod has stopped, and whoever held it by a finalizer is done with it. */
  #remove(place: Place): void {
    if (0 < (this.#cluster.get(place)?.metadata.finalizers ?? []).length) {
      this.#cluster.change({ method: "PATCH", place, body: { metadata: { finalizers: null } } });
    }
    this.#cluster.change({ method: "DELETE", place, body: { gracePeriodSeconds: 0 } });
  }

  #setPhase({ groupUid, phase }: GroupStatus): boolean {
    const place = this.#groups.get(groupUid);
    if (place === undefined || this.#cluster.get(place)?.status?.["phase"] === phase) return false;
    this.#patchStatus(place, { phase });
    return true;
  }

  #setCondition(place: Place, condition: JsonObject & { readonly type: string }): void {
    const conditions = objectsIn(this.#cluster.get(place)?.status?.["conditions"]);
    const others = conditions.filter(({ type }) => type !== condition.type);
    const now = { ...condition, lastTransitionTime: timeOf(this.#cluster.nowMs) };
    this.#patchStatus(place, { conditions: [...others, now] });
  }

  #patchStatus(place: Place, status: JsonObject): void {
    this.#cluster.change({ method: "PATCH", place, part: "status", body: { status } });
  }
}

/** `key` is `namespace/name`. */
function podPlace(key: string): Place {
  const slash = key.indexOf("/");
  return { resource: "pods", namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The newest time that the input names. */
function startOf(manifests: Manifests): number {
  const objects = [...manifests.objects.values(), manifests.deployments].flat();
  const times = objects.flatMap(({ metadata }) => [metadata.creationTimestamp, metadata.deletionTimestamp]);
  return times.reduce((latest, time) => Math.max(latest, time === undefined ? 0 : Date.parse(time)), 0) || EPOCH_MS;
}

/** As the API server writes it: whole seconds. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
