// NodeTerms: whether a node matches a node selector term (core/v1 NodeSelectorTerm, component-helpers nodeaffinity).

import type { Node, NodeSelectorTerm, Requirement } from "../model/index.ts";

/** Requirements of one term are ANDed; an empty term matches nothing. */
export function matchesTerm(node: Node, { matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => matchesRequirement(node.labels.get(requirement.key), requirement)) &&
    matchFields.every((requirement) =>
      matchesRequirement(requirement.key === "metadata.name" ? node.name : undefined, requirement),
    )
  );
}

/** Terms are alternatives. */
export function matchesAnyTerm(node: Node, terms: readonly NodeSelectorTerm[]): boolean {
  return terms.some((term) => matchesTerm(node, term));
}

function matchesRequirement(value: string | undefined, { operator, values }: Requirement): boolean {
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
function isBeyond(operator: "Gt" | "Lt", value: string | undefined, values: readonly string[]): boolean {
  const [left, right] = [parseInt64(value), parseInt64(values[0])];
  if (left === undefined || right === undefined || values.length !== 1) return false;
  return operator === "Gt" ? right < left : left < right;
}

function parseInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d{1,30}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
