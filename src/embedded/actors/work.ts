// Work: the one queue of all actors. What is due is worked through in the order in which it became due; what is due later
// waits for a timer, and what was refused is tried again, later each time. Nothing else in this folder knows time, so under
// a virtual clock everything happens in the same order in every run. Never works while a write is being told.

import type { Env } from "../../env.ts";
import { Refusal } from "./client.ts";

/** Takes keys of one actor. A key that waits already is not added twice. */
export interface Queue {
  add(key: string): void;
  /**
   * Takes the key up when `delayMs` have passed, or before: what is due later is asked for again by then.
   * `isDeadline`: nothing is under way, it is only looked whether something has taken too long.
   */
  addAfter(key: string, delayMs: number, isDeadline?: boolean): void;
}

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 30_000;

interface Item {
  readonly queue: Own;
  readonly key: string;
}

interface Own extends Queue {
  readonly process: (key: string) => void;
  readonly due: Set<string>;
  /** When keys that wait are due. */
  readonly later: Map<string, Later>;
  readonly failures: Map<string, number>;
}

interface Later {
  readonly atMs: number;
  readonly isDeadline: boolean;
}

export class Work {
  readonly #env: Pick<Env, "clock" | "timers">;
  #due: Item[] = [];
  readonly #wakes = new Map<number, { readonly items: Item[]; readonly cancel: () => void }>();
  #cancelDrain: (() => void) | undefined;
  #underWay = 0;
  #isStopped = false;

  constructor(env: Pick<Env, "clock" | "timers">) {
    this.#env = env;
  }

  /** Nothing is due, and nothing will be but deadlines, unless somebody changes something. */
  get isIdle(): boolean {
    return this.#due.length + this.#underWay === 0;
  }

  /** A queue whose keys go to `process`. What it throws is thrown on, but for Refusal: the key is tried again. */
  queue(process: (key: string) => void): Queue {
    const own: Own = {
      process,
      due: new Set(),
      later: new Map(),
      failures: new Map(),
      add: (key) => this.#add(own, key),
      addAfter: (key, delayMs, isDeadline = false) => this.#addAfter(own, key, delayMs, isDeadline),
    };
    return own;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelDrain?.();
    for (const { cancel } of this.#wakes.values()) cancel();
    this.#wakes.clear();
    this.#due = [];
    this.#underWay = 0;
  }

  #add(queue: Own, key: string): void {
    if (this.#isStopped || queue.due.has(key)) return;
    queue.due.add(key);
    this.#due.push({ queue, key });
    this.#cancelDrain ??= this.#env.timers.after(0, () => this.#drain());
  }

  #addAfter(queue: Own, key: string, delayMs: number, isDeadline: boolean): void {
    if (this.#isStopped) return;
    const atMs = this.#env.clock.nowMs() + Math.max(0, delayMs);
    const known = queue.later.get(key);
    const isEarlier = known === undefined || atMs < known.atMs;
    const next = {
      atMs: isEarlier ? atMs : known.atMs,
      isDeadline: isDeadline && (known?.isDeadline ?? true), // what is under way stays so
    };
    if (known !== undefined) this.#forget(queue, key, known);
    queue.later.set(key, next);
    if (!next.isDeadline) this.#underWay += 1;
    if (!isEarlier) return;
    const wake = this.#wakes.get(atMs);
    if (wake !== undefined) wake.items.push({ queue, key });
    else {
      const cancel = this.#env.timers.after(delayMs, () => this.#wake(atMs));
      this.#wakes.set(atMs, { items: [{ queue, key }], cancel });
    }
  }

  #forget(queue: Own, key: string, later: Later): void {
    queue.later.delete(key);
    if (!later.isDeadline) this.#underWay -= 1;
  }

  #wake(atMs: number): void {
    const items = this.#wakes.get(atMs)?.items ?? [];
    this.#wakes.delete(atMs);
    for (const { queue, key } of items) {
      const later = queue.later.get(key);
      if (later?.atMs !== atMs) continue; // was moved to an earlier time
      this.#forget(queue, key, later);
      this.#add(queue, key);
    }
  }

  /** Works through what is due now; what that makes due follows after others had their turn. */
  #drain(): void {
    this.#cancelDrain = undefined;
    const items = this.#due;
    this.#due = [];
    for (const { queue, key } of items) {
      if (this.#isStopped) return;
      queue.due.delete(key);
      this.#process(queue, key);
    }
  }

  #process(queue: Own, key: string): void {
    try {
      queue.process(key);
      queue.failures.delete(key);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.isNamespaceTerminating) return;
      const failures = queue.failures.get(key) ?? 0;
      queue.failures.set(key, failures + 1);
      this.#addAfter(queue, key, Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures), false);
    }
  }
}
