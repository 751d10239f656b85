// Rows of numbers, one per node slot, in copy-on-write pages beside the immer tree (typed arrays cannot be frozen).
// A page is copied on its first write after a publication and never written again once published.
//
// Fenced for speed: at 5,000 nodes and 50,000 pods a changed pod costs one row, never a page scan (test/cache/bench.ts).

import {
  ALLOCATABLE,
  amountOf,
  INTERNAL_DIMENSIONS,
  OVERSIZED,
  PAGE_NODES,
  pageOf,
  RELEASING,
  ROW_BLOCKS,
  rowStart,
  USED,
  type ResourceVector,
} from "../model/index.ts";

export interface PublishedRows {
  readonly rows: readonly Float64Array[];
  readonly stride: number;
  /** Since the last publication: on some node room was freed, added or is leaving; was taken or shrank. */
  readonly isFreed: boolean;
  readonly isTaken: boolean;
}

const STRIDE_MIN = 8;

export class Rows {
  #pages: Float64Array[] = [];
  #stride = STRIDE_MIN;
  /** As published, to compare with. */
  #published: readonly Float64Array[] = Object.freeze([]);
  #publishedStride = STRIDE_MIN;
  /** Pages of `#pages` that are not published yet and may be written. */
  readonly #writable = new Set<number>();
  readonly #touched = new Set<number>();
  /** Rows of nodes that went: nothing there is free, whatever was promised on it. */
  readonly #cleared = new Set<number>();

  setAllocatable(slot: number, vector: ResourceVector): void {
    this.#reach(vector.length);
    this.#cleared.delete(slot);
    const page = this.#writablePage(slot);
    const start = rowStart(slot, this.#stride) + ALLOCATABLE * this.#stride;
    for (let dimension = 0; dimension < this.#stride; dimension++)
      page[start + dimension] = amountOf(vector, dimension);
  }

  /** Adds (or with `sign` -1 takes back) the requests of a pod. Sums of integers undo exactly. */
  charge(slot: number, requests: ResourceVector, isReleasing: boolean, sign: 1 | -1): void {
    this.#reach(requests.length);
    const page = this.#writablePage(slot);
    const used = rowStart(slot, this.#stride) + USED * this.#stride;
    const releasing = rowStart(slot, this.#stride) + RELEASING * this.#stride;
    for (let dimension = 0; dimension < requests.length; dimension++) {
      const amount = sign * Math.min(requests[dimension]!, OVERSIZED);
      page[used + dimension]! += amount;
      if (isReleasing) page[releasing + dimension]! += amount;
    }
  }

  /** Whether more is used than there is of anything in `requests`. */
  isOverfull(slot: number, requests: ResourceVector): boolean {
    const page = this.#pages[pageOf(slot)];
    if (page === undefined) return false;
    const start = rowStart(slot, this.#stride);
    return requests.some((amount, dimension) => {
      if (amount === 0 || INTERNAL_DIMENSIONS.has(dimension)) return false;
      return page[start + ALLOCATABLE * this.#stride + dimension]! < page[start + USED * this.#stride + dimension]!;
    });
  }

  /** Empties a row, for a slot that is free again. */
  clear(slot: number): void {
    const start = rowStart(slot, this.#stride);
    this.#cleared.add(slot);
    this.#writablePage(slot).fill(0, start, start + this.#stride * ROW_BLOCKS);
  }

  /** Ends this round of writing: what is returned is never written again. */
  publish(dimensionCount: number): PublishedRows {
    this.#reach(dimensionCount);
    let isFreed = false;
    let isTaken = false;
    for (const slot of this.#touched) {
      const change = this.#changeOf(slot);
      isFreed ||= change.isFreed && !this.#cleared.has(slot);
      isTaken ||= change.isTaken;
    }
    if (0 < this.#writable.size) this.#published = Object.freeze([...this.#pages]);
    this.#publishedStride = this.#stride;
    this.#writable.clear();
    this.#touched.clear();
    this.#cleared.clear();
    return { rows: this.#published, stride: this.#stride, isFreed, isTaken };
  }

  #changeOf(slot: number): { isFreed: boolean; isTaken: boolean } {
    const change = { isFreed: false, isTaken: false };
    const now = this.#pages[pageOf(slot)]!;
    const before = this.#published[pageOf(slot)];
    const start = rowStart(slot, this.#stride);
    const startBefore = rowStart(slot, this.#publishedStride);
    const width = before === undefined ? 0 : this.#publishedStride;
    for (let dimension = 0; dimension < this.#stride; dimension++) {
      const idle = now[start + dimension]! - now[start + USED * this.#stride + dimension]!;
      const releasing = now[start + RELEASING * this.#stride + dimension]!;
      let idleBefore = 0;
      let releasingBefore = 0;
      if (dimension < width) {
        idleBefore = before![startBefore + dimension]! - before![startBefore + USED * width + dimension]!;
        releasingBefore = before![startBefore + RELEASING * width + dimension]!;
      }
      // Releasing room counts as room to come.
      if (idleBefore < idle || idleBefore + releasingBefore < idle + releasing) change.isFreed = true;
      if (idle < idleBefore || idle + releasing < idleBefore + releasingBefore) change.isTaken = true;
    }
    return change;
  }

  #writablePage(slot: number): Float64Array {
    const index = pageOf(slot);
    this.#touched.add(slot);
    while (this.#pages.length <= index) {
      this.#writable.add(this.#pages.length);
      this.#pages.push(new Float64Array(PAGE_NODES * this.#stride * ROW_BLOCKS));
    }
    if (!this.#writable.has(index)) {
      this.#pages[index] = this.#pages[index]!.slice();
      this.#writable.add(index);
    }
    return this.#pages[index]!;
  }

  /** Widens all rows where `dimensionCount` does not fit. */
  #reach(dimensionCount: number): void {
    if (dimensionCount <= this.#stride) return;
    const stride = Math.ceil(dimensionCount / 4) * 4;
    const from = this.#stride;
    this.#pages = this.#pages.map((page, index) => {
      this.#writable.add(index);
      const wide = new Float64Array(PAGE_NODES * stride * ROW_BLOCKS);
      for (let block = 0; block < PAGE_NODES * ROW_BLOCKS; block++) {
        wide.set(page.subarray(block * from, (block + 1) * from), block * stride);
      }
      return wide;
    });
    this.#stride = stride;
  }
}
