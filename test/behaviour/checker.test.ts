// The checker is only worth something if it catches a wrong answer: each row breaks one thing in a right one.

import { assert } from "chai";
import { checkExpectations, type Expectation } from "./expectations.ts";
import { misplaced, readDocuments, readWorld, type InputPod, type InputWorld } from "./input.ts";
import { checkInvariants } from "./invariants.ts";
import { checkFormat, type OutputBind, type OutputCycle, type OutputEviction } from "./output.ts";
import { milli, podRequests } from "./quantities.ts";

const MANIFESTS = `
kind: Node
metadata: {name: alpha}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
---
kind: Node
metadata: {name: beta}
spec: {taints: [{key: team, value: x, effect: NoSchedule}]}
status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
---
kind: Pod
metadata: {name: low, namespace: sim}
spec: {schedulerName: batch-scheduler, nodeName: alpha, priority: 10, containers: [{name: m, resources: {requests: {cpu: "2"}}}]}
status: {phase: Running}
---
kind: Pod
metadata: {name: a, namespace: sim}
spec: {schedulerName: batch-scheduler, priority: 100, containers: [{name: m, resources: {requests: {cpu: "1"}}}]}
---
kind: Pod
metadata: {name: b, namespace: sim}
spec: {schedulerName: batch-scheduler, priority: 100, containers: [{name: m, resources: {requests: {cpu: "1"}}}]}
`;
const GANGS = { "sim/g": { min: 2, members: ["sim/a", "sim/b"] } };

/** An answer that can be broken. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? Mutable<E>[] : T[K] };
interface Draft {
  version: number;
  cycles: Mutable<OutputCycle>[];
  placements: Record<string, string>;
  stable: boolean;
}

const world = (): InputWorld => readWorld(readDocuments(MANIFESTS).documents, ["batch-scheduler"]);
const bind = (pod: string): Mutable<OutputBind> => ({ pod, node: "alpha", group: "sim/g" });
const eviction = (pod: string): Mutable<OutputEviction> => ({
  pod,
  node: "alpha",
  group: pod,
  action: "preempt",
  for: "sim/g",
});

function cycle(number: number, change: Partial<Draft["cycles"][number]> = {}): Draft["cycles"][number] {
  const group = {
    group: "sim/g",
    dialect: "volcano",
    queue: "default",
    phase: "Running",
    minAvailable: 2,
    members: 2,
    allocated: 2,
  };
  return { cycle: number, binds: [], evictions: [], pipelined: [], groups: [group], pending: [], ...change };
}

/** One low pod is evicted for a gang of two, which is bound once it has gone. */
function right(): Draft {
  const both = (): Mutable<OutputBind>[] => [bind("sim/a"), bind("sim/b")];
  const pending = ["sim/a", "sim/b"].map((pod) => ({
    pod,
    group: "sim/g",
    reason: "WaitingForVictims",
    message: "room is being freed",
  }));
  const first = cycle(1, { evictions: [eviction("sim/low")], pipelined: both(), pending });
  return {
    version: 1,
    cycles: [first, cycle(2, { binds: both() }), cycle(3), cycle(4), cycle(5)],
    placements: { "sim/a": "alpha", "sim/b": "alpha" },
    stable: true,
  };
}

function problemsOf(change: (output: Draft, input: InputWorld) => void): readonly string[] {
  const [output, input] = [right(), world()];
  change(output, input);
  return [...checkFormat(output), ...checkInvariants(output, input, { gangs: GANGS })];
}

function changePod(input: InputWorld, id: string, change: Partial<InputPod>): void {
  input.pods.set(id, { ...input.pods.get(id)!, ...change });
}

