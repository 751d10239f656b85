// Logger: one JSON object a line (pino). The message is a constant, everything variable is a key in camelCase, an error
// is under `err`. On a terminal the same lines are printed for people.

import { pino } from "pino";
import { SchedulerError } from "../model/index.ts";
import type { LineSink } from "./bounded-sink.ts";
import { prettyLine } from "./pretty-line.ts";

export type Logger = pino.Logger;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: "json" | "pretty";
  readonly sink: LineSink;
  /** Milliseconds since 1970, for the key `time`. */
  readonly wallMs: () => number;
}

/** Longer text is cut: what users write into objects must not fill the log. */
const TEXT_LENGTH_MAX = 2_000;

export function createLogger(options: LoggerOptions): Logger {
  const { level, format, sink, wallMs } = options;
  const isDebug = level === "debug" || level === "trace";
  const destination: LineSink = format === "json" ? sink : { write: (line) => sink.write(prettyLine(line)) };
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${wallMs()}`,
      formatters: { log: withShortTexts },
      serializers: { err: (error: unknown) => describeError(error, isDebug) },
    },
    destination,
  );
}

/** A logger that says nothing. */
export function silentLogger(): Logger {
  return createLogger({ level: "silent", format: "json", sink: { write: () => undefined }, wallMs: () => 0 });
}

/** What is worth knowing of an error; its stack only `withStack`. */
export function describeError(error: unknown, withStack: boolean): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    ...(error instanceof SchedulerError ? { code: error.code } : {}),
    message: error.message,
    ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
    ...(withStack ? { stack: error.stack } : {}),
  };
}

function withShortTexts(keys: Record<string, unknown>): Record<string, unknown> {
  const isLong = (value: unknown): value is string => typeof value === "string" && TEXT_LENGTH_MAX < value.length;
  if (!Object.values(keys).some(isLong)) return keys;
  const cut = (value: unknown): unknown => (isLong(value) ? `${value.slice(0, TEXT_LENGTH_MAX)}…` : value);
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, cut(value)]));
}
