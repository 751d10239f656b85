// A snapshot in words that do not depend on arrival: no slots, no dimension numbers, no counters, everything sorted.

import {
  ALLOCATABLE,
  amountOf,
  compareText,
  entriesOf,
  nodesOf,
  pageOf,
  PIPELINED,
  RELEASING,
  rowStart,
  USED,
  valuesOf,
  type Job,
  type Node,
  type ResourceVector,
  type Shape,
  type Snapshot,
} from "../../src/model/index.ts";

export interface CanonicalNode {
  readonly allocatable: Record<string, number>;
  readonly used: Record<string, number>;
  readonly releasing: Record<string, number>;
  readonly pipelined: Record<string, number>;
}

/** Room by node, without zeroes. */
export function canonicalRows(snapshot: Snapshot): Record<string, CanonicalNode> {
  return sorted([...nodesOf(snapshot)].map((node) => [node.name, canonicalRow(snapshot, node)]));
}

function canonicalRow(snapshot: Snapshot, node: Node): CanonicalNode {
  const block = (index: number): Record<string, number> => {
    const start = rowStart(node.slot, snapshot.stride) + index * snapshot.stride;
    const amounts = snapshot.rows[pageOf(node.slot)]!.subarray(start, start + snapshot.stride);
    return named([...amounts], snapshot);
  };
  return {
    allocatable: block(ALLOCATABLE),
    used: block(USED),
    releasing: block(RELEASING),
    pipelined: block(PIPELINED),
  };
}

export function canonical(snapshot: Snapshot): unknown {
  return {
    rows: canonicalRows(snapshot),
    nodes: sorted(
      [...nodesOf(snapshot)].map((node) => [
        node.name,
        { ...(plain(node) as object), slot: undefined, allocatable: named(node.allocatable, snapshot) },
      ]),
    ),
    nodeCount: snapshot.nodeCount,
    slots: [...entriesOf(snapshot.slotByNode)].map(([name]) => name).sort(compareText),
    hostPorts: sorted([...entriesOf(snapshot.hostPorts)]),
    jobs: sorted([...valuesOf(snapshot.jobs)].map((job) => [job.key, canonicalJob(job, snapshot)])),
    pendingJobs: [...snapshot.pendingJobs].sort(compareText),
    queues: sorted([...snapshot.queues]),
  };
}

function canonicalJob(job: Job, snapshot: Snapshot): unknown {
  return {
    ...(plain(job) as object),
    membership: undefined,
    version: undefined,
    minResources: job.minResources === undefined ? undefined : named(job.minResources, snapshot),
    tasks: job.tasks.map((task) => ({ ...(plain(task) as object), shape: canonicalShape(task.shape, snapshot) })),
  };
}

function canonicalShape(shape: Shape, snapshot: Snapshot): unknown {
  return { ...(plain(shape) as object), requests: named(shape.requests, snapshot) };
}

function named(vector: ResourceVector, snapshot: Snapshot): Record<string, number> {
  const pairs = snapshot.dimensions.map((name, dimension): [string, number] => [name, amountOf(vector, dimension)]);
  return sorted(pairs.filter(([, amount]) => amount !== 0));
}

/** Maps as sorted pairs, so that deepEqual is not impressed by insertion order. */
function plain(value: unknown): unknown {
  if (value instanceof Map)
    return [...(value as Map<string, unknown>)].map(([key, item]) => [key, plain(item)]).sort(byKey);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function sorted<V>(pairs: readonly (readonly [string, V])[]): Record<string, V> {
  return Object.fromEntries([...pairs].sort(byKey));
}

function byKey(left: readonly unknown[], right: readonly unknown[]): number {
  return compareText(String(left[0]), String(right[0]));
}
