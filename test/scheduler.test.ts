// The cycle: when sessions run, what they are given, and what becomes of a broken one. A virtual clock, a counting session.

import { assert } from "chai";
import { EMPTY_MEMORY, InvariantViolation } from "../src/model/index.ts";
import type { JobMemory, Memory, Plan, Snapshot } from "../src/model/index.ts";
import { Scheduler } from "../src/scheduler.ts";
import type { SchedulerOptions, SessionReport } from "../src/scheduler.ts";
import type { SessionInput, SessionResult } from "../src/session/index.ts";
import { snapshotOf } from "./support/session-world.ts";
import { VirtualEnv } from "./support/virtual-env.ts";

const COUNTS = { pendingGroups: 0, podsConsidered: 0, bound: 0, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 };

/** A scheduler whose sessions only count, over a cache that changes when told to. */
class Bench {
  readonly env = new VirtualEnv();
  readonly inputs: SessionInput[] = [];
  readonly startsMs: number[] = [];
  readonly reports: SessionReport[] = [];
  readonly violations: InvariantViolation[] = [];
  readonly submitted: Plan[] = [];
  readonly committer = {
    priorityFloor: undefined as number | undefined,
    backingOff: { jobs: new Set<string>(), untilMs: Infinity },
    submit: (plan: Plan): void => void this.submitted.push(plan),
  };
  generation = 1;
  hasNews = false;
  isFresh = true;
  nextTimerMs = Infinity;
  remembered: ReadonlyMap<string, JobMemory> = new Map();
  onRun = (): void => undefined;
  readonly scheduler: Scheduler;

  constructor(options: Partial<SchedulerOptions> = {}) {
    const advance = (): Snapshot => {
      this.hasNews = false;
      return snapshotOf({ nodes: [], jobs: [] }, this.generation);
    };
    const cache = { advance, hasNews: false };
    Object.defineProperty(cache, "hasNews", { get: () => this.hasNews });
    this.scheduler = new Scheduler({
      env: this.env,
      cache,
      runner: { run: (input) => this.#session(input) },
      committer: this.committer,
      cycleIntervalMs: 1_000,
      earlyCycleGapMs: 50,
      cycleIdPrefix: "p",
      isFresh: () => this.isFresh,
      onSession: (report) => void this.reports.push(report),
      onViolation: (error) => void this.violations.push(error),
      ...options,
    });
  }

  /** Something the scheduler should know has happened. */
  news(): void {
    this.generation++;
    this.hasNews = true;
    this.scheduler.wake();
  }

  #session(input: SessionInput): SessionResult {
    this.inputs.push(input);
    this.startsMs.push(this.env.clock.nowMs());
    this.onRun();
    const cycle = input.memory.cycle + 1;
    const plan: Plan = { cycle, intents: [], conditions: [], groupStatuses: [], decisions: [], counts: COUNTS };
    const memory: Memory = { cycle, jobs: this.remembered };
    return { plan, memory, timers: [], nextTimerMs: this.nextTimerMs, skipMissed: 0 };
  }
}

