// PreferredTaint: fewer untolerated PreferNoSchedule taints are better (kube-scheduler TaintToleration).

import type { NodeOrder } from "../../session/index.ts";
import { toleratesTaint } from "../tolerations.ts";
import { shareOfMax } from "./normalize.ts";

export const preferredTaintScore: Omit<NodeOrder, "weight"> = {
  name: "TaintToleration",
  dependsOn: "static",
  score: (shape, node) => {
    const tolerations = shape.tolerations.filter(({ effect }) => effect === "" || effect === "PreferNoSchedule");
    return node.taints.filter((taint) => taint.effect === "PreferNoSchedule" && !toleratesTaint(tolerations, taint))
      .length;
  },
  normalize: (raw, min, max) => 100 - shareOfMax(raw, min, max),
};
