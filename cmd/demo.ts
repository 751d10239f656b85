// demo: gangs scheduled before one's eyes, without a cluster. The flags; what they set in motion is in demo/.

import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { LogLevel } from "../src/telemetry/index.ts";
import { NODES_MAX, NODES_MIN } from "./demo/workloads.ts";
import {
  addCycleFlags,
  bindConcurrencyOption,
  integer,
  logFormatOption,
  logLevelOption,
  positiveNumber,
} from "./flags.ts";
import type { Io } from "./io.ts";

const HELP = `
Everything happens in this process: an API server on loopback, nodes, kubelets that only say that pods run. The scheduler
is the real one, and works over HTTP as in a cluster. It takes about 20 seconds, and fails if something does not happen
that must.

Examples:
  batch-scheduler demo
  batch-scheduler demo --nodes 100 --speed 3
  batch-scheduler demo --serve
  batch-scheduler demo --log-level info 2> scheduler.log`;

export interface DemoFlags {
  readonly nodes: number;
  readonly seed: number;
  readonly speed: number;
  readonly serve?: boolean;
  readonly config?: string;
  readonly cycleInterval: number;
  readonly minCycleGap: number;
  readonly earlyCycles: boolean;
  readonly bindConcurrency: number;
  readonly logLevel: LogLevel;
  readonly logFormat?: "json" | "pretty";
}

export function addDemo(program: Command, io: Io, done: (exitCode: number) => void): void {
  const command = program
    .command("demo")
    .description("watch gangs being scheduled; no cluster needed")
    .option("--serve", "go on after the story, for kubectl: new gangs every few seconds, until Ctrl-C")
    .option("--speed <n>", "how fast the story is told: 2 halves its pauses", speed, 1)
    .option("--nodes <n>", "nodes of the cluster", integer(NODES_MIN, NODES_MAX), 6)
    .option("--seed <n>", "another seed, another story: sizes and rhythm", integer(0, 2_147_483_647), 1)
    .option("--config <file>", "scheduler configuration (default: the built-in one)");
  addCycleFlags(command)
    .addOption(bindConcurrencyOption())
    .addOption(logLevelOption("log level of the scheduler, whose log goes to stderr", "error"))
    .addOption(logFormatOption("json, on a terminal pretty"))
    .addHelpText("after", HELP)
    .action(async (flags: DemoFlags) => {
      const { perform } = await import("./demo/perform.ts"); // the Kubernetes client takes half a second to load
      done(await perform(flags, io));
    });
}

function speed(text: string): number {
  const value = positiveNumber(text);
  if (0.01 <= value && value <= 1_000) return value;
  throw new InvalidArgumentError("It must be a number from 0.01 to 1000.");
}
