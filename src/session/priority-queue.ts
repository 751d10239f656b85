// PriorityQueue: what comes first, taken in turn. A binary heap, because a job that got its minimum comes back behind those that have not.

import type { Compare } from "../model/index.ts";

export class PriorityQueue<T> {
  readonly #compare: Compare<T>;
  readonly #items: T[];

  /** `compare` must be total and must not change its mind about two items while both are inside. */
  constructor(compare: Compare<T>, items: readonly T[]) {
    this.#compare = compare;
    this.#items = [...items].sort(compare); // a sorted array is a heap
  }

  add(item: T): void {
    let position = this.#items.length;
    while (position > 0) {
      const parentPosition = (position - 1) >> 1;
      const parent = this.#items[parentPosition] as T;
      if (this.#compare(parent, item) <= 0) break;
      this.#items[position] = parent;
      position = parentPosition;
    }
    this.#items[position] = item;
  }

  /** Removes and returns the first item; undefined where there is none. */
  take(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return first;
    let position = 0;
    for (;;) {
      let childPosition = 2 * position + 1;
      if (childPosition >= this.#items.length) break;
      if (childPosition + 1 < this.#items.length && this.#isBefore(childPosition + 1, childPosition)) childPosition++;
      const child = this.#items[childPosition] as T;
      if (this.#compare(last, child) <= 0) break;
      this.#items[position] = child;
      position = childPosition;
    }
    this.#items[position] = last;
    return first;
  }

  #isBefore(left: number, right: number): boolean {
    return this.#compare(this.#items[left] as T, this.#items[right] as T) < 0;
  }
}
