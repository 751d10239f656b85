// Operate: a scheduler at work on a live cluster, from its parts to its end. assemble.ts has what schedules; the server
// here answers probes.

import { loadKubeconfig } from "../src/kube/kubeconfig.ts";
import { Transport } from "../src/kube/transport.ts";
import { formatAddress, startServer } from "../src/server/index.ts";
import { BoundedSink, createLogger, createMetrics } from "../src/telemetry/index.ts";
import { assemble } from "./assemble.ts";
import { EXIT_SUCCESS } from "./errors.ts";
import type { Io } from "./io.ts";
import { loadPolicy } from "./policy-file.ts";
import { realEnv } from "./real-env.ts";
import type { RunFlags } from "./run.ts";
import { stopSignal } from "./stop-signal.ts";
import { versionOf } from "./version.ts";

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
