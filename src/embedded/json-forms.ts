// The forms of JSON values, and the words that Go has for them in the messages of kube-apiserver.

import { isObject } from "./json.ts";

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export type Form = "object" | "array" | "string" | "number" | "bool" | "null";

export function formOf(value: unknown): Form {
  if (value === null || value === undefined) return "null";
  if (isList(value)) return "array";
  if (isObject(value)) return "object";
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "bool" : "number";
}

/** As `%v` prints a decoded value: `map[a:1 b:[x y]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isObject(value)) return typeof value === "string" ? value : JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([field, inside]) => `${field}:${goText(inside)}`).join(" ")}]`;
}
