// SessionMetrics: what sessions, the cache and this process say in numbers.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { RESOURCES } from "../src/cache/index.ts";
import type { ClusterCache } from "../src/cache/index.ts";
import type { Reflectors } from "../src/cache/reflectors.ts";
import type { Outcome } from "../src/commit/index.ts";
import type { Env } from "../src/env.ts";
import { lookUp, sizeOf } from "../src/model/index.ts";
import type { WaitReason } from "../src/model/index.ts";
import type { SessionReport } from "../src/scheduler.ts";
import type { Metrics } from "../src/telemetry/index.ts";

const REASONS: readonly WaitReason[] = [
  "Unschedulable",
  "WaitingForMembers",
  "QueueLimit",
  "WaitingForVictims",
  "SchedulerError",
  "InvalidGroup",
];

const LOOP_RESOLUTION_MS = 10;

/** Members of a group that were planned together and are not bound yet. */
interface Placement {
  readonly completeSinceMs: number;
  left: number;
}

export class SessionMetrics {
  readonly #env: Env;
  readonly #metrics: Metrics;
  readonly #isDryRun: boolean;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  /** By job key. */
  readonly #placements = new Map<string, Placement>();
  readonly #restartsByResource = new Map<string, number>();

  constructor(env: Env, metrics: Metrics, isDryRun: boolean) {
    this.#env = env;
    this.#isDryRun = isDryRun;
    this.#metrics = metrics;
    this.#loopDelay.enable();
  }

  session(report: SessionReport): void {
    const { plan, phaseMs, skipMissed } = report;
    let totalMs = 0;
    for (const [phase, ms] of phaseMs) {
      this.#metrics.phaseSeconds.observe({ phase }, ms / 1000);
      totalMs += ms;
    }
    this.#metrics.sessionSeconds.observe(totalMs / 1000);
    this.#metrics.podsPipelined.set(plan.counts.pipelined);
    this.#metrics.skipMissed.inc(skipMissed);
    this.#countPending(report);
    if (!this.#isDryRun) this.#beginPlacements(report);
    this.#metrics.cacheObjects.set({ resource: "nodes" }, report.snapshot.nodeCount);
    this.#metrics.cacheObjects.set({ resource: "groups" }, sizeOf(report.snapshot.jobs));
  }

  outcome(outcome: Outcome): void {
    if (outcome.kind === "bound") this.#memberBound(outcome.bind.job);
    else if (outcome.kind === "dropped") this.#placements.delete(outcome.job);
    else if (outcome.kind === "refused" || outcome.kind === "lost" || outcome.kind === "conflict_foreign") {
      this.#placements.delete(outcome.bind.job);
    }
  }

  /** Brings up to date what nobody tells. Called at each scrape. */
  refresh(reflectors: Reflectors, cache: ClusterCache): void {
    const nowMs = this.#env.clock.nowMs();
    for (const { name: resource } of RESOURCES) {
      const heardMs = reflectors.lastActivityMs(resource);
      if (heardMs !== undefined) this.#metrics.watchAgeSeconds.set({ resource }, (nowMs - heardMs) / 1000);
      const restarts = reflectors.restarts(resource);
      this.#metrics.watchRestarts.inc({ resource }, restarts - (this.#restartsByResource.get(resource) ?? 0));
      this.#restartsByResource.set(resource, restarts);
    }
    this.#metrics.unreadableObjects.set(cache.quarantined.size);
    const delay = this.#loopDelay;
    for (const [quantile, nanoseconds] of [
      ["0.5", delay.percentile(50)],
      ["0.99", delay.percentile(99)],
      ["1", delay.max],
    ] as const) {
      const lagMs = Math.max(0, nanoseconds / 1e6 - LOOP_RESOLUTION_MS); // it measures its own period too
      this.#metrics.eventLoopLagSeconds.set({ quantile }, lagMs / 1000);
    }
    delay.reset();
    this.#metrics.residentBytes.set(process.memoryUsage.rss());
  }

  #countPending({ snapshot, plan, memory }: SessionReport): void {
    const bound = new Set(plan.intents.filter(({ kind }) => kind === "bind").map(({ uid }) => uid));
    const groups = new Map<WaitReason, number>(REASONS.map((reason) => [reason, 0]));
    const pods = new Map<WaitReason, number>(REASONS.map((reason) => [reason, 0]));
    for (const [key, { verdict }] of memory.jobs) {
      if (verdict === undefined) continue;
      groups.set(verdict.reason, (groups.get(verdict.reason) ?? 0) + 1);
      for (const task of lookUp(snapshot.jobs, key)?.tasks ?? []) {
        if (task.status !== "Pending" || bound.has(task.uid)) continue;
        const reason = verdict.tasks.get(task.key)?.reason ?? verdict.reason;
        pods.set(reason, (pods.get(reason) ?? 0) + 1);
      }
    }
    for (const [reason, count] of groups) this.#metrics.pendingGroups.set({ reason }, count);
    for (const [reason, count] of pods) this.#metrics.pendingPods.set({ reason }, count);
  }

  /** A group is complete when its members have last changed, or when it was first seen. */
  #beginPlacements({ plan, memoryBefore }: SessionReport): void {
    const nowMs = this.#env.clock.nowMs();
    for (const intent of plan.intents) {
      if (intent.kind !== "bind") continue;
      const placement = this.#placements.get(intent.job);
      if (placement !== undefined) placement.left += 1;
      else {
        const completeSinceMs = memoryBefore.jobs.get(intent.job)?.membershipSinceMs ?? nowMs;
        this.#placements.set(intent.job, { completeSinceMs, left: 1 });
      }
    }
  }

  #memberBound(job: string): void {
    const placement = this.#placements.get(job);
    if (placement === undefined) return;
    placement.left -= 1;
    if (placement.left !== 0) return;
    this.#placements.delete(job);
    this.#metrics.groupWaitSeconds.observe((this.#env.clock.nowMs() - placement.completeSinceMs) / 1000);
  }
}
