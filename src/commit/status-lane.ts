// StatusLane: writes that tell people and controllers something, in the background. Binds have the API server first:
// while binds are queued at most one status write goes out for twenty of them, and never more than `statusQps`. The latest
// write of each object wins, the queue is bounded, and an object never has two writes in flight.

import type { Env } from "../env.ts";
import type { ApiClient, ApiRequest } from "../kube/client.ts";
import { answerTo, codeOf, isOtherUid, messageOf, rowOf } from "./answers.ts";
import type { Breaker } from "./breaker.ts";
import type { StatusOutcome } from "./outcome.ts";
import { backOffMs, Throttle } from "./throttle.ts";

export interface StatusWrite {
  /** Identity of the object, by UID. */
  readonly key: string;
  readonly kind: StatusOutcome["write"];
  /** `namespace/name` for the log. */
  readonly object: string;
  /** What it would say; whoever puts it compares. */
  readonly value: string;
  /** Asked right before it is sent. */
  readonly isStillWanted: () => boolean;
  /** Made when it is sent, so that timestamps are true. */
  readonly request: () => Pick<ApiRequest, "method" | "path" | "body" | "contentType">;
  /** Told what became of it. */
  readonly onResult: (result: StatusOutcome["result"]) => void;
}

export interface StatusLaneOptions {
  readonly client: ApiClient;
  readonly env: Env;
  /** The one of the whole client: its holds and its limit count here too. */
  readonly throttle: Throttle;
  readonly breaker: Breaker;
  readonly statusQps: number;
  readonly signal: AbortSignal;
  readonly mayWrite: () => boolean;
  readonly hasQueuedBinds: () => boolean;
  readonly onHeld: (holdMs: number) => void;
  readonly onOutcome: (outcome: StatusOutcome) => void;
}

interface Entry {
  readonly write: StatusWrite;
  readonly tries: number;
}

interface LaterEntry extends Entry {
  readonly dueMs: number;
}

/** Of the rate of binds, while some are queued. */
const SHARE = 0.05;
const QUEUE_MAX = 50_000;
const CONCURRENCY = 4;
const TRIES_MAX = 3;
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 10_000;
const TIMEOUT_MS = 10_000;
/** How exactly a write that is due later is on time. */
const SWEEP_MS = 500;
const SHARE_POLL_MS = 50;

export class StatusLane {
  readonly #options: StatusLaneOptions;
  readonly #ownThrottle: Throttle;
  /** First in, first out; by key. */
  readonly #ready = new Map<string, Entry>();
  readonly #later = new Map<string, LaterEntry>();
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Writes that the binds sent so far have earned. */
  #credit = 0;
  #cancelWake: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #isStopped = false;

