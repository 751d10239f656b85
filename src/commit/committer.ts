// Committer: carries out plans. What it takes on counts in the cache at once, and is then made true at the API server, or
// is reported and forgotten. It decides nothing: missing members of a group are planned again by a later session.

import type { Env } from "../env.ts";
import type { ApiClient } from "../kube/client.ts";
import { InvariantViolation } from "../model/index.ts";
import type { Bind, Intent, Plan } from "../model/index.ts";
import { batchesOf } from "./batch.ts";
import type { Batch } from "./batch.ts";
import { BindLane, checkNoneTwice } from "./bind-lane.ts";
import { Breaker } from "./breaker.ts";
import type { CommitCache } from "./cache.ts";
import type { Line } from "./delivery.ts";
import { GroupBackOff } from "./group-back-off.ts";
import type { BackingOff } from "./group-back-off.ts";
import { GroupPhases } from "./group-phase.ts";
import type { DropReason, Outcome } from "./outcome.ts";
import { PodConditions } from "./pod-condition.ts";
import { StatusLane } from "./status-lane.ts";
import { Throttle } from "./throttle.ts";

export interface CommitterOptions {
  readonly client: ApiClient;
  readonly env: Env;
  readonly cache: CommitCache;
  /** Pods of other schedulers are never written to. */
  readonly schedulerNames: readonly string[];
  /** Requests in flight of the bind lane. */
  readonly bindConcurrency: number;
  /** Requests a second of the whole client; 0 is no limit. */
  readonly qps: number;
  readonly burst: number;
  /** Status writes a second; 0 is no limit of their own. */
  readonly statusQps: number;
  /** Asked before each write: does this process still lead, and is what it knows fresh? */
  readonly mayWrite: () => boolean;
  /** Called once for each event, never from inside a request. It must not throw. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Of the time to stop, what is left to requests that go on after their time is up. */
const LAST_CALL = 0.9;

export class Committer {
  readonly #options: CommitterOptions;
  readonly #abort = new AbortController();
  readonly #breaker: Breaker;
  readonly #backOff: GroupBackOff;
  readonly #binds: BindLane;
  readonly #statuses: StatusLane;
  readonly #conditions: PodConditions;
  readonly #phases: GroupPhases;
  #isStopping = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
    const { client, env, cache, mayWrite, onOutcome, bindConcurrency } = options;
    const { signal } = this.#abort;
    const schedulerNames = new Set(options.schedulerNames);
    const throttle = new Throttle(env, options);
    const onHeld = (holdMs: number): void => onOutcome({ kind: "held", holdMs });
    this.#breaker = new Breaker(env, (isOpen) => this.#breakerChanged(isOpen));
    this.#backOff = new GroupBackOff(env);

