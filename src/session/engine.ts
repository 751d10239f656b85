// Engine: the fast NodeFinder. One table per shape and candidate set, kept across sessions; all rooms that change go to one log,
// and a table catches up from its own cursor when it is next used. Placing N equal tasks on M nodes costs O(M + N log M).

import { lookUp, nodesOf, PAGE_NODES, ROW_BLOCKS } from "../model/index.ts";
import type { HostPort, Node, Shape, ShardedMap, Snapshot } from "../model/index.ts";
import type { CombinedHooks } from "./combinators.ts";
import { refusedByPrefilter } from "./finder.ts";
import type { FinderContext, NodeFinder, Refusals } from "./finder.ts";
import type { CandidateSet, PrefilterResult } from "./hooks.ts";
import { scanForBest } from "./scan.ts";
import { capacityOf, ShapeTable } from "./shape-table.ts";
import { TouchLog } from "./touch-log.ts";

/** Tables kept, least recently used dropped. At 5,000 nodes a table takes about 300 KB. */
const TABLES_MAX = 256;

export class Engine implements NodeFinder {
  readonly #tables = new Map<string, ShapeTable>();
  readonly #log = new TouchLog();
  #context: FinderContext | undefined;
  /** Prefilter answers of this session. */
  #prefilters = new Map<string, PrefilterResult>();
  /** Nodes of this session where something is releasing; found when first asked for. */
  #releasing: readonly Node[] | undefined;

  open(context: FinderContext): void {
    const before = this.#context;
    this.#context = context;
    this.#prefilters = new Map();
    this.#releasing = undefined;
    if (before === undefined || !isComparable(before, context)) {
      this.#tables.clear();
      this.#log.reset(context.snapshot.rows.length * PAGE_NODES);
      return;
    }
    for (const slot of changedSlots(before, context.snapshot)) this.#log.add(slot);
  }

  forget(): void {
    this.#tables.clear();
    this.#context = undefined;
  }

  touched(slot: number): void {
    this.#log.add(slot);
  }

  best(shape: Shape, candidates: CandidateSet): Node | undefined {
    const prefilter = this.#prefilter(shape);
    if (prefilter.kind === "refuse") return undefined;
    return this.#tableFor(shape, narrowed(candidates, prefilter)).best();
  }

  bestInFuture(shape: Shape, candidates: CandidateSet): Node | undefined {
    const { snapshot, rooms, hooks } = this.#opened();
    this.#releasing ??= [...nodesOf(snapshot)].filter((node) => rooms.hasReleasing(node.slot));
    if (this.#releasing.length === 0) return undefined;
    const prefilter = this.#prefilter(shape);
    if (prefilter.kind === "refuse") return undefined;
    const set = narrowed(candidates, prefilter);
    return scanForBest(hooks, shape, this.#releasing.filter(set.includes), rooms, true);
  }

  refusals(shape: Shape, candidates: CandidateSet): Refusals {
    const prefilter = this.#prefilter(shape);
    if (prefilter.kind === "refuse") return refusedByPrefilter(prefilter.reasons, this.#opened().snapshot.nodeCount);
    return this.#tableFor(shape, narrowed(candidates, prefilter)).refusals();
  }

  #opened(): FinderContext {
    if (this.#context === undefined) throw new Error("the engine was asked before a session was opened");
    return this.#context;
  }

  #prefilter(shape: Shape): PrefilterResult {
    let result = this.#prefilters.get(shape.signature);
    if (result === undefined) this.#prefilters.set(shape.signature, (result = this.#opened().hooks.prefilter(shape)));
    return result;
  }

  /** The table, true as of now. */
  #tableFor(shape: Shape, candidates: CandidateSet): ShapeTable {
    const context = this.#opened();
    const capacity = capacityOf(context.snapshot.rows.length);
    const key = `${candidates.name}\n${shape.signature}`;
    let table = this.#tables.get(key);
    if (table?.capacity !== capacity) table = new ShapeTable(shape, candidates, capacity);
    this.#tables.delete(key); // re-inserted as the most recently used
    this.#tables.set(key, table);
    if (TABLES_MAX < this.#tables.size)
      for (const oldest of this.#tables.keys()) {
        this.#tables.delete(oldest);
        break;
      }
    table.use(context);
    if (!this.#log.covers(table.cursor)) table.rebuild();
    else for (const slot of this.#log.since(table.cursor)) table.refresh(slot);
    table.cursor = this.#log.end;
    return table;
  }
}

/** A set cut down by a prefilter; its name tells the restriction, so that a changed one gets a table of its own. */
function narrowed(candidates: CandidateSet, prefilter: PrefilterResult): CandidateSet {
  if (prefilter.kind !== "restrict") return candidates;
  const names = [...prefilter.nodes].sort();
  return {
    name: `${candidates.name}|${names.join(",")}`,
    includes: (node) => prefilter.nodes.has(node.name) && candidates.includes(node),
  };
}

/** Whether tables of the last session can be brought up to date slot by slot. */
function isComparable(before: FinderContext, now: FinderContext): boolean {
  return (
    before.snapshot.stride === now.snapshot.stride &&
    before.snapshot.rows.length === now.snapshot.rows.length &&
    inWords(before.hooks) === inWords(now.hooks)
  );
}

function inWords(hooks: CombinedHooks): string {
  return JSON.stringify([
    hooks.predicates.map(({ name, dependsOn }) => [name, dependsOn]),
    hooks.nodeOrders.map(({ name, dependsOn, weight }) => [name, dependsOn, weight]),
  ]);
}

/** Slots whose node or row differs between the end of the last session and the snapshot of this one. */
function* changedSlots(before: FinderContext, now: Snapshot): Generator<number> {
  const width = now.stride * ROW_BLOCKS;
  for (let page = 0; page < now.rows.length; page++) {
    const [oldRows, newRows] = [before.rooms.pages[page], now.rows[page]];
    const [oldNodes, newNodes] = [before.snapshot.nodes[page], now.nodes[page]];
    if (oldRows === newRows && oldNodes === newNodes) continue;
    for (let index = 0; index < PAGE_NODES; index++) {
      if (oldNodes?.[index] !== newNodes?.[index] || isRowChanged(oldRows, newRows, index * width, width))
        yield page * PAGE_NODES + index;
    }
  }
  yield* slotsWithOtherPorts(before.snapshot.hostPorts, now);
  for (const name of before.rooms.nodesWithTrialPorts) {
    const slot = lookUp(now.slotByNode, name);
    if (slot !== undefined) yield slot;
  }
}

function isRowChanged(
  left: Float64Array | undefined,
  right: Float64Array | undefined,
  start: number,
  width: number,
): boolean {
  if (left === right) return false;
  for (let i = start; i < start + width; i++) if (left?.[i] !== right?.[i]) return true;
  return false;
}

function* slotsWithOtherPorts(before: ShardedMap<readonly HostPort[]>, now: Snapshot): Generator<number> {
  for (const [index, shard] of now.hostPorts.entries()) {
    const old = before[index];
    if (old === shard) continue;
    const names = new Set([...shard.keys(), ...(old?.keys() ?? [])]);
    for (const name of names) {
      const slot = shard.get(name) === old?.get(name) ? undefined : lookUp(now.slotByNode, name);
      if (slot !== undefined) yield slot;
    }
  }
}
