// The rules that the contract gives for simulate, each on the smallest input that shows it, through the real cache and session.

import { assert } from "chai";
import { CATALOGUE } from "../../cmd/policy-file.ts";
import { simulatedScheduler } from "../../cmd/simulated-scheduler.ts";
import { builtInPolicy } from "../../src/config/index.ts";
import { runSimulate, type SimulateOptions } from "../../src/simulate/index.ts";
import type { CycleReport, GroupReport, Report } from "../../src/simulate/report.ts";

const FLAGS = {
  schedulerName: ["batch-scheduler"],
  gangLabel: "batch.scheduling.k8s.io/gang",
  minAvailableAnnotation: "batch.scheduling.k8s.io/min-available",
};

function run(documents: readonly object[], options: Partial<SimulateOptions> = {}): { stdout: string; stderr: string } {
  const written = { stdout: "", stderr: "" };
  const input = {
    list: () => undefined,
    read: () => JSON.stringify({ kind: "List", items: documents }),
    stdin: () => "",
  };
  const defaults = {
    files: ["f"],
    output: "json",
    timings: false,
    maxCycles: 100,
    cycleIntervalMs: 1000,
    seed: 1,
  } as const;
  let clockMs = 0;
  const code = runSimulate({ ...defaults, ...options }, simulatedScheduler(builtInPolicy(CATALOGUE), FLAGS, "info"), {
    input,
    stdout: (text) => (written.stdout += text),
    stderr: (text) => (written.stderr += text),
    nowMs: () => (clockMs += 0.5),
  });
  assert.equal(code, 0);
  return written;
}

const report = (documents: readonly object[], options: Partial<SimulateOptions> = {}): Report =>
  JSON.parse(run(documents, options).stdout) as Report;
const last = ({ cycles }: Report): CycleReport => cycles.at(-1)!;
const groupIn = (cycle: CycleReport, name: string, dialect?: string): GroupReport =>
  cycle.groups.find(({ group, ...one }) => group === name && (dialect ?? one.dialect) === one.dialect) ??
  assert.fail(`no group ${name}`);

const node = (name: string, cpu = "2"): object => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: { allocatable: { cpu, memory: "8Gi", pods: "10" } },
});

interface PodSketch {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}
const pod = (name: string, { metadata, spec, status }: PodSketch = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "sim", ...metadata },
  spec: {
    schedulerName: "batch-scheduler",
    containers: [{ name: "main", resources: { requests: { cpu: "1" } } }],
    ...spec,
  },
  ...(status === undefined ? {} : { status }),
});
const on = (nodeName: string, more: PodSketch = {}): PodSketch => ({
  ...more,
  spec: { nodeName, ...more.spec },
  status: { phase: "Running", ...more.status },
});
const podGroup = (name: string, spec: object): object => ({
  apiVersion: "scheduling.volcano.sh/v1beta1",
  kind: "PodGroup",
  metadata: { name, namespace: "sim" },
  spec,
});
const member = (group: string): object => ({ annotations: { "scheduling.k8s.io/group-name": group } });
const labelled = (group: string, minimum?: string): object => ({
  labels: { "batch.scheduling.k8s.io/gang": group },
  ...(minimum === undefined ? {} : { annotations: { "batch.scheduling.k8s.io/min-available": minimum } }),
});

