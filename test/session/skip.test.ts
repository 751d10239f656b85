import { assert } from "chai";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Job, JobMemory, Memory, Snapshot, Versions } from "../../src/model/index.ts";
import { RETRY_MS, SessionRunner } from "../../src/session/index.ts";
import type { SessionResult } from "../../src/session/index.ts";
import { HonestHistory, withPlan } from "../support/honest-history.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import {
  clusterWhim,
  insideOneOf,
  randomlyChanged,
  randomWorld,
  restricting,
  zoneLimit,
} from "../support/random-world.ts";
import { bindsIn, gang, inputOf, inSlots, nodeWith, pipelinedIn, solo, tablesWith } from "../support/scenario.ts";
import { canonical, policyOf, requestsOf, shapeOf, snapshotOf } from "../support/session-world.ts";
import type { World } from "../support/session-world.ts";

const TABLES = tablesWith([zoneLimit, clusterWhim, restricting, insideOneOf("rack", ["r1", "r2"])]);

describe("property: what is skipped", () => {
  it("skipping on and off give equal plans, on worlds whose versions are honest", () => {
    let skippedCount = 0;
    forEachSeed(250, (random) => {
      skippedCount += compareWithAndWithout(random, (memory) => memory);
    });
    if (process.env["SEED"] === undefined)
      assert.isAbove(skippedCount, 150, "groups skipped: the check compared nothing");
  });

  const lies: readonly {
    readonly name: string;
    readonly tell: (memory: JobMemory, snapshot: Snapshot) => JobMemory;
  }[] = [
    {
      name: "room that is freed unnoticed",
      tell: (memory, { versions }) =>
        withRefusal(memory, { versions: { ...memory.refusedAt!.versions, freed: versions.freed } }),
    },
    {
      name: "constraints that change unnoticed",
      tell: (memory, { versions }) =>
        withRefusal(memory, { versions: { ...memory.refusedAt!.versions, constraints: versions.constraints } }),
    },
    {
      name: "groups of many shapes taken for groups of one",
      tell: (memory) => withRefusal(memory, { isOneShape: true }),
    },
  ];
  for (const { name, tell } of lies) {
    it(`canary: the same check finds ${name}`, () => {
      assert.isDefined(
        firstFailure(1500, (random) => {
          compareWithAndWithout(random, (memory, snapshot) => ({
            ...memory,
            jobs: new Map(
              [...memory.jobs].map(([key, job]) => [key, job.refusedAt === undefined ? job : tell(job, snapshot)]),
            ),
          }));
        }),
      );
    });
  }
});

