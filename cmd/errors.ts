// Errors at the edge: what a command that failed prints, and the exit code of it.

import { SchedulerError } from "../src/model/index.ts";
import type { ErrorCode } from "../src/model/index.ts";

export const EXIT_SUCCESS = 0;
export const EXIT_FAILURE = 1;
/** Wrong usage, or an input file that is not valid. */
export const EXIT_USAGE = 2;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(["usage", "config", "kubeconfig", "manifest"]);

export function exitCodeOf(error: unknown): number {
  return error instanceof SchedulerError && USAGE_CODES.has(error.code) ? EXIT_USAGE : EXIT_FAILURE;
}

/**
 * `error: …`, one line (a configuration: one for each error in it), without the stack unless `withStack`. An error that
 * nobody meant to throw says that it is a bug.
 */
export function errorText(error: unknown, withStack: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = error instanceof SchedulerError ? message.split("\n") : [bugText(message, withStack)];
  const stack = withStack && error instanceof Error ? `${stackOf(error)}\n` : "";
  return lines.map((line) => `error: ${line}\n`).join("") + stack;
}

function bugText(message: string, withStack: boolean): string {
  const hint = withStack ? "" : " (--log-level debug shows where)";
  return `this is a bug, please report it: ${message.split("\n", 1)[0] ?? ""}${hint}`;
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}
