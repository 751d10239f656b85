// RateMeter: how many binds a second get through while more are waiting. Idle time does not count, so a quiet hour does
// not make the lane look slow.

import type { Clock } from "../env.ts";

const WINDOW_MS = 250;

export class RateMeter {
  readonly #clock: Clock;
  #perSecond = 0;
  #windowStartMs: number | undefined;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 until a first window was measured. */
  get perSecond(): number {
    return this.#perSecond;
  }

  /** One bind is done; `hasBacklog` says whether others wait. */
  finished(hasBacklog: boolean): void {
    const now = this.#clock.nowMs();
    if (this.#windowStartMs !== undefined) {
      this.#count += 1;
      const elapsedMs = now - this.#windowStartMs;
      if (elapsedMs < WINDOW_MS && hasBacklog) return;
      if (WINDOW_MS <= elapsedMs) this.#add((this.#count / elapsedMs) * 1000);
    }
    this.#windowStartMs = hasBacklog ? now : undefined;
    this.#count = 0;
  }

  #add(sample: number): void {
    this.#perSecond = this.#perSecond === 0 ? sample : (this.#perSecond + sample) / 2;
  }
}
