// PriorityQueue: what comes first, taken in turn, where most items are known at the start and few come back later:
// a sorted list that is read through once, and a binary heap for those that were added.

import type { Compare } from "../model/index.ts";

export class PriorityQueue<T> {
  readonly #compare: Compare<T>;
  readonly #sorted: readonly T[];
  #next = 0;
  readonly #heap: T[] = [];

  /** `compare` must be total and must not change its mind about two items while both are inside. */
  constructor(compare: Compare<T>, items: readonly T[]) {
    this.#compare = compare;
    this.#sorted = items.toSorted(compare);
  }

  add(item: T): void {
    let position = this.#heap.length;
    while (position > 0) {
      const parentPosition = (position - 1) >> 1;
      const parent = this.#heap[parentPosition] as T;
      if (this.#compare(parent, item) <= 0) break;
      this.#heap[position] = parent;
      position = parentPosition;
    }
    this.#heap[position] = item;
  }

  /** Removes and returns the first item; undefined where there is none. */
  take(): T | undefined {
    const [sorted, added] = [this.#sorted[this.#next], this.#heap[0]];
    if (sorted !== undefined && (added === undefined || this.#compare(sorted, added) <= 0)) {
      this.#next++;
      return sorted;
    }
    return this.#takeAdded();
  }

  #takeAdded(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return first;
    let position = 0;
    for (;;) {
      let childPosition = 2 * position + 1;
      if (childPosition >= this.#heap.length) break;
      if (childPosition + 1 < this.#heap.length && this.#isBefore(childPosition + 1, childPosition)) childPosition++;
      const child = this.#heap[childPosition] as T;
      if (this.#compare(last, child) <= 0) break;
      this.#heap[position] = child;
      position = childPosition;
    }
    this.#heap[position] = last;
    return first;
  }

  #isBefore(left: number, right: number): boolean {
    return this.#compare(this.#heap[left] as T, this.#heap[right] as T) < 0;
  }
}
