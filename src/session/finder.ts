// NodeFinder: where a shape goes. The engine answers fast, its naive twin plainly; both give the same answers.

import type { Node, Shape, Snapshot } from "../model/index.ts";
import type { CombinedHooks } from "./combinators.ts";
import type { CandidateSet } from "./hooks.ts";
import type { Rooms } from "./rooms.ts";

export interface NodeFinder {
  /** Begins a session. Caches may live on from the last one, but only to save time. */
  open(context: FinderContext): void;
  /** Drops whatever was kept. */
  forget(): void;
  /** Hears of every change to the room of a slot. */
  touched(slot: number): void;
  /** The feasible node of the set with the highest total score, ties by name; undefined where none is feasible. */
  best(shape: Shape, candidates: CandidateSet): Node | undefined;
  /** The same over room that is idle or releasing, among the nodes where something is releasing. */
  bestInFuture(shape: Shape, candidates: CandidateSet): Node | undefined;
  /** Why each node of the cluster refuses the shape now. Cheap enough to ask for every refused group. */
  refusals(shape: Shape, candidates: CandidateSet): Refusals;
}

export interface FinderContext {
  readonly snapshot: Snapshot;
  readonly rooms: Rooms;
  readonly hooks: CombinedHooks;
}

export interface Refusals {
  /** Number of nodes by reason; a node with two reasons counts under both. */
  readonly countByReason: ReadonlyMap<string, number>;
  /** Set where no node was looked at: the reasons of a prefilter. */
  readonly prefilter?: readonly string[];
  /** Nodes that refuse. */
  readonly refusingCount: number;
  /** Those of them that refuse for reasons which evicting somebody could cure. */
  readonly curableCount: number;
}

/** The reason for nodes outside of a group's candidate set. */
export const OUTSIDE_SET = "node(s) were outside of the group's candidate nodes";

/** Reasons by count, summed over misfits that share a reason. */
export function addReasons(countByReason: Map<string, number>, reasons: readonly string[], count: number): void {
  for (const reason of reasons) countByReason.set(reason, (countByReason.get(reason) ?? 0) + count);
}

export function refusedByPrefilter(reasons: readonly string[], nodeCount: number): Refusals {
  return { countByReason: new Map(), prefilter: reasons, refusingCount: nodeCount, curableCount: 0 };
}
