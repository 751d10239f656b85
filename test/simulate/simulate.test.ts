import { assert } from "chai";
import { RESOURCES } from "../../src/cache/events.ts";
import { EMPTY_MEMORY, type Plan, type Snapshot } from "../../src/model/index.ts";
import { readManifests } from "../../src/simulate/manifests.ts";
import type { Moment, SimulatedScheduler, Timer } from "../../src/simulate/port.ts";
import { simulate, type Limits, type Outcome } from "../../src/simulate/simulate.ts";
import { World } from "../../src/simulate/world.ts";

const START_MS = Date.UTC(2026, 0, 1);
const INPUT =
  "kind: Pod\nmetadata: {name: p, creationTimestamp: '2026-01-01T00:00:00Z'}\n---\nkind: Pod\nmetadata: {name: q}\n";
const NOTHING: Plan = {
  cycle: 0,
  intents: [],
  conditions: [],
  groupStatuses: [],
  decisions: [],
  counts: { pendingGroups: 0, podsConsidered: 0, bound: 0, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 },
};

function binding(task: string): Plan {
  const mark = { cycleId: "c", planned: 1, minimum: 1 };
  return { ...NOTHING, intents: [{ kind: "bind", task, uid: "", job: "", group: "", node: "n", priority: 0, mark }] };
}

function nominating(task: string, node: string): Plan {
  return { ...NOTHING, intents: [{ kind: "nominate", task, uid: "", job: "", group: "", node }] };
}

type Script = (second: number, cycle: number) => { readonly plan?: Plan; readonly timers?: readonly Timer[] };

/** Runs a scheduler that follows `script`; answers with the seconds at which its sessions ran. */
function run(
  script: Script,
  limits: Partial<Limits> = {},
  input = INPUT,
): Outcome & { readonly seconds: readonly number[] } {
  const seconds: number[] = [];
  const scheduler: SimulatedScheduler = {
    resources: RESOURCES,
    observe: () => undefined,
    problems: () => new Map(),
    snapshot: () => ({}) as Snapshot,
    decide: (_, { nowMs }: Moment) => {
      seconds.push((nowMs - START_MS) / 1000);
      const { plan = NOTHING, timers = [] } = script(seconds.at(-1)!, seconds.length);
      return { plan, memory: EMPTY_MEMORY, timers, log: [] };
    },
  };
  const manifests = readManifests(["f"], { list: () => undefined, read: () => input, stdin: () => "" }, RESOURCES);
  const world = new World(manifests, RESOURCES, () => undefined);
  const outcome = simulate(world, scheduler, { maxCycles: 100, cycleIntervalMs: 1000, seed: 1, ...limits }, () => 0);
  return { ...outcome, seconds };
}

const timer = (job: string, kind: string, second: number): Timer => ({ job, kind, atMs: START_MS + second * 1000 });

describe("simulate", () => {
  it("rests after one quiet cycle and three more", () => {
    const { seconds, isStable } = run(() => ({}));
    assert.deepEqual(seconds, [0, 1, 2, 3]);
    assert.isTrue(isStable);
  });

  it("counts anew after every change", () => {
    const { seconds, isStable, placements } = run((_, cycle) =>
      cycle < 3 ? { plan: binding(cycle === 1 ? "default/p" : "default/q") } : {},
    );
    assert.deepEqual(seconds, [0, 1, 2, 3, 4, 5]);
    assert.isTrue(isStable);
    assert.deepEqual(
      [...placements],
      [
        ["default/p", "n"],
        ["default/q", "n"],
      ],
    );
  });

  it("waits for what the world still has to do: pods that the input deletes", () => {
    const deleting = `kind: Pod\nmetadata: {name: p, deletionTimestamp: '2026-01-01T00:00:00Z'}\nspec: {nodeName: n}\nstatus: {phase: Running}\n`;
    assert.deepEqual(run(() => ({}), {}, deleting).seconds, [0, 1, 2, 3, 4]);
  });

  it("jumps to the next timer when nothing else can change anything", () => {
    const { seconds } = run((second) => (second < 30 ? { timers: [timer("a", "settle", 30)] } : {}));
    assert.deepEqual(seconds, [0, 30, 31, 32, 33]);
  });

  it("does not jump while something changes", () => {
    const { seconds } = run((second, cycle) => ({
      ...(cycle === 1 ? { plan: binding("default/p") } : {}),
      timers: second < 30 ? [timer("a", "settle", 30)] : [],
    }));
    assert.deepEqual(seconds, [0, 1, 30, 31, 32, 33]);
  });

  it("never runs sooner than an interval later", () => {
    assert.deepEqual(
      run((second) => (second < 1 ? { timers: [timer("a", "settle", 0.2)] } : {})).seconds,
      [0, 1, 2, 3, 4],
    );
  });

  it("gives each group one retry for each kind of timer, on an unchanged world", () => {
    const { seconds, isStable } = run((second) => ({
      timers: [
        timer("a", "settle", second + 10),
        timer("a", "back-off", second + 25),
        timer("b", "settle", second + 40),
      ],
    }));
    // At 10 the settle of a has been tried; its back-off and the settle of b are promised anew from there.
    assert.deepEqual(seconds, [0, 10, 35, 75, 76, 77, 78]);
    assert.isTrue(isStable);
  });

  it("lets timers count again once the world has changed", () => {
    const { seconds } = run((second) => ({
      ...(second === 10 ? { plan: binding("default/p") } : {}),
      timers: [timer("a", "settle", second + 10)],
    }));
    assert.deepEqual(seconds, [0, 10, 11, 21, 22, 23, 24]);
  });

  it("is not stable when it changes although nothing had happened", () => {
    const { seconds, isStable } = run((second) => (second === 2 ? { plan: binding("default/p") } : {}));
    assert.deepEqual(seconds, [0, 1, 2, 3, 4, 5, 6]);
    assert.isFalse(isStable);
  });

  it("runs exactly as many cycles as it is told, and says whether the last one was quiet", () => {
    const script: Script = (_, cycle) => (cycle === 2 ? { plan: binding("default/p") } : {});
    assert.deepInclude(run(script, { cycles: 2 }), { isStable: false, seconds: [0, 1] });
    assert.deepInclude(
      run(() => ({}), { cycles: 6 }),
      { isStable: true, seconds: [0, 1, 2, 3, 4, 5] },
    );
  });

  it("gives up after the most cycles that it may run", () => {
    const { cycles, isStable } = run((_, cycle) => ({ plan: nominating("default/p", `n${cycle}`) }), { maxCycles: 7 });
    assert.lengthOf(cycles, 7);
    assert.isFalse(isStable);
  });
});
