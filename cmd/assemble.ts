// Assemble: the parts of a scheduler for a live API server, joined. Reflectors tell the cache, the cycle decides, the
// committer writes. What goes wrong outside is logged and waited for; nothing here gives up. `run` and `demo` share it.

import { randomBytes } from "node:crypto";
import { ACTIONS } from "../src/actions/index.ts";
import { ClusterCache, RESOURCES } from "../src/cache/index.ts";
import { Reflectors } from "../src/cache/reflectors.ts";
import { Committer } from "../src/commit/index.ts";
import type { Env } from "../src/env.ts";
import type { ApiClient } from "../src/kube/client.ts";
import type { Policy } from "../src/model/index.ts";
import { ALWAYS, PLUGINS } from "../src/plugins/index.ts";
import { Scheduler } from "../src/scheduler.ts";
import { SessionRunner } from "../src/session/index.ts";
import { logSession } from "../src/telemetry/index.ts";
import type { Logger, Metrics } from "../src/telemetry/index.ts";
import { cacheOptions } from "./cache-options.ts";
import { OutcomeLog } from "./outcome-log.ts";
import { ProblemLog } from "./problem-log.ts";
import { Readiness } from "./readiness.ts";
import type { RunFlags } from "./run.ts";
import { SessionMetrics } from "./session-metrics.ts";

/** How long requests in flight have when the scheduler is told to stop. */
const STOP_MS = 5_000;
const TICK_MS = 1_000;

/** What the flags say about scheduling itself. */
export type SchedulerFlags = Omit<
  RunFlags,
  "config" | "kubeconfig" | "context" | "listenAddress" | "logLevel" | "logFormat"
>;

export interface Material {
  readonly flags: SchedulerFlags;
  readonly env: Env;
  readonly policy: Policy;
  readonly client: ApiClient;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Parts {
  readonly readiness: Readiness;
  readonly refreshMetrics: () => void;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Nothing moves before `start`; `stop` resolves when nothing is under way any more. */
export function assemble({ flags, env, policy, client, logger, metrics }: Material): Parts {
  const cache = new ClusterCache(cacheOptions(policy, flags, false));
  const reflectors: Reflectors = new Reflectors({
    client,
    env,
    resources: RESOURCES,
    sink: (events) => {
      for (const event of events) cache.enqueue(event);
      scheduler.wake();
    },
    onSynced: () => logger.info("synced"),
    onProblem: () => problemLog.look(),
  });
  const readiness = new Readiness(env, reflectors);
  const problemLog = new ProblemLog(env, logger, () => reflectors.problems);
  const sessionMetrics = new SessionMetrics(env, metrics, flags.dryRun === true);
  const outcomeLog = new OutcomeLog(env.clock, logger, metrics);

  const committer =
    flags.dryRun === true
      ? undefined
      : new Committer({
          client,
          env,
          cache,
          schedulerNames: flags.schedulerName,
          bindConcurrency: flags.bindConcurrency,
          qps: flags.kubeApiQps,
          burst: flags.kubeApiBurst === 0 ? Math.ceil(flags.kubeApiQps) : flags.kubeApiBurst,
          statusQps: policy.statusQps,
          mayWrite: () => readiness.isFresh,
          onOutcome: (outcome) => {
            outcomeLog.note(outcome);
            sessionMetrics.outcome(outcome);
            readiness.noteOutcome(outcome);
            if (outcome.kind === "dropped") scheduler.demandSession();
          },
        });
  const scheduler: Scheduler = new Scheduler({
    env,
    cache,
    runner: new SessionRunner(policy, { actions: ACTIONS, plugins: PLUGINS, always: ALWAYS }),
    ...(committer === undefined ? {} : { committer }),
    cycleIntervalMs: flags.cycleInterval,
    earlyCycleGapMs: flags.earlyCycles ? flags.minCycleGap : undefined,
    cycleIdPrefix: randomBytes(4).toString("hex"),
    isFresh: () => readiness.isFresh,
    onSession: (report) => {
      readiness.sessionSucceeded();
      logSession(logger, report);
      sessionMetrics.session(report);
    },
    onViolation: (err, snapshot) => {
      readiness.sessionFailed();
      metrics.invariantViolations.inc();
      logger.error({ err, snapshot: snapshot.generation }, "invariant violation");
    },
  });

  let cancelTick = (): void => undefined;
  const tick = (): void => {
    cancelTick = env.timers.after(TICK_MS, tick);
    readiness.tick();
    if (problemLog.look() === "cured") committer?.reconcile();
  };
  return {
    readiness,
    refreshMetrics: () => sessionMetrics.refresh(reflectors, cache),
    start: () => {
      metrics.configGeneration.set(1);
      reflectors.start();
      scheduler.start();
      tick();
    },
    stop: async () => {
      readiness.stop();
      cancelTick();
      scheduler.stop();
      await committer?.stop(STOP_MS);
      await reflectors.stop();
    },
  };
}
