// LeastRequested and MostRequested: the mean free, or taken, share of cpu and memory once the pod is there
// (kube-scheduler NodeResourcesFit, strategies LeastAllocated and MostAllocated, weights 1 and 1).

import { amountOf, CPU, MEMORY, SCORED_CPU, SCORED_MEMORY } from "../../model/index.ts";
import type { Shape } from "../../model/index.ts";
import type { NodeOrder, Room } from "../../session/index.ts";

type Unweighted = Omit<NodeOrder, "weight">;

export const leastRequestedScore: Unweighted = {
  name: "LeastRequested",
  dependsOn: "node",
  score: (shape, _node, room) =>
    meanOf(shape, room, (requested, capacity) => Math.floor(((capacity - requested) * 100) / capacity)),
};

export const mostRequestedScore: Unweighted = {
  name: "MostRequested",
  dependsOn: "node",
  score: (shape, _node, room) => meanOf(shape, room, (requested, capacity) => Math.floor((requested * 100) / capacity)),
};

/** A resource that the node does not have is left out; one that is overcommitted scores 0. */
function meanOf(shape: Shape, room: Room, score: (requested: number, capacity: number) => number): number {
  let sum = 0;
  let count = 0;
  for (const [offered, scored] of RESOURCES) {
    const capacity = room.allocatable(offered);
    if (capacity === 0) continue;
    const requested = room.used(scored) + amountOf(shape.requests, scored);
    count++;
    if (requested <= capacity) sum += score(requested, capacity);
  }
  return count === 0 ? 0 : Math.floor(sum / count);
}

const RESOURCES = [
  [CPU, SCORED_CPU],
  [MEMORY, SCORED_MEMORY],
] as const;