  constructor(options: StatusLaneOptions) {
    this.#options = options;
    this.#ownThrottle = new Throttle(options.env, {
      qps: options.statusQps,
      burst: Math.max(1, options.statusQps / 10),
    });
  }

  /** Writes that wait or are in flight. */
  get size(): number {
    return this.#ready.size + this.#later.size + this.#inFlight.size;
  }

  /** Replaces what waits for the same object, which keeps its place in line. */
  put(write: StatusWrite, delayMs = 0): void {
    if (this.#isStopped) return;
    this.#enqueue({ write, tries: 0 }, delayMs);
    this.#pump();
  }

  /** Takes out what waits for this object. */
  cancel(key: string): void {
    this.#ready.delete(key);
    this.#later.delete(key);
  }

  /** What the write that waits for this object would say. */
  waitingValue(key: string): string | undefined {
    return (this.#ready.get(key) ?? this.#later.get(key))?.write.value;
  }

  /** Ends when the write of this object that is in flight has ended; undefined where none is. */
  inFlight(key: string): Promise<void> | undefined {
    return this.#inFlight.get(key);
  }

  /** A bind was sent. */
  bindSent(): void {
    this.#credit = Math.min(CONCURRENCY, this.#credit + SHARE);
    if (1 <= this.#credit && this.#ready.size > 0) this.#pump();
  }

  /** Nothing more is written; what is in flight may end. */
  stop(): void {
    this.#isStopped = true;
    this.#ready.clear();
    this.#later.clear();
    this.#cancelWake?.();
    this.#cancelSweep?.();
  }

  #enqueue(entry: Entry, delayMs: number): void {
    const { key } = entry.write;
    if (this.waitingValue(key) === undefined && QUEUE_MAX <= this.#ready.size + this.#later.size) {
      return this.#report(entry.write, "full", 0, "too many status writes wait");
    }
    if (delayMs <= 0) {
      this.#later.delete(key);
      this.#ready.set(key, entry);
    } else if (this.#ready.has(key)) {
      this.#ready.set(key, entry); // what was due still is, with what is true by now
    } else {
      // One that is put again is not put off: it is due when the first was.
      const dueMs = this.#later.get(key)?.dueMs ?? Infinity;
      this.#later.set(key, { ...entry, dueMs: Math.min(dueMs, this.#options.env.clock.nowMs() + delayMs) });
      this.#sweepLater();
    }
  }

  /** Moves what has become due into the line. */
  #sweepLater(): void {
    if (this.#cancelSweep !== undefined || this.#later.size === 0) return;
    this.#cancelSweep = this.#options.env.timers.after(SWEEP_MS, () => {
      this.#cancelSweep = undefined;
      const now = this.#options.env.clock.nowMs();
      for (const [key, { write, tries, dueMs }] of this.#later) {
        if (now < dueMs) continue;
        this.#later.delete(key);
        this.#ready.set(key, { write, tries });
      }
      this.#sweepLater();
      this.#pump();
    });
  }

  #pump(): void {
    const { throttle, breaker, hasQueuedBinds, mayWrite } = this.#options;
    while (this.#inFlight.size < CONCURRENCY && !this.#isStopped) {
      const entry = this.#firstSendable();
      if (entry === undefined) return;
      if (!mayWrite() || !entry.write.isStillWanted()) {
        this.#ready.delete(entry.write.key);
        this.#report(entry.write, "stale", 0, "what it would say is no longer true");
        continue;
      }
      const waitMs = Math.max(breaker.waitMs, throttle.waitMs(), this.#ownThrottle.waitMs());
      if (0 < waitMs) {
        this.#wakeIn(waitMs);
        return;
      }
      if (hasQueuedBinds()) {
        if (this.#credit < 1) {
          this.#wakeIn(SHARE_POLL_MS);
          return;
        }
        this.#credit -= 1;
      }
      throttle.take();
      this.#ownThrottle.take();
      this.#ready.delete(entry.write.key);
      this.#inFlight.set(entry.write.key, this.#send(entry));
    }
  }

  #firstSendable(): Entry | undefined {
    for (const [key, entry] of this.#ready) if (!this.#inFlight.has(key)) return entry;
    return undefined;
  }

  async #send({ write, tries }: Entry): Promise<void> {
    const { client, signal, throttle, onHeld } = this.#options;
    const answer = await answerTo(client.request({ ...write.request(), timeoutMs: TIMEOUT_MS, signal }));
    this.#inFlight.delete(write.key);
    const { reaction, executed } = rowOf(answer);
    const [code, message] = [codeOf(answer), messageOf(answer)];
    if (reaction === "done") this.#report(write, "written", code, "");
    else if (code === 404 || code === 409 || isOtherUid(answer)) this.#report(write, "stale", code, message);
    else if (reaction === "refuse") this.#report(write, "refused", code, `${verbOf(write)} was refused: ${message}`);
    else if (reaction === "hold") {
      onHeld(throttle.hold(answer.kind === "response" ? answer.response.retryAfterMs : undefined));
      this.#again({ write, tries }, 0);
    } else if (tries + 1 < TRIES_MAX) {
      // A status write says the same however often it is sent: whether it was executed does not matter.
      this.#again({ write, tries: tries + 1 }, backOffMs(this.#options.env, tries, RETRY_BASE_MS, RETRY_MAX_MS));
    } else {
      this.#report(write, "failed", code, `${message} (executed: ${executed})`);
    }
    this.#pump();
  }

  /** Unless something newer waits for the same object. */
  #again(entry: Entry, delayMs: number): void {
    if (this.#isStopped || this.waitingValue(entry.write.key) !== undefined) return;
    this.#enqueue(entry, delayMs);
  }

  #report(write: StatusWrite, result: StatusOutcome["result"], code: number, message: string): void {
    write.onResult(result);
    this.#options.onOutcome({ kind: "status", write: write.kind, object: write.object, result, code, message });
  }

  #wakeIn(waitMs: number): void {
    this.#cancelWake ??= this.#options.env.timers.after(waitMs, () => {
      this.#cancelWake = undefined;
      this.#pump();
    });
  }
}

function verbOf(write: StatusWrite): string {
  return write.kind === "condition" ? "patch pods/status" : "patch podgroups";
}
