// One round of a live benchmark: fresh pods, one scheduler from its start to the last bind, and everything gone again.
// What happened is taken from a watch of this process, never from what the scheduler says.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../kube/control-plane.ts";
import { Watch } from "../kube/watch.ts";
import type { Contender, RunningContender } from "./contenders.ts";

export interface RoundOptions {
  readonly bench: "before" | "live";
  readonly pods: number;
  readonly gang: number;
  readonly kubeconfig: string;
}

export interface RoundResult {
  readonly podsPerS: number;
  /** Of each pod: from the start of the scheduler (`before`) or its own creation (`live`) to its bind. */
  readonly latenciesMs: readonly number[];
  /** Resident at the last bind. */
  readonly rssMb: number;
  /** Processor time of the scheduler from its start to the last bind; other programs on the machine hardly change it. */
  readonly cpuS: number;
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
}

const creators = 64;
/** A scheduler that has bound nothing for so long will not go on by itself. */
const stallMs = 60_000;
let rounds = 0;

/** Throws, with the end of the scheduler's log, when a pod stays unbound. */
export async function measureRound(
  plane: ControlPlane,
  contender: Contender,
  options: RoundOptions,
): Promise<RoundResult> {
  const namespace = `bench-${++rounds}`;
  await plane.request("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const pods = podObjects(contender.name, options);
  const create = (): Promise<void> => forEachAtOnce(pods, (pod) => plane.request("POST", path, pod));

  if (options.bench === "before") await create();
  const observer = new Observer(options.pods);
  const watch = await Watch.open<Pod>(plane, path, ({ object, atMs }) => observer.see(object, atMs));
  let startedMs = performance.now();
  const scheduler = await contender.start(plane, options.kubeconfig);
  try {
    if (options.bench === "live") {
      await scheduler.ready();
      startedMs = performance.now();
      await create();
    }
    await observer.allBound(scheduler);
    const rssMb = await residentMb(scheduler.pid);
    const cpuS = await processorSeconds(scheduler.pid);
    const seconds = (observer.lastBindMs - startedMs) / 1000;
    const latenciesMs = observer.latenciesMs(options.bench === "before" ? startedMs : undefined);
    return { podsPerS: options.pods / seconds, latenciesMs, rssMb, cpuS };
  } finally {
    await scheduler.stop();
    await watch.stop();
    await forEachAtOnce(pods, (pod) =>
      plane.request("DELETE", `${path}/${pod.metadata.name}`, { gracePeriodSeconds: 0 }).catch(() => undefined),
    );
  }
}

/** Remembers when each pod appeared and when it had a node. */
class Observer {
  readonly #wanted: number;
  readonly #createdMs = new Map<string, number>();
  readonly #boundMs = new Map<string, number>();
  lastBindMs = -Infinity;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  see({ metadata: { name }, spec: { nodeName } }: Pod, atMs: number): void {
    if (!this.#createdMs.has(name)) this.#createdMs.set(name, atMs);
    if (nodeName === undefined || this.#boundMs.has(name)) return;
    this.#boundMs.set(name, atMs);
    this.lastBindMs = atMs;
  }

  async allBound(scheduler: RunningContender): Promise<void> {
    let bound = -1;
    let progressMs = performance.now();
    while (this.#boundMs.size < this.#wanted) {
      if (bound < this.#boundMs.size) progressMs = performance.now();
      bound = this.#boundMs.size;
      if (!scheduler.isRunning || progressMs + stallMs < performance.now()) {
        throw new Error(`${this.#wanted - bound} of ${this.#wanted} pods stay unbound: ${await scheduler.report()}`);
      }
      await sleep(20);
    }
  }

  latenciesMs(fromMs: number | undefined): readonly number[] {
    return [...this.#boundMs].map(([name, boundMs]) => boundMs - (fromMs ?? this.#createdMs.get(name) ?? boundMs));
  }
}

interface PodObject {
  readonly metadata: { readonly name: string };
}

/** Gang by gang, each with its size as its minimum; pods of gangs of one say nothing of groups. */
function podObjects(schedulerName: string, { pods, gang }: RoundOptions): readonly PodObject[] {
  return Array.from({ length: pods }, (_, index) => {
    const group = Math.floor(index / gang);
    const size = Math.min(gang, pods - group * gang);
    const membership = {
      labels: { "batch.scheduling.k8s.io/gang": `gang-${group}` },
      annotations: { "batch.scheduling.k8s.io/min-available": String(size) },
    };
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `gang-${group}-${index % gang}`, ...(gang === 1 ? {} : membership) },
      spec: {
        schedulerName,
        containers: [{ name: "main", image: "none", resources: { requests: { cpu: "100m", memory: "100Mi" } } }],
      },
    };
  });
}

async function forEachAtOnce<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const remaining = items.values(); // shared: each takes the next
  const worker = async (): Promise<void> => {
    for (const item of remaining) await act(item);
  };
  await Promise.all(Array.from({ length: creators }, worker));
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = /^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status does not say how much is resident`);
  return Math.round((Number(kib) * 1024) / 1e6);
}

async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from the third on; a name may hold anything
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
