// Statement: a group of trial operations that ends in exactly one of commit, hold or discard.
// Allocate, preemption, topology trials and what-if are all written with it.

import { invariant } from "../model/index.ts";
import type { Job, Node, Task } from "../model/index.ts";
import type { Ledger, Operation } from "./ledger.ts";

/** A point in a statement to roll back to. */
export type Checkpoint = number & { readonly isCheckpoint: never };

export type Ending = "commit" | "hold" | "discard";

export class Statement {
  readonly #ledger: Ledger;
  readonly #onEnd: (ending: Ending, operations: readonly Operation[]) => void;
  readonly #operations: Operation[] = [];
  #isOpen = true;

  /** `onEnd` hears how it ended and which operations stand then. */
  constructor(ledger: Ledger, onEnd: (ending: Ending, operations: readonly Operation[]) => void) {
    this.#ledger = ledger;
    this.#onEnd = onEnd;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Gives a pending task room that is idle now. */
  allocate(task: Task, job: Job, node: Node): void {
    this.#do("allocate", task, job, node);
  }

  /** Promises a pending task room that is still releasing: nothing is bound yet. */
  pipeline(task: Task, job: Job, node: Node): void {
    this.#do("pipeline", task, job, node);
  }

  /** Marks a bound task as leaving: its resources count as releasing, not idle, for the rest of the session. */
  evict(task: Task, job: Job, node: Node): void {
    this.#do("evict", task, job, node);
  }

  checkpoint(): Checkpoint {
    return this.#operations.length as Checkpoint;
  }

  /** Undoes everything since the checkpoint, last first. */
  rollback(checkpoint: Checkpoint): void {
    invariant(this.#isOpen, "a statement that has ended was rolled back");
    while (checkpoint < this.#operations.length) {
      const operation = this.#operations.pop();
      if (operation !== undefined) this.#ledger.undo(operation);
    }
  }

  /** What was allocated becomes binds, what was evicted becomes evictions; what was pipelined keeps its claim for this session. */
  commit(): void {
    this.#end("commit");
  }

  /** Every claim is kept for this session, so that nobody behind takes the room, and nothing is bound. */
  hold(): void {
    this.#end("hold");
  }

  /** As if it had never been. */
  discard(): void {
    this.rollback(0 as Checkpoint);
    this.#end("discard");
  }

  #do(kind: Operation["kind"], task: Task, job: Job, node: Node): void {
    invariant(this.#isOpen, "a statement that has ended was written to");
    this.#operations.push(this.#ledger.apply(kind, task, job, node));
  }

  #end(ending: Ending): void {
    invariant(this.#isOpen, "a statement ended twice");
    this.#isOpen = false;
    this.#onEnd(ending, this.#operations);
  }
}
