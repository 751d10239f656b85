// What holds of any session: its plan keeps the invariants, its input is untouched, the same input gives the same bytes,
// and when it ends nobody waits who would fit.

import { createHash } from "node:crypto";
import { assert } from "chai";
import { ACTIONS } from "../../src/actions/index.ts";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Bind, Job, Memory, Plan, Policy, Snapshot } from "../../src/model/index.ts";
import { Engine, SessionRunner } from "../../src/session/index.ts";
import type { NodeFinder, Session, SessionResult } from "../../src/session/index.ts";
import { HonestHistory, withPlan } from "../support/honest-history.ts";
import { NaiveFinder } from "../support/naive-finder.ts";
import { checkPlan, PLAN_CHECKS } from "../support/plan-check.ts";
import type { PlanCheck } from "../support/plan-check.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import { insideOneOf, randomlyChanged, randomWorld, restricting, zoneLimit } from "../support/random-world.ts";
import { inputOf, openOn, tablesWith } from "../support/scenario.ts";
import { canonical, policyOf, snapshotOf } from "../support/session-world.ts";
import type { World } from "../support/session-world.ts";

const EXTRA = [zoneLimit, restricting, insideOneOf("rack", ["r1", "r2"])];
const TABLES = tablesWith(EXTRA);

describe("property: any plan", () => {
  it("keeps capacity and ports, binds gangs whole or not at all, each pod once, and leaves nobody without a reason", () => {
    forEachSeed(400, (random) => {
      forEachSession(random, checkPlan);
    });
  });

  const spoilers: Readonly<Record<PlanCheck, (binds: readonly Bind[], plan: Plan, world: World) => Partial<Plan>>> = {
    "capacity, pods included": (binds, _plan, world) => ({
      intents: binds.map((bind) => ({ ...bind, node: world.nodes[0]?.name ?? "" })),
    }),
    "host ports": (binds, _plan, world) => ({
      intents: binds.map((bind) => ({ ...bind, node: world.nodes[0]?.name ?? "" })),
    }),
    "gangs whole or none": (binds) => ({ intents: binds.slice(1) }),
    "one bind, of a pending pod of ours": (binds) => ({ intents: [...binds, ...binds.slice(0, 1)] }),
    "no silent drop": (_binds, { conditions }) => ({ conditions: conditions.slice(1) }),
  };
  for (const [name, spoil] of Object.entries(spoilers)) {
    it(`canary: ${name}: the check finds a plan that was spoiled`, () => {
      assert.isDefined(
        firstFailure(100, (random) => {
          forEachSession(random, (world, plan) => {
            const binds = plan.intents.filter((intent) => intent.kind === "bind");
            PLAN_CHECKS[name as PlanCheck](world, { ...plan, ...spoil(binds, plan, world) });
          });
        }),
      );
    });
  }
});

describe("property: a session is a pure function", () => {
  it("leaves the snapshot and the memory as they were, frozen or not", () => {
    forEachSeed(60, (random) => {
      const policy = randomPolicy(random);
      const snapshot = snapshotOf(randomWorld(random), 1);
      const memory = run(snapshot, policy, EMPTY_MEMORY).memory;
      if (random.chance(0.5)) deepFreeze([{ ...snapshot, rows: [] }, memory, policy]);
      const before = [contentHash(snapshot), canonical(memory)];
      run(snapshot, policy, memory);
      assert.deepEqual([contentHash(snapshot), canonical(memory)], before);
    });
  });

  it("canary: the same hash notices one number that was written", () => {
    const snapshot = snapshotOf({ nodes: [], jobs: [] }, 1);
    const before = contentHash(snapshot);
    snapshot.rows[0]?.fill(1, 77, 78);
    assert.notEqual(contentHash(snapshot), before);
  });

  it("gives the same bytes for the same input, whatever the order of nodes, slots and jobs", () => {
    forEachSeed(150, (random) => {
      const policy = randomPolicy(random);
      const world = randomWorld(random);
      const first = run(snapshotOf(world, 1), policy, EMPTY_MEMORY);
      const text = canonical(first);
      assert.equal(canonical(run(snapshotOf(world, 1), policy, EMPTY_MEMORY)), text, "the same again");
      const slots = random.shuffled(world.nodes.map(({ slot }) => slot));
      const shuffled = {
        jobs: random.shuffled(world.jobs),
        nodes: random.shuffled(world.nodes.map((node, index) => ({ ...node, slot: slots[index] ?? 0 }))),
      };
      const other = run(snapshotOf(shuffled, 1), policy, EMPTY_MEMORY);
      assert.equal(canonical(other), text, "shuffled");
      assert.equal(JSON.stringify(other.plan), JSON.stringify(first.plan), "lists in the same order");
    });
  });

  it("canary: the same comparison notices who decides by arrival", () => {
    assert.isDefined(
      firstFailure(150, (random) => {
        const world = randomWorld(random);
        const byArrival = (seen: World): Policy =>
          policyOf(seen.jobs[0]?.minAvailable === 1 ? [["priority"]] : [["gang"]]);
        const decide = (seen: World): string => canonical(run(snapshotOf(seen, 1), byArrival(seen), EMPTY_MEMORY));
        assert.equal(decide({ ...world, jobs: random.shuffled(world.jobs) }), decide(world));
      }),
    );
  });
});

