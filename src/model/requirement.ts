// Requirement: one line of a selector (meta/v1 LabelSelectorRequirement, core/v1 NodeSelectorRequirement) against one value.

import type { Requirement } from "./shape.ts";

/** `value` undefined: there is no such label. NotIn then holds; Gt and Lt do not. */
export function requirementHolds(
  operator: Requirement["operator"],
  values: readonly unknown[],
  value: string | undefined,
): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return isBeyond(operator, value, values);
  }
}

/** A side that is no 64-bit integer makes the requirement false: `08` is 8, `8.0` is none. */
function isBeyond(operator: "Gt" | "Lt", value: string | undefined, values: readonly unknown[]): boolean {
  const [left, right] = [parseInt64(value), parseInt64(values[0])];
  if (left === undefined || right === undefined || values.length !== 1) return false;
  return operator === "Gt" ? right < left : left < right;
}

/** As Go's strconv.ParseInt reads it. */
function parseInt64(text: unknown): bigint | undefined {
  if (typeof text !== "string" || !/^[+-]?\d{1,30}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