    this.#statuses = new StatusLane({
      ...{ client, env, throttle, signal, mayWrite, onHeld, onOutcome },
      breaker: this.#breaker,
      statusQps: options.statusQps,
      hasQueuedBinds: () => this.#binds.queuedBinds > 0,
    });
    this.#conditions = new PodConditions({
      ...{ lane: this.#statuses, cache, clock: env.clock, schedulerNames },
      isBinding: (uid) => this.#binds.isUnderWay(uid),
    });
    this.#phases = new GroupPhases(this.#statuses, env.clock);

    const line: Line = { client, env, throttle, breaker: this.#breaker, signal, onHeld };
    this.#binds = new BindLane({
      ...{ line, cache, schedulerNames, bindConcurrency, mayWrite },
      backOff: this.#backOff,
      conditionWrite: (uid) => this.#conditions.inFlight(uid),
      onSent: () => this.#statuses.bindSent(),
      onOutcome: (outcome) => this.#bindOutcome(outcome),
    });
  }

  /** Binds that wait to be sent. */
  get queuedBinds(): number {
    return this.#binds.queuedBinds;
  }

  /** Requests of the bind lane in flight, those that wait for a retry included. */
  get inFlight(): number {
    return this.#binds.inFlight;
  }

  /** Binds of unknown outcome that wait for `reconcile`. */
  get parkedBinds(): number {
    return this.#binds.parkedBinds;
  }

  /** Status writes that wait or are in flight. */
  get queuedStatuses(): number {
    return this.#statuses.size;
  }

  /** About 2 s of work is queued, or nothing can be sent: sessions only add what is more urgent. */
  get queueIsFull(): boolean {
    return this.#binds.isQueueFull;
  }

  /** While the queue is full: the highest priority in it, above which sessions may still add; Infinity: nothing can be sent. */
  get priorityFloor(): number | undefined {
    return this.#binds.priorityFloor;
  }

  /** No bind is queued, in flight or of unknown outcome. */
  get isSettled(): boolean {
    return this.#binds.isSettled;
  }

  /** Groups whose bind was refused not long ago are not sent again yet: a session need not plan them. */
  get backingOff(): BackingOff {
    return this.#backOff.waiting;
  }

  /**
   * Takes on a plan: every bind is assumed at once and queued; returns without waiting. Groups that cannot be sent now
   * anyway are reported as dropped and not assumed. Throws InvariantViolation, and takes on nothing, for a plan with
   * intents other than binds (nothing plans them yet), or that binds a pod whose bind is under way.
   */
  submit(plan: Plan): void {
    const { env, cache, onOutcome } = this.#options;
    const binds = plan.intents.map(asBind);
    checkNoneTwice(this.#binds, binds);

    const accepted: Batch[] = [];
    for (const batch of batchesOf(plan.cycle, binds, env.clock.nowMs())) {
      const refusal = this.#refusalOf(batch);
      if (refusal === undefined) accepted.push(batch);
      else {
        const { job, group, cycle } = batch;
        onOutcome({
          kind: "dropped",
          job,
          group,
          cycle,
          binds: batch.binds,
          why: refusal,
          message: DROP_TEXTS[refusal],
        });
      }
    }
    for (const batch of accepted) {
      for (const bind of batch.binds) {
        cache.assumeBind(bind);
        this.#conditions.cancel(bind.uid);
      }
    }
    this.#binds.add(accepted);
    for (const condition of plan.conditions) this.#conditions.put(condition);
    for (const status of plan.groupStatuses) this.#phases.put(status);
  }

  /** The API server is back: what is parked is asked for at once. */
  reconcile(): void {
    this.#breaker.retryNow();
    this.#binds.reconcile();
  }

  /**
   * Begins no new group, and finishes the one that is being sent. Ends when the last answer is there, and within
   * `deadlineMs` in any case: requests that are still in flight then are given up, and stay unknown.
   */
  async stop(deadlineMs: number): Promise<void> {
    const { timers } = this.#options.env;
    this.#isStopping = true;
    this.#statuses.stop();
    this.#binds.beginStop();
    const cancelLastCall = timers.after(deadlineMs * LAST_CALL, () => {
      this.#abort.abort(new Error("the scheduler stops"));
      this.#binds.dropUnsent({ why: "stopping", message: DROP_TEXTS.stopping });
    });
    let cancelDeadline = (): void => undefined;
    const deadline = new Promise<void>((resolve) => (cancelDeadline = timers.after(deadlineMs, resolve)));
    await Promise.race([this.#binds.idle(), deadline]);
    cancelLastCall();
    cancelDeadline();
    this.#abort.abort(new Error("the scheduler has stopped"));
  }

  #refusalOf(batch: Batch): keyof typeof DROP_TEXTS | undefined {
    if (this.#isStopping) return "stopping";
    if (!this.#options.mayWrite()) return "may not write";
    if (this.#breaker.isOpen) return "unreachable";
    if (this.#backOff.isWaiting(batch.job)) return "back-off";
    return undefined;
  }

  #breakerChanged(isOpen: boolean): void {
    const message = isOpen ? DROP_TEXTS.unreachable : "the API server answers again";
    this.#options.onOutcome({ kind: "breaker", isOpen, message });
    if (isOpen) this.#binds.dropUnsent({ why: "unreachable", message });
  }

  /** Pods whose bind went wrong say so, until a session knows better. */
  #bindOutcome(outcome: Exclude<Outcome, { kind: "held" | "breaker" | "status" }>): void {
    if (outcome.kind === "refused" || (outcome.kind === "parked" && outcome.isUnbound)) {
      const { task, uid, node } = outcome.bind;
      const message = `binding to node ${node} failed: ${outcome.message}`;
      this.#conditions.put({ task, uid, reason: "SchedulerError", message });
    }
    if (outcome.kind === "bound" || outcome.kind === "lost" || outcome.kind === "conflict_foreign") {
      this.#conditions.forget(outcome.bind.uid);
    }
    this.#options.onOutcome(outcome);
  }
}

const DROP_TEXTS = {
  stopping: "the scheduler stops",
  "may not write": "this process may not write now",
  unreachable: "the API server cannot be reached",
  "back-off": "the group was refused not long ago",
} as const satisfies Partial<Record<DropReason, string>>;

function asBind(intent: Intent): Bind {
  if (intent.kind === "bind") return intent;
  throw new InvariantViolation(`a plan asks to ${intent.kind} ${intent.task}, which this version never does`);
}
