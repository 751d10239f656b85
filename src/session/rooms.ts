// Rooms: the numbers of every node in this session, over the frozen pages of the snapshot. A page is copied on its first write.
//
// Why it bends the style: the task x node loop reads it for every pair, so it is index arithmetic on flat arrays, with one window
// object that moves instead of one object per node. Benchmark: `npm run bench`. Plain twin: none needed, sums undo exactly.

import {
  ALLOCATABLE,
  PAGE_NODES,
  PIPELINED,
  RELEASING,
  ROW_BLOCKS,
  USED,
  invariant,
  lookUp,
  pageOf,
  rowStart,
} from "../model/index.ts";
import type { HostPort, Node, ResourceVector, Shape, Snapshot } from "../model/index.ts";
import type { Room } from "./hooks.ts";

export type RoomBlock = typeof USED | typeof RELEASING | typeof PIPELINED;

export class Rooms {
  readonly #snapshot: Snapshot;
  readonly #pages: Float64Array[];
  readonly #onTouched: (slot: number) => void;
  /** Host ports of trial placements, by node name. */
  readonly #trialPorts = new Map<string, readonly HostPort[]>();
  readonly #window: RoomWindow;

  /** `onTouched` hears every slot whose room changes, undo included. */
  constructor(snapshot: Snapshot, onTouched: (slot: number) => void) {
    this.#snapshot = snapshot;
    this.#pages = [...snapshot.rows];
    this.#onTouched = onTouched;
    this.#window = new RoomWindow(this, snapshot.stride);
  }

  /** The pages as they are now; those that nobody wrote to are the snapshot's own. */
  get pages(): readonly Float64Array[] {
    return this.#pages;
  }

  /** The one window, moved to `node`. With `isFuture`, what is releasing counts as free. Valid until the next call. */
  at(node: Node, isFuture = false): Room {
    this.#window.move(this.#pages[pageOf(node.slot)], node, isFuture);
    return this.#window;
  }

  hasReleasing(slot: number): boolean {
    const page = this.#pages[pageOf(slot)];
    if (page === undefined) return false;
    const start = rowStart(slot, this.#snapshot.stride) + RELEASING * this.#snapshot.stride;
    for (let i = start; i < start + this.#snapshot.stride; i++) if (page[i] !== 0) return true;
    return false;
  }

  /** Adds `requests` to a block of the node's row; `sign` -1 takes them back. */
  change(node: Node, block: RoomBlock, requests: ResourceVector, sign: 1 | -1): void {
    const page = this.#writablePage(pageOf(node.slot));
    const { stride } = this.#snapshot;
    invariant(
      requests.length <= stride,
      `a request has ${String(requests.length)} dimensions, the snapshot has ${String(stride)}`,
    );
    const start = rowStart(node.slot, stride) + block * stride;
    for (let dimension = 0; dimension < requests.length; dimension++) {
      page[start + dimension] = (page[start + dimension] ?? 0) + sign * (requests[dimension] ?? 0);
    }
    this.#onTouched(node.slot);
  }

  openPorts(node: Node, ports: readonly HostPort[]): void {
    if (ports.length > 0) this.#trialPorts.set(node.name, [...(this.#trialPorts.get(node.name) ?? []), ...ports]);
  }

  closePorts(node: Node, ports: readonly HostPort[]): void {
    if (ports.length === 0) return;
    const open = this.#trialPorts.get(node.name) ?? [];
    this.#trialPorts.set(node.name, open.slice(0, open.length - ports.length)); // undo is last in, first out
  }

  /** Names of nodes where trial placements hold host ports. */
  get nodesWithTrialPorts(): readonly string[] {
    return [...this.#trialPorts].filter(([, ports]) => ports.length > 0).map(([name]) => name);
  }

  hasPortConflict(nodeName: string, shape: Shape): boolean {
    if (shape.hostPorts.length === 0) return false;
    const taken = [...(lookUp(this.#snapshot.hostPorts, nodeName) ?? []), ...(this.#trialPorts.get(nodeName) ?? [])];
    return taken.some((one) => shape.hostPorts.some((other) => portsClash(one, other)));
  }

  #writablePage(index: number): Float64Array {
    const page = this.#pages[index];
    invariant(page !== undefined, `no page ${String(index)}`);
    if (page !== this.#snapshot.rows[index]) return page;
    return (this.#pages[index] = page.slice());
  }
}

/** Same protocol and port, and the same address or a wildcard on either side (kube-scheduler NodePorts). */
function portsClash(left: HostPort, right: HostPort): boolean {
  return (
    left.port === right.port &&
    left.protocol === right.protocol &&
    (left.ip === right.ip || left.ip === "0.0.0.0" || right.ip === "0.0.0.0")
  );
}

const EMPTY_PAGE = new Float64Array(0);

class RoomWindow implements Room {
  readonly #rooms: Rooms;
  readonly #stride: number;
  #page: Float64Array = EMPTY_PAGE;
  #start = 0;
  #nodeName = "";
  #isFuture = false;

  constructor(rooms: Rooms, stride: number) {
    this.#rooms = rooms;
    this.#stride = stride;
  }

  move(page: Float64Array | undefined, node: Node, isFuture: boolean): void {
    this.#page = page ?? EMPTY_PAGE;
    this.#start = (node.slot % PAGE_NODES) * this.#stride * ROW_BLOCKS;
    this.#nodeName = node.name;
    this.#isFuture = isFuture;
  }

  allocatable(dimension: number): number {
    return this.#cell(ALLOCATABLE, dimension);
  }

  used(dimension: number): number {
    return this.#cell(USED, dimension);
  }

  idle(dimension: number): number {
    const now = this.#cell(ALLOCATABLE, dimension) - this.#cell(USED, dimension);
    const later = now + this.#cell(RELEASING, dimension) - this.#cell(PIPELINED, dimension);
    return this.#isFuture ? later : Math.min(now, later);
  }

  hasPortConflict(shape: Shape): boolean {
    return this.#rooms.hasPortConflict(this.#nodeName, shape);
  }

  #cell(block: number, dimension: number): number {
    return dimension < this.#stride ? (this.#page[this.#start + block * this.#stride + dimension] ?? 0) : 0;
  }
}
