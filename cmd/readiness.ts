// Readiness: does this process do its work? The checks of /readyz, and whether decisions may be taken at all.

import { RESOURCES } from "../src/cache/index.ts";
import type { ResourceName } from "../src/cache/index.ts";
import type { Outcome } from "../src/commit/index.ts";
import type { Env } from "../src/env.ts";
import type { Check } from "../src/server/index.ts";
import { lacksRight } from "./missing-right.ts";

/** What readiness asks of the reflectors. */
export interface Watches {
  readonly isSynced: boolean;
  readonly isSettled: boolean;
  readonly problems: readonly { readonly resource: ResourceName; readonly verb: string; readonly code: string }[];
  lastActivityMs(resource: ResourceName): number | undefined;
}

/** A core resource that nothing was heard of for so long is stale: the server sends a bookmark every minute. */
const STALE_MS = 120_000;
/** How long the first cycle waits for optional resources that do not answer. */
const SETTLE_MS = 10_000;
const STALL_MS = 5_000;
const FAILURES_MAX = 3;
/** A refused bind says nothing any more when none was tried for longer than the longest back-off of a group. */
const BIND_REFUSED_MS = 900_000;
const TICK_MS = 1_000;

const BASE = RESOURCES.filter(({ need }) => need === "base").map(({ name }) => name);

export class Readiness {
  readonly #env: Env;
  readonly #watches: Watches;
  #syncedAtMs: number | undefined;
  #failures = 0;
  #lastTickMs: number | undefined;
  /** Delay of the last tick beyond its time. */
  #lagMs = 0;
  #bindRefusedMs = -Infinity;
  #isStopping = false;

  constructor(env: Env, watches: Watches) {
    this.#env = env;
    this.#watches = watches;
  }

  /** Everything that decisions need has been listed, and is being told. */
  get isFresh(): boolean {
    if (!this.#watches.isSynced || this.#stale !== undefined) return false;
    this.#syncedAtMs ??= this.#env.clock.nowMs();
    return this.#watches.isSettled || this.#syncedAtMs + SETTLE_MS <= this.#env.clock.nowMs();
  }

  /** Names of checks and kinds of resources only: probes are answered to anybody. */
  readonly checks: readonly Check[] = [
    { name: "synced", problem: () => this.#syncProblem() },
    {
      name: "fresh",
      problem: () => (this.#stale === undefined ? undefined : `nothing was heard of ${this.#stale} for two minutes`),
    },
    {
      name: "binding",
      problem: () =>
        this.#env.clock.nowMs() < this.#bindRefusedMs + BIND_REFUSED_MS
          ? "cannot create pods/binding (forbidden)"
          : undefined,
    },
    {
      name: "sessions",
      problem: () => (this.#failures < FAILURES_MAX ? undefined : "the last sessions broke an invariant"),
    },
    {
      name: "event-loop",
      problem: () => (this.#lagMs < STALL_MS ? undefined : "the process was stalled"),
    },
    { name: "running", problem: () => (this.#isStopping ? "stopping" : undefined) },
  ];

  /** Called every second; late calls show that the event loop was busy. */
  tick(): void {
    const nowMs = this.#env.clock.nowMs();
    this.#lagMs = this.#lastTickMs === undefined ? 0 : Math.max(0, nowMs - this.#lastTickMs - TICK_MS);
    this.#lastTickMs = nowMs;
  }

  sessionSucceeded(): void {
    this.#failures = 0;
  }

  sessionFailed(): void {
    this.#failures += 1;
  }

  /** What became of a plan: whether binds are allowed is only known from trying (faults A9). */
  noteOutcome(outcome: Outcome): void {
    if (outcome.kind === "bound") this.#bindRefusedMs = -Infinity;
    const isLack = outcome.kind === "refused" && lacksRight(outcome.code, outcome.message);
    if (isLack) this.#bindRefusedMs = this.#env.clock.nowMs();
  }

  stop(): void {
    this.#isStopping = true;
  }

  #syncProblem(): string | undefined {
    const ofBase = this.#watches.problems.filter(({ resource }) => BASE.includes(resource));
    const [first] = ofBase;
    if (first !== undefined) {
      return first.code === "unreachable"
        ? "the API server cannot be reached"
        : ofBase.map(({ verb, resource, code }) => `cannot ${verb} ${resource} (${code})`).join(", ");
    }
    return this.#watches.isSynced ? undefined : "not everything has been listed yet";
  }

  /** A base resource that nothing was heard of for too long. */
  get #stale(): ResourceName | undefined {
    const nowMs = this.#env.clock.nowMs();
    return BASE.find((resource) => {
      const heardMs = this.#watches.lastActivityMs(resource);
      return heardMs !== undefined && heardMs + STALE_MS < nowMs;
    });
  }
}
