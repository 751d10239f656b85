// ShapeTable: what the engine knows of one shape within one candidate set: who refuses it and why, and who is best.
//
// Nodes fall into classes: same raw scores that depend on the node object alone, same values of the topology labels that late
// hooks count by. Inside a class nodes are ranked by their room; across classes the best of each is compared, because normalised
// scores depend on who is feasible at the moment. Only candidates are in a heap. The table is told nothing: it catches up from the
// touch log when it is next used. A shape with a `cluster` hook has a class per node, so the same code serves it, at O(nodes).
//
// Why it bends the style: asked for every placement. Benchmark: `npm run bench`; plain twin: test/support/naive-finder.ts.

import { FITS, nodeAt, PAGE_NODES } from "../model/index.ts";
import type { Misfit, Node, Shape } from "../model/index.ts";
import { isLate } from "./combinators.ts";
import type { FinderContext, Refusals } from "./finder.ts";
import { addReasons, OUTSIDE_SET } from "./finder.ts";
import type { CandidateSet, NodeOrder, Predicate } from "./hooks.ts";
import { NodeHeap } from "./node-heap.ts";

interface NodeClass {
  /** Raw scores of the static orders that apply, by their place in `#staticOrders`. */
  readonly statics: readonly number[];
  readonly heap: NodeHeap;
}

const OUTSIDE: Misfit = Object.freeze({ kind: "misfit", reasons: [OUTSIDE_SET], curableByEviction: false });

export class ShapeTable {
  readonly shape: Shape;
  readonly candidates: CandidateSet;
  /** Place in the touch log up to which this table is true. */
  cursor = -1;

  readonly #capacity: number;
  readonly #names: string[];
  readonly #score: Float64Array;
  readonly #position: Int32Array;
  readonly #nodes: (Node | undefined)[];
  readonly #classOf: (NodeClass | undefined)[];
  /** The first static misfit and its place among the predicates; -1: none. */
  readonly #staticMisfits: (Misfit | undefined)[];
  readonly #staticPlace: Int32Array;
  /** What refuses the node now, static or by room. */
  readonly #misfits: (Misfit | undefined)[];
  readonly #countByMisfit = new Map<Misfit, number>();
  readonly #classes = new Map<string, NodeClass>();

  // The hooks of the session that uses the table now; those that do not apply to the shape are left out.
  #context!: FinderContext;
  #predicates: readonly Predicate[] = [];
  #latePredicates: readonly Predicate[] = [];
  #staticOrders: readonly NodeOrder[] = [];
  #roomOrders: readonly NodeOrder[] = [];
  #lateOrders: readonly NodeOrder[] = [];
  #firstRoomPlace = Infinity;

