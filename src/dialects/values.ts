// The values that users write into group metadata, each read by one strict parser.

import type { Minimum } from "../model/index.ts";

const INTEGER = /^[1-9][0-9]{0,4}$/;
const PERCENT = /^([1-9][0-9]?|100)%$/;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const SHOWN_MAX = 40;

/** `3` (1 to 99999) or `60%` (1 to 100); undefined where the text is neither. */
export function parseMinimum(text: string): Minimum | undefined {
  if (INTEGER.test(text)) return { kind: "count", count: Number(text) };
  const percent = PERCENT.exec(text)?.[1];
  return percent === undefined ? undefined : { kind: "percent", percent: Number(percent) };
}

/** Why `text` cannot name a group; undefined where it can: what the API server takes for an object or a label value. */
export function nameProblem(source: string, text: string): string | undefined {
  if (NAME.test(text)) return undefined;
  return text === "" ? `${source} is empty` : `${source}: ${shown(text)} is no name`;
}

/** The minimum among `size` members. */
export function resolveMinimum(minimum: Minimum, size: number): number {
  switch (minimum.kind) {
    case "count":
      return minimum.count;
    case "percent":
      return Math.ceil((size * minimum.percent) / 100);
    case "whole":
      return size;
    case "none":
      return 0;
  }
}

/** A user's value as one short printable line: quoted, escaped, cut. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return "nothing";
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const first = names.slice(0, 3).join(", ");
  return names.length <= 3 ? first : `${first} and ${names.length - 3} more`;
}
