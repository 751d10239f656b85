// simulate: the same scheduler on manifests, offline. Flags in, exit code out; the work is in src/simulate.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { Option } from "commander";
import type { Command } from "commander";
import { SchedulerError } from "../src/model/index.ts";
import { runSimulate } from "../src/simulate/index.ts";
import type { Input } from "../src/simulate/index.ts";
import type { LogLevel } from "../src/telemetry/index.ts";
import { addGroupFlags, DEFAULT_SCHEDULER_NAME, durationOption, integer, logLevelOption } from "./flags.ts";
import type { Io } from "./io.ts";
import { loadPolicy } from "./policy-file.ts";
import { realEnv } from "./real-env.ts";
import { simulatedScheduler } from "./simulated-scheduler.ts";

const HELP = `
Reads any mix of YAML and JSON files, directories or "-" for standard input: manifests, Lists, and the output of kubectl.
The same input gives the same output, in whatever order it comes.

Examples:
  batch-scheduler simulate cluster.yaml job.yaml
  kubectl get nodes,pods,priorityclasses -A -o yaml | batch-scheduler simulate - -o json
  batch-scheduler simulate manifests/ --config scheduler.yaml --cycles 1 -o log`;

interface Flags {
  readonly config?: string;
  readonly cycles?: number;
  readonly untilStable?: boolean;
  readonly maxCycles: number;
  readonly output: "table" | "json" | "log";
  readonly seed: number;
  readonly timings?: boolean;
  readonly schedulerName?: readonly string[];
  readonly gangLabel: string;
  readonly minAvailableAnnotation: string;
  readonly cycleInterval: number;
  readonly logLevel: LogLevel;
}

export function addSimulate(program: Command, io: Io, done: (exitCode: number) => void): void {
  const command = program
    .command("simulate")
    .description("run the same scheduler on manifests, offline and deterministically")
    .argument("<file...>", 'files and directories of manifests, or "-" for standard input')
    .option("--config <file>", "scheduler configuration (default: the built-in one)")
    .option("--cycles <n>", "run exactly so many cycles", integer(1, 1_000_000))
    .option("--until-stable", "run until a cycle changes nothing, and three more (this is the default)")
    .option("--max-cycles <n>", "give up after so many cycles", integer(1, 1_000_000), 100)
    .addOption(new Option("-o, --output <format>", "output").choices(["table", "json", "log"]).default("table"))
    .option("--seed <n>", "names the cycles of this run in plan annotations", integer(0, 2_147_483_647), 1)
    .option("--timings", "add the time of each session to the JSON, which is then not the same in every run")
    .addOption(durationOption("--cycle-interval <duration>", "simulated time from one cycle to the next", "1s", 1));
  addGroupFlags(command)
    .addOption(logLevelOption())
    .addHelpText("after", HELP)
    .action((files: string[], flags: Flags) => {
      done(simulateFiles(files, flags, io));
    });
}

function simulateFiles(files: readonly string[], flags: Flags, io: Io): number {
  if (flags.cycles !== undefined && flags.untilStable === true) {
    throw new SchedulerError("usage", "--cycles and --until-stable exclude each other");
  }
  const policy = loadPolicy(realEnv().files, flags.config, (warning) => io.stderr(`warning: ${warning}\n`));
  const scheduler = simulatedScheduler(
    policy,
    {
      schedulerName: flags.schedulerName ?? [DEFAULT_SCHEDULER_NAME],
      gangLabel: flags.gangLabel,
      minAvailableAnnotation: flags.minAvailableAnnotation,
    },
    flags.logLevel,
  );
  return runSimulate(
    {
      files,
      output: flags.output,
      timings: flags.timings === true,
      ...(flags.cycles === undefined ? {} : { cycles: flags.cycles }),
      maxCycles: flags.maxCycles,
      cycleIntervalMs: flags.cycleInterval,
      seed: flags.seed,
    },
    scheduler,
    { input: realInput(), stdout: io.stdout, stderr: io.stderr, nowMs: () => performance.now() },
  );
}

function realInput(): Input {
  return {
    list: (path) => (statSync(path).isDirectory() ? readdirSync(path) : undefined),
    read: (path) => readFileSync(path, "utf8"),
    stdin: () => readFileSync(0, "utf8"),
  };
}
