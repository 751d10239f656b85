// Live benchmark on a real control plane, beside the null scheduler in the same run. One JSON object a line:
//   {"bench":"before","nodes":1000,"pods":10000,"gang":20,"rounds":3,"pods_per_s":…,"null_scheduler_per_s":…,"ratio":…,
//    "p50_ms":…,"p99_ms":…,"null_p50_ms":…,"null_p99_ms":…,"cpu_s":…,"null_cpu_s":…,"rss_mb":…}
// `before`: the pods exist when the scheduler process starts; its start is the zero of pods/s and of the latencies.
// `live`: 64 creators at once, the scheduler is up; pods/s from the first create to the last bind, latencies from the
// creation of a pod to its bind, both as one watch of this process sees them. Rates are medians over the rounds, in which
// the two schedulers take turns at going first; latencies are over the pods of all rounds; rss_mb is the most at a last
// bind; cpu_s is processor time of the scheduler from its start to the last bind.
//
// Options: --pods N, --nodes N, --gang N (repeatable), --bench before|live (repeatable), --rounds N; --short is a quick run.
// Progress goes to stderr. A pod that stays unbound ends the run with exit code 1.

import { parseArgs } from "node:util";
import { startControlPlane } from "../kube/control-plane.ts";
import { deployedKubeconfig } from "../kube/scheduler-process.ts";
import { batchScheduler, nullScheduler } from "./contenders.ts";
import { measureRound } from "./live-round.ts";
import type { RoundOptions, RoundResult } from "./live-round.ts";

interface Case extends Omit<RoundOptions, "kubeconfig"> {
  readonly nodes: number;
  readonly rounds: number;
}

await main().catch((error: unknown) => {
  process.stderr.write(`bench:kube: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  for (const one of casesOf(process.argv.slice(2))) process.stdout.write(`${JSON.stringify(await measure(one))}\n`);
}

function casesOf(args: readonly string[]): readonly Case[] {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pods: { type: "string" },
      nodes: { type: "string" },
      rounds: { type: "string" },
      gang: { type: "string", multiple: true, default: ["1", "20", "500"] },
      bench: { type: "string", multiple: true, default: ["before", "live"] },
      short: { type: "boolean", default: false },
    },
  });
  const [nodes, pods, rounds] = values.short ? ["200", "1000", "1"] : ["1000", "10000", "3"];
  const sizes = {
    nodes: count(values.nodes ?? nodes),
    pods: count(values.pods ?? pods),
    rounds: count(values.rounds ?? rounds),
  };
  return values.bench.flatMap((bench) => {
    if (bench !== "before" && bench !== "live") throw new Error(`--bench is before or live, not ${bench}`);
    return values.gang.map((gang) => ({ bench, gang: count(gang), ...sizes }));
  });
}

function count(text: string | undefined): number {
  if (text === undefined || !/^[1-9][0-9]{0,6}$/.test(text))
    throw new Error(`${text ?? ""} is not a whole number from 1 on`);
  return Number(text);
}

/** Each case has a control plane of its own, so that none pays for what another left in etcd. */
async function measure({ nodes, rounds, ...round }: Case): Promise<object> {
  const plane = await startControlPlane({ throughput: true });
  try {
    await plane.addNodes(nodes);
    const options = { ...round, kubeconfig: await deployedKubeconfig(plane) };
    const ours: RoundResult[] = [];
    const nulls: RoundResult[] = [];
    for (let i = 0; i < rounds; i++) {
      const turns = [
        { contender: nullScheduler, results: nulls },
        { contender: batchScheduler, results: ours },
      ];
      for (const { contender, results } of i % 2 === 0 ? turns : turns.reverse()) {
        const result = await measureRound(plane, contender, options);
        results.push(result);
        const what = `${round.bench}, gangs of ${round.gang}, round ${i + 1} of ${rounds}, ${contender.name}`;
        process.stderr.write(
          `${what}: ${Math.round(result.podsPerS)} pods/s, ${result.cpuS} s cpu, ${result.rssMb} MB\n`,
        );
      }
    }
    return { bench: round.bench, nodes, pods: round.pods, gang: round.gang, rounds, ...figuresOf(ours, nulls) };
  } finally {
    await plane.stop();
  }
}

function figuresOf(ours: readonly RoundResult[], nulls: readonly RoundResult[]): object {
  const [rate, nullRate] = [medianOf(ours, "podsPerS"), medianOf(nulls, "podsPerS")];
  const latencies = ours.flatMap(({ latenciesMs }) => latenciesMs);
  const nullLatencies = nulls.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    pods_per_s: Math.round(rate),
    null_scheduler_per_s: Math.round(nullRate),
    ratio: Math.round((rate / nullRate) * 1000) / 1000,
    p50_ms: Math.round(quantile(latencies, 0.5)),
    p99_ms: Math.round(quantile(latencies, 0.99)),
    null_p50_ms: Math.round(quantile(nullLatencies, 0.5)),
    null_p99_ms: Math.round(quantile(nullLatencies, 0.99)),
    cpu_s: Math.round(medianOf(ours, "cpuS") * 100) / 100,
    null_cpu_s: Math.round(medianOf(nulls, "cpuS") * 100) / 100,
    rss_mb: Math.max(...ours.map(({ rssMb }) => rssMb)),
  };
}

function medianOf(results: readonly RoundResult[], figure: "podsPerS" | "cpuS"): number {
  const sorted = results.map((result) => result[figure]).toSorted((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** The smallest value that is not exceeded by `share` of the values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
