// NodeAffinity: the node selector and the required node affinity of a pod.

import { FITS, misfit } from "../../model/index.ts";
import type { Node, Shape } from "../../model/index.ts";
import type { Predicate } from "../../session/index.ts";
import { matchesAnyTerm } from "../node-terms.ts";

const MISFIT = misfit(["node(s) didn't match Pod's node affinity/selector"], false);

export const nodeAffinity: Predicate = {
  name: "NodeAffinity",
  dependsOn: "static",
  appliesTo: (shape) => 0 < shape.nodeSelector.size || shape.requiredNodeTerms !== undefined,
  check: (shape, node) => (matches(shape, node) ? FITS : MISFIT),
};

function matches({ nodeSelector, requiredNodeTerms }: Shape, node: Node): boolean {
  for (const [key, value] of nodeSelector) if (node.labels.get(key) !== value) return false;
  return requiredNodeTerms === undefined || matchesAnyTerm(node, requiredNodeTerms);
}
