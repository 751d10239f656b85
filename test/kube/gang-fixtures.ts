// What the gang suites create and watch: pods of gangs in three spellings, and an observer that remembers every bind.

import type { ControlPlane } from "./control-plane.ts";
import { Watch } from "./watch.ts";

/** How a gang of the suites says its minimum. */
export type Spelling =
  | { readonly kind: "gang-label"; readonly minAvailable: string }
  | { readonly kind: "volcano"; readonly minMember: number };

export interface Gang {
  readonly namespace: string;
  readonly name: string;
  readonly size: number;
  readonly spelling: Spelling;
  readonly cpu?: string;
  readonly owner?: object;
}

export interface PodObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      reason?: string;
      message?: string;
    }[];
  };
}

export interface PodGroupObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly status?: { readonly phase?: string };
}

/** How many members must be bound together. */
export function minimumOf({ size, spelling }: Gang): number {
  if (spelling.kind === "volcano") return spelling.minMember;
  const [, number, percent] = /^([0-9]+)(%?)$/.exec(spelling.minAvailable) ?? [];
  return percent === "%" ? Math.ceil((Number(number) * size) / 100) : Number(number);
}

/** Members are named `GANG-INDEX`; by that the observer knows whose they are. */
function memberOf(gang: Gang, index: number): object {
  const { namespace, name, spelling, cpu = "100m" } = gang;
  const membership =
    spelling.kind === "volcano"
      ? { annotations: { "scheduling.k8s.io/group-name": name } }
      : {
          labels: { "batch.scheduling.k8s.io/gang": name },
          annotations: { "batch.scheduling.k8s.io/min-available": spelling.minAvailable },
        };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name: `${name}-${index}`, ...membership },
    spec: {
      schedulerName: "batch-scheduler",
      containers: [{ name: "main", image: "none", resources: { requests: { cpu, memory: "64Mi" } } }],
    },
  };
}

export async function createMember(plane: ControlPlane, gang: Gang, index: number): Promise<void> {
  await plane.request("POST", `/api/v1/namespaces/${gang.namespace}/pods`, memberOf(gang, index));
}

/** The first members of all gangs, then the second of all, and so on; 16 at a time. PodGroups come first. */
export async function createRoundRobin(plane: ControlPlane, gangs: readonly Gang[]): Promise<void> {
  for (const gang of gangs) if (gang.spelling.kind === "volcano") await createPodGroup(plane, gang);
  const largest = Math.max(...gangs.map(({ size }) => size));
  const turns = Array.from({ length: largest }, (_, index) => index).flatMap((index) =>
    gangs.filter(({ size }) => index < size).map((gang) => ({ gang, index })),
  );
  const remaining = turns.values(); // shared: each creator takes the next
  const creator = async (): Promise<void> => {
    for (const { gang, index } of remaining) await createMember(plane, gang, index);
  };
  await Promise.all(Array.from({ length: 16 }, creator));
}

export async function createPodGroup(plane: ControlPlane, { namespace, name, spelling, owner }: Gang): Promise<void> {
  if (spelling.kind !== "volcano") throw new Error(`${name} has no group object`);
  await plane.request("POST", `${podGroupsPath}/namespaces/${namespace}/podgroups`, {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    kind: "PodGroup",
    metadata: { namespace, name, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { minMember: spelling.minMember },
  });
}

const podGroupsPath = "/apis/scheduling.volcano.sh/v1beta1";

/** Sees every pod and PodGroup of the cluster from its opening on, by itself. */
export class Observer {
  /** Times of the binds of each gang, in their order; by `namespace/name` of the gang. */
  readonly #bindsMs = new Map<string, number[]>();
  readonly #bound = new Set<string>();
  readonly #pods = new Map<string, PodObject>();
  readonly #phases = new Map<string, string[]>();
  readonly #watches: { stop(): Promise<void> }[] = [];

  static async open(plane: ControlPlane): Promise<Observer> {
    const observer = new Observer();
    observer.#watches.push(
      await Watch.open<PodObject>(plane, "/api/v1/pods", ({ object, atMs }) => observer.#seePod(object, atMs)),
      await Watch.open<PodGroupObject>(plane, `${podGroupsPath}/podgroups`, ({ object }) => observer.#seeGroup(object)),
    );
    return observer;
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches) await watch.stop();
  }

  pod(gang: Gang, index: number): PodObject | undefined {
    return this.#pods.get(`${gang.namespace}/${gang.name}-${index}`);
  }

  pods(gang: Gang): readonly (PodObject | undefined)[] {
    return Array.from({ length: gang.size }, (_, index) => this.pod(gang, index));
  }

  boundCount(gang: Gang): number {
    return this.#bindsMs.get(keyOf(gang))?.length ?? 0;
  }

  runningCount(gang: Gang): number {
    return this.pods(gang).filter((pod) => pod?.status?.phase === "Running").length;
  }

  /** From the first bind to the one that made the minimum whole: how long the gang was seen bound in part. */
  partialMs(gang: Gang): number {
    const binds = this.#bindsMs.get(keyOf(gang)) ?? [];
    return (binds[minimumOf(gang) - 1] ?? Infinity) - (binds[0] ?? 0);
  }

  /** The different phases of its PodGroup, in the order in which they appeared. */
  phases(gang: Gang): readonly string[] {
    return this.#phases.get(keyOf(gang)) ?? [];
  }

  #seePod(pod: PodObject, atMs: number): void {
    const { namespace, name } = pod.metadata;
    const key = `${namespace}/${name}`;
    this.#pods.set(key, pod);
    if (pod.spec.nodeName === undefined || this.#bound.has(key)) return;
    this.#bound.add(key);
    const gang = `${namespace}/${name.slice(0, name.lastIndexOf("-"))}`;
    const binds = this.#bindsMs.get(gang) ?? [];
    binds.push(atMs);
    this.#bindsMs.set(gang, binds);
  }

  #seeGroup(group: PodGroupObject): void {
    const key = keyOf(group.metadata);
    const phases = this.#phases.get(key) ?? [];
    const phase = group.status?.phase;
    if (phase !== undefined && phase !== phases.at(-1)) phases.push(phase);
    this.#phases.set(key, phases);
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
