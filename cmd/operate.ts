// Operate: a scheduler at work on a live cluster, from its parts to its end. Reflectors tell the cache, the cycle decides,
// the committer writes, the server answers probes. What goes wrong outside is logged and waited for; nothing here gives up.

import { randomBytes } from "node:crypto";
import { ACTIONS } from "../src/actions/index.ts";
import { ClusterCache, RESOURCES } from "../src/cache/index.ts";
import { Reflectors } from "../src/cache/reflectors.ts";
import { Committer } from "../src/commit/index.ts";
import type { Env } from "../src/env.ts";
import { loadKubeconfig } from "../src/kube/kubeconfig.ts";
import { Transport } from "../src/kube/transport.ts";
import type { Policy } from "../src/model/index.ts";
import { ALWAYS, PLUGINS } from "../src/plugins/index.ts";
import { Scheduler } from "../src/scheduler.ts";
import { formatAddress, startServer } from "../src/server/index.ts";
import { SessionRunner } from "../src/session/index.ts";
import { BoundedSink, createLogger, createMetrics, logSession } from "../src/telemetry/index.ts";
import type { Logger, Metrics } from "../src/telemetry/index.ts";
import { cacheOptions } from "./cache-options.ts";
import { EXIT_SUCCESS } from "./errors.ts";
import type { Io } from "./io.ts";
import { OutcomeLog } from "./outcome-log.ts";
import { loadPolicy } from "./policy-file.ts";
import { ProblemLog } from "./problem-log.ts";
import { Readiness } from "./readiness.ts";
import { realEnv } from "./real-env.ts";
import type { RunFlags } from "./run.ts";
import { SessionMetrics } from "./session-metrics.ts";
import { versionOf } from "./version.ts";

/** How long requests in flight have when the process is told to stop. */
const STOP_MS = 5_000;
const TICK_MS = 1_000;

/** Runs until SIGTERM or SIGINT. Throws SchedulerError for what must be right from the start: configuration, kubeconfig, address. */
export async function operate(flags: RunFlags, io: Io): Promise<number> {
  const env = realEnv();
  const policy = loadPolicy(env.files, flags.config, (warning) => io.stderr(`warning: ${warning}\n`));
  const kubeconfig = loadKubeconfig(env.files, {
    ...(flags.kubeconfig === undefined ? {} : { file: flags.kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  const metrics = createMetrics();
  const logger = createLogger({
    level: flags.logLevel,
    format: flags.logFormat ?? (process.stdout.isTTY ? "pretty" : "json"),
    sink: new BoundedSink(process.stdout, () => metrics.logLinesDropped.inc()),
    wallMs: () => env.clock.wallMs(),
  });
  const version = versionOf();
  const client = new Transport({ kubeconfig, env, version, connections: flags.bindConcurrency + 8 });
  const parts = assemble({ flags, env, policy, client, logger, metrics });

  const server = await startServer({
    address: flags.listenAddress,
    live: [],
    ready: parts.readiness.checks,
    metrics: { contentType: metrics.contentType, text: () => (parts.refreshMetrics(), metrics.text()) },
  });
  logger.info(
    {
      version,
      server: kubeconfig.server.origin,
      listenAddress: formatAddress(server.address),
      schedulerNames: flags.schedulerName,
      config: flags.config ?? "built-in",
      dryRun: flags.dryRun === true,
    },
    "started",
  );
  const stopped = stopSignal();
  parts.start();
  logger.info({ signal: await stopped }, "stopping");
  await parts.stop();
  await Promise.all([client.close(), server.close()]);
  logger.info("stopped");
  return EXIT_SUCCESS;
}

interface Material {
  readonly flags: RunFlags;
  readonly env: Env;
  readonly policy: Policy;
  readonly client: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Parts {
  readonly readiness: Readiness;
  readonly refreshMetrics: () => void;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** The parts, joined. Nothing moves before `start`. */
function assemble({ flags, env, policy, client, logger, metrics }: Material): Parts {
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

/** Resolves with the name of the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(1);
        isStopping = true;
        resolve(signal);
      });
    }
  });
}