describe("behaviour checker", () => {
  it("accepts the right answer", () => {
    assert.deepEqual(
      problemsOf(() => undefined),
      [],
    );
  });

  const wrong: readonly {
    readonly name: string;
    readonly change: Parameters<typeof problemsOf>[0];
    readonly says: RegExp;
  }[] = [
    {
      name: "half a gang",
      change: ({ cycles, placements }) => {
        cycles[1]!.binds.pop();
        Reflect.deleteProperty(placements, "sim/b");
      },
      says: /gang: .*1 of at least 2/,
    },
    {
      name: "room used before the victim has left",
      change: ({ cycles }) => {
        cycles[0]!.binds = cycles[1]!.binds;
        cycles[1]!.binds = [];
      },
      says: /capacity: .*alpha holds 4 cpu of 2/,
    },
    {
      name: "an eviction that nobody profits from",
      change: (output) => {
        output.cycles[1]!.binds = [];
        output.placements = {};
      },
      says: /purpose: .*never bound/,
    },
    {
      name: "a victim of equal priority",
      change: (_, input) => changePod(input, "sim/low", { priority: 100 }),
      says: /priority: .*sim\/low \(100\)/,
    },
    {
      name: "a taint",
      change: (output) => {
        for (const one of output.cycles[1]!.binds) one.node = "beta";
        output.placements = { "sim/a": "beta", "sim/b": "beta" };
      },
      says: /constraints: .*taint team/,
    },
    {
      name: "a node that does not exist",
      change: ({ cycles }) => (cycles[1]!.binds[0]!.node = "gamma"),
      says: /does not exist/,
    },
    {
      name: "a pod that does not exist",
      change: ({ cycles }) => cycles[2]!.binds.push(bind("sim/z")),
      says: /sim\/z is not in the input/,
    },
    {
      name: "a pod bound twice",
      change: ({ cycles }) => cycles[2]!.binds.push(bind("sim/a")),
      says: /on a node already/,
    },
    {
      name: "a foreign pod",
      change: (_, input) => changePod(input, "sim/a", { isOurs: false }),
      says: /another scheduler/,
    },
    {
      name: "a gated pod",
      change: (_, input) => changePod(input, "sim/a", { isGated: true }),
      says: /scheduling gate/,
    },
    {
      name: "a pod that is being deleted",
      change: (_, input) => changePod(input, "sim/a", { isDeleting: true }),
      says: /being deleted/,
    },
    {
      name: "a finished pod",
      change: (_, input) => changePod(input, "sim/a", { phase: "Failed" }),
      says: /has finished/,
    },
    {
      name: "placements that tell another story",
      change: ({ placements }) => (placements["sim/low"] = "alpha"),
      says: /extra \[sim\/low@alpha\]/,
    },
    {
      name: "a late change",
      change: ({ cycles }) => cycles[4]!.evictions.push(eviction("sim/a")),
      says: /last three cycles/,
    },
    { name: "an unstable world", change: (output) => (output.stable = false), says: /did not come to rest/ },
    {
      name: "a silent pending pod",
      change: (output) => {
        output.cycles[1]!.binds = [];
        output.placements = {};
      },
      says: /reasons: sim\/a is pending without a reason/,
    },
    {
      name: "a reason that nobody knows",
      change: ({ cycles }) => (cycles[0]!.pending[0]!.reason = "Busy"),
      says: /reasons: cycle 1: sim\/a waits for Busy/,
    },
    {
      name: "an autoscaler called although victims leave",
      change: ({ cycles }) => (cycles[0]!.pending[1]!.reason = "Unschedulable"),
      says: /reasons: cycle 1: sim\/b is pipelined and says Unschedulable/,
    },
    {
      name: "a gated pod with a reason of ours",
      change: ({ cycles }, input) => {
        input.pods.set("sim/c", { ...input.pods.get("sim/a")!, id: "sim/c", isGated: true });
        cycles[4]!.pending.push({ pod: "sim/c", group: "sim/c", reason: "Unschedulable", message: "gated" });
      },
      says: /reasons: cycle 5: sim\/c waits for Unschedulable/,
    },
    {
      name: "an exhausted disruption budget",
      change: (_, input) => input.budgets.push({ id: "sim/keep", allowed: 0, covers: ({ id }) => id === "sim/low" }),
      says: /budgets: cycle 1: sim\/low is evicted beyond what sim\/keep allows/,
    },
    { name: "unsorted lists", change: ({ cycles }) => cycles[0]!.pending.reverse(), says: /pending is not sorted/ },
    {
      name: "an eviction without its purpose",
      change: ({ cycles }) => (cycles[0]!.evictions[0]!.for = ""),
      says: /without for/,
    },
    {
      name: "an unknown phase",
      change: ({ cycles }) => (cycles[0]!.groups[0]!.phase = "Happy"),
      says: /phase Happy/,
    },
    { name: "a wrong version", change: (output) => (output.version = 2), says: /version/ },
    { name: "a cycle out of turn", change: ({ cycles }) => (cycles[1]!.cycle = 7), says: /cycle number 7 at place 2/ },
  ];
  for (const { name, change, says } of wrong) {
    it(`catches ${name}`, () => {
      const problems = problemsOf(change);
      assert.isTrue(
        problems.some((problem) => says.test(problem)),
        JSON.stringify(problems),
      );
    });
  }

  it("skips the invariants that a case gives up, and only those", () => {
    const output = right();
    output.cycles[1]!.binds.pop();
    const problems = checkInvariants(output, world(), { gangs: GANGS, skip: ["gang"] });
    assert.isFalse(problems.some((problem) => problem.startsWith("gang")));
    assert.isTrue(problems.some((problem) => problem.startsWith("placements")));
  });

  const both = ["sim/a", "sim/b"];
  const met: readonly Expectation[] = [
    { bound: { exactly: ["sim/b", "sim/a"] }, evicted: { exactly: ["sim/low"], action: "preempt" } },
    { onNode: { "sim/a": ["alpha", "beta"] }, groups: { "sim/g": { allocated: 2 } }, together: both, bindOrder: both },
    { firstCycle: { binds: [], evictions: ["sim/low"], pipelined: both, groups: { "sim/g": { allocated: 2 } } } },
    { firstCycle: { pending: { "sim/a": { reason: "WaitingForVictims", message: "room" } } }, cyclesAtMost: 2 },
    { oneOf: [{ bound: { exactly: [] } }, { bound: { count: 2, of: both } }], stable: true, onlyPods: true },
  ];
  for (const expect of met) {
    it(`finds ${JSON.stringify(expect)} met`, () => {
      assert.deepEqual(checkExpectations(right(), world(), expect), []);
    });
  }

  const unmet: readonly Expectation[] = [
    { bound: { exactly: ["sim/a"] } },
    { bound: { count: 1, of: both } },
    { bound: { atLeast: 3, of: both } },
    { bound: { atMost: 1 } },
    { evicted: { exactly: [] } },
    { evicted: { noneOf: ["sim/low"] } },
    { evicted: { count: 0, of: ["sim/other"] } },
    { evicted: { exactly: ["sim/low"], action: "reclaim" } },
    { onNode: { "sim/a": "beta" } },
    { groups: { "sim/g": { allocated: 1 } } },
    { groups: { "sim/x": {} } },
    { groups: { "sim/g": { reason: true } } },
    { groups: { "sim/g": { text: "cpu" } } },
    { pending: { "sim/a": {} } },
    { spread: { pods: both, maxPerNode: 1 } },
    { together: ["sim/a", "sim/low"] },
    { bindOrder: ["sim/b", "sim/a"] },
    { firstCycle: { binds: ["sim/a"] } },
    { firstCycle: { groups: { "sim/g": { allocated: 1 } } } },
    { firstCycle: { pending: { "sim/a": { reason: "Unschedulable" } } } },
    { cyclesAtMost: 1 },
    { stable: false },
    { oneOf: [{ bound: { exactly: [] } }] },
  ];
  for (const expect of unmet) {
    it(`finds ${JSON.stringify(expect)} not met`, () => {
      assert.isNotEmpty(checkExpectations(right(), world(), expect));
    });
  }
});

