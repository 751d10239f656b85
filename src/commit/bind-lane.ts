// BindLane: sends batches one after the other, by priority, then decision order, with so many requests in flight. A batch
// is re-validated whole before its first request, and each bind again right before its own. What will not be sent is
// forgotten, so that the next session plans it; what nobody knows stays assumed until a GET tells.

import type { Bind } from "../model/index.ts";
import { assertNever, invariant } from "../model/index.ts";
import { BatchQueue, canBecomeWhole, isOfBag } from "./batch.ts";
import type { Batch, Stop } from "./batch.ts";
import type { CommitCache } from "./cache.ts";
import { deliver, lookUp, verdictOf } from "./delivery.ts";
import type { Line, Verdict } from "./delivery.ts";
import type { GroupBackOff } from "./group-back-off.ts";
import { ParkedBinds } from "./parked.ts";
import type { Parked } from "./parked.ts";
import type { BindOutcome } from "./outcome.ts";
import { RateMeter } from "./rate-meter.ts";
import { firstStaleness, staleness } from "./revalidate.ts";

/** So much work is queued, in time and at least in binds, before sessions are asked to add only what is more urgent. */
const QUEUE_MAX_MS = 2_000;
const QUEUE_FLOOR_BINDS = 512;

export interface BindLaneOptions {
  readonly line: Line;
  readonly cache: CommitCache;
  readonly schedulerNames: ReadonlySet<string>;
  readonly bindConcurrency: number;
  readonly backOff: GroupBackOff;
  readonly mayWrite: () => boolean;
  /** Resolves when no write that could undo a bind of this pod is under way; undefined where none is. */
  readonly conditionWrite: (uid: string) => Promise<void> | undefined;
  readonly onSent: () => void;
  readonly onOutcome: (outcome: BindOutcome) => void;
}

export class BindLane {
  readonly #options: BindLaneOptions;
  readonly #queue = new BatchQueue();
  readonly #rate: RateMeter;
  /** All that has no verdict yet, parked ones included. */
  readonly #uids = new Set<string>();
  readonly #parked: ParkedBinds;
  /** The batch that is being sent; batches whose last request is still in flight are not here any more. */
  #current: Batch | undefined;
  #inFlight = 0;
  #cancelWake: (() => void) | undefined;
  readonly #onIdle: (() => void)[] = [];

  constructor(options: BindLaneOptions) {
    this.#options = options;
    const { env, breaker } = options.line;
    this.#rate = new RateMeter(env.clock);
    this.#parked = new ParkedBinds(env, breaker, () => this.#pump());
  }

  get queuedBinds(): number {
    const current = this.#current;
    return this.#queue.bindCount + (current === undefined ? 0 : current.binds.length - current.next);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get parkedBinds(): number {
    return this.#parked.size;
  }

