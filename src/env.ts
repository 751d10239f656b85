// Env: everything from outside that makes a run differ from the last one. The real one is built in cmd; tests and simulate pass a virtual one.

export interface Env {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly files: Files;
}

export interface Clock {
  /** Milliseconds of monotonic time; only differences mean something. All intervals are measured with it. */
  nowMs(): number;
  /** Wall clock, milliseconds since 1970; only for timestamps that are written out. */
  wallMs(): number;
}

export interface Timers {
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1). Only for jitter of retries: no decision may use it. */
export type Random = () => number;

export interface Files {
  /** Contents as UTF-8; throws what node:fs throws. */
  read(path: string): string;
}
