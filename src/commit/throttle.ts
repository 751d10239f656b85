// Throttle: when the next request may be sent. A token bucket (client-side QPS and burst) together with the hold that a
// 429 puts on the whole client. It never sends anything; whoever sends asks first.

import type { Env } from "../env.ts";

const HOLD_MAX_MS = 30_000;
const HOLD_DEFAULT_MS = 1_000;
/** So much of a hold is added at random, so that clients that were told the same do not come back together. */
const HOLD_JITTER = 0.25;

export class Throttle {
  readonly #env: Env;
  readonly #qps: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;
  #heldUntilMs = -Infinity;

  /** `qps` 0 is no limit. */
  constructor(env: Env, limits: { readonly qps: number; readonly burst: number }) {
    this.#env = env;
    this.#qps = limits.qps;
    this.#burst = Math.max(1, limits.burst);
    this.#tokens = this.#burst;
    this.#filledAtMs = env.clock.nowMs();
  }

  /** Milliseconds until a request may be sent; 0 is now. */
  waitMs(): number {
    const now = this.#env.clock.nowMs();
    const holdMs = Math.max(0, this.#heldUntilMs - now);
    if (this.#qps === 0) return holdMs;
    this.#fill(now);
    const tokenMs = 1 <= this.#tokens ? 0 : Math.ceil(((1 - this.#tokens) / this.#qps) * 1000);
    return Math.max(holdMs, tokenMs);
  }

  /** Takes the token of one request. Ask `waitMs` first. */
  take(): void {
    if (this.#qps !== 0) this.#tokens -= 1;
  }

  /** Waits until a request may be sent, and takes its token. Ends early, without a token, when `signal` is aborted. */
  async turn(signal: AbortSignal): Promise<void> {
    for (let waitMs = this.waitMs(); 0 < waitMs; waitMs = this.waitMs()) {
      await sleepUnlessAborted(this.#env, waitMs, signal);
      if (signal.aborted) return;
    }
    this.take();
  }

  /** Nothing is sent for `retryAfterMs` (at most 30 s, 1 s where the server did not say). Returns how long it will be. */
  hold(retryAfterMs: number | undefined): number {
    const askedMs = Math.min(retryAfterMs ?? HOLD_DEFAULT_MS, HOLD_MAX_MS);
    const holdMs = Math.min(HOLD_MAX_MS, Math.max(1, askedMs) * (1 + HOLD_JITTER * this.#env.random()));
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#env.clock.nowMs() + holdMs);
    return holdMs;
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAtMs) / 1000) * this.#qps);
    this.#filledAtMs = now;
  }
}

/** Sleeps; an abort ends it early, and quietly. */
export async function sleepUnlessAborted(env: Env, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await env.timers.sleep(delayMs, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Exponential back-off with jitter: between half and all of `baseMs` × 2^attempt, at most `maxMs`. */
export function backOffMs(env: Env, attempt: number, baseMs: number, maxMs: number): number {
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return fullMs * (0.5 + 0.5 * env.random());
}
