// NodeBook: nodes, their slots, and what sits on them. Pods on a node that is not there (not yet, no longer, not selected,
// not readable) are kept as ghosts and charged when it arrives.

import { PAGE_NODES, pageOf, type HostPort, type Node, type ResourceVector } from "../model/index.ts";
import { equalConstraints, equalFacts, equalVectors, type NodeFacts } from "./project-node.ts";
import { compareHostPorts } from "./project-shape.ts";
import { Rows, type PublishedRows } from "./rows.ts";

/** The room that one pod holds. */
export interface Occupant {
  readonly node: string;
  readonly requests: ResourceVector;
  readonly hostPorts: readonly HostPort[];
  readonly isReleasing: boolean;
}

export interface NodeChanges {
  /** Changed pages of nodes, by page. */
  readonly pages: ReadonlyMap<number, readonly (Node | undefined)[]>;
  readonly slots: ReadonlyMap<string, number | undefined>;
  readonly hostPorts: ReadonlyMap<string, readonly HostPort[] | undefined>;
  readonly nodeCount: number;
  readonly rows: PublishedRows;
  readonly areConstraintsChanged: boolean;
}

export class NodeBook {
  readonly #nodes = new Map<string, Node>();
  readonly #occupants = new Map<string, Set<Occupant>>();
  readonly #rows = new Rows();
  readonly #slots: (Node | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #dirtySlots = new Set<number>();
  readonly #dirtyNames = new Set<string>();
  readonly #hostPorts = new Map<string, readonly HostPort[]>();
  readonly #dirtyPorts = new Set<string>();
  #areConstraintsChanged = false;

  get(name: string): Node | undefined {
    return this.#nodes.get(name);
  }

  /** Whether the node, with all that sits on it or is assumed to, has too little of what this one asks for. */
  isOverfull({ node, requests }: Occupant): boolean {
    const slot = this.#nodes.get(node)?.slot;
    return slot !== undefined && this.#rows.isOverfull(slot, requests);
  }

  put(occupant: Occupant): void {
    const there = this.#occupants.get(occupant.node);
    if (there === undefined) this.#occupants.set(occupant.node, new Set([occupant]));
    else there.add(occupant);
    this.#charge(occupant, 1);
  }

  take(occupant: Occupant): void {
    const there = this.#occupants.get(occupant.node);
    if (there?.delete(occupant) !== true) return;
    if (there.size === 0) this.#occupants.delete(occupant.node);
    this.#charge(occupant, -1);
  }

  /** The node as it is now; an equal one changes nothing and keeps its object. */
  set(facts: NodeFacts): void {
    const before = this.#nodes.get(facts.name);
    if (before !== undefined && equalFacts(before, facts)) return;
    if (before?.uid !== facts.uid || !equalConstraints(before, facts)) this.#areConstraintsChanged = true;
    const slot = before?.slot ?? this.#takeSlot(facts.name);
    this.#place({ ...facts, slot });
    if (before === undefined || !equalVectors(before.allocatable, facts.allocatable)) {
      this.#rows.setAllocatable(slot, facts.allocatable);
    }
    if (before === undefined) for (const occupant of this.#occupants.get(facts.name) ?? []) this.#charge(occupant, 1);
  }

  remove(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    this.#slots[node.slot] = undefined;
    this.#freeSlots.push(node.slot);
    this.#dirtySlots.add(node.slot);
    this.#dirtyNames.add(name);
    this.#rows.clear(node.slot);
    this.#areConstraintsChanged = true;
  }

  /** What changed since the last call; undefined where nothing did. */
  publish(dimensionCount: number): NodeChanges {
    const changes: NodeChanges = {
      pages: new Map([...new Set([...this.#dirtySlots].map(pageOf))].map((page) => [page, this.#pageOf(page)])),
      slots: new Map([...this.#dirtyNames].map((name) => [name, this.#nodes.get(name)?.slot])),
      hostPorts: this.#changedHostPorts(),
      nodeCount: this.#nodes.size,
      rows: this.#rows.publish(dimensionCount),
      areConstraintsChanged: this.#areConstraintsChanged,
    };
    this.#dirtySlots.clear();
    this.#dirtyNames.clear();
    this.#dirtyPorts.clear();
    this.#areConstraintsChanged = false;
    return changes;
  }

  #charge(occupant: Occupant, sign: 1 | -1): void {
    if (0 < occupant.hostPorts.length) this.#dirtyPorts.add(occupant.node);
    const node = this.#nodes.get(occupant.node);
    if (node !== undefined) this.#rows.charge(node.slot, occupant.requests, occupant.isReleasing, sign);
  }

  #place(node: Node): void {
    this.#nodes.set(node.name, node);
    this.#slots[node.slot] = node;
    this.#dirtySlots.add(node.slot);
  }

  #takeSlot(name: string): number {
    this.#dirtyNames.add(name);
    return this.#freeSlots.pop() ?? this.#slots.push(undefined) - 1;
  }

  #pageOf(page: number): readonly (Node | undefined)[] {
    return this.#slots.slice(page * PAGE_NODES, (page + 1) * PAGE_NODES);
  }

  #changedHostPorts(): ReadonlyMap<string, readonly HostPort[] | undefined> {
    const changed = new Map<string, readonly HostPort[] | undefined>();
    for (const name of this.#dirtyPorts) {
      const ports = [...(this.#occupants.get(name) ?? [])].flatMap((occupant) => occupant.hostPorts);
      ports.sort(compareHostPorts);
      const before = this.#hostPorts.get(name) ?? [];
      if (ports.length === before.length && ports.every((port, i) => compareHostPorts(port, before[i]!) === 0))
        continue;
      if (ports.length === 0) this.#hostPorts.delete(name);
      else this.#hostPorts.set(name, ports);
      changed.set(name, ports.length === 0 ? undefined : ports);
    }
    return changed;
  }
}
