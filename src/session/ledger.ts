// Ledger: the session's own book over the frozen Snapshot: which task holds or was promised room where, and how many each job has.
// The only thing that changes in a session. Amounts are integers, so an operation is undone exactly by its opposite.

import { add, invariant, PIPELINED, RELEASING, USED } from "../model/index.ts";
import type { Job, Node, ResourceVector, Task } from "../model/index.ts";
import type { Rooms } from "./rooms.ts";

/** What a trial did to a task, with what it overwrote. */
export interface Operation {
  readonly kind: "allocate" | "pipeline" | "evict";
  readonly task: Task;
  readonly job: Job;
  readonly node: Node;
  readonly before: Standing | undefined;
}

/** Where a task stands in this session, beyond what the snapshot says. */
export interface Standing {
  readonly kind: "allocated" | "pipelined" | "releasing";
  readonly node: Node;
}

interface Tally {
  occupied: number;
  promised: number;
  readonly occupiedByRole: Map<string, number>;
  readonly promisedByRole: Map<string, number>;
}

export interface LedgerListener {
  readonly onPlaced: (task: Task, node: Node) => void;
  readonly onRemoved: (task: Task, node: Node) => void;
}

export class Ledger {
  readonly #rooms: Rooms;
  readonly #listener: () => LedgerListener;
  readonly #standings = new Map<string, Standing>();
  readonly #tallies = new Map<Job, Tally>();
  /** Counts up with every operation and down with every undo. */
  #depth = 0;

  /** `listener` is asked for late, because plugins are opened over a session that already has its ledger. */
  constructor(rooms: Rooms, listener: () => LedgerListener) {
    this.#rooms = rooms;
    this.#listener = listener;
  }

  /** Operations that stand. 0: the book says what the snapshot says. */
  get operationCount(): number {
    return this.#depth;
  }

  standingOf(task: Task): Standing | undefined {
    return this.#standings.get(task.key);
  }

  /** Bound or allocated and not leaving, plus finished tasks that count. */
  occupied(job: Job): number {
    return this.#tallyOf(job).occupied;
  }

  /** Pipelined tasks. */
  promised(job: Job): number {
    return this.#tallyOf(job).promised;
  }

  occupiedInRole(job: Job, role: string): number {
    return this.#tallyOf(job).occupiedByRole.get(role) ?? 0;
  }

  promisedInRole(job: Job, role: string): number {
    return this.#tallyOf(job).promisedByRole.get(role) ?? 0;
  }

  heldBy(job: Job): ResourceVector {
    return job.tasks
      .filter(
        (task) =>
          this.#standings.get(task.key)?.kind === "allocated" ||
          (task.status === "Bound" && !this.#standings.has(task.key)),
      )
      .reduce<ResourceVector>((sum, task) => add(sum, task.shape.requests), []);
  }

  /** Marks `task` as the kind says. A pending task may be allocated or pipelined once, a bound one evicted once; else InvariantViolation. */
  apply(kind: Operation["kind"], task: Task, job: Job, node: Node): Operation {
    const before = this.#standings.get(task.key);
    invariant(before === undefined, `${task.key} is ${before?.kind ?? ""} already`);
    invariant(
      task.status === (kind === "evict" ? "Bound" : "Pending"),
      `cannot ${kind} ${task.key}, which is ${task.status}`,
    );
    const operation: Operation = { kind, task, job, node, before };
    this.#change(operation, 1);
    this.#standings.set(task.key, { kind: STANDING[kind], node });
    return operation;
  }

  /** Puts back what `operation` overwrote. Operations are undone in the opposite order. */
  undo(operation: Operation): void {
    this.#change(operation, -1);
    if (operation.before === undefined) this.#standings.delete(operation.task.key);
    else this.#standings.set(operation.task.key, operation.before);
  }

  #change({ kind, task, job, node }: Operation, sign: 1 | -1): void {
    const tally = this.#tallyOf(job);
    const { requests, hostPorts } = task.shape;
    this.#depth += sign;
    switch (kind) {
      case "allocate":
        this.#rooms.change(node, USED, requests, sign);
        tally.occupied += sign;
        count(tally.occupiedByRole, task.role, sign);
        if (sign === 1) this.#rooms.openPorts(node, hostPorts);
        else this.#rooms.closePorts(node, hostPorts);
        break;
      case "pipeline":
        this.#rooms.change(node, PIPELINED, requests, sign);
        tally.promised += sign;
        count(tally.promisedByRole, task.role, sign);
        if (sign === 1) this.#rooms.openPorts(node, hostPorts);
        else this.#rooms.closePorts(node, hostPorts);
        break;
      case "evict":
        this.#rooms.change(node, RELEASING, requests, sign);
        tally.occupied -= sign;
        count(tally.occupiedByRole, task.role, sign === 1 ? -1 : 1);
        break;
    }
    const isArrival = (kind === "evict") !== (sign === 1);
    if (isArrival) this.#listener().onPlaced(task, node);
    else this.#listener().onRemoved(task, node);
  }

  #tallyOf(job: Job): Tally {
    let tally = this.#tallies.get(job);
    if (tally === undefined) {
      const bound = job.tasks.filter((task) => task.status === "Bound");
      tally = {
        occupied: bound.length + job.succeededCounted,
        promised: 0,
        occupiedByRole: new Map(),
        promisedByRole: new Map(),
      };
      for (const task of bound) count(tally.occupiedByRole, task.role, 1);
      this.#tallies.set(job, tally);
    }
    return tally;
  }
}

const STANDING = { allocate: "allocated", pipeline: "pipelined", evict: "releasing" } as const;

function count(byRole: Map<string, number>, role: string, change: number): void {
  byRole.set(role, (byRole.get(role) ?? 0) + change);
}
