// NodeHeap: the feasible nodes of one class, best first: higher score, then smaller name. A key may rise or fall at any time.
//
// Why it bends the style: it is the inner loop of every placement. Binary heap over slots with positions kept outside, so that
// one table of numbers serves all classes of a shape and a changed key is sifted from where it stands: O(log n). Benchmark: `npm run bench`.

/** Keys and positions by slot, shared by the heaps of one shape. A slot is in at most one heap. */
export interface HeapKeys {
  readonly score: Float64Array;
  /** -1: in no heap. */
  readonly position: Int32Array;
  readonly names: readonly string[];
}

export class NodeHeap {
  readonly #keys: HeapKeys;
  readonly #slots: number[] = [];

  constructor(keys: HeapKeys) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The best slot; undefined where the heap is empty. */
  get top(): number | undefined {
    return this.#slots[0];
  }

  /** In no particular order. */
  get slots(): readonly number[] {
    return this.#slots;
  }

  add(slot: number): void {
    this.#put(this.#slots.length, slot);
    this.#rise(slot);
  }

  remove(slot: number): void {
    const position = this.#keys.position[slot] ?? -1;
    const last = this.#slots.pop();
    this.#keys.position[slot] = -1;
    if (last === undefined || last === slot) return;
    this.#put(position, last);
    this.update(last);
  }

  /** Restores the order after the key of `slot` changed. */
  update(slot: number): void {
    this.#rise(slot);
    this.#sink(slot);
  }

  #rise(slot: number): void {
    let position = this.#keys.position[slot] ?? 0;
    while (position > 0) {
      const parentPosition = (position - 1) >> 1;
      const parent = this.#slots[parentPosition];
      if (parent === undefined || !this.#isBefore(slot, parent)) break;
      this.#put(position, parent);
      position = parentPosition;
    }
    this.#put(position, slot);
  }

  #sink(slot: number): void {
    let position = this.#keys.position[slot] ?? 0;
    for (;;) {
      const left = 2 * position + 1;
      let child = this.#slots[left];
      if (child === undefined) break;
      let childPosition = left;
      const right = this.#slots[left + 1];
      if (right !== undefined && this.#isBefore(right, child)) {
        child = right;
        childPosition = left + 1;
      }
      if (!this.#isBefore(child, slot)) break;
      this.#put(position, child);
      position = childPosition;
    }
    this.#put(position, slot);
  }

  #put(position: number, slot: number): void {
    this.#slots[position] = slot;
    this.#keys.position[slot] = position;
  }

  #isBefore(left: number, right: number): boolean {
    const difference = (this.#keys.score[left] ?? 0) - (this.#keys.score[right] ?? 0);
    return difference !== 0 ? difference > 0 : (this.#keys.names[left] ?? "") < (this.#keys.names[right] ?? "");
  }
}
