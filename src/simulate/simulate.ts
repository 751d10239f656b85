// Simulate: cycles on a simulated world until nothing changes any more, under a clock that moves by whole cycle intervals
// and jumps where only a timer can change anything (contract rule 3). The same input gives the same cycles.

import type { Memory, Plan, Snapshot } from "../model/index.ts";
import type { SimulatedScheduler, Timer } from "./port.ts";
import type { World } from "./world.ts";

/** Cycles that must change nothing before a world counts as stable, after the first that did not. */
const QUIET_CYCLES = 3;

export interface Limits {
  /** Exactly so many cycles; absent: until the world is stable. */
  readonly cycles?: number;
  readonly maxCycles: number;
  readonly cycleIntervalMs: number;
  readonly seed: number;
}

export interface Cycle {
  readonly cycle: number;
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  /** After the session. */
  readonly memory: Memory;
  readonly log: readonly string[];
  /** Milliseconds of real time that the session took. */
  readonly tookMs: number;
}

export interface Outcome {
  readonly cycles: readonly Cycle[];
  readonly placements: ReadonlyMap<string, string>;
  readonly isStable: boolean;
}

/** `stopwatchMs`: real time for `tookMs`; nothing is decided by it. */
export function simulate(
  world: World,
  scheduler: SimulatedScheduler,
  limits: Limits,
  stopwatchMs: () => number,
): Outcome {
  const cycles: Cycle[] = [];
  const timers = new Timers();
  const last = limits.cycles ?? limits.maxCycles;
  let nowMs = world.startMs;
  let quiet = 0;
  /** Something changed in a cycle that nothing had happened before: a decision that does not follow from the world. */
  let isRestless = false;
  for (let cycle = 1; cycle <= last; cycle++) {
    const snapshot = scheduler.snapshot();
    const cycleId = `${limits.seed}-${cycle}`;
    const startedMs = stopwatchMs();
    const decided = scheduler.decide(snapshot, { cycleId, nowMs, cycleIntervalMs: limits.cycleIntervalMs });
    const { plan, memory, timers: due, log } = decided;
    cycles.push({ cycle, snapshot, plan, memory, log, tookMs: stopwatchMs() - startedMs });

    const isChanged = world.apply(plan, nowMs) || world.isMoving;
    if (isChanged) timers.forgetTried();
    const wakeMs = isChanged ? undefined : timers.nextUntried(due);
    isRestless ||= isChanged && 0 < quiet;
    quiet = isChanged || wakeMs !== undefined ? 0 : quiet + 1;
    if (limits.cycles === undefined && quiet === 1 + QUIET_CYCLES) break;
    nowMs = Math.max(nowMs + limits.cycleIntervalMs, wakeMs ?? 0);
    timers.elapse(due, nowMs);
    world.move(nowMs);
  }
  const needed = limits.cycles === undefined ? 1 + QUIET_CYCLES : 1;
  return { cycles, placements: world.placements(), isStable: !isRestless && needed <= quiet };
}

/** Which timers still count: on an unchanged world each group has one retry per kind of timer. */
class Timers {
  readonly #tried = new Set<string>();

  /** When the first timer expires that was not tried yet; undefined where there is none. */
  nextUntried(timers: readonly Timer[]): number | undefined {
    const times = timers.filter((timer) => !this.#tried.has(idOf(timer))).map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : times.reduce((first, time) => Math.min(first, time));
  }

  /** The next session runs at `nowMs` and tries whatever has expired by then. */
  elapse(timers: readonly Timer[], nowMs: number): void {
    for (const timer of timers) if (timer.atMs <= nowMs) this.#tried.add(idOf(timer));
  }

  forgetTried(): void {
    this.#tried.clear();
  }
}

function idOf({ job, kind }: Timer): string {
  return `${kind} ${job}`;
}
