// run: schedules a live cluster. The flags; what they set in motion is in operate.ts.

import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { parseSelector, SchedulerError } from "../src/model/index.ts";
import type { LabelSelector } from "../src/model/index.ts";
import { parseListenAddress } from "../src/server/index.ts";
import type { ListenAddress } from "../src/server/index.ts";
import type { LogLevel } from "../src/telemetry/index.ts";
import {
  addCycleFlags,
  addGroupFlags,
  bindConcurrencyOption,
  DEFAULT_SCHEDULER_NAME,
  integer,
  logFormatOption,
  logLevelOption,
  positiveNumber,
} from "./flags.ts";
import type { Io } from "./io.ts";

const HELP = `
Without --kubeconfig it uses the service account of the pod that it runs in. The configuration is read once, at the start.
This version has no leader election yet: run one replica.

Examples:
  batch-scheduler run --kubeconfig ~/.kube/config --context test --dry-run
  batch-scheduler run --config scheduler.yaml --cycle-interval 500ms --log-level debug
  batch-scheduler run --scheduler-name batch-scheduler --scheduler-name volcano --node-selector pool=batch`;

/** Flags of features that this version does not have: refused with one line, and not in --help. */
const LATER: readonly (readonly [flag: string, instead: string])[] = [
  ["--leader-elect", "this version has no leader election yet: run one replica, with --no-leader-elect or without it"],
  ["--leader-elect-lease-duration <duration>", "this version has no leader election yet; leave it out"],
  ["--leader-elect-renew-deadline <duration>", "this version has no leader election yet; leave it out"],
  ["--leader-elect-retry-period <duration>", "this version has no leader election yet; leave it out"],
  ["--leader-elect-resource-name <name>", "this version has no leader election yet; leave it out"],
  ["--leader-elect-resource-namespace <namespace>", "this version has no leader election yet; leave it out"],
  ["--api-address <address>", "this version has no read-only API yet; leave it out"],
];

export interface RunFlags {
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly schedulerName: readonly string[];
  readonly gangLabel: string;
  readonly minAvailableAnnotation: string;
  readonly cycleInterval: number;
  readonly minCycleGap: number;
  readonly earlyCycles: boolean;
  readonly bindConcurrency: number;
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  readonly nodeSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly listenAddress: ListenAddress;
  readonly logLevel: LogLevel;
  readonly logFormat?: "json" | "pretty";
  readonly dryRun?: boolean;
}

export function addRun(program: Command, io: Io, done: (exitCode: number) => void): void {
  const command = program
    .command("run")
    .description("schedule a live cluster")
    .option("--config <file>", "scheduler configuration (default: the built-in one)")
    .option("--kubeconfig <file>", "how to reach the API server (default: the service account of this pod)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)");
  for (const [flag] of LATER) command.addOption(new Option(flag).hideHelp()); // before --no-leader-elect, which would be on by default
  addCycleFlags(addGroupFlags(command))
    .addOption(bindConcurrencyOption())
    .option("--kube-api-qps <n>", "requests a second; 0 is unlimited", positiveNumber, 0)
    .option(
      "--kube-api-burst <n>",
      "requests at once where a limit is set; 0 is one second's worth",
      integer(0, 100_000),
      0,
    )
    .option("--node-selector <selector>", "only nodes with these labels", selector)
    .option("--namespace-selector <selector>", "only pods of namespaces with these labels", selector)
    .option("--listen-address <address>", "probes and metrics, HOST:PORT (default: :10260)", listenAddress)
    .option("--no-leader-elect", "run without leader election, as this version always does")
    .addOption(logLevelOption())
    .addOption(logFormatOption("json, on a terminal pretty"))
    .option("--dry-run", "decide and log, and write nothing")
    .addHelpText("after", HELP);
  command.action(async (flags: Partial<RunFlags>) => {
    refuseLater(flags);
    const listen = flags.listenAddress ?? { host: "", port: 10_260 };
    const schedulerName = flags.schedulerName ?? [DEFAULT_SCHEDULER_NAME];
    const { operate } = await import("./operate.ts"); // the Kubernetes client takes half a second to load
    done(await operate({ ...(flags as RunFlags), listenAddress: listen, schedulerName }, io));
  });
}

function refuseLater(flags: object): void {
  const values = new Map<string, unknown>(Object.entries(flags));
  for (const [flag, instead] of LATER) {
    const option = new Option(flag);
    const value = values.get(option.attributeName());
    const isGiven = value !== undefined && value !== false; // false is what --no-leader-elect leaves behind
    if (isGiven) throw new SchedulerError("usage", `${option.long ?? flag}: ${instead}`);
  }
}

function selector(text: string): LabelSelector {
  try {
    return parseSelector(text);
  } catch (error) {
    throw new InvalidArgumentError(
      `It must be a label selector: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It must be HOST:PORT, such as :10260 or 127.0.0.1:10260.");
  return address;
}