  get isQueueFull(): boolean {
    const max = Math.max(QUEUE_FLOOR_BINDS, (this.#rate.perSecond * QUEUE_MAX_MS) / 1000);
    return this.#options.line.breaker.isOpen || max <= this.queuedBinds;
  }

  get priorityFloor(): number | undefined {
    if (!this.isQueueFull) return undefined;
    if (this.#options.line.breaker.isOpen) return Infinity;
    return this.#queue.priority ?? this.#current?.priority;
  }

  get isSettled(): boolean {
    return this.#isIdle && this.#parked.size === 0;
  }

  /** No verdict on this pod's bind yet. */
  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /** Queued or in flight. */
  isUnderWay(uid: string): boolean {
    return this.#uids.has(uid) && !this.#parked.has(uid);
  }

  /** All binds of these batches are assumed already. */
  add(batches: readonly Batch[]): void {
    for (const { binds } of batches) for (const { uid } of binds) this.#uids.add(uid);
    this.#queue.add(batches);
    this.#pump();
  }

  /** Nothing of what is queued, nor of the batch being sent, goes out any more. What is in flight gets its verdict. */
  dropUnsent(stop: Stop): void {
    for (const batch of this.#queue.takeAll()) this.#drop(batch, stop);
    const current = this.#current;
    if (current === undefined) return;
    this.#stopBatch(current, stop);
    this.#settleBatch(current);
  }

  /** Asks for all parked binds now. */
  reconcile(): void {
    this.#parked.makeDue();
  }

  /** No new batch is begun; the one that is being sent is finished. */
  beginStop(): void {
    this.#parked.stop();
    for (const batch of this.#queue.takeAll()) this.#drop(batch, { why: "stopping", message: "the scheduler stops" });
  }

  /** Resolves when nothing is queued or in flight; parked binds may remain. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.queuedBinds === 0;
  }

  /** Goes on with the next, or tells those who wait that there is none. */
  #afterOne(): void {
    this.#pump();
    if (!this.#isIdle) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Fills the free places in flight, as far as the throttle lets it. */
  #pump(): void {
    const { line, mayWrite, bindConcurrency } = this.#options;
    if (!mayWrite()) this.dropUnsent(MAY_NOT_WRITE);
    while (this.#inFlight < bindConcurrency && this.#hasWork()) {
      const waitMs = line.throttle.waitMs();
      if (0 < waitMs) {
        this.#wakeIn(waitMs);
        return;
      }

      const parked = this.#parked.take();
      if (parked !== undefined) {
        void this.#lookUpParked(parked);
        continue;
      }
      const batch = this.#batchToSend();
      if (batch === undefined) return;
      line.throttle.take();
      void this.#send(batch, batch.binds[batch.next++]!);
    }
  }

  #hasWork(): boolean {
    return this.#parked.hasDue || this.queuedBinds > 0;
  }

  /** The batch that has a bind to send: the current one to its end, then the next that is still valid as a whole. */
  #batchToSend(): Batch | undefined {
    const { cache, schedulerNames } = this.#options;
    for (;;) {
      if (this.#current !== undefined && this.#current.next < this.#current.binds.length) return this.#current;
      const batch = this.#queue.take();
      this.#current = undefined;
      if (batch === undefined) return undefined;
      const stale = firstStaleness(cache, schedulerNames, batch.binds);
      if (stale === undefined) this.#current = batch;
      else this.#drop(batch, { why: "stale", message: stale });
    }
  }

  async #send(batch: Batch, bind: Bind): Promise<void> {
    const { line, conditionWrite, onOutcome, onSent } = this.#options;
    const { cycle } = batch;
    this.#inFlight += 1;
    batch.inFlight += 1;
    const queuedMs = line.env.clock.nowMs() - batch.submittedAtMs;
    onSent();
    const otherWrite = conditionWrite(bind.uid);
    if (otherWrite !== undefined) await otherWrite;

    const verdict = await deliver(line, {
      bind,
      mayNotBeSent: () => this.#mayNotBeSent(batch, bind),
      onUnknown: (message) => onOutcome({ kind: "unknown", bind, cycle, message }),
    });

    this.#inFlight -= 1;
    batch.inFlight -= 1;
    this.#rate.finished(0 < this.queuedBinds);
    if (verdict.kind === "unsent") {
      batch.unsent.push(bind);
      this.#stopBatch(batch, verdict.stop);
    } else {
      this.#conclude(bind, cycle, verdict, queuedMs);
      this.#applyToBatch(batch, verdict);
    }
    this.#settleBatch(batch);
    this.#afterOne();
  }

  #mayNotBeSent(batch: Batch, bind: Bind): Stop | undefined {
    const { line, cache, schedulerNames, mayWrite } = this.#options;
    if (batch.stopped !== undefined) return batch.stopped;
    if (line.signal.aborted) return { why: "stopping", message: "the scheduler stops" };
    if (!mayWrite()) return MAY_NOT_WRITE;
    if (line.breaker.isOpen) return { why: "unreachable", message: "the API server cannot be reached" };
    const stale = staleness(cache, schedulerNames, bind);
    return stale === undefined ? undefined : { why: "stale", message: stale };
  }

  async #lookUpParked(parked: Parked): Promise<void> {
    const { bind, cycle } = parked;
    const { line } = this.#options;
    this.#inFlight += 1;
    const startMs = line.env.clock.nowMs();
    const evidence = await lookUp(line, bind);
    this.#inFlight -= 1;
    if (evidence === undefined) {
      this.#parked.notAnswered(parked);
    } else {
      this.#parked.answered(parked);
      if (evidence.kind === "unbound") this.#releaseParked(parked);
      else this.#conclude(bind, cycle, verdictOf(evidence, 0, startMs), 0);
    }
    this.#afterOne();
  }

  #releaseParked({ bind, cycle, isUnbound }: Parked): void {
    const { cache, backOff, onOutcome } = this.#options;
    const { uid, job, group } = bind;
    if (isUnbound) backOff.refused(job);
    this.#uids.delete(uid);
    cache.forget(uid);
    const message = "the pod is on no node";
    onOutcome({ kind: "dropped", job, group, cycle, binds: [bind], why: "not executed", message });
  }

