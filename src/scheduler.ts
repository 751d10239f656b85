// Scheduler: the cycle. Snapshot, session, plan, commit; then wait. Sessions never overlap; commits run behind them.

import type { ClusterCache } from "./cache/index.ts";
import type { Committer } from "./commit/index.ts";
import type { Env } from "./env.ts";
import { EMPTY_MEMORY, InvariantViolation, withoutRefusals } from "./model/index.ts";
import type { Memory, Snapshot } from "./model/index.ts";
import { RETRY_MS } from "./session/index.ts";
import type { SessionResult, SessionRunner } from "./session/index.ts";
import { Stopwatch } from "./telemetry/stopwatch.ts";

export interface SchedulerOptions {
  readonly env: Env;
  readonly cache: Pick<ClusterCache, "advance" | "hasNews">;
  readonly runner: Pick<SessionRunner, "run">;
  /** Absent for a dry run. */
  readonly committer?: Pick<Committer, "submit" | "priorityFloor" | "backingOff">;
  /** Start to start. */
  readonly cycleIntervalMs: number;
  /** End to start, for cycles that a change woke; undefined: no early cycles. */
  readonly earlyCycleGapMs: number | undefined;
  /** Names this process in the ids of its cycles, so that two never share one. */
  readonly cycleIdPrefix: string;
  /** Whether everything that decisions need has been listed and is fresh. No cycle runs while it is false. */
  readonly isFresh: () => boolean;
  readonly onSession: (record: SessionReport) => void;
  /** The cycle met a broken invariant and committed nothing. */
  readonly onViolation: (error: InvariantViolation, snapshot: Snapshot) => void;
}

export interface SessionReport extends SessionResult {
  readonly snapshot: Snapshot;
  readonly memoryBefore: Memory;
  /** `interval`, or what woke it. */
  readonly trigger: string;
  /** Milliseconds by phase, in order. */
  readonly phaseMs: ReadonlyMap<string, number>;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  #memory: Memory = EMPTY_MEMORY;
  #lastGeneration = -1;
  /** Logical time when a session is due although nothing happened: a timer expires, a refusal is tried again, a plan was not taken. */
  #dueMs = -Infinity;
  #startedMs = -Infinity;
  #endedMs = -Infinity;
  #cancelNext: () => void = () => undefined;
  #isRunning = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    this.#next();
  }

  /** Returns at once: a session that runs is synchronous, so none is under way. */
  stop(): void {
    this.#isRunning = false;
    this.#cancelNext();
  }

  /** Something may have changed: the next cycle starts early. */
  wake(): void {
    if (this.#isRunning && this.#options.earlyCycleGapMs !== undefined) this.#next();
  }

  /** Part of the last plan was not taken on: the next session runs although the snapshot may be the same, and tries everybody. */
  demandSession(): void {
    this.#dueMs = -Infinity;
    this.#memory = withoutRefusals(this.#memory);
  }

  /** One cycle, unless nothing could come of it. */
  runCycle(trigger: string): void {
    const { env, cache, runner, committer, cycleIntervalMs, cycleIdPrefix } = this.#options;
    const stopwatch = new Stopwatch(env.clock);
    const snapshot = cache.advance();
    stopwatch.lap("snapshot");
    const nowMs = env.clock.nowMs();
    if (snapshot.generation === this.#lastGeneration && nowMs < this.#dueMs) return; // an idle cycle does nothing
    const memory = this.#memory;
    const cycleId = `${cycleIdPrefix}-${String(memory.cycle + 1)}`;
    const { priorityFloor, backingOff } = committer ?? {};
    const input = { snapshot, memory, nowMs, cycleIntervalMs, cycleId, priorityFloor, backingOff: backingOff?.jobs };
    try {
      const result = runner.run(input, (phase) => stopwatch.lap(phase));
      this.#memory = result.memory;
      this.#lastGeneration = snapshot.generation;
      const nextMs = Math.min(nowMs + RETRY_MS, result.nextTimerMs, backingOff?.untilMs ?? Infinity);
      this.#dueMs = priorityFloor === undefined ? nextMs : -Infinity; // what the floor kept out is tried again at once
      committer?.submit(result.plan);
      stopwatch.lap("commit");
      this.#options.onSession({ ...result, snapshot, memoryBefore: memory, trigger, phaseMs: stopwatch.laps });
    } catch (error) {
      if (!(error instanceof InvariantViolation)) throw error;
      this.#options.onViolation(error, snapshot); // the next cycle starts fresh
    }
  }

  /** Plans the next cycle: at the end of the period, or as early as a change and the gap allow. */
  #next(): void {
    this.#cancelNext();
    const { env, cache, cycleIntervalMs, earlyCycleGapMs } = this.#options;
    const isEarly = earlyCycleGapMs !== undefined && cache.hasNews;
    const periodMs = this.#startedMs + cycleIntervalMs;
    const atMs = isEarly ? Math.min(periodMs, this.#endedMs + earlyCycleGapMs) : periodMs;
    const trigger = atMs < periodMs ? "change" : "interval";
    this.#cancelNext = env.timers.after(Math.max(0, atMs - env.clock.nowMs()), () => {
      this.#startedMs = env.clock.nowMs();
      if (this.#options.isFresh()) this.runCycle(trigger);
      this.#endedMs = env.clock.nowMs();
      this.#next();
    });
  }
}
