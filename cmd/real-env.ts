// The real Env: the clocks, timers, random numbers and files of this process.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Env } from "../src/env.ts";

/** What setTimeout can hold; longer waits come back early, and who waits looks at the clock. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export function realEnv(): Env {
  return {
    clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
    timers: { after, sleep },
    random: () => Math.random(),
    files: { read: (path) => readFileSync(path, "utf8") },
  };
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), DELAY_MAX_MS));
  return () => {
    clearTimeout(timer);
  };
}

function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    const cancel = after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      reject(reasonOf(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error("aborted");
}
