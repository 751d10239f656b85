// Back-off: how long to wait before asking the API server again.

import type { Env, Random } from "../env.ts";

const firstMs = 800;
const maxMs = 30_000;

/** From 0.8 to 30 s, doubling with each failure in a row, of which `failures` is the count (at least 1), with jitter. */
export function backOffMs(failures: number, random: Random): number {
  const base = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return Math.min(maxMs, base * (1 + random()));
}

/**
 * When the API server answers 429 with Retry-After it is full, and not only for who asked: all that share a hold wait,
 * 30 s at most, and do not come back in the same moment (faults A7).
 */
export class SharedHold {
  readonly #env: Pick<Env, "clock" | "random">;
  #untilMs = -Infinity;

  constructor(env: Pick<Env, "clock" | "random">) {
    this.#env = env;
  }

  hold(retryAfterMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#env.clock.nowMs() + Math.min(retryAfterMs, maxMs));
  }

  /** 0 when nothing is held; else what is left of it and up to a quarter more. */
  waitMs(): number {
    const restMs = this.#untilMs - this.#env.clock.nowMs();
    return restMs <= 0 ? 0 : restMs * (1 + this.#env.random() / 4);
  }
}
