// Flags: the values of the command line, each read strictly, and the flags that several commands share.

import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { parseDurationMs } from "../src/model/index.ts";
import { LOG_LEVELS } from "../src/telemetry/index.ts";
import type { LogLevel } from "../src/telemetry/index.ts";

export const DEFAULT_SCHEDULER_NAME = "batch-scheduler";
export const DEFAULT_GANG_LABEL = "batch.scheduling.k8s.io/gang";
export const DEFAULT_MIN_AVAILABLE_ANNOTATION = "batch.scheduling.k8s.io/min-available";

/** A duration, in milliseconds, of at least `minMs`. */
export function durationOption(flags: string, description: string, byDefault: string, minMs: number): Option {
  return new Option(flags, description)
    .argParser((text) => duration(text, minMs))
    .default(duration(byDefault, minMs), byDefault);
}

/** Commander's message names the flag and the text that it was given. */
function duration(text: string, minMs: number): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("It must be a duration such as 250ms, 5s or 1m30s.");
  if (ms < minMs) throw new InvalidArgumentError(`It must be ${minMs}ms or more.`);
  return ms;
}

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^(0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : NaN;
    if (min <= value && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export function positiveNumber(text: string): number {
  const value = /^[0-9]{1,9}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : NaN;
  if (0 <= value) return value;
  throw new InvalidArgumentError("It must be a number, 0 or more.");
}

/** The key of a label or an annotation: `[prefix/]name`. */
export function metadataKey(text: string): string {
  const match = /^(?:([^/]{1,253})\/)?([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)$/.exec(text);
  const isValid = match !== null && (match[1] === undefined || isDnsName(match[1]));
  if (!isValid) throw new InvalidArgumentError("It must be the key of a label, such as example.com/gang.");
  return text;
}

/** Repeatable: a list without the same name twice. */
export function schedulerNames(text: string, previous: readonly string[] | undefined): readonly string[] {
  if (!isDnsName(text)) throw new InvalidArgumentError('It must be a name of lower-case letters, digits, "-" and ".".');
  return [...new Set([...(previous ?? []), text])];
}

function isDnsName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text);
}

export function logLevelOption(description = "log level", byDefault: LogLevel = "info"): Option {
  return new Option("--log-level <level>", description).choices([...LOG_LEVELS]).default(byDefault);
}

export function logFormatOption(byDefault: string): Option {
  return new Option("--log-format <format>", `log format (default: ${byDefault})`).choices(["json", "pretty"]);
}

/** When sessions run, in `run` and `demo` alike. */
export function addCycleFlags(command: Command): Command {
  return command
    .addOption(durationOption("--cycle-interval <duration>", "period of sessions, from start to start", "1s", 1))
    .addOption(
      durationOption(
        "--min-cycle-gap <duration>",
        "a cycle that a change woke starts so long after the last",
        "50ms",
        0,
      ),
    )
    .option("--no-early-cycles", "no cycle before its period is over, whatever changes");
}

export function bindConcurrencyOption(): Option {
  return new Option("--bind-concurrency <n>", "binds in flight").argParser(integer(1, 10_000)).default(64);
}

/** What decides which pods are whose, in `run` and `simulate` alike. */
export function addGroupFlags(command: Command): Command {
  return command
    .option(
      "--scheduler-name <name>",
      `pods whose spec.schedulerName is this are scheduled; may be repeated (default: "${DEFAULT_SCHEDULER_NAME}")`,
      schedulerNames,
    )
    .option("--gang-label <key>", "label that names the group of a pod", metadataKey, DEFAULT_GANG_LABEL)
    .option(
      "--min-available-annotation <key>",
      "annotation with the minimum of a group, a number or a percentage",
      metadataKey,
      DEFAULT_MIN_AVAILABLE_ANNOTATION,
    );
}
