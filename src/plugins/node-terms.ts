// NodeTerms: whether a node matches a node selector term (core/v1 NodeSelectorTerm, component-helpers nodeaffinity).

import { requirementHolds } from "../model/index.ts";
import type { Node, NodeSelectorTerm } from "../model/index.ts";

/** Requirements of one term are ANDed; an empty term matches nothing. */
export function matchesTerm(node: Node, { matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every(({ key, operator, values }) => requirementHolds(operator, values, node.labels.get(key))) &&
    matchFields.every(({ key, operator, values }) =>
      requirementHolds(operator, values, key === "metadata.name" ? node.name : undefined),
    )
  );
}

/** Terms are alternatives. */
export function matchesAnyTerm(node: Node, terms: readonly NodeSelectorTerm[]): boolean {
  return terms.some((term) => matchesTerm(node, term));
}