  /** What a verdict means for the bind alone. */
  #conclude(bind: Bind, cycle: number, verdict: Verdict, queuedMs: number): void {
    const { line, cache, onOutcome } = this.#options;
    if (verdict.kind === "parked") {
      const { isUnbound, message } = verdict;
      this.#parked.add({ bind, cycle, isUnbound });
      return onOutcome({ kind: "parked", bind, cycle, isUnbound, message });
    }
    this.#uids.delete(bind.uid);
    if (verdict.kind !== "bound") cache.forget(bind.uid);
    switch (verdict.kind) {
      case "bound": {
        const latencyMs = line.env.clock.nowMs() - verdict.sentAtMs;
        return onOutcome({ kind: "bound", bind, cycle, code: verdict.code, latencyMs, queuedMs });
      }
      case "foreign":
        return onOutcome({ kind: "conflict_foreign", bind, cycle, node: verdict.node });
      case "lost":
        return onOutcome({ kind: "lost", bind, cycle, code: verdict.code, message: verdict.message });
      case "refused": {
        const { code, reason, message } = verdict;
        return onOutcome({ kind: "refused", bind, cycle, code, reason, message });
      }
      default:
        assertNever(verdict);
    }
  }

  /** What a verdict on one member means for the rest of its batch. */
  #applyToBatch(batch: Batch, verdict: Verdict): void {
    if (verdict.kind === "bound") batch.bound += 1;
    if (verdict.kind === "refused") {
      this.#options.backOff.refused(batch.job);
      this.#stopBatch(batch, { why: "group failed", message: verdict.message });
    }
    if (verdict.kind === "lost") {
      batch.lost += 1;
      if (!canBecomeWhole(batch)) this.#stopBatch(batch, { why: "group failed", message: verdict.message });
    }
  }

  /** No further request of this batch; and none of what was planned on top of it. */
  #stopBatch(batch: Batch, stop: Stop): void {
    if (batch.stopped !== undefined) return;
    batch.stopped = stop;
    if (this.#current === batch) this.#current = undefined;
    if (isOfBag(batch)) return;
    const reason: Stop = { why: "group failed", message: stop.message };
    for (const other of this.#queue.takeJob(batch.job)) this.#drop(other, reason);
  }

  /** Once nothing of a batch is in flight: what was stopped is forgotten, in one piece. */
  #settleBatch(batch: Batch): void {
    if (batch.inFlight > 0) return;
    if (batch.stopped !== undefined) this.#drop(batch, batch.stopped);
    else if (batch.bound === batch.binds.length) this.#options.backOff.bound(batch.job);
  }

  /** Forgets and reports what of a batch was not executed. */
  #drop(batch: Batch, { why, message }: Stop): void {
    const binds = [...batch.unsent, ...batch.binds.slice(batch.next)];
    batch.next = batch.binds.length;
    batch.unsent.length = 0;
    if (binds.length === 0) return;
    for (const { uid } of binds) {
      this.#uids.delete(uid);
      this.#options.cache.forget(uid);
    }
    const { job, group, cycle } = batch;
    this.#options.onOutcome({ kind: "dropped", job, group, cycle, binds, why, message });
  }

  #wakeIn(waitMs: number): void {
    this.#cancelWake ??= this.#options.line.env.timers.after(waitMs, () => {
      this.#cancelWake = undefined;
      this.#afterOne();
    });
  }
}

const MAY_NOT_WRITE: Stop = { why: "may not write", message: "this process may not write now" };

/** I-5: at most one bind of ours for each pod is under way. */
export function checkNoneTwice(lane: BindLane, binds: readonly Bind[]): void {
  const uids = new Set<string>();
  for (const { uid, task } of binds) {
    invariant(!lane.has(uid) && !uids.has(uid), `a plan binds ${task} again while its bind is under way`);
    uids.add(uid);
  }
}
