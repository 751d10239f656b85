// Deadline: the time that something on the wire may take, as an AbortSignal on the clock of Env.
//
// First one limit for all of an exchange (connecting, waiting in line, headers, body), so that no way of being slow
// escapes it; for a stream then a limit for each silence. undici's own timers are coarse and on the real clock.

import type { Env } from "../env.ts";

type Time = Pick<Env, "clock" | "timers">;

export class Deadline {
  readonly #time: Time;
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #abortWithOuter = () => this.#controller.abort(this.#outer?.reason);
  #limitMs: number;
  #isOver: () => Error;
  #sinceMs: number;
  #cancel: () => void;

  /** Aborts `signal` with the error that `isOver` makes when `limitMs` have passed, or with the reason of `outer`. */
  constructor(time: Time, limitMs: number, isOver: () => Error, outer?: AbortSignal) {
    this.#time = time;
    this.#limitMs = limitMs;
    this.#isOver = isOver;
    this.#sinceMs = time.clock.nowMs();
    this.#outer = outer;
    if (outer?.aborted === true) this.#abortWithOuter();
    else outer?.addEventListener("abort", this.#abortWithOuter, { once: true });
    this.#cancel = this.#wait(limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on the limit is for the time since the last `touch`. */
  becomeIdleLimit(limitMs: number, isOver: () => Error): void {
    this.#limitMs = limitMs;
    this.#isOver = isOver;
    this.touch();
    this.#cancel();
    this.#cancel = this.#wait(limitMs);
  }

  /** Something has arrived. Costs no timer: the one that runs looks at the time when it fires. */
  touch(): void {
    this.#sinceMs = this.#time.clock.nowMs();
  }

  /** Must be called at the end, whatever the end was. */
  end(): void {
    this.#cancel();
    this.#outer?.removeEventListener("abort", this.#abortWithOuter);
  }

  #wait(delayMs: number): () => void {
    return this.#time.timers.after(delayMs, () => {
      const restMs = this.#sinceMs + this.#limitMs - this.#time.clock.nowMs();
      if (restMs <= 0) this.#controller.abort(this.#isOver());
      else this.#cancel = this.#wait(restMs);
    });
  }
}
