// Batch: the binds of one group in one plan, sent together; and the queue of batches that wait their turn.

import type { Bind } from "../model/index.ts";
import type { DropReason } from "./outcome.ts";

/** Mutable: the lane that sends it keeps its progress here. */
export interface Batch {
  readonly cycle: number;
  readonly job: string;
  readonly group: string;
  readonly priority: number;
  readonly binds: readonly Bind[];
  readonly submittedAtMs: number;
  isQueued: boolean;
  /** Index of the first bind that was not yet given to a delivery. */
  next: number;
  inFlight: number;
  bound: number;
  /** Members that can no longer be bound. */
  lost: number;
  /** Given to a delivery and not executed after all. */
  readonly unsent: Bind[];
  /** Set when no further request of it may be sent. */
  stopped: Stop | undefined;
}

export interface Stop {
  readonly why: DropReason;
  readonly message: string;
}

/**
 * The binds of a plan by group, in decision order. A group without a minimum is a bag of solo pods: each bind is a batch
 * of its own. The highest priority of its members is the priority of a batch.
 */
export function batchesOf(cycle: number, binds: readonly Bind[], submittedAtMs: number): Batch[] {
  const bindsByGroup = new Map<string, Bind[]>();
  for (const bind of binds) {
    const key = bind.mark.minimum === 0 ? `${bind.job} ${bind.uid}` : bind.job;
    const members = bindsByGroup.get(key);
    if (members === undefined) bindsByGroup.set(key, [bind]);
    else members.push(bind);
  }
  return [...bindsByGroup.values()].map((members) => ({
    cycle,
    job: members[0]!.job,
    group: members[0]!.group,
    priority: members.reduce((highest, bind) => Math.max(highest, bind.priority), -Infinity),
    binds: members,
    submittedAtMs,
    isQueued: false,
    next: 0,
    inFlight: 0,
    bound: 0,
    lost: 0,
    unsent: [],
    stopped: undefined,
  }));
}

/**
 * Whether what is left can still make the group whole. A plan that only adds to what is bound already (it planned less
 * than the minimum, to repair) always can: each member brings it nearer.
 */
export function canBecomeWhole(batch: Batch): boolean {
  const mark = batch.binds[0]!.mark;
  return mark.planned < mark.minimum || mark.minimum <= batch.binds.length - batch.lost;
}

/** One bind of a bag of solo pods, which do not rely on each other. */
export function isOfBag(batch: Batch): boolean {
  return batch.binds[0]!.mark.minimum === 0;
}

/** Batches by priority, then in the order in which they were added. */
export class BatchQueue {
  #batches: Batch[] = [];
  #head = 0;
  /** Without those of bags: there may be thousands of one job. */
  readonly #byJob = new Map<string, Batch[]>();
  #bindCount = 0;

  get bindCount(): number {
    return this.#bindCount;
  }

  /** Priority of the batch that is next; undefined where none waits. */
  get priority(): number | undefined {
    while (this.#head < this.#batches.length && !this.#batches[this.#head]!.isQueued) this.#head += 1;
    return this.#batches[this.#head]?.priority;
  }

  /** O(queued + added): both are nearly in order already, and sorting is stable. */
  add(batches: readonly Batch[]): void {
    if (batches.length === 0) return;
    this.#batches = [...this.#batches.slice(this.#head), ...batches].sort(
      (left, right) => right.priority - left.priority,
    );
    this.#head = 0;
    for (const batch of batches) {
      batch.isQueued = true;
      this.#bindCount += batch.binds.length;
      if (isOfBag(batch)) continue;
      const ofJob = this.#byJob.get(batch.job);
      if (ofJob === undefined) this.#byJob.set(batch.job, [batch]);
      else ofJob.push(batch);
    }
  }

  take(): Batch | undefined {
    while (this.#head < this.#batches.length) {
      const batch = this.#batches[this.#head++]!;
      if (this.#remove(batch)) return batch;
    }
    this.#batches = [];
    this.#head = 0;
    return undefined;
  }

  /** Takes out all batches of one job that rely on each other; their places in line are skipped when it comes to them. */
  takeJob(job: string): Batch[] {
    const ofJob = [...(this.#byJob.get(job) ?? [])];
    for (const batch of ofJob) this.#remove(batch);
    return ofJob;
  }

  takeAll(): Batch[] {
    const all: Batch[] = [];
    for (let batch = this.take(); batch !== undefined; batch = this.take()) all.push(batch);
    return all;
  }

  /** False: it was taken out before. */
  #remove(batch: Batch): boolean {
    if (!batch.isQueued) return false;
    batch.isQueued = false;
    this.#bindCount -= batch.binds.length;
    if (isOfBag(batch)) return true;
    const others = this.#byJob.get(batch.job)!.filter((other) => other.isQueued);
    if (others.length === 0) this.#byJob.delete(batch.job);
    else this.#byJob.set(batch.job, others);
    return true;
  }
}
