// Binpack: fuller nodes are better, by the resources that the pod requests (Volcano's plugin of that name).

import { amountOf, INTERNAL_DIMENSIONS, PODS } from "../model/index.ts";
import type { Arguments, Shape } from "../model/index.ts";
import type { NodeOrder, PluginFactory, Room } from "../session/index.ts";

export const binpack: PluginFactory = {
  name: "binpack",
  arguments: {
    "binpack.weight": { type: "integer", default: 1, min: 0, max: 1_000, about: "weight of the score" },
    "binpack.cpu": { type: "integer", default: 1, min: 0, max: 1_000, about: "weight of cpu inside the score" },
    "binpack.memory": { type: "integer", default: 1, min: 0, max: 1_000, about: "weight of memory inside the score" },
    "binpack.resources": { type: "string", default: "", about: "further resources that count, comma-separated" },
    "binpack.resources.*": {
      type: "integer",
      default: 1,
      min: 0,
      max: 1_000,
      about: "weight of one of them inside the score",
    },
  },
  create: (values) => {
    const nodeOrder = (dimensions: readonly string[]): NodeOrder => ({
      ...packScore(weightsByDimension(values, dimensions)),
      weight: numberOf(values, "binpack.weight", 1),
    });
    return { onSessionOpen: (session) => ({ nodeOrders: [nodeOrder(session.dimensions)] }) };
  },
};

/** The mean used share, pod included, over the resources that it requests; a dimension without a weight counts 1. */
export function packScore(weights: ReadonlyMap<number, number>): Omit<NodeOrder, "weight"> {
  return { name: "Binpack", dependsOn: "node", score: (shape, _node, room) => packed(shape, room, weights) };
}

function packed(shape: Shape, room: Room, weights: ReadonlyMap<number, number>): number {
  let sum = 0;
  let weightSum = 0;
  for (let dimension = 0; dimension < shape.requests.length; dimension++) {
    const request = amountOf(shape.requests, dimension);
    if (request === 0 || dimension === PODS || INTERNAL_DIMENSIONS.has(dimension)) continue;
    const weight = weights.get(dimension) ?? 1;
    const used = room.used(dimension) + request;
    const capacity = room.allocatable(dimension);
    weightSum += weight;
    if (used <= capacity && 0 < capacity) sum += Math.floor((100 * weight * used) / capacity);
  }
  return weightSum === 0 ? 0 : Math.floor(sum / weightSum);
}

/** Resources that the arguments do not name count 0, as in Volcano. */
function weightsByDimension(values: Arguments, dimensions: readonly string[]): ReadonlyMap<number, number> {
  const named = String(values.get("binpack.resources") ?? "")
    .split(",")
    .map((name) => name.trim());
  return new Map(
    dimensions.map((name, dimension) => {
      if (name === "cpu" || name === "memory") return [dimension, numberOf(values, `binpack.${name}`, 1)];
      return [dimension, named.includes(name) ? numberOf(values, `binpack.resources.${name}`, 1) : 0];
    }),
  );
}

function numberOf(values: Arguments, name: string, otherwise: number): number {
  const value = values.get(name);
  return typeof value === "number" ? value : otherwise;
}
