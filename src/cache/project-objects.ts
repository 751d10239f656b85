// The smaller kinds: PriorityClass, Namespace, owners of pods, Volcano's Queue, Job and PodGroup.

import type { GroupObject, PriorityClass } from "../dialects/index.ts";
import type { Queue } from "../model/index.ts";
import { namespaceOf, type QueuedEvent } from "./event-queue.ts";
import type { KubeObject } from "./events.ts";
import { policyOf } from "./project-pod.ts";
import { controllerOf, integerOf, objectOf, textMapOf, textOf, timeOf } from "./read.ts";

export interface ClassFacts extends PriorityClass {
  readonly isGlobalDefault: boolean;
}

/** The two that every cluster has (contract rule 9). */
export const BUILT_IN_CLASSES: ReadonlyMap<string, ClassFacts> = new Map([
  ["system-cluster-critical", builtIn(2_000_000_000)],
  ["system-node-critical", builtIn(2_000_001_000)],
]);

function builtIn(value: number): ClassFacts {
  return { value, preemptionPolicy: "PreemptLowerPriority", isGlobalDefault: false };
}

/** PriorityClass keeps its fields beside metadata; there is no spec. */
export function projectClass(object: KubeObject): ClassFacts {
  const raw = objectOf(object);
  return {
    value: integerOf(raw["value"]) ?? 0,
    preemptionPolicy: policyOf(raw["preemptionPolicy"]) ?? "PreemptLowerPriority",
    isGlobalDefault: raw["globalDefault"] === true,
  };
}

export function projectQueue(object: KubeObject): Queue {
  const state = textOf(objectOf(object.status)["state"]);
  return {
    name: object.metadata.name,
    weight: Math.max(integerOf(objectOf(object.spec)["weight"]) ?? 1, 1),
    isOpen: state === "" || state === "Open",
    createdMs: timeOf(object.metadata.creationTimestamp),
  };
}

export interface OwnerFacts {
  readonly uid: string;
  /** The pods that it promises; undefined where it promises none now. */
  readonly expected: number | undefined;
}

/** A Job promises its parallelism, at most its completions; a ReplicaSet or StatefulSet its replicas. Absent is 1. */
export function projectOwner(event: QueuedEvent): OwnerFacts {
  const spec = objectOf(event.object.spec);
  const stated =
    event.resource === "jobs"
      ? Math.min(integerOf(spec["parallelism"]) ?? 1, integerOf(spec["completions"]) ?? Infinity)
      : (integerOf(spec["replicas"]) ?? 1);
  return { uid: event.uid, expected: 0 < stated ? stated : undefined };
}

export interface VolcanoJobFacts {
  readonly uid: string;
  readonly schedulerName: string;
}

export function projectVolcanoJob(event: QueuedEvent): VolcanoJobFacts {
  return { uid: event.uid, schedulerName: textOf(objectOf(event.object.spec)["schedulerName"]) };
}

export interface GroupObjectFacts extends GroupObject {
  /** Controlling batch.volcano.sh Job: `namespace/name` and UID; undefined where there is none. */
  readonly volcanoJob: { readonly key: string; readonly uid: string } | undefined;
  /** Equal text, equal meaning. */
  readonly signature: string;
  /** The same without the status, which we write ourselves. */
  readonly ownSignature: string;
}

export function projectGroupObject(event: QueuedEvent): GroupObjectFacts {
  const { metadata } = event.object;
  const namespace = namespaceOf(event.object);
  const annotations = textMapOf(metadata.annotations);
  const spec = objectOf(event.object.spec);
  const status = { phase: objectOf(event.object.status)["phase"] };
  const owner = controllerOf(metadata.ownerReferences);
  const isVolcanoJob = owner?.["kind"] === "Job" && textOf(owner["apiVersion"]).startsWith("batch.volcano.sh/");
  const createdMs = timeOf(metadata.creationTimestamp);
  const volcanoJob = isVolcanoJob
    ? { key: `${namespace}/${textOf(owner["name"])}`, uid: textOf(owner["uid"]) }
    : undefined;
  const ownSignature = JSON.stringify([event.uid, createdMs, [...annotations], spec, volcanoJob]);
  return {
    namespace,
    name: metadata.name,
    uid: event.uid,
    createdMs,
    annotations,
    spec,
    status,
    volcanoJob,
    signature: JSON.stringify([ownSignature, status]),
    ownSignature,
  };
}
