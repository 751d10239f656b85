// Scan: asks every hook for every node. The plain meaning of "the best node"; the engine must agree with it.

import { compareText } from "../model/index.ts";
import type { Fit, Node, Shape } from "../model/index.ts";
import { FITS } from "../model/index.ts";
import type { CombinedHooks } from "./combinators.ts";
import type { NodeOrder } from "./hooks.ts";
import type { Rooms } from "./rooms.ts";

/** The first misfit in the order of the predicates, or FITS. */
export function checkNode(hooks: CombinedHooks, shape: Shape, node: Node, rooms: Rooms, isFuture: boolean): Fit {
  for (const predicate of hooks.predicates) {
    if (predicate.appliesTo?.(shape) === false) continue;
    const fit = predicate.check(shape, node, rooms.at(node, isFuture));
    if (fit.kind === "misfit") return fit;
  }
  return FITS;
}

/** The feasible node with the highest total, ties by name. */
export function scanForBest(
  hooks: CombinedHooks,
  shape: Shape,
  nodes: Iterable<Node>,
  rooms: Rooms,
  isFuture: boolean,
): Node | undefined {
  const feasible = [...nodes].filter((node) => checkNode(hooks, shape, node, rooms, isFuture).kind === "fits");
  const orders = hooks.nodeOrders.filter((order) => order.appliesTo?.(shape) !== false);
  const totals = new Map(feasible.map((node) => [node, 0]));
  for (const order of orders) {
    const scores = scoresOf(order, shape, feasible, rooms, isFuture);
    for (const [node, score] of scores) totals.set(node, (totals.get(node) ?? 0) + order.weight * score);
  }
  return feasible.reduce<Node | undefined>((best, node) => {
    if (best === undefined) return node;
    const difference = (totals.get(node) ?? 0) - (totals.get(best) ?? 0);
    return 0 < difference || (difference === 0 && compareText(node.name, best.name) < 0) ? node : best;
  }, undefined);
}

function scoresOf(
  order: NodeOrder,
  shape: Shape,
  nodes: readonly Node[],
  rooms: Rooms,
  isFuture: boolean,
): ReadonlyMap<Node, number> {
  const raw = new Map(nodes.map((node) => [node, order.score(shape, node, rooms.at(node, isFuture))]));
  const { normalize } = order;
  if (normalize === undefined || raw.size === 0) return raw;
  const values = [...raw.values()];
  const min = values.reduce((left, right) => Math.min(left, right));
  const max = values.reduce((left, right) => Math.max(left, right));
  return new Map([...raw].map(([node, score]) => [node, normalize(score, min, max)]));
}
