// Stopwatch: milliseconds by phase, measured at the edge because the core has no clock.

import type { Clock } from "../env.ts";

export class Stopwatch {
  /** In the order in which the phases first ended; a phase that ends twice adds up. */
  readonly laps = new Map<string, number>();
  readonly #clock: Clock;
  #lastMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.nowMs();
  }

  /** `phase` ends here; the next one begins. */
  lap(phase: string): void {
    const nowMs = this.#clock.nowMs();
    this.laps.set(phase, (this.laps.get(phase) ?? 0) + nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}
