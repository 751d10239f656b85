// Plan: what a session decided, in order, as data. Deciding and doing are separate; whoever only wants to know stops here.

import type { Dialect, GroupPhase } from "./job.ts";
import type { PlanMark } from "./task.ts";

/** Rule 18 of the contract: why a pod waits. Autoscalers act on `Unschedulable` only. */
export type WaitReason =
  "Unschedulable" | "WaitingForMembers" | "QueueLimit" | "WaitingForVictims" | "SchedulerError" | "InvalidGroup";

export type Intent = Bind | Evict | Nominate;

export interface TaskRef {
  /** `namespace/name`. */
  readonly task: string;
  readonly uid: string;
  /** Key of its job. */
  readonly job: string;
  /** Its name for people, `namespace/name`. */
  readonly group: string;
  readonly node: string;
}

export interface Bind extends TaskRef {
  readonly kind: "bind";
  readonly mark: PlanMark;
  readonly priority: number;
}

export interface Evict extends TaskRef {
  readonly kind: "evict";
  readonly action: "preempt" | "reclaim" | "repair";
  /** Name of the group it makes room for. */
  readonly for: string;
  readonly reason: string;
}

/** A task that was promised room which is still releasing. */
export interface Nominate extends TaskRef {
  readonly kind: "nominate";
}

/** Why a group's tasks wait. Kept in Memory until the next verdict; status, log, simulate and API read it there. */
export interface Verdict {
  readonly reason: WaitReason;
  /** For the group as a whole. */
  readonly message: string;
  /** The stage that refused it; for the log. */
  readonly stage: "enqueue" | "members" | "queue" | "allocate" | "backfill" | "quarantine";
  /** By task key, where a member has more to say than the group. */
  readonly tasks: ReadonlyMap<string, { readonly reason: WaitReason; readonly message: string }>;
  /** For `waiting for members`. */
  readonly have?: number;
  readonly want?: number;
}

/** One recorded answer: the raw material of the log. */
export type Decision =
  | {
      readonly kind: "bind" | "pipeline";
      readonly action: string;
      readonly task: string;
      readonly group: string;
      readonly node: string;
    }
  | {
      readonly kind: "evict";
      readonly action: string;
      readonly task: string;
      readonly group: string;
      readonly node: string;
      readonly for: string;
      readonly reason: string;
    }
  | {
      readonly kind: "discard";
      readonly group: string;
      readonly stage: string;
      readonly reason: WaitReason;
      readonly message: string;
      readonly isNew: boolean;
    }
  | { readonly kind: "warning"; readonly group: string; readonly message: string; readonly isNew: boolean }
  | {
      readonly kind: "waiting for members";
      readonly group: string;
      readonly have: number;
      readonly want: number;
      readonly isNew: boolean;
      readonly message: string;
    };

/** A phase that a group object should show. */
export interface GroupStatus {
  readonly job: string;
  readonly group: string;
  readonly dialect: Dialect;
  readonly groupUid: string;
  readonly phase: GroupPhase;
  /** No pod of it exists yet: its controllers wait for this phase before they create any, so it is written at once. */
  readonly hasNoPods?: boolean;
}

/** Why a pod waits, for its PodScheduled=False condition. */
export interface WaitCondition {
  readonly task: string;
  readonly uid: string;
  readonly reason: WaitReason;
  readonly message: string;
}

export interface Plan {
  readonly cycle: number;
  readonly intents: readonly Intent[];
  /** Of the tasks whose condition in the snapshot says something else. Commit decides which are worth a write. */
  readonly conditions: readonly WaitCondition[];
  readonly groupStatuses: readonly GroupStatus[];
  readonly decisions: readonly Decision[];
  readonly counts: PlanCounts;
}

export interface PlanCounts {
  readonly pendingGroups: number;
  readonly podsConsidered: number;
  readonly bound: number;
  readonly evicted: number;
  readonly pipelined: number;
  readonly skippedAsUnchanged: number;
}
