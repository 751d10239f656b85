// Session: one cycle's thinking. A frozen Snapshot, a Ledger over it, the hooks of the configured plugins, and what has been decided so far.
// Knows no Kubernetes, clock, timer or network. Actions write to it through statements and verdicts only.

import { compareText, invariant, lookUp } from "../model/index.ts";
import type {
  Job,
  JobMemory,
  Memory,
  Policy,
  Queue,
  Refusal,
  ResourceVector,
  Snapshot,
  Task,
  Verdict,
} from "../model/index.ts";
import { combineHooks } from "./combinators.ts";
import type { CombinedHooks, TieredPlugin } from "./combinators.ts";
import type { NodeFinder } from "./finder.ts";
import { gateOf, refusedVerdict, rememberJob, settlingOf } from "./gates.ts";
import type { SessionView } from "./hooks.ts";
import { Ledger } from "./ledger.ts";
import type { Operation } from "./ledger.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { Recorder } from "./recorder.ts";
import { Rooms } from "./rooms.ts";
import { canSkip, isUnchanged, refusalOf } from "./skip.ts";
import { Statement } from "./statement.ts";

export interface SessionInput {
  readonly snapshot: Snapshot;
  readonly memory: Memory;
  /** Logical time, milliseconds; only differences mean something. */
  readonly nowMs: number;
  readonly cycleIntervalMs: number;
  /** Names this cycle in the marks of its binds. */
  readonly cycleId: string;
  /** Jobs of this priority and below are not tried: commit has enough of them queued. Absent: all are. */
  readonly priorityFloor?: number | undefined;
  /** Keys of jobs that are not tried because commit would not send their binds now: it was refused not long ago. */
  readonly backingOff?: ReadonlySet<string> | undefined;
}

export class Session implements SessionView {
  readonly input: SessionInput;
  readonly snapshot: Snapshot;
  readonly policy: Policy;
  readonly rooms: Rooms;
  readonly ledger: Ledger;
  readonly finder: NodeFinder;
  readonly hooks: CombinedHooks;
  readonly recorder: Recorder;
  /** Jobs with something to decide, by key in their basic order, with what is remembered of each. */
  readonly pending: ReadonlyMap<string, { readonly job: Job; readonly memory: JobMemory }>;
  readonly #admitted = new Set<string>();
  readonly #pendingTasks = new Map<string, readonly Task[]>();

