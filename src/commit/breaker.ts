// Breaker: so many failures to reach the API server in a row, and nothing is sent for a while. It opens for longer each
// time (1 s up to 30 s), lets one more failure decide after that, and closes on the first real answer.

import type { Env } from "../env.ts";

const OUTAGES_MAX = 5;
const OPEN_BASE_MS = 1_000;
const OPEN_MAX_MS = 30_000;

export class Breaker {
  readonly #env: Env;
  readonly #onChange: (isOpen: boolean) => void;
  #outages = 0;
  #openings = 0;
  #openUntilMs = -Infinity;

  /** `onChange` is told when it opens, and when an answer closes it for good. */
  constructor(env: Env, onChange: (isOpen: boolean) => void) {
    this.#env = env;
    this.#onChange = onChange;
  }

  get isOpen(): boolean {
    return this.#env.clock.nowMs() < this.#openUntilMs;
  }

  /** Milliseconds until it may be tried again. */
  get waitMs(): number {
    return Math.max(0, this.#openUntilMs - this.#env.clock.nowMs());
  }

  /** The API server was not reached. */
  failed(): void {
    this.#outages += 1;
    if (this.#outages < OUTAGES_MAX || this.isOpen) return;
    const openMs = Math.min(OPEN_MAX_MS, OPEN_BASE_MS * 2 ** Math.min(this.#openings, 10));
    this.#openings += 1;
    this.#openUntilMs = this.#env.clock.nowMs() + openMs;
    this.#outages = OUTAGES_MAX - 1; // once it is over, one more is enough
    this.#onChange(true);
  }

  /** The API server answered. An answer to what was sent before it opened counts too. */
  answered(): void {
    this.#outages = 0;
    this.#openUntilMs = -Infinity;
    if (this.#openings === 0) return;
    this.#openings = 0;
    this.#onChange(false);
  }

  /** Somebody else knows that the API server is back: it may be tried at once, and one failure opens it again. */
  retryNow(): void {
    this.#openUntilMs = -Infinity;
  }
}
