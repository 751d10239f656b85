// World: the simulated cluster, as plain objects in memory. It plays the API server, the kubelets and the controllers:
// stores what was read, carries out plans, and moves once between two cycles. Deterministic. What it does not do: pods never
// finish, nodes never change, disruption budgets are not counted, nothing fails.

import type { Bind, GroupStatus, Plan } from "../model/index.ts";
import { admitted, uidOf } from "./admission.ts";
import { isFinished, keyOf, nodeNameOf, objectIn, objectsIn, type ApiObject, type JsonObject } from "./api-object.ts";
import { controllersOf, missingPods, namedUids, ownerKey, type Controller } from "./expand.ts";
import type { Manifests } from "./manifests.ts";
import type { WorldEvent } from "./port.ts";

/** Where an input without any time begins: a moment that is easy to recognise. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

type Controllers = Parameters<typeof controllersOf>[0];

export class World {
  /** When the simulation begins: after everything in the input. Milliseconds since 1970. */
  readonly startMs: number;

  readonly #tell: (event: WorldEvent) => void;
  readonly #controllers: Controllers;
  readonly #pods = new Map<string, ApiObject>();
  /** Group objects by UID, with their resource. */
  readonly #groups = new Map<string, { readonly resource: string; readonly object: ApiObject }>();
  /** Every pod name that was ever used: what has left does not return under its old name, unless its kind promises it. */
  readonly #names = new Set<string>();
  /** Pods that leave with the next move. */
  readonly #leaving = new Set<string>();
  /** Pods that were bound and not yet started. */
  readonly #starting = new Set<string>();
  #resourceVersion = 0;

  /** Stores the input, with the pods that its controllers lack. `tell` hears of every object, then of every change. */
  constructor(manifests: Manifests, tell: (event: WorldEvent) => void) {
    this.#tell = tell;
    this.startMs = startOf(manifests);
    const uids = namedUids([...manifests.objects.values()].flat());
    const stored = (resource: string, objects = manifests.objects.get(resource) ?? []): readonly ApiObject[] =>
      objects.map((object) =>
        this.#admit(withUid(object, uids.get(ownerKey(object, object.kind, object.metadata.name)))),
      );
    this.#controllers = {
      jobs: stored("jobs"),
      replicaSets: stored("replicasets"),
      statefulSets: stored("statefulsets"),
      deployments: stored("deployments", manifests.deployments),
    };
    for (const [resource, objects] of manifests.objects) {
      if (resource === "pods") continue;
      for (const object of stored(resource, objects)) {
        this.#groups.set(object.metadata.uid ?? "", { resource, object });
        this.#announce(resource, object);
      }
    }
    for (const object of stored("pods")) {
      this.#store(object);
      const { deletionTimestamp, finalizers = [] } = object.metadata;
      if (deletionTimestamp !== undefined && finalizers.length === 0) this.#leaving.add(keyOf(object));
      else if (nodeNameOf(object) !== "" && object.status?.["phase"] === "Pending") this.#starting.add(keyOf(object));
    }
    this.#reconcile(this.startMs);
  }

  /** Whether the next move will change anything. */
  get isMoving(): boolean {
    return 0 < this.#leaving.size + this.#starting.size;
  }

  /** Between two cycles: bound pods run, evicted and deleted ones are gone, controllers make up for them. */
  move(nowMs: number): void {
    for (const key of this.#starting)
      this.#change(key, (pod) => ({ ...pod, status: { ...pod.status, phase: "Running" } }));
    for (const key of this.#leaving) {
      const pod = this.#pods.get(key);
      if (pod === undefined) continue;
      this.#pods.delete(key);
      this.#announce("pods", pod, "delete");
    }
    const hasLost = 0 < this.#leaving.size;
    this.#starting.clear();
    this.#leaving.clear();
    if (hasLost) this.#reconcile(nowMs);
  }

  /** Carries out a plan. True if that changed anything but the words in which a pod's waiting is explained. */
  apply(plan: Plan, nowMs: number): boolean {
    let isChanged = false;
    for (const intent of plan.intents) {
      switch (intent.kind) {
        case "bind":
          this.#change(intent.task, (pod) => bound(pod, intent, nowMs));
          this.#starting.add(intent.task);
          isChanged = true;
          break;
        case "evict":
          this.#change(intent.task, (pod) => ({
            ...pod,
            metadata: { ...pod.metadata, deletionTimestamp: timeOf(nowMs) },
          }));
          this.#leaving.add(intent.task);
          isChanged = true;
          break;
        case "nominate": {
          const isNew = this.#pods.get(intent.task)?.status?.["nominatedNodeName"] !== intent.node;
          if (!isNew) break;
          this.#change(intent.task, (pod) => ({ ...pod, status: { ...pod.status, nominatedNodeName: intent.node } }));
          isChanged = true;
          break;
        }
        default:
          intent satisfies never;
      }
    }
    for (const { task, reason, message } of plan.conditions) {
      this.#change(task, (pod) =>
        withCondition(pod, { type: "PodScheduled", status: "False", reason, message }, nowMs),
      );
    }
    for (const status of plan.groupStatuses) if (this.#setPhase(status)) isChanged = true;
    return isChanged;
  }

  /** Node by pod, of every pod that sits on one and has not ended; sorted by pod. */
  placements(): ReadonlyMap<string, string> {
    const placed = [...this.#pods].filter(([, pod]) => nodeNameOf(pod) !== "" && !isFinished(pod));
    return new Map(placed.map(([key, pod]) => [key, nodeNameOf(pod)] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #setPhase({ groupUid, phase }: GroupStatus): boolean {
    const group = this.#groups.get(groupUid);
    if (group === undefined || group.object.status?.["phase"] === phase) return false;
    const object = { ...group.object, status: { ...group.object.status, phase } };
    this.#groups.set(groupUid, { ...group, object });
    this.#announce(group.resource, object);
    return true;
  }

  /** Every controller of the input makes the pods that it lacks. */
  #reconcile(nowMs: number): void {
    const byKey = (a: Controller, b: Controller): number => (keyOf(a.object) < keyOf(b.object) ? -1 : 1);
    for (const controller of [...controllersOf(this.#controllers, [...this.#pods.values()])].sort(byKey)) {
      const taken = controller.kind === "StatefulSet" ? this.#pods : this.#names;
      for (const pod of missingPods(controller, (key) => taken.has(key))) {
        // The pods of the beginning are as old as their controller; a replacement is as young as it is.
        const isFirst = nowMs === this.startMs;
        const { creationTimestamp = timeOf(nowMs) } = isFirst ? pod.metadata : {};
        const uid = uidOf(`Pod ${keyOf(pod)} ${isFirst ? "" : creationTimestamp}`);
        this.#store(this.#admit({ ...pod, metadata: { ...pod.metadata, uid, creationTimestamp } }));
      }
    }
  }

  #admit(object: ApiObject): ApiObject {
    return admitted(object, this.startMs);
  }

  #store(pod: ApiObject): void {
    this.#pods.set(keyOf(pod), pod);
    this.#names.add(keyOf(pod));
    this.#announce("pods", pod);
  }

  #change(key: string, change: (pod: ApiObject) => ApiObject): void {
    const pod = this.#pods.get(key);
    if (pod !== undefined) this.#store(change(pod));
  }

  #announce(resource: string, object: ApiObject, type: WorldEvent["type"] = "upsert"): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#resourceVersion) };
    this.#tell({ resource, type, object: { ...object, metadata } });
  }
}

