// What one advance costs at 5,000 nodes and 50,000 pods, by number of changed pods, frozen and not, in processor time. Run by hand:
// `node test/cache/bench.ts`. One JSON object a line, milliseconds.

import { upsert, node, member, newCache } from "./objects.ts";

const NODES = 5_000;
const PODS = 50_000;
const GANG_SIZE = 10;
const ROUNDS = 9;

for (const freeze of [false, true]) {
  const cache = newCache({ freeze });
  for (let i = 0; i < NODES; i++) cache.enqueue(upsert("nodes", node({ name: `n${i}`, version: "1" })));
  for (let i = 0; i < PODS; i++) cache.enqueue(upsert("pods", podAt(i, 1, "Running")));
  const startMs = cpuMs();
  cache.advance();
  report({ freeze, changed: "all, first time", ms: cpuMs() - startMs });

  let version = 1;
  for (const changed of [0, 1, 100, 1_000, 5_000]) {
    for (const kind of ["status only", "pending and back"] as const) {
      const times: number[] = [];
      const queueTimes: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        version += 1;
        const queueMs = cpuMs();
        for (let i = 0; i < changed; i++) {
          const phase = kind === "status only" ? "Running" : round % 2 === 0 ? "Succeeded" : "Running";
          cache.enqueue(upsert("pods", podAt((i * 7919) % PODS, version, phase)));
        }
        queueTimes.push(cpuMs() - queueMs);
        const before = cpuMs();
        cache.advance();
        times.push(cpuMs() - before);
      }
      report({ freeze, changed, kind, ms: median(times), msMost: Math.max(...times), msQueue: median(queueTimes) });
    }
  }
  report({ freeze, rssMb: process.memoryUsage().rss / 2 ** 20 });
}

function podAt(i: number, version: number, phase: string): ReturnType<typeof member> {
  return member(`g${Math.floor(i / GANG_SIZE)}`, {
    name: `p${i}`,
    version: String(version),
    node: `n${i % NODES}`,
    phase,
    cpu: "100m",
    minimum: String(GANG_SIZE),
    status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: String(version) }] },
  });
}

/** Processor time of this thread: other load of the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function median(times: readonly number[]): number {
  return [...times].sort((left, right) => left - right)[Math.floor(times.length / 2)] ?? NaN;
}

function report(line: Record<string, unknown>): void {
  const rounded = Object.entries(line).map(([key, value]) => [
    key,
    typeof value === "number" ? Number(value.toFixed(2)) : value,
  ]);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(rounded))}\n`);
}
