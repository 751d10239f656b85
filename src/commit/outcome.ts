// Outcome: what became of what was submitted, one value for each event. Logs, metrics and readiness are made from these
// at the edge. Every bind that was submitted ends in exactly one of bound, refused, lost, conflict_foreign or dropped;
// unknown and parked only pass.

import type { Bind } from "../model/index.ts";

export type Outcome = BindOutcome | LaneOutcome | StatusOutcome;

export type BindOutcome =
  | {
      readonly kind: "bound";
      readonly bind: Bind;
      readonly cycle: number;
      /** Status of the answer; 0 where there was none and a GET found the pod on our node. */
      readonly code: number;
      /** From the last time it was sent to the answer. */
      readonly latencyMs: number;
      /** From submit to the first time it was sent. */
      readonly queuedMs: number;
    }
  /** A definite no that would be the same next time. The group's unsent rest is dropped with it. */
  | {
      readonly kind: "refused";
      readonly bind: Bind;
      readonly cycle: number;
      readonly code: number;
      /** `reason` of the Status object, or empty. */
      readonly reason: string;
      /** One sentence; for 401 and 403 it names verb and resource. */
      readonly message: string;
    }
  /** The pod can no longer be bound by anybody: gone, replaced, being deleted, finished, gated. */
  | {
      readonly kind: "lost";
      readonly bind: Bind;
      readonly cycle: number;
      readonly code: number;
      readonly message: string;
    }
  /** Somebody else bound it, elsewhere. */
  | { readonly kind: "conflict_foreign"; readonly bind: Bind; readonly cycle: number; readonly node: string }
  /** Sent, and no answer that says whether it took effect; a GET will tell. */
  | { readonly kind: "unknown"; readonly bind: Bind; readonly cycle: number; readonly message: string }
  /** Still undecided after all tries; it stays assumed until `reconcile`. */
  | {
      readonly kind: "parked";
      readonly bind: Bind;
      readonly cycle: number;
      /** The last GET saw the pod on no node; else nothing is known. */
      readonly isUnbound: boolean;
      readonly message: string;
    }
  /** Binds of one group that will not be sent, or were not executed; forgotten, so that the next session plans them. */
  | {
      readonly kind: "dropped";
      readonly job: string;
      readonly group: string;
      readonly cycle: number;
      readonly binds: readonly Bind[];
      readonly why: DropReason;
      readonly message: string;
    };

export type DropReason =
  /** The live view no longer allows what the snapshot did. */
  | "stale"
  /** Another member of the group was refused or lost, and the rest would be part of a group. */
  | "group failed"
  /** The group was refused not long ago, and would be refused again. */
  | "back-off"
  /** The circuit breaker is open, or it never left. */
  | "unreachable"
  /** Its outcome was unknown, and a GET found the pod on no node. */
  | "not executed"
  /** `mayWrite` said no: another process leads, or what this one knows is stale. */
  | "may not write"
  | "stopping";

export type LaneOutcome =
  /** 429: nothing is sent for so long. */
  | { readonly kind: "held"; readonly holdMs: number }
  | { readonly kind: "breaker"; readonly isOpen: boolean; readonly message: string };

/** A status write. `object` is a value for logs, never a label. */
export type StatusOutcome = {
  readonly kind: "status";
  readonly write: "condition" | "phase";
  readonly object: string;
  /** `written`; `stale`: its object has moved on; `refused`: not tried again unchanged; `failed`: tries used up; `full`: no room in the queue. */
  readonly result: "written" | "stale" | "refused" | "failed" | "full";
  readonly code: number;
  readonly message: string;
};
