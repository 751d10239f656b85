// NodeOrder: which of the feasible nodes is best. Scores and default weights as kube-scheduler's, argument names as Volcano's nodeorder.

import type { Arguments, ArgumentSpec, ArgumentSpecs } from "../../model/index.ts";
import type { NodeOrder, PluginFactory } from "../../session/index.ts";
import { packScore } from "../binpack.ts";
import { leastRequestedScore, mostRequestedScore } from "./requested.ts";
import { preferredNodeScore } from "./preferred-node.ts";
import { preferredTaintScore } from "./preferred-taint.ts";

type Unweighted = Omit<NodeOrder, "weight">;

const ORDERS: readonly { readonly argument: string; readonly weight: number; readonly order: Unweighted }[] = [
  { argument: "leastrequested.weight", weight: 1, order: leastRequestedScore },
  { argument: "mostrequested.weight", weight: 0, order: mostRequestedScore },
  { argument: "nodeaffinity.weight", weight: 2, order: preferredNodeScore },
  { argument: "tainttoleration.weight", weight: 3, order: preferredTaintScore },
  { argument: "binpack.weight", weight: 0, order: packScore(new Map()) },
];

/** Arguments of Volcano's plugin whose scores this version does not have: only the weight 0 can be kept. */
const ABSENT = ["balancedresource.weight", "podaffinity.weight", "podtopologyspread.weight", "imagelocality.weight"];

const WEIGHT_MAX = 1_000;

export const nodeorder: PluginFactory = {
  name: "nodeorder",
  arguments: argumentSpecs(),
  create: (values) => {
    const nodeOrders = ORDERS.map(({ argument, order }) => ({ ...order, weight: weightOf(values, argument) }));
    return { onSessionOpen: () => ({ nodeOrders }) };
  },
};

function argumentSpecs(): ArgumentSpecs {
  const present = ORDERS.map(({ argument, weight, order }) => {
    return [
      argument,
      { type: "integer", default: weight, min: 0, max: WEIGHT_MAX, about: `weight of ${order.name}` },
    ] as const;
  });
  const absent = ABSENT.map((argument) => {
    return [
      argument,
      { type: "integer", default: 0, min: 0, max: 0, about: "this version has no such score; only 0 is accepted" },
    ] as const;
  });
  return Object.fromEntries<ArgumentSpec>([...present, ...absent]);
}

function weightOf(values: Arguments, argument: string): number {
  const weight = values.get(argument);
  return typeof weight === "number" ? weight : 0;
}