/** The newest time that the input names. */
function startOf(manifests: Manifests): number {
  const objects = [...manifests.objects.values(), manifests.deployments].flat();
  const times = objects.flatMap(({ metadata }) => [metadata.creationTimestamp, metadata.deletionTimestamp]);
  return times.reduce((latest, time) => Math.max(latest, time === undefined ? 0 : Date.parse(time)), 0) || EPOCH_MS;
}

function withUid(object: ApiObject, uid: string | undefined): ApiObject {
  return uid === undefined ? object : { ...object, metadata: { uid, ...object.metadata } };
}

function bound(pod: ApiObject, { node, mark }: Bind, nowMs: number): ApiObject {
  const plan = `${mark.cycleId}.${mark.planned}/${mark.minimum}`;
  const annotations = { ...pod.metadata.annotations, "batch-scheduler/plan": plan };
  const status = Object.fromEntries(
    Object.entries(objectIn(pod.status)).filter(([field]) => field !== "nominatedNodeName"),
  );
  const onNode = { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...pod.spec, nodeName: node }, status };
  return withCondition(onNode, { type: "PodScheduled", status: "True" }, nowMs);
}

function withCondition(pod: ApiObject, condition: JsonObject & { readonly type: string }, nowMs: number): ApiObject {
  const others = objectsIn(pod.status?.["conditions"]).filter(({ type }) => type !== condition.type);
  return {
    ...pod,
    status: { ...pod.status, conditions: [...others, { ...condition, lastTransitionTime: timeOf(nowMs) }] },
  };
}

/** As the API server writes it: whole seconds. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
