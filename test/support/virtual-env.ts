// An Env for tests: time stands still until the test advances it, random numbers come from a seed, files are a map.
// Timers fire in order of their time, then of their creation. It does not slow down real sockets: a test that uses
// them waits for what it expects with `until`, and advances the clock when only time can bring it about.

import type { Clock, Env, Files, Random, Timers } from "../../src/env.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

export class VirtualEnv implements Env {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly files: Files;
  /** Contents by path; change it at will. */
  readonly fileContents = new Map<string, string>();
  #nowMs = 0;
  #wallStartMs: number;
  readonly #timers = new Set<Timer>(); // in order of creation
  readonly #sleepEndsMs = new Map<object, number>();

  constructor(options: { readonly seed?: number; readonly wallStartMs?: number } = {}) {
    this.#wallStartMs = options.wallStartMs ?? Date.UTC(2030, 0, 1);
    this.random = seededRandom(options.seed ?? 1);
    this.clock = { nowMs: () => this.#nowMs, wallMs: () => this.#wallStartMs + this.#nowMs };
    this.timers = {
      after: (delayMs, callback) => this.#after(delayMs, callback),
      sleep: (delayMs, signal) => this.#sleep(delayMs, signal),
    };
    this.files = { read: (path) => this.#read(path) };
  }

  /** Timers that have not fired yet. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get nextTimerMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : Math.max(0, next.dueMs - this.#nowMs);
  }

  /** Milliseconds until the next `sleep` ends; undefined when nobody sleeps. Limits of time are timers, too, but no sleep. */
  get nextWakeMs(): number | undefined {
    if (this.#sleepEndsMs.size === 0) return undefined;
    return Math.max(0, Math.min(...this.#sleepEndsMs.values()) - this.#nowMs);
  }

  /** Lets `ms` pass: fires what falls due on the way, including timers set by timers, with promises settled between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#nextTimer(); next !== undefined && next.dueMs <= endMs; next = this.#nextTimer()) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** Moves the wall clock only, as an operator or NTP would. */
  jumpWall(ms: number): void {
    this.#wallStartMs += ms;
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }

  #after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = {};
      const end = () => {
        this.#sleepEndsMs.delete(sleeper);
        signal?.removeEventListener("abort", abort);
      };
      const cancel = this.#after(delayMs, () => {
        end();
        resolve();
      });
      const abort = () => {
        end();
        cancel();
        reject(signal?.reason as Error);
      };
      this.#sleepEndsMs.set(sleeper, this.#nowMs + delayMs);
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #read(path: string): string {
    const content = this.fileContents.get(path);
    if (content === undefined) {
      const error = new Error(`ENOENT: no such file or directory, open '${path}'`);
      throw Object.assign(error, { code: "ENOENT" });
    }
    return content;
  }
}

/** mulberry32: small, fast, and the same numbers everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Resolves when promises that need nothing but each other have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits until `condition` holds, letting real sockets work meanwhile; throws with `what` when it does not come to hold. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAtMs = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > giveUpAtMs) throw new Error(`waited in vain for ${what}`);
    await settle();
  }
}
