// PrettyLine: a JSON log line as a person reads it, `22:17:53.123 info  bind  pod=ns/a node=n1`. No colours, no worker.

import { pino } from "pino";

/** Characters that a terminal may act on, beyond those that JSON escapes. */
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
const PLAIN = /^[\w./:@%+-]+$/;
const LEVELS: ReadonlyMap<number, string> = new Map(
  Object.entries(pino.levels.values).map(([label, number]) => [number, label]),
);
const FIRST_KEYS = new Set(["level", "time", "msg"]);

/** `json`: one line of the logger. A line that is none is passed on as it is. */
export function prettyLine(json: string): string {
  const line = parsed(json);
  if (line === undefined) return json;
  const time = new Date(Number(line.get("time"))).toISOString().slice(11, 23); // of 2026-01-01T00:00:00.000Z
  const level = LEVELS.get(Number(line.get("level"))) ?? "?";
  const pairs = [...line].filter(([key]) => !FIRST_KEYS.has(key)).map(([key, value]) => `${key}=${inWords(value)}`);
  return `${[time, level.padEnd(5), textOf(line.get("msg")), ...pairs].join(" ")}\n`.replace(UNSAFE, escaped);
}

function parsed(json: string): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const line = typeof value === "object" && value !== null ? new Map(Object.entries(value)) : undefined;
    return Number.isFinite(line?.get("time")) ? line : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : inWords(value);
}

function inWords(value: unknown): string {
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