describe("property: when a session ends", () => {
  it("no group of one shape that waits would fit if it were tried alone", () => {
    let triedCount = 0;
    forEachSeed(250, (random) => {
      triedCount += checkNobodyFits(random, () => new Engine());
    });
    if (process.env["SEED"] === undefined) assert.isAbove(triedCount, 300, "groups tried: the check tried nobody");
  });

  it("canary: the same check finds an engine that now and then overlooks every node", () => {
    class Shy extends Engine {
      #count = 0;
      override best(...question: Parameters<NodeFinder["best"]>): ReturnType<NodeFinder["best"]> {
        return ++this.#count % 5 === 0 ? undefined : super.best(...question);
      }
    }
    assert.isDefined(firstFailure(100, (random) => checkNobodyFits(random, () => new Shy())));
  });
});

function randomPolicy(random: Random): Policy {
  const extra = EXTRA.map(({ name }) => name).filter(() => random.chance(0.2));
  const orders = random.pick([["nodeorder"], ["binpack"], []]);
  return policyOf([
    ["priority", "gang", "conformance"],
    ["predicates", ...orders, ...extra],
  ]);
}

function run(snapshot: Snapshot, policy: Policy, memory: Memory): SessionResult {
  return new SessionRunner(policy, TABLES).run(inputOf(snapshot, { memory }));
}

/** Four sessions by one warm runner on a changing world, each plan made true before the next. */
function forEachSession(random: Random, check: (world: World, plan: Plan) => void): void {
  const runner = new SessionRunner(randomPolicy(random), TABLES);
  const history = new HonestHistory(randomWorld(random));
  let memory: Memory = EMPTY_MEMORY;
  for (let session = 1; session <= 4; session++) {
    const { world, snapshot } = history;
    const result = runner.run(inputOf(snapshot, { memory, nowMs: session * 1000 }));
    check(world, result.plan);
    memory = result.memory;
    const next = withPlan(world, result.plan);
    history.become(random.chance(0.3) ? next : randomlyChanged(random, next));
  }
}

/** Returns how many groups were tried. */
function checkNobodyFits(random: Random, finder: () => NodeFinder): number {
  const policy = randomPolicy(random);
  const history = new HonestHistory(randomWorld(random));
  const engine = finder();
  let memory: Memory = EMPTY_MEMORY;
  let triedCount = 0;
  for (let round = 1; round <= 3; round++) {
    const { snapshot, world } = history;
    const options = { policy, extraPlugins: EXTRA, memory, nowMs: round * 1000 };
    const session = openOn(snapshot, { ...options, finder: engine });
    for (const { name, arguments: values } of policy.actions) ACTIONS.get(name)?.execute(session, values);
    for (const { job } of session.pending.values()) triedCount += tryAlone(session, job);
    const result = new SessionRunner(policy, TABLES, finder()).run(inputOf(snapshot, options));
    memory = result.memory;
    const next = withPlan(world, result.plan);
    history.become(random.chance(0.4) ? next : randomlyChanged(random, next));
  }
  return triedCount;
}

/** Places a waiting group on what room is left, as plainly as can be; 0 where it is none of those that could be placed so. */
function tryAlone(session: Session, job: Job): 0 | 1 {
  const tasks = session.pendingTasks(job);
  const wasGiven = job.tasks.some((task) => session.ledger.standingOf(task) !== undefined);
  const isOneShape = new Set(tasks.map(({ shape }) => shape.signature)).size === 1;
  if (wasGiven || !isOneShape || session.gate(job) !== undefined || session.hooks.jobValid(job) !== undefined) return 0;
  const naive = new NaiveFinder();
  naive.open({ snapshot: session.snapshot, rooms: session.rooms, hooks: session.hooks });
  const wasReady = session.isReady(job);
  for (const candidates of session.hooks.candidateSets(job)) {
    const statement = session.openStatement("alone");
    let count = 0;
    for (const task of tasks) {
      const node = naive.best(task.shape, candidates);
      if (node === undefined) break;
      statement.allocate(task, job, node);
      count++;
    }
    const fits = wasReady ? 0 < count : session.isReady(job);
    statement.discard();
    assert.isFalse(fits, `${job.key} waits, and fits ${candidates.name}`);
  }
  return 1;
}

/** Of the frozen tree and of the pages beside it (I-13). */
function contentHash(snapshot: Snapshot): string {
  const hash = createHash("sha256").update(canonical({ ...snapshot, rows: [] }));
  for (const page of snapshot.rows) hash.update(new Uint8Array(page.buffer));
  return hash.digest("hex");
}

/** Objects, arrays, and what maps and sets hold; a map that is written to throws. */
function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  if (value instanceof Map || value instanceof Set) {
    const refuse = (): never => {
      throw new Error("a frozen collection was written to");
    };
    Object.assign(value, { set: refuse, add: refuse, delete: refuse, clear: refuse });
    for (const [key, inner] of value.entries()) for (const part of [key, inner]) deepFreeze(part);
  }
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
