// Simulate: the scheduler on manifests, offline and deterministic. Manifests -> world -> cycles -> report.

import { readManifests, type Input } from "./manifests.ts";
import type { SimulatedScheduler } from "./port.ts";
import { reportOf } from "./report.ts";
import { simulate, type Limits, type Outcome } from "./simulate.ts";
import { tableOf } from "./table.ts";
import { World } from "./world.ts";

export type { Input } from "./manifests.ts";
export type { Decided, Moment, ResourceKind, SimulatedScheduler, Timer, WorldEvent } from "./port.ts";

export interface SimulateOptions extends Limits {
  /** Files, directories, or `-` for standard input. */
  readonly files: readonly string[];
  readonly output: "table" | "json" | "log";
  /** Puts real time into the JSON, which is then no longer the same in every run. */
  readonly timings: boolean;
}

export interface SimulateIo {
  readonly input: Input;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Monotonic real time in milliseconds; for `timings`. */
  readonly nowMs: () => number;
}

/** Runs the command and returns its exit code. Throws SchedulerError `manifest` or `usage` for input that cannot be read (exit 2). */
export function runSimulate(options: SimulateOptions, scheduler: SimulatedScheduler, io: SimulateIo): number {
  const manifests = readManifests(options.files, io.input, scheduler.resources);
  for (const warning of manifests.warnings) io.stderr(`warning: ${warning}\n`);
  if (0 < manifests.ignored.length) io.stderr(`ignored kinds: ${manifests.ignored.join(", ")}\n`);
  const world = new World(manifests, scheduler.resources, (event) => scheduler.observe(event));
  const outcome = simulate(world, scheduler, options, io.nowMs);
  for (const warning of groupWarnings(outcome.cycles)) io.stderr(`warning: ${warning}\n`);
  for (const [object, reason] of scheduler.problems()) io.stderr(`put aside: ${object}: ${reason}\n`);
  switch (options.output) {
    case "json":
      io.stdout(`${JSON.stringify(reportOf(outcome, options.timings), null, 2)}\n`);
      break;
    case "log":
      io.stdout(
        outcome.cycles
          .flatMap(({ log }) => log)
          .map((line) => `${line}\n`)
          .join(""),
      );
      break;
    case "table":
      io.stdout(tableOf(reportOf(outcome, false), scheduler.snapshot()));
      break;
    default:
      options.output satisfies never;
  }
  return 0;
}

/** What groups of the input should know, each once. */
function groupWarnings(cycles: Outcome["cycles"]): ReadonlySet<string> {
  const warnings = cycles.flatMap(({ plan }) => plan.decisions.filter((decision) => decision.kind === "warning"));
  return new Set(warnings.map(({ group, message }) => `group ${group}: ${message}`));
}
