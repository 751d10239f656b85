// Port: what simulate needs of the scheduler. The cache and the session engine are joined behind it in cmd, so that this
// folder drives the very parts that run on a live cluster and knows neither of them.

import type { Memory, Plan, Snapshot } from "../model/index.ts";
import type { ApiObject } from "./api-object.ts";

/** A kind of object that the scheduler reads. */
export interface ResourceKind {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

export interface WorldEvent {
  readonly resource: string;
  readonly type: "upsert" | "delete";
  readonly object: ApiObject;
}

/** A moment from which on a session may decide otherwise about one group, though nothing else has changed. */
export interface Timer {
  readonly job: string;
  readonly kind: string;
  /** Logical time, in milliseconds. */
  readonly atMs: number;
}

export interface Moment {
  /** Names the cycle in the marks of its binds. */
  readonly cycleId: string;
  /** Logical time. */
  readonly nowMs: number;
  readonly cycleIntervalMs: number;
}

export interface Decided {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly timers: readonly Timer[];
  /** Lines of the session's log, without line ends. */
  readonly log: readonly string[];
}

export interface SimulatedScheduler {
  readonly resources: readonly ResourceKind[];
  /** Tells the cache what a watch would tell it. */
  observe(event: WorldEvent): void;
  /** Applies what was observed. */
  snapshot(): Snapshot;
  /** Objects that cannot be read, by `resource key`, with the reason. */
  problems(): ReadonlyMap<string, string>;
  /** One session. Remembers what a scheduler remembers between sessions. */
  decide(snapshot: Snapshot, at: Moment): Decided;
}
