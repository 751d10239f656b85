// ParkedBinds: binds whose outcome is still not known after all tries. They stay assumed, and are asked for again when
// somebody knows that the API server is back, when the breaker lets it, or every 30 s.

import type { Env } from "../env.ts";
import type { Bind } from "../model/index.ts";
import type { Breaker } from "./breaker.ts";

const RETRY_MS = 30_000;

export interface Parked {
  readonly bind: Bind;
  readonly cycle: number;
  /** It was found unbound after each of its tries: the API server answers, but does not do it. */
  readonly isUnbound: boolean;
}

export class ParkedBinds {
  readonly #env: Env;
  readonly #breaker: Breaker;
  readonly #onDue: () => void;
  readonly #byUid = new Map<string, Parked>();
  /** To be asked for, as soon as there is room. */
  #due: Parked[] = [];
  readonly #asked = new Set<Parked>();
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  /** `onDue` is called when there is something to ask for. */
  constructor(env: Env, breaker: Breaker, onDue: () => void) {
    this.#env = env;
    this.#breaker = breaker;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#byUid.size;
  }

  get hasDue(): boolean {
    return this.#due.length > 0;
  }

  has(uid: string): boolean {
    return this.#byUid.has(uid);
  }

  add(parked: Parked): void {
    this.#byUid.set(parked.bind.uid, parked);
    this.#setTimer();
  }

  /** All of them are due now, except those that are being asked for. */
  makeDue(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#due = [...this.#byUid.values()].filter((parked) => !this.#asked.has(parked));
    this.#onDue();
  }

  /** The next one to ask for; `answered` or `notAnswered` is owed. */
  take(): Parked | undefined {
    const parked = this.#due.pop();
    if (parked !== undefined) this.#asked.add(parked);
    return parked;
  }

  /** It is decided. */
  answered(parked: Parked): void {
    this.#asked.delete(parked);
    this.#byUid.delete(parked.bind.uid);
  }

  notAnswered(parked: Parked): void {
    this.#asked.delete(parked);
    this.#setTimer();
  }

  /** From now on they are asked for on demand only. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #setTimer(): void {
    if (this.#isStopped || this.#cancelTimer !== undefined) return;
    const delayMs = this.#breaker.isOpen ? this.#breaker.waitMs : RETRY_MS;
    this.#cancelTimer = this.#env.timers.after(delayMs, () => this.makeDue());
  }
}
