// NaiveFinder: the plain twin of the engine. Asks every hook for every node, keeps nothing.

import { nodesOf } from "../../src/model/index.ts";
import type { Node, Shape } from "../../src/model/index.ts";
import { addReasons, checkNode, OUTSIDE_SET, refusedByPrefilter, scanForBest } from "../../src/session/index.ts";
import type { CandidateSet, FinderContext, NodeFinder, Refusals } from "../../src/session/index.ts";

export class NaiveFinder implements NodeFinder {
  #context: FinderContext | undefined;

  open(context: FinderContext): void {
    this.#context = context;
  }

  forget(): void {
    // Nothing is kept.
  }

  touched(): void {
    // Nothing is kept, so nothing can be stale.
  }

  best(shape: Shape, candidates: CandidateSet): Node | undefined {
    return this.#scan(shape, candidates, false);
  }

  bestInFuture(shape: Shape, candidates: CandidateSet): Node | undefined {
    return this.#scan(shape, candidates, true);
  }

  refusals(shape: Shape, candidates: CandidateSet): Refusals {
    const { snapshot, rooms, hooks } = this.#opened();
    const prefilter = hooks.prefilter(shape);
    if (prefilter.kind === "refuse") return refusedByPrefilter(prefilter.reasons, snapshot.nodeCount);
    const countByReason = new Map<string, number>();
    let refusingCount = 0;
    let curableCount = 0;
    for (const node of nodesOf(snapshot)) {
      if (!candidates.includes(node) || (prefilter.kind === "restrict" && !prefilter.nodes.has(node.name))) {
        addReasons(countByReason, [OUTSIDE_SET], 1);
        refusingCount++;
        continue;
      }
      const fit = checkNode(hooks, shape, node, rooms, false);
      if (fit.kind === "fits") continue;
      addReasons(countByReason, fit.reasons, 1);
      refusingCount++;
      if (fit.curableByEviction) curableCount++;
    }
    return { countByReason, refusingCount, curableCount };
  }

  #scan(shape: Shape, candidates: CandidateSet, isFuture: boolean): Node | undefined {
    const { snapshot, rooms, hooks } = this.#opened();
    const prefilter = hooks.prefilter(shape);
    if (prefilter.kind === "refuse") return undefined;
    const nodes = [...nodesOf(snapshot)].filter(
      (node) =>
        candidates.includes(node) &&
        (prefilter.kind === "pass" || prefilter.nodes.has(node.name)) &&
        (!isFuture || rooms.hasReleasing(node.slot)),
    );
    return scanForBest(hooks, shape, nodes, rooms, isFuture);
  }

  #opened(): FinderContext {
    if (this.#context === undefined) throw new Error("asked before a session was opened");
    return this.#context;
  }
}
