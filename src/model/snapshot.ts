// Snapshot: one frozen ClusterState, as a session reads it.

import type { Job, Queue } from "./job.ts";
import type { Node } from "./node.ts";
import type { HostPort } from "./shape.ts";
import type { ShardedMap } from "./sharded-map.ts";

/** Nodes (and their rows) per page. */
export const PAGE_NODES = 256;

/** Blocks of a row, in this order, each `stride` numbers wide. */
export const ALLOCATABLE = 0;
export const USED = 1;
/** The part of USED that is leaving: its tasks have a deletionTimestamp or an eviction was sent. */
export const RELEASING = 2;
/** Promised to tasks that wait for releasing room. Always 0 in a snapshot that no nomination reached. */
export const PIPELINED = 3;
export const ROW_BLOCKS = 4;

/**
 * Everything here is deeply immutable once published. Typed arrays cannot be frozen: a page is replaced, never written;
 * invariant I-13 hashes them.
 */
export interface Snapshot {
  /** Increases with every snapshot that differs from the one before. */
  readonly generation: number;
  /** Resource names by dimension (Dimensions.names at publication). */
  readonly dimensions: readonly string[];
  /** Nodes by slot in pages of PAGE_NODES; `undefined` is a free slot. */
  readonly nodes: readonly (readonly (Node | undefined)[])[];
  readonly nodeCount: number;
  readonly slotByNode: ShardedMap<number>;
  /** Rows by slot: page, then `(slot % PAGE_NODES) * stride * ROW_BLOCKS + block * stride + dimension`. */
  readonly rows: readonly Float64Array[];
  readonly stride: number;
  /** Host ports in use by node name, with repetition; absent: none. */
  readonly hostPorts: ShardedMap<readonly HostPort[]>;
  /** All jobs with a live task, or with a group object and none yet. */
  readonly jobs: ShardedMap<Job>;
  /** Keys of the jobs that have something to decide: a Pending task, or an empty group to admit. Unordered. */
  readonly pendingJobs: ReadonlySet<string>;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly versions: Versions;
}

/** Compared for equality only. What has not changed cannot make a refused group fit. */
export interface Versions {
  /** Room was freed or added: a task left or is leaving, a node came or grew. */
  readonly freed: number;
  /** Room was taken, or shrank. */
  readonly taken: number;
  /** A node's labels, taints, readiness or cordon changed. */
  readonly constraints: number;
  /** Queues changed. */
  readonly queues: number;
}

export function pageOf(slot: number): number {
  return Math.floor(slot / PAGE_NODES);
}

/** Where the row of `slot` begins in its page. */
export function rowStart(slot: number, stride: number): number {
  return (slot % PAGE_NODES) * stride * ROW_BLOCKS;
}

export function nodeAt(snapshot: Snapshot, slot: number): Node | undefined {
  return snapshot.nodes[pageOf(slot)]?.[slot % PAGE_NODES];
}

export function* nodesOf(snapshot: Snapshot): Generator<Node> {
  for (const page of snapshot.nodes) for (const node of page) if (node !== undefined) yield node;
}
