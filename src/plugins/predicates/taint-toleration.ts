// TaintToleration: taints with effect NoSchedule or NoExecute keep out pods that do not tolerate them.

import { FITS, misfit } from "../../model/index.ts";
import type { Predicate } from "../../session/index.ts";
import { toleratesTaint } from "../tolerations.ts";

const MISFIT = misfit(["node(s) had untolerated taint(s)"], false);

export const taintToleration: Predicate = {
  name: "TaintToleration",
  dependsOn: "static",
  check: (shape, node) =>
    node.taints.every((taint) => taint.effect === "PreferNoSchedule" || toleratesTaint(shape.tolerations, taint))
      ? FITS
      : MISFIT,
};
