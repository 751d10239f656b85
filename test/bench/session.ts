// Session benchmark, in process: frozen Snapshot -> finished Plan with every reason. One JSON object a line:
//   {"bench":"session","nodes":1000,"pods":10000,"gang":10,"shapes":20,"engine":"cold","ms_p50":…,"ms_p99":…,"rss_mb":…}
// `cold`: a new engine for every session. `warm`: the engine has just decided the same snapshot.
// Options: --nodes N --pods N --gang N --shapes N --runs N --scenario fits|full|mixed, --short for a quick run of the default grid.

import { parseArgs } from "node:util";
import { ACTIONS } from "../../src/actions/index.ts";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Shape, Snapshot } from "../../src/model/index.ts";
import { ALWAYS, PLUGINS } from "../../src/plugins/index.ts";
import { SessionRunner } from "../../src/session/index.ts";
import { jobOf, nodeOf, policyOf, requestsOf, shapeOf, snapshotOf, taskOf } from "../support/session-world.ts";

const GIB = 2 ** 30;

interface Case {
  readonly nodes: number;
  readonly pods: number;
  readonly gang: number;
  readonly shapes: number;
  /** `fits`: room for all. `full`: every node is full. `mixed`: room for half. */
  readonly scenario: "fits" | "full" | "mixed";
}

const GRID: readonly Case[] = [
  { nodes: 1000, pods: 10_000, gang: 1, shapes: 20, scenario: "fits" },
  { nodes: 1000, pods: 10_000, gang: 10, shapes: 20, scenario: "fits" },
  { nodes: 1000, pods: 10_000, gang: 10, shapes: 20, scenario: "mixed" },
  { nodes: 1000, pods: 10_000, gang: 10, shapes: 20, scenario: "full" },
  { nodes: 5000, pods: 10_000, gang: 10, shapes: 20, scenario: "fits" },
];

const { values } = parseArgs({
  options: {
    nodes: { type: "string" },
    pods: { type: "string" },
    gang: { type: "string" },
    shapes: { type: "string" },
    scenario: { type: "string" },
    runs: { type: "string", default: "9" },
    short: { type: "boolean", default: false },
  },
});

const isCustom = [values.nodes, values.pods, values.gang, values.shapes, values.scenario].some(
  (value) => value !== undefined,
);
const cases = isCustom ? [customCase()] : values.short ? GRID.slice(0, 3) : GRID;
for (const one of cases) measure(one, values.short ? 3 : Number(values.runs));

function customCase(): Case {
  return {
    nodes: Number(values.nodes ?? 1000),
    pods: Number(values.pods ?? 10_000),
    gang: Number(values.gang ?? 10),
    shapes: Number(values.shapes ?? 20),
    scenario: (values.scenario ?? "fits") as Case["scenario"],
  };
}

function measure(one: Case, runs: number): void {
  const snapshot = snapshotFor(one);
  const policy = policyOf();
  const tables = { actions: ACTIONS, plugins: PLUGINS, always: ALWAYS };
  const run = (runner: SessionRunner): number => {
    const startedMs = performance.now();
    const { plan } = runner.run({
      snapshot,
      memory: EMPTY_MEMORY,
      nowMs: 0,
      cycleIntervalMs: 1000,
      cycleId: "bench-1",
    });
    const tookMs = performance.now() - startedMs;
    checkPlan(one, plan.counts.bound, plan.conditions.length);
    return tookMs;
  };
  const cold: number[] = [];
  const warm: number[] = [];
  const kept = new SessionRunner(policy, tables);
  run(kept);
  for (let i = 0; i < runs; i++) {
    cold.push(run(new SessionRunner(policy, tables)));
    warm.push(run(kept));
  }
  for (const [engine, times] of [
    ["cold", cold],
    ["warm", warm],
  ] as const) {
    const { scenario, ...sizes } = one;
    const figures = {
      ms_p50: quantile(times, 0.5),
      ms_p99: quantile(times, 0.99),
      rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
    };
    console.log(JSON.stringify({ bench: "session", ...sizes, scenario, engine, ...figures }));
  }
}

/** A benchmark of a wrong answer is worth nothing. */
function checkPlan({ pods, scenario }: Case, bound: number, reasons: number): void {
  const isRight = scenario === "fits" ? bound === pods : scenario === "full" ? bound === 0 : 0 < bound && bound < pods;
  if (!isRight || bound + reasons !== pods)
    throw new Error(`${scenario}: ${String(bound)} of ${String(pods)} bound, ${String(reasons)} reasons`);
}

function snapshotFor({ nodes, pods, gang, shapes, scenario }: Case): Snapshot {
  const kinds: readonly Shape[] = Array.from({ length: shapes }, (_, index) =>
    shapeOf({ requests: requestsOf(100 + 10 * index, (index + 1) * (GIB / 16)) }),
  );
  const meanMilli = 100 + 5 * (shapes - 1);
  const share = scenario === "fits" ? 3 : scenario === "mixed" ? 0.5 : 0;
  const cpuMilli = Math.ceil((share * meanMilli * pods) / nodes);
  const nodeList = Array.from({ length: nodes }, (_node, slot) => {
    const labels = new Map([["topology.kubernetes.io/zone", `z${String(slot % 3)}`]]);
    return nodeOf(`node-${String(slot).padStart(5, "0")}`, slot, { labels, allocatable: [cpuMilli, 256 * GIB, 110] });
  });
  const jobs = Array.from({ length: pods / gang }, (_job, index) => {
    const name = `bench/g${String(index)}`;
    const shape = kinds[index % shapes] as Shape;
    const tasks = Array.from({ length: gang }, (_, member) =>
      taskOf(`${name}-${String(member)}`, `gang-label:${name}`, shape, { index: member }),
    );
    return jobOf(name, tasks, { createdMs: index });
  });
  return snapshotOf({ nodes: nodeList, jobs }, 1);
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((left, right) => left - right);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
}
