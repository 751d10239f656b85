// ClusterState: what the cache believes now, as one immer tree with structural sharing. Changed chunks are computed by the
// books and set on the root in one recipe, so that an advance pays for what changed.

import { freeze, Immer } from "immer";
import {
  emptyShardedMap,
  withChanges,
  type HostPort,
  type Job,
  type Node,
  type Queue,
  type ShardedMap,
} from "../model/index.ts";
import type { JobChanges } from "./job-book.ts";
import type { NodeChanges } from "./node-book.ts";

export interface ClusterState {
  readonly nodes: readonly (readonly (Node | undefined)[])[];
  readonly nodeCount: number;
  readonly slotByNode: ShardedMap<number>;
  readonly hostPorts: ShardedMap<readonly HostPort[]>;
  readonly jobs: ShardedMap<Job>;
  readonly pendingJobs: ReadonlySet<string>;
  readonly queues: ReadonlyMap<string, Queue>;
}

export function emptyState(queues: ReadonlyMap<string, Queue>): ClusterState {
  return {
    nodes: [],
    nodeCount: 0,
    slotByNode: emptyShardedMap(),
    hostPorts: emptyShardedMap(),
    jobs: emptyShardedMap(),
    pendingJobs: new Set(),
    queues,
  };
}

/** Takes changes over into a new state; the very same state where there are none. With `isFreezing`, deeply frozen. */
export class StateWriter {
  readonly #immer: Immer;
  readonly #isFreezing: boolean;

  constructor(isFreezing: boolean) {
    this.#isFreezing = isFreezing;
    this.#immer = new Immer({ autoFreeze: isFreezing });
  }

  apply(state: ClusterState, nodes: NodeChanges, jobs: JobChanges): ClusterState {
    const chunks = this.#changedChunks(state, nodes, jobs);
    return this.#immer.produce(state, (draft: Writable) => {
      for (const [field, chunk] of Object.entries(chunks)) draft[field as keyof Writable] = chunk as never;
    });
  }

  /** Whatever differs; frozen piece by piece, because freezing stops at what is frozen already. */
  #changedChunks(state: ClusterState, nodes: NodeChanges, jobs: JobChanges): Partial<ClusterState> {
    const chunks: Partial<Writable> = {};
    if (0 < nodes.pages.size) {
      const pages = [...state.nodes];
      for (const [page, content] of nodes.pages) pages[page] = this.#frozen(content);
      chunks.nodes = pages;
    }
    if (nodes.nodeCount !== state.nodeCount) chunks.nodeCount = nodes.nodeCount;
    if (0 < nodes.slots.size) chunks.slotByNode = withChanges(state.slotByNode, nodes.slots);
    if (0 < nodes.hostPorts.size) chunks.hostPorts = withChanges(state.hostPorts, nodes.hostPorts);
    if (0 < jobs.jobs.size) {
      chunks.jobs = withChanges(state.jobs, jobs.jobs);
      const pendingJobs = withPending(state.pendingJobs, jobs.jobs);
      if (pendingJobs !== state.pendingJobs) chunks.pendingJobs = pendingJobs;
    }
    if (jobs.queues !== undefined) chunks.queues = jobs.queues;
    for (const chunk of Object.values(chunks)) this.#frozen(chunk);
    return chunks;
  }

  #frozen<T>(value: T): T {
    return this.#isFreezing ? freeze(value, true) : value;
  }
}

type Writable = { -readonly [field in keyof ClusterState]: ClusterState[field] };

function withPending(before: ReadonlySet<string>, jobs: JobChanges["jobs"]): ReadonlySet<string> {
  let now: Set<string> | undefined;
  for (const [key, job] of jobs) {
    const isPending = job !== undefined && hasDecision(job);
    if (isPending === before.has(key)) continue;
    now ??= new Set(before);
    if (isPending) now.add(key);
    else now.delete(key);
  }
  return now ?? before;
}

/** A Pending task to place, or a group to let in before it has any. */
function hasDecision(job: Job): boolean {
  if (job.tasks.length === 0) return job.phase === undefined || job.phase === "Pending";
  return job.tasks.some(({ status }) => status === "Pending");
}
