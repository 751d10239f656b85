// Predicates: where a pod may run, asked in kube-scheduler's order and answered in its words.
// Each predicate has a Volcano-style switch; the fit of resources has none (resources-fit.ts).

import type { Predicate } from "../../session/index.ts";
import type { PluginFactory } from "../../session/index.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeReady } from "./node-ready.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { taintToleration } from "./taint-toleration.ts";

const SWITCHED: readonly { readonly argument: string; readonly predicate: Predicate; readonly about: string }[] = [
  { argument: "predicate.NodeReadyEnable", predicate: nodeReady, about: "refuse nodes that are not ready" },
  { argument: "predicate.NodeUnschedulableEnable", predicate: nodeUnschedulable, about: "refuse cordoned nodes" },
  {
    argument: "predicate.TaintTolerationEnable",
    predicate: taintToleration,
    about: "refuse nodes with untolerated taints",
  },
  {
    argument: "predicate.NodeAffinityEnable",
    predicate: nodeAffinity,
    about: "node selector and required node affinity",
  },
  { argument: "predicate.NodePortsEnable", predicate: nodePorts, about: "host ports" },
];

export const predicates: PluginFactory = {
  name: "predicates",
  arguments: Object.fromEntries(
    SWITCHED.map(({ argument, about }) => [argument, { type: "boolean", default: true, about }]),
  ),
  create: (values) => {
    const enabled = SWITCHED.filter(({ argument }) => values.get(argument) !== false).map(({ predicate }) => predicate);
    return { onSessionOpen: () => ({ predicates: enabled }) };
  },
};