describe("the cycle", () => {
  it("runs a session per period, start to start, while there is something new", async () => {
    const bench = new Bench();
    bench.onRun = () => {
      bench.generation++;
    };
    bench.scheduler.start();
    await bench.env.advance(3_500);
    assert.deepEqual(bench.startsMs, [0, 1_000, 2_000, 3_000]);
    assert.deepEqual(
      bench.inputs.map(({ cycleId }) => cycleId),
      ["p-1", "p-2", "p-3", "p-4"],
    );
    assert.deepEqual(
      bench.submitted.map(({ cycle }) => cycle),
      [1, 2, 3, 4],
    );
  });

  it("does nothing while nothing changes, but tries everybody again after a minute", async () => {
    const bench = new Bench();
    bench.scheduler.start();
    await bench.env.advance(59_900);
    assert.lengthOf(bench.inputs, 1);
    await bench.env.advance(1_000);
    assert.lengthOf(bench.inputs, 2);
  });

  it("starts early after a change, but never sooner than the gap allows", async () => {
    const bench = new Bench();
    bench.scheduler.start();
    await bench.env.advance(10);
    bench.news();
    bench.news();
    await bench.env.advance(100);
    assert.deepEqual(bench.startsMs, [0, 50]);
    assert.deepEqual(
      bench.reports.map(({ trigger }) => trigger),
      ["interval", "change"],
    );
  });

  it("keeps to the pure period without early cycles", async () => {
    const bench = new Bench({ earlyCycleGapMs: undefined });
    bench.scheduler.start();
    await bench.env.advance(10);
    bench.news();
    await bench.env.advance(1_100);
    assert.deepEqual(bench.startsMs, [0, 1_000]);
  });

  it("runs when a timer expires, on an unchanged snapshot", async () => {
    const bench = new Bench();
    bench.nextTimerMs = 2_500;
    bench.scheduler.start();
    await bench.env.advance(5_000);
    assert.deepEqual(bench.startsMs, [0, 3_000, 4_000, 5_000]);
  });

  it("waits while what it knows is not fresh", async () => {
    const bench = new Bench();
    bench.isFresh = false;
    bench.scheduler.start();
    await bench.env.advance(2_500);
    assert.isEmpty(bench.inputs);
    bench.isFresh = true;
    await bench.env.advance(1_000);
    assert.deepEqual(bench.startsMs, [3_000]);
  });

  it("tells the session the floor of a full queue, and comes back although nothing changed", async () => {
    const bench = new Bench();
    bench.committer.priorityFloor = 7;
    bench.scheduler.start();
    await bench.env.advance(1_500);
    assert.deepEqual(
      bench.inputs.map(({ priorityFloor }) => priorityFloor),
      [7, 7],
    );
  });

  it("tells the session who is backing off, and comes back when the first may be tried", async () => {
    const bench = new Bench();
    bench.committer.backingOff = { jobs: new Set(["solo:x/a"]), untilMs: 4_200 };
    bench.scheduler.start();
    await bench.env.advance(5_500);
    assert.deepEqual([...(bench.inputs[0]?.backingOff ?? [])], ["solo:x/a"]);
    assert.deepEqual(bench.startsMs, [0, 5_000]);
  });

  it("skips nobody after part of a plan was not taken on", async () => {
    const refusedAt = {
      jobVersion: 1,
      versions: snapshotOf({ nodes: [], jobs: [] }, 1).versions,
      isOneShape: true,
      atMs: 0,
    };
    const bench = new Bench();
    bench.remembered = new Map([
      ["solo:x/a", { firstSeenMs: 0, membership: 1, membershipSinceMs: 0, isAdmitted: true, refusedAt }],
    ]);
    bench.scheduler.start();
    await bench.env.advance(100);
    bench.scheduler.demandSession();
    await bench.env.advance(1_000);
    assert.lengthOf(bench.inputs, 2);
    assert.isUndefined(bench.inputs[1]?.memory.jobs.get("solo:x/a")?.refusedAt);
    assert.deepInclude(bench.inputs[1]?.memory.jobs.get("solo:x/a"), { isAdmitted: true });
  });

  it("commits nothing of a broken session, reports it, and starts fresh", async () => {
    const bench = new Bench();
    bench.onRun = () => {
      if (bench.inputs.length === 1) throw new InvariantViolation("planted");
    };
    bench.scheduler.start();
    await bench.env.advance(1_500);
    assert.deepEqual(
      bench.violations.map(({ message }) => message),
      ["planted"],
    );
    assert.lengthOf(bench.submitted, 1);
    assert.strictEqual(bench.inputs[1]?.memory, EMPTY_MEMORY, "nothing was remembered of it");
  });

  it("writes nothing in a dry run", async () => {
    const bench = new Bench({ committer: undefined as never });
    bench.scheduler.start();
    await bench.env.advance(500);
    assert.lengthOf(bench.reports, 1);
    assert.isEmpty(bench.submitted);
  });

  it("runs no more once it is stopped", async () => {
    const bench = new Bench();
    bench.scheduler.start();
    await bench.env.advance(500);
    bench.scheduler.stop();
    bench.news();
    await bench.env.advance(5_000);
    assert.lengthOf(bench.inputs, 1);
  });
});