describe("what makes a refused group worth another try", () => {
  const one = gang("ns/one", { members: 2 });
  const mixed = gang("ns/mixed", { members: [{}, { cpuMilli: 2000 }] });
  const cases: readonly {
    readonly name: string;
    readonly job?: Job;
    readonly change: { readonly versions?: Partial<Versions>; readonly version?: number; readonly atMs?: number };
    readonly isTried: boolean;
  }[] = [
    { name: "nothing changed", change: {}, isTried: false },
    { name: "nothing changed, just before the retry", change: { atMs: 1000 + RETRY_MS - 1 }, isTried: false },
    { name: "nothing changed for a minute", change: { atMs: 61_000 }, isTried: true },
    { name: "room was freed", change: { versions: { freed: 2 } }, isTried: true },
    { name: "constraints changed", change: { versions: { constraints: 2 } }, isTried: true },
    { name: "queues changed", change: { versions: { queues: 2 } }, isTried: true },
    { name: "the group changed", change: { version: 2 }, isTried: true },
    { name: "room was taken: that helps no group of one shape", change: { versions: { taken: 2 } }, isTried: false },
    { name: "nothing changed, members of two shapes", job: mixed, change: {}, isTried: false },
    { name: "room was taken, members of two shapes", job: mixed, change: { versions: { taken: 2 } }, isTried: true },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.isTried ? "tried" : "skipped"}`, () => {
      const { job = one, change } = c;
      const small = { nodes: inSlots([nodeWith("n1", { cpuMilli: 1000 })]), jobs: [job] };
      const first = decide(snapshotOf(small, 1), EMPTY_MEMORY, 1000);
      assert.deepEqual(bindsIn(first.plan), []);
      const snapshot = snapshotOf({ ...small, jobs: [{ ...job, version: change.version ?? 1 }] }, 1);
      const versions = { ...snapshot.versions, ...change.versions };
      const second = decide({ ...snapshot, versions }, first.memory, change.atMs ?? 2000);
      assert.equal(second.plan.counts.skippedAsUnchanged, c.isTried ? 0 : 1);
      assert.equal(second.plan.counts.podsConsidered > 0, c.isTried);
      assert.deepEqual(second.memory.jobs.get(job.key)?.verdict, first.memory.jobs.get(job.key)?.verdict);
      assert.equal(second.memory.jobs.get(job.key)?.refusedAt?.atMs, c.isTried ? (change.atMs ?? 2000) : 1000);
    });
  }

  it("room held for somebody in the session of the refusal: tried again at once", () => {
    const world = {
      nodes: inSlots([nodeWith("n1", { cpuMilli: 1000 })]),
      jobs: [solo("ns/old", { on: "n1", status: "Releasing" }), solo("ns/first", {}, { priority: 1 }), one],
    };
    const first = decide(snapshotOf(world, 1), EMPTY_MEMORY, 1000);
    assert.deepEqual(pipelinedIn(first.plan), ["ns/first n1"]);
    assert.equal(decide(snapshotOf(world, 1), first.memory, 2000).plan.counts.skippedAsUnchanged, 0);
  });
});

describe("a retry that succeeds though nothing had changed", () => {
  const cases = [
    { name: "is counted: the hints have missed something", versions: {}, skipMissed: 1 },
    { name: "is none where room was freed", versions: { freed: 2 }, skipMissed: 0 },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const job = gang("ns/g", { members: 2 });
      const small = { nodes: inSlots([nodeWith("n1", { cpuMilli: 1000 })]), jobs: [job] };
      const grown = { ...small, nodes: inSlots([nodeWith("n1", { cpuMilli: 9000 })]) };
      const first = decide(snapshotOf(small, 1), EMPTY_MEMORY, 1000);
      const snapshot = snapshotOf(grown, 1);
      const unnoticed = { ...snapshot, versions: { ...snapshot.versions, ...c.versions } };
      const retry = decide(unnoticed, first.memory, 1000 + RETRY_MS);
      assert.lengthOf(bindsIn(retry.plan), 2);
      assert.equal(retry.skipMissed, c.skipMissed);
    });
  }
});

function decide(snapshot: Snapshot, memory: Memory, nowMs: number): SessionResult {
  return new SessionRunner(policyOf(), TABLES).run(inputOf(snapshot, { memory, nowMs }));
}

/** Runs a history twice, as it is and with every refusal forgotten; returns how many groups were skipped. */
function compareWithAndWithout(random: Random, tell: (memory: Memory, snapshot: Snapshot) => Memory): number {
  const extra = ["zone-limit", "cluster-whim", "restricting", "inside-one-rack"].filter(() => random.chance(0.2));
  const policy = policyOf([
    ["priority", "gang"],
    ["predicates", random.pick(["nodeorder", "binpack"]), ...extra],
  ]);
  const [skipping, plain] = [new SessionRunner(policy, TABLES), new SessionRunner(policy, TABLES)];
  const history = new HonestHistory(randomWorld(random));
  let [memory, forgetful] = [EMPTY_MEMORY, EMPTY_MEMORY];
  let skippedCount = 0;
  for (let session = 1; session <= 5; session++) {
    const { snapshot, world } = history;
    const nowMs = session * 1000;
    const left = skipping.run(inputOf(snapshot, { memory: tell(memory, snapshot), nowMs }));
    const right = plain.run(inputOf(snapshot, { memory: forgetful, nowMs }));
    assert.equal(outcome(left), outcome(right), `session ${String(session)}`);
    assert.equal(left.skipMissed + right.skipMissed, 0, "skipMissed");
    skippedCount += left.plan.counts.skippedAsUnchanged;
    memory = left.memory;
    forgetful = withoutRefusals(right.memory);
    history.become(changed(random, withPlan(world, left.plan)));
  }
  return skippedCount;
}

/** Often nothing happens, or somebody else's pod takes room; a bind may turn out to have failed. */
function changed(random: Random, world: World): World {
  if (random.chance(0.4)) return world;
  if (random.chance(0.4)) {
    const shape = shapeOf({ requests: requestsOf(500 * random.integer(1, 2), 0) });
    const name = `foreign/p${String(world.jobs.length)}`;
    return { ...world, jobs: [...world.jobs, solo(name, { shape, on: random.pick(world.nodes).name })] };
  }
  if (random.chance(0.3)) {
    const jobs = world.jobs.map((job) => ({
      ...job,
      tasks: job.tasks.map((task) =>
        task.status === "Bound" && random.chance(0.2) ? { ...task, status: "Pending" as const, node: "" } : task,
      ),
    }));
    return { ...world, jobs };
  }
  return randomlyChanged(random, world);
}

/** All that a cluster would see of a session. Words may be older where a group was skipped: the numbers in them are of the refusal. */
function outcome({ plan, memory }: SessionResult): string {
  const reasons = [...memory.jobs].map(([key, { verdict }]) => [key, verdict?.reason]);
  return canonical([plan.intents, pipelinedIn(plan), plan.groupStatuses, reasons]);
}

function withoutRefusals(memory: Memory): Memory {
  return { ...memory, jobs: new Map([...memory.jobs].map(([key, job]) => [key, { ...job, refusedAt: undefined }])) };
}

function withRefusal(memory: JobMemory, lie: Partial<NonNullable<JobMemory["refusedAt"]>>): JobMemory {
  return memory.refusedAt === undefined ? memory : { ...memory, refusedAt: { ...memory.refusedAt, ...lie } };
}