  constructor(shape: Shape, candidates: CandidateSet, capacity: number) {
    this.shape = shape;
    this.candidates = candidates;
    this.#capacity = capacity;
    this.#names = Array.from({ length: capacity }, () => "");
    this.#score = new Float64Array(capacity);
    this.#position = new Int32Array(capacity).fill(-1);
    this.#nodes = Array.from({ length: capacity }, () => undefined);
    this.#classOf = Array.from({ length: capacity }, () => undefined);
    this.#staticMisfits = Array.from({ length: capacity }, () => undefined);
    this.#staticPlace = new Int32Array(capacity).fill(-1);
    this.#misfits = Array.from({ length: capacity }, () => undefined);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Takes the hooks of a session. They may be new closures, but must be the same list, in kind, as before. */
  use(context: FinderContext): void {
    if (context === this.#context) return;
    this.#context = context;
    const { predicates, nodeOrders } = context.hooks;
    const applies = (hook: Predicate | NodeOrder): boolean => hook.appliesTo?.(this.shape) !== false;
    this.#predicates = predicates.filter((predicate) => applies(predicate) && !isLate(predicate));
    this.#latePredicates = predicates.filter((predicate) => applies(predicate) && isLate(predicate));
    const isPerNode = (order: NodeOrder): boolean =>
      isLate(order) || (order.dependsOn === "node" && order.normalize !== undefined);
    this.#staticOrders = nodeOrders.filter((order) => applies(order) && order.dependsOn === "static");
    this.#roomOrders = nodeOrders.filter(
      (order) => applies(order) && order.dependsOn === "node" && order.normalize === undefined,
    );
    this.#lateOrders = nodeOrders.filter((order) => applies(order) && isPerNode(order));
    const roomPlace = this.#predicates.findIndex((predicate) => predicate.dependsOn === "node");
    this.#firstRoomPlace = roomPlace < 0 ? Infinity : roomPlace;
  }

  /** Asks everything anew for every slot. */
  rebuild(): void {
    for (let slot = 0; slot < this.#capacity; slot++) this.refresh(slot);
  }

  /** Brings one slot up to date with its node object and its room. */
  refresh(slot: number): void {
    const node = nodeAt(this.#context.snapshot, slot);
    if (node !== this.#nodes[slot]) this.#replaceNode(slot, node);
    if (node === undefined) return;
    const misfit = this.#misfitNow(slot, node);
    if (misfit !== this.#misfits[slot]) {
      this.#count(this.#misfits[slot], -1);
      this.#count(misfit, 1);
      this.#misfits[slot] = misfit;
    }
    const nodeClass = this.#classOf[slot];
    if (nodeClass === undefined) return;
    const isRanked = (this.#position[slot] ?? -1) >= 0;
    if (misfit !== undefined) {
      if (isRanked) nodeClass.heap.remove(slot);
      return;
    }
    this.#score[slot] = this.#roomScore(node);
    if (isRanked) nodeClass.heap.update(slot);
    else nodeClass.heap.add(slot);
  }

  /** The feasible node with the highest total, ties by name. O(classes). */
  best(): Node | undefined {
    const feasible = this.#feasibleClasses();
    if (feasible.length === 0) return undefined;
    const totals = feasible.map(({ slot }) => this.#score[slot] ?? 0);
    this.#staticOrders.forEach((order, place) => {
      addWeighted(
        totals,
        order,
        feasible.map(({ nodeClass }) => nodeClass.statics[place] ?? 0),
      );
    });
    for (const order of this.#lateOrders) {
      addWeighted(
        totals,
        order,
        feasible.map(({ node }) => order.score(this.shape, node, this.#context.rooms.at(node))),
      );
    }
    let bestPlace = 0;
    for (let place = 1; place < feasible.length; place++) {
      const difference = (totals[place] ?? 0) - (totals[bestPlace] ?? 0);
      if (difference > 0 || (difference === 0 && nameAt(feasible, place) < nameAt(feasible, bestPlace)))
        bestPlace = place;
    }
    return feasible[bestPlace]?.node;
  }

  /** Reasons of all nodes as they are now. O(distinct misfits + classes). */
  refusals(): Refusals {
    const countByReason = new Map<string, number>();
    let refusingCount = 0;
    let curableCount = 0;
    const add = (misfit: Misfit, count: number): void => {
      addReasons(countByReason, misfit.reasons, count);
      refusingCount += count;
      if (misfit.curableByEviction) curableCount += count;
    };
    for (const [misfit, count] of this.#countByMisfit) add(misfit, count);
    if (this.#latePredicates.length > 0) {
      for (const { heap } of this.#classes.values()) {
        const fit = this.#lateFit(heap.top);
        if (fit.kind === "misfit") add(fit, heap.size);
      }
    }
    return { countByReason, refusingCount, curableCount };
  }

  #feasibleClasses(): { nodeClass: NodeClass; slot: number; node: Node }[] {
    const feasible = [];
    for (const nodeClass of this.#classes.values()) {
      const slot = nodeClass.heap.top;
      const node = slot === undefined ? undefined : this.#nodes[slot];
      if (slot === undefined || node === undefined) continue;
      if (this.#latePredicates.length > 0 && this.#lateFit(slot).kind === "misfit") continue;
      feasible.push({ nodeClass, slot, node });
    }
    return feasible;
  }

  #lateFit(slot: number | undefined): ReturnType<Predicate["check"]> {
    const node = slot === undefined ? undefined : this.#nodes[slot];
    if (node === undefined) return FITS;
    for (const predicate of this.#latePredicates) {
      const fit = predicate.check(this.shape, node, this.#context.rooms.at(node));
      if (fit.kind === "misfit") return fit;
    }
    return FITS;
  }

  #replaceNode(slot: number, node: Node | undefined): void {
    const before = this.#classOf[slot];
    if (before !== undefined && (this.#position[slot] ?? -1) >= 0) before.heap.remove(slot);
    this.#count(this.#misfits[slot], -1);
    this.#misfits[slot] = undefined;
    this.#classOf[slot] = undefined;
    this.#nodes[slot] = node;
    if (node === undefined) return;
    this.#names[slot] = node.name;
    const place = this.#findStaticMisfit(slot, node);
    this.#staticPlace[slot] = place;
    if (place < 0) this.#classOf[slot] = this.#classFor(node);
  }

  /** Fills `#staticMisfits` and returns the place of the predicate that refused; -1 where none did. */
  #findStaticMisfit(slot: number, node: Node): number {
    this.#staticMisfits[slot] = undefined;
    if (!this.candidates.includes(node)) {
      this.#staticMisfits[slot] = OUTSIDE;
      return 0;
    }
    for (let place = 0; place < this.#predicates.length; place++) {
      const predicate = this.#predicates[place];
      if (predicate?.dependsOn !== "static") continue;
      const fit = predicate.check(this.shape, node, this.#context.rooms.at(node));
      if (fit.kind === "misfit") {
        this.#staticMisfits[slot] = fit;
        return place;
      }
    }
    return -1;
  }

  /** The first misfit in the order of the predicates: one by room may stand before the static one. */
  #misfitNow(slot: number, node: Node): Misfit | undefined {
    const staticPlace = this.#staticPlace[slot] ?? -1;
    const end = staticPlace < 0 ? this.#predicates.length : staticPlace;
    for (let place = this.#firstRoomPlace; place < end; place++) {
      const predicate = this.#predicates[place];
      if (predicate?.dependsOn !== "node") continue;
      const fit = predicate.check(this.shape, node, this.#context.rooms.at(node));
      if (fit.kind === "misfit") return fit;
    }
    return this.#staticMisfits[slot];
  }

  #roomScore(node: Node): number {
    let score = 0;
    const room = this.#context.rooms.at(node);
    for (const order of this.#roomOrders) score += order.weight * order.score(this.shape, node, room);
    return score;
  }

  #classFor(node: Node): NodeClass {
    const room = this.#context.rooms.at(node);
    const statics = this.#staticOrders.map((order) => order.score(this.shape, node, room));
    const key = JSON.stringify([statics, this.#domainsOf(node)]);
    let nodeClass = this.#classes.get(key);
    if (nodeClass === undefined) {
      nodeClass = { statics, heap: new NodeHeap({ score: this.#score, position: this.#position, names: this.#names }) };
      this.#classes.set(key, nodeClass);
    }
    return nodeClass;
  }

  /** Values of the labels that late hooks count by; the node itself where a hook may look at anything. */
  #domainsOf(node: Node): readonly (string | null)[] {
    const late = [...this.#latePredicates, ...this.#lateOrders];
    if (late.some((hook) => hook.dependsOn !== "domain")) return [node.name];
    return late.flatMap((hook) => hook.topologyKeys?.(this.shape) ?? []).map((key) => node.labels.get(key) ?? null);
  }

  #count(misfit: Misfit | undefined, change: 1 | -1): void {
    if (misfit === undefined) return;
    const count = (this.#countByMisfit.get(misfit) ?? 0) + change;
    if (count === 0) this.#countByMisfit.delete(misfit);
    else this.#countByMisfit.set(misfit, count);
  }
}

function nameAt(feasible: readonly { readonly node: Node }[], place: number): string {
  return feasible[place]?.node.name ?? "";
}

function addWeighted(totals: number[], order: NodeOrder, raw: readonly number[]): void {
  const { normalize, weight } = order;
  let min = Infinity;
  let max = -Infinity;
  for (const score of raw) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  for (let place = 0; place < raw.length; place++) {
    const score = raw[place] ?? 0;
    totals[place] = (totals[place] ?? 0) + weight * (normalize === undefined ? score : normalize(score, min, max));
  }
}

/** Slots that a table over `pages` pages of nodes needs. */
export function capacityOf(pages: number): number {
  return pages * PAGE_NODES;
}
