// GroupBackOff: a group whose bind was refused for good is left alone for a while, since the same request would be refused
// again: 10 s, doubling up to 10 min, with jitter. It is forgotten when the group is bound, or an hour after its end.

import type { Env } from "../env.ts";
import { backOffMs } from "./throttle.ts";

const BASE_MS = 20_000; // jitter takes up to half of it
const MAX_MS = 600_000;
const KEEP_MS = 3_600_000;

interface Entry {
  readonly refusals: number;
  readonly untilMs: number;
}

/** Groups that wait, by the key of their job, and the first time when one of them no longer does; Infinity where none does. */
export interface BackingOff {
  readonly jobs: ReadonlySet<string>;
  readonly untilMs: number;
}

export class GroupBackOff {
  readonly #env: Env;
  readonly #byJob = new Map<string, Entry>();

  constructor(env: Env) {
    this.#env = env;
  }

  isWaiting(job: string): boolean {
    const entry = this.#byJob.get(job);
    return entry !== undefined && this.#env.clock.nowMs() < entry.untilMs;
  }

  /** At most one entry for each group that was refused within an hour is looked at. */
  get waiting(): BackingOff {
    const now = this.#env.clock.nowMs();
    const waiting = [...this.#byJob].filter(([, { untilMs }]) => now < untilMs);
    return {
      jobs: new Set(waiting.map(([job]) => job)),
      untilMs: waiting.reduce((first, [, { untilMs }]) => Math.min(first, untilMs), Infinity),
    };
  }

  /** Refusals of members that were sent together count once. */
  refused(job: string): void {
    if (this.isWaiting(job)) return;
    this.#prune();
    const refusals = this.#byJob.get(job)?.refusals ?? 0;
    const untilMs = this.#env.clock.nowMs() + backOffMs(this.#env, refusals, BASE_MS, MAX_MS);
    this.#byJob.set(job, { refusals: refusals + 1, untilMs });
  }

  bound(job: string): void {
    this.#byJob.delete(job);
  }

  #prune(): void {
    const now = this.#env.clock.nowMs();
    for (const [job, entry] of this.#byJob) if (entry.untilMs + KEEP_MS < now) this.#byJob.delete(job);
  }
}