describe("behaviour input", () => {
  it("knows the pods of controllers, but not those of a Volcano Job", () => {
    const podsOf = (text: string): readonly string[] => [...readWorld(readDocuments(text).documents, []).pods.keys()];
    assert.deepEqual(podsOf("kind: Job\napiVersion: batch/v1\nmetadata: {name: j}\nspec: {parallelism: 2}\n"), [
      "default/j-0",
      "default/j-1",
    ]);
    assert.deepEqual(
      podsOf("kind: Job\napiVersion: batch.volcano.sh/v1alpha1\nmetadata: {name: j}\nspec: {minAvailable: 2}\n"),
      [],
    );
  });

  it("reads quantities without the program's parser", () => {
    const texts = ["1", "100m", "0.1", "1e3", "1Ki", "1k", "", "1k1", "-1", "abc"];
    assert.deepEqual(texts.map(milli), [
      1000,
      100,
      100,
      1_000_000,
      1_024_000,
      1_000_000,
      ...Array<undefined>(4).fill(undefined),
    ]);
  });

  it("counts init containers, sidecars and overhead", () => {
    const requests = podRequests({
      containers: [{ resources: { requests: { cpu: "1" } } }],
      initContainers: [
        { resources: { requests: { cpu: "3" } } },
        { restartPolicy: "Always", resources: { requests: { cpu: "1" } } },
      ],
      overhead: { cpu: "250m" },
    });
    assert.equal(requests?.get("cpu"), 3250);
  });

  it("lets a pod that tolerates everything go anywhere", () => {
    const node = { name: "n", labels: {}, taints: [{ key: "k", effect: "NoSchedule" }], isCordoned: true };
    assert.isUndefined(misplaced({ spec: { tolerations: [{ operator: "Exists" }] } }, node));
    assert.equal(misplaced({ spec: {} }, node), "taint k");
  });
});
