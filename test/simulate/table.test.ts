import { assert } from "chai";
import { CATALOGUE } from "../../cmd/policy-file.ts";
import { simulatedScheduler } from "../../cmd/simulated-scheduler.ts";
import { builtInPolicy } from "../../src/config/index.ts";
import type { Snapshot } from "../../src/model/index.ts";
import { runSimulate } from "../../src/simulate/index.ts";
import { fill } from "../../src/simulate/node-table.ts";
import type { Report } from "../../src/simulate/report.ts";
import { tableOf } from "../../src/simulate/table.ts";
import { assertGolden } from "../support/golden.ts";

const GiB = 2 ** 30;
const FLAGS = {
  schedulerName: ["batch-scheduler"],
  gangLabel: "batch.scheduling.k8s.io/gang",
  minAvailableAnnotation: "batch.scheduling.k8s.io/min-available",
};

/** A cluster with one of everything that a reader may ask about. */
const MANIFESTS = `
{kind: Node, metadata: {name: node-a}, status: {allocatable: {cpu: 4, memory: 8Gi, pods: 110, example.com/gpu: 2}}}
---
{kind: Node, metadata: {name: node-b}, spec: {unschedulable: true}, status: {allocatable: {cpu: 1500m, memory: 512Mi, pods: 110}}}
---
${podText("old", "1", "", "nodeName: node-a", "status: {phase: Running}")}
---
${podText("ring-0", "1", gang("ring", "2"), "nodeName: node-a", "status: {phase: Running}")}
---
${podText("ring-1", "1", gang("ring", "2"))}
---
${podText("ring-2", "1", gang("ring", "2"), "schedulingGates: [{name: example.com/wait}]")}
---
${[0, 1, 2].map((index) => podText(`wide-${index}`, "1", gang("wide", "3"))).join("\n---\n")}
---
${["x", "y", "z"].map((name) => podText(name, "8")).join("\n---\n")}
`;

function gang(name: string, minimum: string): string {
  return `labels: {batch.scheduling.k8s.io/gang: ${name}}, annotations: {batch.scheduling.k8s.io/min-available: "${minimum}"}`;
}

function podText(name: string, cpu: string, metadata = "", spec = "", status = ""): string {
  const container = `{name: main, image: x, resources: {requests: {cpu: "${cpu}", memory: 1Gi}}}`;
  const parts = ["schedulerName: batch-scheduler", `containers: [${container}]`, spec].filter((part) => part !== "");
  const metadataParts = [`name: ${name}`, metadata].filter((part) => part !== "");
  return `{kind: Pod, metadata: {${metadataParts.join(", ")}}, spec: {${parts.join(", ")}}${status === "" ? "" : `, ${status}`}}`;
}

function table(text: string, cycles?: number): string {
  let stdout = "";
  const io = {
    input: { list: () => undefined, read: () => text, stdin: () => "" },
    stdout: (written: string) => void (stdout += written),
    stderr: () => undefined,
    nowMs: () => 0,
  };
  const options = {
    files: ["f"],
    output: "table",
    timings: false,
    maxCycles: 100,
    cycleIntervalMs: 1000,
    seed: 1,
  } as const;
  const scheduler = simulatedScheduler(builtInPolicy(CATALOGUE), FLAGS, "info");
  assert.equal(runSimulate({ ...options, ...(cycles === undefined ? {} : { cycles }) }, scheduler, io), 0);
  return stdout;
}

describe("simulate: table", () => {
  it("shows groups and their nodes, what waits and why, how full each node is, and what came of it", () => {
    assertGolden("simulate-table", table(MANIFESTS));
  });

  it("says of a world that may still change that it may", () => {
    assert.match(table(MANIFESTS, 1), /after 1 cycle\. Not stable: another cycle may change more\.\n$/);
  });

  it("says what is not there", () => {
    assert.equal(
      table(""),
      "No groups.\n\nNothing waits.\n\nNo nodes.\n\n0 bound, 0 evicted, 0 waiting after 4 cycles. Stable: nothing changes any more.\n",
    );
  });

  it("lists who was evicted, from where, by which action and for whom, only if somebody was", () => {
    const eviction = { node: "n1", group: "sim/low", action: "preempt", for: "sim/high" };
    const cycle = (cycle_: number, pods: readonly string[]): Report["cycles"][number] => ({
      cycle: cycle_,
      binds: [],
      evictions: pods.map((pod) => ({ pod, ...eviction })),
      pipelined: [],
      groups: [],
      pending: [],
    });
    const nothing = { jobs: [], nodes: [], dimensions: [] } as unknown as Snapshot;
    const report: Report = {
      version: 1,
      cycles: [cycle(1, ["sim/low-0"]), cycle(2, ["sim/low-1"]), cycle(3, [])],
      placements: {},
      stable: true,
    };
    const lines = tableOf(report, nothing).split("\n");
    assert.deepEqual(lines.slice(4, 6), [
      "EVICTED  PODS  FROM   BY       FOR",
      "sim/low  2     n1 ×2  preempt  sim/high",
    ]);
  });
});

describe("simulate: how full a node is", () => {
  for (const [name, resource, used, allocatable, text] of [
    ["cores", "cpu", 3500, 4000, "3.5/4 (88%)"],
    ["bytes in the unit of the larger amount", "memory", GiB / 2, 8 * GiB, "0.5/8Gi (6%)"],
    ["less than a gibibyte", "memory", 256 * 2 ** 20, 512 * 2 ** 20, "256/512Mi (50%)"],
    ["pieces", "example.com/gpu", 1, 8, "1/8 (13%)"],
    ["a little is not nothing", "pods", 1, 1000, "1/1000 (<1%)"],
    ["nearly full is not full", "pods", 999, 1000, "999/1000 (>99%)"],
    ["full", "pods", 10, 10, "10/10 (100%)"],
    ["overfull", "cpu", 5000, 4000, "5/4 (125%)"],
    ["used, though the node has none", "cpu", 500, 0, "0.5/0 (over)"],
    ["neither used nor there", "example.com/gpu", 0, 0, "-"],
  ] as const) {
    it(name, () => {
      assert.equal(fill(resource, used, allocatable), text);
    });
  }
});
