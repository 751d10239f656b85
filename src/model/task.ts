// Task: one pod of a job.

import type { Shape } from "./shape.ts";

/**
 * - `Pending`: ours to place.
 * - `Gated`: behind a scheduling gate; neither placed nor counted.
 * - `Bound`: on a node (assumed, bound or running).
 * - `Releasing`: on a node with a deletionTimestamp: holds room, does not count.
 * - `Succeeded`, `Failed`: finished; hold no room.
 * A pending pod that is being deleted is no task at all.
 */
export type TaskStatus = "Pending" | "Gated" | "Bound" | "Releasing" | "Succeeded" | "Failed";

export interface Task {
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  /** Key of its job. */
  readonly job: string;
  readonly status: TaskStatus;
  /** Name of the node it holds room on; empty where it holds none. The node may not exist. */
  readonly node: string;
  readonly shape: Shape;
  /** Pod priority (`spec.priority`, or its class). */
  readonly priority: number;
  /** Value of the annotation that the priority plugin's argument `annotation` names, if it is an integer. */
  readonly priorityAnnotations: ReadonlyMap<string, number>;
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
  /** Volcano task-spec or the like; empty where the dialect has no roles. */
  readonly role: string;
  /** Completion index, else the number that ends the name, else -1. */
  readonly index: number;
  readonly createdMs: number;
  /** UID of the controlling owner; empty where there is none. */
  readonly ownerUid: string;
  /** Carries the condition DisruptionTarget=True. */
  readonly isDisrupted: boolean;
  /** The mark our own binding left on it. */
  readonly plan?: PlanMark;
  /** Reason of its PodScheduled=False condition, with the message; empty where nothing was written. */
  readonly waiting: { readonly reason: string; readonly message: string };
}

/** The annotation `batch-scheduler/plan` of a bound pod: `<cycle id>.<planned>/<minimum>`. */
export interface PlanMark {
  readonly cycleId: string;
  readonly planned: number;
  readonly minimum: number;
}
