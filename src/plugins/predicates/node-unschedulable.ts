// NodeUnschedulable: a cordoned node takes no new pods, except those that tolerate the taint of that name.

import { FITS, misfit } from "../../model/index.ts";
import type { Taint } from "../../model/index.ts";
import type { Predicate } from "../../session/index.ts";
import { toleratesTaint } from "../tolerations.ts";

const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };
const MISFIT = misfit(["node(s) were unschedulable"], false);

export const nodeUnschedulable: Predicate = {
  name: "NodeUnschedulable",
  dependsOn: "static",
  check: (shape, node) => (!node.unschedulable || toleratesTaint(shape.tolerations, UNSCHEDULABLE) ? FITS : MISFIT),
};
