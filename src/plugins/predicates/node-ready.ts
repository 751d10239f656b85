// NodeReady: a node whose kubelet does not answer takes no new pods. Ours; kube-scheduler leaves it to the taint, which comes seconds later.

import { FITS, misfit } from "../../model/index.ts";
import type { Taint } from "../../model/index.ts";
import type { Predicate } from "../../session/index.ts";
import { toleratesTaint } from "../tolerations.ts";

const NOT_READY: Taint = { key: "node.kubernetes.io/not-ready", value: "", effect: "NoSchedule" };
const MISFIT = misfit(["node(s) were not ready"], false);

export const nodeReady: Predicate = {
  name: "NodeReady",
  dependsOn: "static",
  check: (shape, node) => (node.isReady || toleratesTaint(shape.tolerations, NOT_READY) ? FITS : MISFIT),
};
