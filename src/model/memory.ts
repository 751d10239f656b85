// Memory: what scheduling remembers between sessions. Goes into a session, comes out of it with the Plan; plain data.

import type { Verdict } from "./plan.ts";
import type { Versions } from "./snapshot.ts";

export interface Memory {
  /** Number of the last session. */
  readonly cycle: number;
  /** By job key; only jobs that have something pending. */
  readonly jobs: ReadonlyMap<string, JobMemory>;
}

export interface JobMemory {
  /** Logical time when a session first saw it pending. */
  readonly firstSeenMs: number;
  /** Job.membership as last seen, and since when. */
  readonly membership: number;
  readonly membershipSinceMs: number;
  /** Enqueue let it in. */
  readonly isAdmitted: boolean;
  /** The last verdict; absent for a job that was placed. */
  readonly verdict?: Verdict | undefined;
  /** Set where the job was refused and may be skipped while this stays true. */
  readonly refusedAt?: Refusal | undefined;
}

export interface Refusal {
  readonly jobVersion: number;
  readonly versions: Versions;
  /** Its pending tasks are of one shape: taking room cannot help it. */
  readonly isOneShape: boolean;
  /** Logical time of the refusal; it is tried again anyway RETRY_MS later. */
  readonly atMs: number;
}

/** The same, with nothing to be skipped: for when room that a plan took was not taken after all. */
export function withoutRefusals({ cycle, jobs }: Memory): Memory {
  return { cycle, jobs: new Map([...jobs].map(([key, job]) => [key, { ...job, refusedAt: undefined }])) };
}

export const EMPTY_MEMORY: Memory = { cycle: 0, jobs: new Map() };
