// SessionWorld: a cluster in a few plain lists, and the Snapshot a cache would make of it. For tests of the session alone.

import {
  ALLOCATABLE,
  Dimensions,
  emptyShardedMap,
  FIRST_DIMENSIONS,
  OWN_PODS,
  PAGE_NODES,
  PODS,
  RELEASING,
  ROW_BLOCKS,
  rowStart,
  SCORED_CPU,
  SCORED_MEMORY,
  USED,
  withChanges,
} from "../../src/model/index.ts";
import type {
  HostPort,
  Job,
  Node,
  Plan,
  Policy,
  Queue,
  ResourceVector,
  Shape,
  Snapshot,
  Task,
} from "../../src/model/index.ts";

export const STRIDE = 8;

/** A vector from cpu (milli) and memory (bytes), as ingestion makes it: one pod, one own pod, scored amounts. */
export function requestsOf(cpuMilli: number, memoryBytes: number): ResourceVector {
  const requests = Array.from({ length: FIRST_DIMENSIONS.length }, () => 0);
  requests[0] = cpuMilli;
  requests[1] = memoryBytes;
  requests[PODS] = 1;
  requests[OWN_PODS] = 1;
  requests[SCORED_CPU] = cpuMilli || 100;
  requests[SCORED_MEMORY] = memoryBytes || 200 * 1024 * 1024;
  return requests;
}

export function shapeOf(partial: Partial<Omit<Shape, "signature">> & { readonly requests: ResourceVector }): Shape {
  const shape = {
    isBestEffort: partial.requests.slice(0, 2).every((amount) => amount === 0),
    nodeSelector: new Map<string, string>(),
    preferredNodeTerms: [],
    tolerations: [],
    hostPorts: [],
    images: [],
    unsupported: [],
    ...partial,
  };
  const signature = JSON.stringify(shape, (_, value: unknown) =>
    value instanceof Map ? [...(value as Map<string, string>)] : value,
  );
  return { signature, ...shape };
}

export function nodeOf(
  name: string,
  slot: number,
  partial: Partial<Node> & { readonly allocatable: ResourceVector },
): Node {
  return {
    name,
    uid: `uid-${name}`,
    slot,
    labels: new Map(),
    taints: [],
    unschedulable: false,
    isReady: true,
    images: new Map(),
    ...partial,
  };
}

export function taskOf(key: string, job: string, shape: Shape, partial: Partial<Task> = {}): Task {
  return {
    key,
    uid: `uid-${key}`,
    job,
    status: "Pending",
    node: "",
    shape,
    priority: 0,
    priorityAnnotations: new Map(),
    preemptionPolicy: "PreemptLowerPriority",
    role: "",
    index: -1,
    createdMs: 0,
    ownerUid: "",
    isDisrupted: false,
    waiting: { reason: "", message: "" },
    ...partial,
  };
}

export function jobOf(name: string, tasks: readonly Task[], partial: Partial<Job> = {}): Job {
  return {
    key: `gang-label:${name}`,
    name,
    namespace: name.split("/")[0] ?? "",
    dialect: "gang-label",
    queue: "default",
    priority: 0,
    minAvailable: tasks.length,
    minByRole: new Map(),
    createdMs: 0,
    tasks,
    succeededCounted: 0,
    membership: 1,
    version: 1,
    ...partial,
  };
}

export interface World {
  readonly nodes: readonly Node[];
  readonly jobs: readonly Job[];
  readonly queues?: readonly Queue[];
}

