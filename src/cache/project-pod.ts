// Pod object -> PodRecord: everything that scheduling needs of a pod, and nothing else (no environment, no commands).

import { claimOf, type Claim, type DialectSettings, type PodFacts } from "../dialects/index.ts";
import type { Dialect, Dimensions, PlanMark, Shape, Task, LivePod } from "../model/index.ts";
import { namespaceOf, type QueuedEvent } from "./event-queue.ts";
import type { KubeObject } from "./events.ts";
import { projectShape, projectUsage, unreadableShape, type Usage } from "./project-shape.ts";
import {
  controllerOf,
  integerOf,
  isObject,
  objectOf,
  objectsOf,
  textMapOf,
  textOf,
  timeOf,
  type RawObject,
} from "./read.ts";
import { Unreadable } from "./unreadable.ts";

export const PLAN_ANNOTATION = "batch-scheduler/plan";
const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

/** What a pod's requests are read with. */
export interface PodReading {
  readonly schedulerNames: ReadonlySet<string>;
  readonly enabled: ReadonlySet<Dialect>;
  readonly settings: DialectSettings;
  readonly dimensions: Dimensions;
}

export interface PodRecord extends LivePod {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly claim: Claim;
  /** Names one of our schedulers. */
  readonly isAddressedToUs: boolean;
  /** A Shape where it is addressed to us. */
  readonly usage: Usage;
  readonly shape: Shape | undefined;
  /** Why the pod cannot be read; it is charged with its slot only. */
  readonly problem?: string;
  /** `spec.priority`. */
  readonly priority: number | undefined;
  readonly priorityClassName: string;
  readonly preemptionPolicy: Task["preemptionPolicy"] | undefined;
  readonly priorityAnnotations: ReadonlyMap<string, number>;
  readonly index: number;
  readonly createdMs: number;
  readonly ownerUid: string;
  readonly isDisrupted: boolean;
  readonly plan: PlanMark | undefined;
  readonly waiting: Task["waiting"];
}

export function isFinished(pod: Pick<LivePod, "phase">): boolean {
  return pod.phase === "Succeeded" || pod.phase === "Failed";
}

export function sketchPod(
  event: QueuedEvent,
  reading: PodReading,
  facts: PodFacts = factsOf(event.object),
): LivePod & { readonly claim: Claim } {
  const { metadata } = event.object;
  const spec = objectOf(event.object.spec);
  const claim = claimOf(facts, reading.enabled, reading.settings);
  return {
    uid: event.uid,
    node: textOf(spec["nodeName"]),
    isDeleting: textOf(metadata.deletionTimestamp) !== "",
    isGated: 0 < objectsOf(spec["schedulingGates"]).length,
    phase: textOf(objectOf(event.object.status)["phase"]) || "Pending",
    schedulerName: textOf(spec["schedulerName"]) || "default-scheduler",
    job: `${claim.dialect}:${namespaceOf(event.object)}/${claim.group}`,
    claim,
  };
}

/** Never throws for what a pod may hold: a pod that cannot be read is a record with a `problem`. */
export function projectPod(event: QueuedEvent, reading: PodReading): PodRecord {
  const { metadata } = event.object;
  const spec = objectOf(event.object.spec);
  const conditions = objectsOf(objectOf(event.object.status)["conditions"]);
  const facts = factsOf(event.object);
  const sketch = sketchPod(event, reading, facts);
  const isAddressedToUs = reading.schedulerNames.has(sketch.schedulerName);
  return {
    ...sketch,
    key: event.key,
    namespace: namespaceOf(event.object),
    name: metadata.name,
    isAddressedToUs,
    ...usageOf(event.object, isAddressedToUs, reading.dimensions),
    priority: integerOf(spec["priority"]),
    priorityClassName: textOf(spec["priorityClassName"]),
    preemptionPolicy: policyOf(spec["preemptionPolicy"]),
    priorityAnnotations: integerAnnotations(facts.annotations),
    index: indexOf(facts),
    createdMs: timeOf(metadata.creationTimestamp),
    ownerUid: textOf(controllerOf(metadata.ownerReferences)?.["uid"]),
    isDisrupted: conditions.some(({ type, status }) => type === "DisruptionTarget" && status === "True"),
    plan: planMarkOf(facts.annotations.get(PLAN_ANNOTATION)),
    waiting: waitingOf(conditions),
  };
}

function factsOf(object: KubeObject): PodFacts {
  return {
    namespace: namespaceOf(object),
    name: object.metadata.name,
    labels: textMapOf(object.metadata.labels),
    annotations: textMapOf(object.metadata.annotations),
    spec: objectOf(object.spec),
  };
}

function usageOf(
  object: KubeObject,
  isAddressedToUs: boolean,
  dimensions: Dimensions,
): Pick<PodRecord, "usage" | "shape" | "problem"> {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  try {
    if (!isAddressedToUs) return { usage: projectUsage(spec, status, dimensions), shape: undefined };
    const shape = projectShape(spec, status, dimensions);
    return { usage: shape, shape };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const shape = unreadableShape(error.message);
    return { usage: shape, shape: isAddressedToUs ? shape : undefined, problem: error.message };
  }
}

export function policyOf(value: unknown): Task["preemptionPolicy"] | undefined {
  return value === "Never" || value === "PreemptLowerPriority" ? value : undefined;
}

const NO_INTEGERS: ReadonlyMap<string, number> = new Map();
const INTEGER = /^-?(0|[1-9][0-9]{0,9})$/;

function integerAnnotations(annotations: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  let integers: Map<string, number> | undefined;
  for (const [key, text] of annotations) if (INTEGER.test(text)) (integers ??= new Map()).set(key, Number(text));
  return integers ?? NO_INTEGERS;
}

/** The completion index of a Job's pod, else the number that ends its name, else -1. */
function indexOf({ labels, name }: PodFacts): number {
  const stated = labels.get(COMPLETION_INDEX) ?? "";
  const digits = /^[0-9]{1,15}$/.test(stated) ? stated : /[0-9]{1,15}$/.exec(name)?.[0];
  return digits === undefined ? -1 : Number(digits);
}

const PLAN_MARK = /^(\S{1,253})\.(0|[1-9][0-9]{0,9})\/(0|[1-9][0-9]{0,9})$/;

/** `<cycle id>.<planned>/<minimum>`; what another version or a user wrote there is no mark. */
export function planMarkOf(text: string | undefined): PlanMark | undefined {
  const [, cycleId, planned, minimum] = PLAN_MARK.exec(text ?? "") ?? [];
  if (cycleId === undefined) return undefined;
  return { cycleId, planned: Number(planned), minimum: Number(minimum) };
}

const NOT_WAITING: Task["waiting"] = Object.freeze({ reason: "", message: "" });

function waitingOf(conditions: readonly RawObject[]): Task["waiting"] {
  const condition = conditions.find(({ type }) => type === "PodScheduled");
  if (!isObject(condition) || condition["status"] !== "False") return NOT_WAITING;
  return { reason: textOf(condition["reason"]), message: textOf(condition["message"]) };
}