  constructor(input: SessionInput, policy: Policy, tiers: readonly (readonly TieredPlugin[])[], finder: NodeFinder) {
    this.input = input;
    this.snapshot = input.snapshot;
    this.policy = policy;
    this.finder = finder;
    this.rooms = new Rooms(input.snapshot, (slot) => {
      finder.touched(slot);
    });
    this.ledger = new Ledger(this.rooms, () => this.hooks);
    this.hooks = combineHooks(tiers, this);
    finder.open({ snapshot: input.snapshot, rooms: this.rooms, hooks: this.hooks });
    this.pending = rememberPending(input);
    this.recorder = new Recorder();
    for (const { job, memory } of this.pending.values()) if (this.#isIn(job, memory)) this.#admitted.add(job.key);
  }

  get dimensions(): readonly string[] {
    return this.snapshot.dimensions;
  }

  get queues(): ReadonlyMap<string, Queue> {
    return this.snapshot.queues;
  }

  occupiedCount(job: Job): number {
    return this.ledger.occupied(job);
  }

  promisedCount(job: Job): number {
    return this.ledger.occupied(job) + this.ledger.promised(job);
  }

  occupiedInRole(job: Job, role: string): number {
    return this.ledger.occupiedInRole(job, role);
  }

  promisedInRole(job: Job, role: string): number {
    return this.ledger.occupiedInRole(job, role) + this.ledger.promisedInRole(job, role);
  }

  heldBy(job: Job): ResourceVector {
    return this.ledger.heldBy(job);
  }

  isReady(job: Job): boolean {
    return this.hooks.jobReady(job);
  }

  isPipelined(job: Job): boolean {
    return this.hooks.jobPipelined(job);
  }

  /** Whether enqueue let the group in, now or earlier; without the action everybody is in. */
  isAdmitted(job: Job): boolean {
    return this.#admitted.has(job.key);
  }

  admit(job: Job): void {
    this.#admitted.add(job.key);
  }

  /** Tasks still to be placed, in task order. */
  pendingTasks(job: Job): readonly Task[] {
    let ordered = this.#pendingTasks.get(job.key);
    if (ordered === undefined) {
      ordered = job.tasks.filter((task) => task.status === "Pending").toSorted(this.hooks.taskOrder); // stable: job.tasks has the basic order
      this.#pendingTasks.set(job.key, ordered);
    }
    return ordered.filter((task) => this.ledger.standingOf(task) === undefined);
  }

  /** Pending tasks that this session did not bind, promised ones included. */
  waitingTasks(job: Job): readonly Task[] {
    return job.tasks.filter((task) => task.status === "Pending" && !this.recorder.bound.has(task.key));
  }

  isUnchangedSince(job: Job, refusal: Refusal): boolean {
    return isUnchanged(this, job, refusal);
  }

  /** Whether the job may be tried at all, whatever room there is; records why where the answer is no. */
  mayBePlaced(job: Job): boolean {
    const refusal = this.gate(job) ?? this.#incompleteness(job);
    if (refusal !== undefined) this.recorder.refuse(job, refusal);
    return refusal === undefined && this.isAdmitted(job) && this.isTakenOn(job);
  }

  /** Whether commit would send the job's binds now. One that it would not keeps the verdict that it has. */
  isTakenOn(job: Job): boolean {
    const { priorityFloor, backingOff } = this.input;
    return (priorityFloor === undefined || priorityFloor < job.priority) && backingOff?.has(job.key) !== true;
  }

  /** Defects of the group and the state of its queue; undefined where nothing speaks against it. */
  gate(job: Job): Verdict | undefined {
    return gateOf(this, job);
  }

  /** Whether trying the job must end as it ended the last time; remembered as skipped where it must. */
  skips(job: Job): boolean {
    const isSkipped = canSkip(this, job);
    if (isSkipped) this.recorder.skipped.add(job.key);
    return isSkipped;
  }

  /** Records that there is no room for the job, so that it need not be tried again on an unchanged cluster. */
  refuseForRoom(job: Job, verdict: Verdict): void {
    this.recorder.refuse(job, verdict);
    const refusal = refusalOf(this, job);
    if (refusal !== undefined) this.recorder.refusals.set(job.key, refusal);
  }

  /**
   * The jobs that `wanted` accepts, first things first (contract rule 17). A job that reached its minimum in its turn
   * and has tasks left comes again, behind those still below theirs.
   */
  *jobsInTurn(wanted: (job: Job) => boolean): Generator<Job> {
    const jobs = [...this.pending.values()].map(({ job }) => job).filter(wanted);
    const turns = new PriorityQueue<Job>((left, right) => this.compareJobs(left, right), jobs);
    for (let job = turns.take(); job !== undefined; job = turns.take()) {
      const wasReady = this.isReady(job);
      yield job;
      if (!wasReady && this.isReady(job) && this.pendingTasks(job).length > 0) turns.add(job);
    }
  }

  compareJobs(left: Job, right: Job): number {
    const byQueue = left.queue === right.queue ? 0 : this.#compareQueues(left.queue, right.queue);
    return byQueue || this.hooks.jobOrder(left, right) || compareByCreation(left, right);
  }

  /** Every statement must end in exactly one of commit, hold or discard. */
  openStatement(action: string): Statement {
    return new Statement(this.ledger, (ending, operations) => {
      if (ending !== "discard") for (const operation of operations) this.#record(action, ending, operation);
    });
  }

  #record(action: string, ending: "commit" | "hold", { kind, task, job, node }: Operation): void {
    if (kind === "evict") throw new Error(`${action} planned an eviction, which no action of this version does`);
    this.recorder.place(kind === "allocate" && ending === "commit" ? "bind" : "pipeline", action, task, job, node);
  }

  #compareQueues(leftName: string, rightName: string): number {
    const [left, right] = [this.queues.get(leftName), this.queues.get(rightName)];
    return left === undefined || right === undefined ? 0 : this.hooks.queueOrder(left, right);
  }

  #incompleteness(job: Job): Verdict | undefined {
    const memory = this.pending.get(job.key)?.memory;
    invariant(memory !== undefined, `${job.key} has nothing pending`);
    const settling = settlingOf(job, memory, this.policy, this.input);
    if (settling !== undefined) return settling;
    const refused = this.hooks.jobValid(job);
    return refused === undefined ? undefined : refusedVerdict("members", refused);
  }

  #isIn(job: Job, memory: JobMemory): boolean {
    const hasEnqueue = this.policy.actions.some(({ name }) => name === "enqueue");
    return (
      !hasEnqueue ||
      memory.isAdmitted ||
      (job.phase !== undefined && job.phase !== "Pending") ||
      job.tasks.some((task) => task.status === "Bound")
    );
  }
}

function compareByCreation(left: Job, right: Job): number {
  return left.createdMs - right.createdMs || compareText(left.name, right.name) || compareText(left.key, right.key);
}

/** The jobs that the cache marked, in their basic order, so that nothing depends on the order of a set. */
function rememberPending({ snapshot, memory, nowMs }: SessionInput): Session["pending"] {
  const jobs = [...snapshot.pendingJobs].map((key) => {
    const job = lookUp(snapshot.jobs, key);
    invariant(job !== undefined, `pending job ${key} is not in the snapshot`);
    return job;
  });
  jobs.sort(compareByCreation);
  return new Map(jobs.map((job) => [job.key, { job, memory: rememberJob(job, memory.jobs.get(job.key), nowMs) }]));
}
