// Perform: a demo from its parts to its end: the make-believe cluster, the scheduler as `run` has it, the story, what must
// be true afterwards, the summary.

import type { Env } from "../../src/env.ts";
import type { ApiClient } from "../../src/kube/client.ts";
import type { Policy } from "../../src/model/index.ts";
import { BoundedSink, createLogger, createMetrics } from "../../src/telemetry/index.ts";
import type { Metrics } from "../../src/telemetry/index.ts";
import { assemble } from "../assemble.ts";
import type { Parts } from "../assemble.ts";
import type { DemoFlags } from "../demo.ts";
import { EXIT_FAILURE, EXIT_SUCCESS } from "../errors.ts";
import { DEFAULT_GANG_LABEL, DEFAULT_MIN_AVAILABLE_ANNOTATION, DEFAULT_SCHEDULER_NAME } from "../flags.ts";
import type { Io } from "../io.ts";
import { loadPolicy } from "../policy-file.ts";
import { realEnv } from "../real-env.ts";
import { stopSignal } from "../stop-signal.ts";
import { versionOf } from "../version.ts";
import { Board } from "./board.ts";
import { startCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { StoryFailure } from "./failure.ts";
import { LiveStage } from "./live-stage.ts";
import { Narrator } from "./narrator.ts";
import { Reporter } from "./reporter.ts";
import { serve } from "./serve.ts";
import { play, problemsOf } from "./story.ts";
import { summarize } from "./summary.ts";
import { castOf, NODE_CPU } from "./workloads.ts";

/** How long a fact of the story may take: more cycles and more nodes (which have more pods) take longer. */
const PATIENCE_MS = 15_000;
const PATIENCE_CYCLES = 5;
const PATIENCE_MS_PER_NODE = 50;

/** Resolves to the exit code: 1 when the story did not go as it must, or was stopped before its end. */
export async function perform(flags: DemoFlags, io: Io): Promise<number> {
  const env = realEnv();
  const policy = loadPolicy(env.files, flags.config, (warning) => io.stderr(`warning: ${warning}\n`));
  const nowMs = (): number => env.clock.nowMs();
  const board = new Board(nowMs);
  const narrator = new Narrator({ write: io.stdout, nowMs, isColoured: io.isColoured === true });
  const reporter = new Reporter(env, board, narrator);
  const abort = new AbortController();
  void stopSignal().then(() => {
    abort.abort(new Interrupted());
    reporter.stop();
  });
  try {
    await onCluster({ flags, env, policy, board, narrator, reporter, signal: abort.signal });
    return EXIT_SUCCESS;
  } catch (error) {
    if (error instanceof Interrupted) io.stderr("error: the demo was stopped before its end\n");
    else if (error instanceof StoryFailure) io.stderr(`error: the demo failed: ${error.message}\n`);
    else throw error;
    return EXIT_FAILURE;
  } finally {
    reporter.stop();
  }
}

/** Ctrl-C. */
class Interrupted extends Error {}

interface Parties {
  readonly flags: DemoFlags;
  readonly env: Env;
  readonly policy: Policy;
  readonly board: Board;
  readonly narrator: Narrator;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Starts cluster and scheduler, tells, and leaves nothing behind. */
async function onCluster(parties: Parties): Promise<void> {
  const { flags, env, policy, board, narrator, reporter } = parties;
  introduce(narrator, flags);
  const cluster = await startCluster({
    env,
    version: versionOf(),
    nodeCount: flags.nodes,
    connections: flags.bindConcurrency + 8,
    isForKubectl: flags.serve === true,
    onWrite: (write) => {
      if (board.note(write)) reporter.changed();
    },
  });
  const metrics = createMetrics();
  const scheduler = schedulerOf(flags, env, policy, cluster.schedulerClient, metrics);
  scheduler.start();
  try {
    await tell(parties, cluster, metrics);
  } finally {
    reporter.stop();
    await scheduler.stop();
    await cluster.close();
  }
}

/** Throws StoryFailure when something did not happen that must, and Interrupted when it is stopped before the summary. */
async function tell(parties: Parties, cluster: Cluster, metrics: Metrics): Promise<void> {
  const { flags, env, board, narrator, reporter, signal } = parties;
  const { nodes: nodeCount, seed, speed } = flags;
  const cast = castOf(nodeCount, seed);
  const common = { env, user: cluster.user, board, reporter, narrator, cast, speed, signal };
  const patienceMs = PATIENCE_MS + PATIENCE_CYCLES * flags.cycleInterval + PATIENCE_MS_PER_NODE * nodeCount;

  if (flags.serve === true) tellHowToLook(narrator, cluster);
  narrator.startClock();
  await play(new LiveStage({ ...common, patienceMs }));
  reporter.flush();
  summarize(board, narrator, env.clock.nowMs());
  const problems = [...problemsOf(board, cast, env.clock.nowMs()), ...(await violationsOf(metrics))];
  if (0 < problems.length) throw new StoryFailure(problems.join("; "));
  if (flags.serve !== true) {
    takeLeave(narrator);
    return;
  }
  narrator.heading("The cluster goes on: a new gang every few seconds, until Ctrl-C");
  tellHowToLook(narrator, cluster);
  await serve({ ...common, nodeCount, seed }).catch((error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
  });
}

/** The parts of `run`, with a log that goes to stderr. */
function schedulerOf(flags: DemoFlags, env: Env, policy: Policy, client: ApiClient, metrics: Metrics): Parts {
  const logger = createLogger({
    level: flags.logLevel,
    format: flags.logFormat ?? (process.stderr.isTTY ? "pretty" : "json"),
    sink: new BoundedSink(process.stderr, () => metrics.logLinesDropped.inc()),
    wallMs: () => env.clock.wallMs(),
  });
  return assemble({
    flags: {
      ...flags,
      schedulerName: [DEFAULT_SCHEDULER_NAME],
      gangLabel: DEFAULT_GANG_LABEL,
      minAvailableAnnotation: DEFAULT_MIN_AVAILABLE_ANNOTATION,
      kubeApiQps: 0,
      kubeApiBurst: 0,
    },
    ...{ env, policy, client, logger, metrics },
  });
}

async function violationsOf(metrics: Metrics): Promise<readonly string[]> {
  const { values } = await metrics.invariantViolations.get();
  return values.some(({ value }) => 0 < value) ? ["a session broke an invariant (see the log on stderr)"] : [];
}

function introduce(narrator: Narrator, { nodes }: DemoFlags): void {
  narrator.heading(`A cluster of ${String(nodes)} nodes with ${String(NODE_CPU)} cpu each, in two zones`);
  narrator.tell(
    "Its API server and its nodes are make-believe and live in this process. The scheduler is the real one: it watches and binds over HTTP, as in any cluster.",
  );
}

function tellHowToLook(narrator: Narrator, { kubeconfigPath }: Cluster): void {
  narrator.tell("Have a look from another terminal:");
  narrator.block([
    `export KUBECONFIG=${kubeconfigPath}`,
    "kubectl get pods -o wide --watch",
    "kubectl get pods -l app=titan -o jsonpath='{.items[0]..message}'",
    "kubectl apply -f deploy/examples/gang-job.yaml",
  ]);
}

function takeLeave(narrator: Narrator): void {
  narrator.heading("Next");
  narrator.tell("npm run demo -- --serve keeps such a cluster for kubectl; README.md shows a gang in four lines.");
}
