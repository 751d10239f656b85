// PreferredNode: the summed weights of the preferred node affinity terms that a node matches (kube-scheduler NodeAffinity).

import type { NodeOrder } from "../../session/index.ts";
import { matchesTerm } from "../node-terms.ts";
import { shareOfMax } from "./normalize.ts";

export const preferredNodeScore: Omit<NodeOrder, "weight"> = {
  name: "NodeAffinity",
  dependsOn: "static",
  appliesTo: (shape) => 0 < shape.preferredNodeTerms.length,
  score: (shape, node) =>
    shape.preferredNodeTerms.reduce((sum, { weight, term }) => sum + (matchesTerm(node, term) ? weight : 0), 0),
  normalize: shareOfMax,
};