describe("simulate: rules", () => {
  it("3: a group of unknown size is bound once it has settled, by a jump of the clock", () => {
    const { cycles } = report([
      node("n"),
      pod("a", { metadata: labelled("g") }),
      pod("b", { metadata: labelled("g") }),
    ]);
    assert.deepEqual(
      cycles.map(({ binds }) => binds.length),
      [0, 2, 0, 0, 0, 0],
    );
    assert.equal(groupIn(cycles[0]!, "sim/g").reason, "WaitingForMembers");
  });

  it("4: a pod that the input deletes holds its room in cycle 1 and is gone in cycle 2", () => {
    const deletion = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    const { cycles, placements } = report([node("n", "1"), pod("old", on("n", { metadata: deletion })), pod("new")]);
    assert.deepEqual(cycles[0]?.pipelined, [{ pod: "sim/new", node: "n", group: "sim/new" }]);
    assert.deepEqual(
      cycles[0]!.pending.map(({ pod: name, reason }) => [name, reason]),
      [["sim/new", "WaitingForVictims"]],
    );
    assert.deepEqual(cycles[1]?.binds, [{ pod: "sim/new", node: "n", group: "sim/new" }]);
    assert.deepEqual(placements, { "sim/new": "n" });
  });

  it("4: one that finalizers keep holds its room for good", () => {
    const deletion = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/x"] };
    const { cycles, stable } = report([node("n", "1"), pod("old", on("n", { metadata: deletion })), pod("new")]);
    assert.isTrue(cycles.every(({ binds }) => binds.length === 0));
    assert.isTrue(stable);
  });

  it("5: a controller makes only the missing pods", () => {
    const template = { metadata: {}, spec: { schedulerName: "batch-scheduler", containers: [{ name: "main" }] } };
    const owner = { ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true }] };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j", namespace: "sim" },
      spec: { parallelism: 3, template },
    };
    const { placements } = report([node("n"), job, pod("j-x", on("n", { metadata: owner }))]);
    assert.deepEqual(Object.keys(placements), ["sim/j-0", "sim/j-1", "sim/j-x"]);
  });

  it("6: pods of other schedulers are usage only", () => {
    const foreign = { schedulerName: "default-scheduler" };
    const result = report([
      node("n", "1"),
      pod("theirs", on("n", { spec: foreign })),
      pod("waiting", { spec: foreign }),
      pod("ours"),
    ]);
    assert.deepEqual(
      last(result).groups.map(({ group }) => group),
      ["sim/ours"],
    );
    assert.deepEqual(
      last(result).pending.map(({ pod: name }) => name),
      ["sim/ours"],
    );
    assert.deepEqual(result.placements, { "sim/theirs": "n" });
  });

  it("7: an invalid group is listed with nothing allocated, and its pods wait as InvalidGroup", () => {
    const result = report([node("n"), pod("a", { metadata: labelled("g", "200%") }), pod("b")]);
    assert.deepInclude(groupIn(last(result), "sim/g"), { allocated: 0, reason: "InvalidGroup", phase: "Pending" });
    assert.deepEqual(
      last(result).pending.map(({ pod: name, reason }) => [name, reason]),
      [["sim/a", "InvalidGroup"]],
    );
    assert.deepEqual(result.placements, { "sim/b": "n" });
  });

  it("7: an object that cannot be read is put aside, and stderr says so", () => {
    const { stdout, stderr } = run([node("n"), node("bad", "lots"), pod("a")]);
    assert.match(stderr, /^put aside: nodes bad: .*cpu/m);
    assert.deepEqual((JSON.parse(stdout) as Report).placements, { "sim/a": "n" });
  });

  it("8: a Volcano group whose queue does not exist waits for it", () => {
    const result = report([
      node("n"),
      podGroup("g", { minMember: 1, queue: "nowhere" }),
      pod("a", { metadata: member("g") }),
    ]);
    assert.deepInclude(groupIn(last(result), "sim/g"), { queue: "nowhere", reason: "QueueLimit", allocated: 0 });
    assert.equal(last(result).pending[0]?.reason, "QueueLimit");
  });

  it("9: a pod takes its number from its class, and the built-in classes are known", () => {
    const priorityClass = {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 100,
    };
    const documents = [
      node("n"),
      priorityClass,
      pod("a"),
      pod("b", { spec: { priorityClassName: "high" } }),
      pod("c", { spec: { priorityClassName: "system-node-critical" } }),
    ];
    assert.deepEqual(
      report(documents).cycles[0]?.binds.map(({ pod: name }) => name),
      ["sim/c", "sim/b"],
    );
  });

  it("10: allocated counts the members on a node after the binds, not those that leave", () => {
    const leaving = { ...member("g"), deletionTimestamp: "2026-01-01T00:00:00Z" };
    const members = [pod("a", on("n", { metadata: leaving })), pod("b", { metadata: member("g") })];
    const { cycles } = report([node("n", "3"), podGroup("g", { minMember: 1 }), ...members]);
    assert.deepInclude(groupIn(cycles[0]!, "sim/g"), { members: 1, allocated: 1, phase: "Running" });
  });

  it("11: groups of two dialects with one name are two groups", () => {
    const result = report([
      node("n"),
      podGroup("g", { minMember: 1 }),
      pod("a", { metadata: member("g") }),
      pod("b", { metadata: labelled("g", "1") }),
    ]);
    const pairs = last(result).groups.map(({ group, dialect, allocated }) => [group, dialect, allocated]);
    assert.deepEqual(pairs, [
      ["sim/g", "gang-label", 1],
      ["sim/g", "volcano", 1],
    ]);
  });

  it("18: a gated pod is not in pending, and every member of a group that does not fit has a reason", () => {
    const members = ["a", "b", "c"].map((name) => pod(name, { metadata: member("g") }));
    const gated = pod("gated", { spec: { schedulingGates: [{ name: "example.com/wait" }] } });
    const result = report([node("n"), podGroup("g", { minMember: 3 }), ...members, gated]);
    assert.deepEqual(
      last(result).pending.map(({ pod: name, reason }) => [name, reason]),
      [
        ["sim/a", "Unschedulable"],
        ["sim/b", "Unschedulable"],
        ["sim/c", "Unschedulable"],
      ],
    );
  });

  it("lists kinds that nothing reads once, on stderr", () => {
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };
    assert.equal(run([config, { ...config, metadata: { name: "d" } }]).stderr, "ignored kinds: v1 ConfigMap\n");
  });

  it("says nothing of real time unless asked", () => {
    const documents = [node("n"), pod("a")];
    assert.notProperty(report(documents).cycles[0], "timings");
    assert.deepEqual(report(documents, { timings: true }).cycles[0]?.timings, { sessionMs: 0.5 });
  });

  it("runs on nothing at all", () => {
    assert.deepEqual({ ...report([]), cycles: [] }, { version: 1, cycles: [], placements: {}, stable: true });
  });
});

describe("simulate: log", () => {
  const documents = [
    node("full", "1"),
    node("free", "3"),
    pod("old", on("full")),
    podGroup("g", { minMember: 2 }),
    ...["a", "b"].map((name) => pod(name, { metadata: member("g") })),
    podGroup("wide", { minMember: 3 }),
    ...["x", "y", "z"].map((name) => pod(name, { metadata: member("wide") })),
  ];

  it("prints the log of the sessions, one JSON object a line, on the simulated clock", () => {
    const lines = run(documents, { output: "log" })
      .stdout.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const first = lines
      .filter(({ cycle }) => cycle === 1)
      .map(({ msg, group, pod: name }) => [msg, group ?? "", name ?? ""]);
    assert.deepEqual(first, [
      ["bind", "sim/g", "sim/a"],
      ["bind", "sim/g", "sim/b"],
      ["discard", "sim/wide", ""],
      ["session", "", ""],
    ]);
    assert.deepEqual(
      lines.filter(({ msg }) => msg === "session").map(({ time }) => (time as number) - Date.UTC(2000, 0, 1)),
      [0, 1000, 2000, 3000, 4000],
    );
  });
});