/** The snapshot of a world. `generation` also stands for every version: any new snapshot may have changed anything. */
export function snapshotOf(world: World, generation: number): Snapshot {
  const pageCount = 1 + Math.max(0, ...world.nodes.map(({ slot }) => Math.floor(slot / PAGE_NODES)));
  const pages = Array.from({ length: pageCount }, () =>
    Array.from({ length: PAGE_NODES }, (): Node | undefined => undefined),
  );
  const rows = Array.from({ length: pageCount }, () => new Float64Array(PAGE_NODES * STRIDE * ROW_BLOCKS));
  const add = (node: Node, block: number, amounts: ResourceVector): void => {
    const page = rows[Math.floor(node.slot / PAGE_NODES)];
    const start = rowStart(node.slot, STRIDE) + block * STRIDE;
    amounts.forEach((amount, dimension) => {
      if (page !== undefined) page[start + dimension] = (page[start + dimension] ?? 0) + amount;
    });
  };
  const ports = new Map<string, HostPort[]>();
  for (const node of world.nodes) {
    const page = pages[Math.floor(node.slot / PAGE_NODES)];
    if (page !== undefined) page[node.slot % PAGE_NODES] = node;
    add(node, ALLOCATABLE, node.allocatable);
  }
  for (const task of world.jobs.flatMap(({ tasks }) => tasks)) {
    const node = world.nodes.find(({ name }) => name === task.node);
    if (node === undefined || (task.status !== "Bound" && task.status !== "Releasing")) continue;
    add(node, USED, task.shape.requests);
    if (task.status === "Releasing") add(node, RELEASING, task.shape.requests);
    if (task.shape.hostPorts.length > 0)
      ports.set(node.name, [...(ports.get(node.name) ?? []), ...task.shape.hostPorts]);
  }
  const queues = world.queues ?? [{ name: "default", weight: 1, isOpen: true, createdMs: 0 }];
  return {
    generation,
    dimensions: new Dimensions().names,
    nodes: pages,
    nodeCount: world.nodes.length,
    slotByNode: withChanges(emptyShardedMap<number>(), new Map(world.nodes.map(({ name, slot }) => [name, slot]))),
    rows,
    stride: STRIDE,
    hostPorts: withChanges(emptyShardedMap<readonly HostPort[]>(), ports),
    jobs: withChanges(emptyShardedMap<Job>(), new Map(world.jobs.map((job) => [job.key, job]))),
    pendingJobs: new Set(
      world.jobs
        .filter((job) => isEmptyGroup(job) || job.tasks.some(({ status }) => status === "Pending"))
        .map(({ key }) => key),
    ),
    queues: new Map(queues.map((queue) => [queue.name, queue])),
    versions: { freed: generation, taken: generation, constraints: generation, queues: generation },
  };
}

/** A group object whose pods do not exist yet: something to admit. */
function isEmptyGroup({ tasks, groupUid }: Job): boolean {
  return tasks.length === 0 && groupUid !== undefined;
}

/** The world after every bind of the plan was made true. */
export function withBinds(world: World, plan: Plan): World {
  const nodeByTask = new Map(
    plan.intents.flatMap((intent) => (intent.kind === "bind" ? [[intent.task, intent.node] as const] : [])),
  );
  const bound = (task: Task): Task => {
    const node = nodeByTask.get(task.key);
    return node === undefined ? task : { ...task, status: "Bound", node };
  };
  return {
    ...world,
    jobs: world.jobs.map((job) => ({ ...job, tasks: job.tasks.map(bound), version: job.version + 1 })),
  };
}

/** The built-in policy, or with other plugins by tier. */
export function policyOf(
  tiers: readonly (readonly string[])[] = [
    ["priority", "gang", "conformance"],
    ["predicates", "nodeorder"],
  ],
): Policy {
  const named = (name: string): { name: string; arguments: ReadonlyMap<string, string> } => ({
    name,
    arguments: new Map<string, string>(),
  });
  return {
    actions: ["enqueue", "allocate", "backfill"].map(named),
    tiers: tiers.map((tier) => tier.map((name) => ({ ...named(name), disabled: new Set<never>() }))),
    gang: { settleMs: undefined, settleMaxMs: 30_000 },
    dialects: [],
    queues: [],
    unknownQueue: "default",
    adoptEmptyVolcano: false,
    statusQps: 50,
  };
}

/** Plan and memory as text: maps as sorted lists, nothing left out. */
export function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner: unknown) => {
      if (inner instanceof Map)
        return [...(inner as Map<string, unknown>)].sort(([left], [right]) => (left < right ? -1 : 1));
      if (inner instanceof Set) return [...(inner as Set<string>)].sort();
      return inner;
    },
    1,
  );
}
