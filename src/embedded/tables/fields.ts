// Reading objects that nobody has checked field by field: whatever stands at the end of a path, these answer something of
// the wanted type and never throw.

import { objectOf, objectsOf, textOf, textsOf, valueAt, type JsonObject } from "../json.ts";

export type Fields = JsonObject;

/** What stands at the end of `path`; undefined where there is nothing, or null. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  return valueAt(value, path) ?? undefined;
}

/** The object there; an empty one where there is none. */
export function fields(value: unknown, ...path: readonly string[]): Fields {
  return objectOf(valueAt(value, path));
}

/** The objects of the list there. */
export function items(value: unknown, ...path: readonly string[]): readonly Fields[] {
  return objectsOf(valueAt(value, path));
}

export function text(value: unknown, ...path: readonly string[]): string {
  return textOf(valueAt(value, path));
}

/** The strings of the list there. */
export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  return textsOf(valueAt(value, path));
}

export function count(value: unknown, ...path: readonly string[]): number {
  const inner = valueAt(value, path);
  return typeof inner === "number" ? inner : 0;
}

/** Whether the first condition of this type at `status.conditions` is true. */
export function isConditionTrue(object: unknown, type: string): boolean {
  return items(object, "status", "conditions").find((condition) => condition.type === type)?.status === "True";
}
