// TouchLog: the slots whose room changed, in order, so that each table can catch up from where it stopped.

export class TouchLog {
  #slots: number[] = [];
  /** Place of the first entry that is still kept. */
  #start = 0;
  /** By slot: the place of its last entry. An earlier entry need not be looked at. */
  #lastPlace: Float64Array = new Float64Array(0);

  /** One past the last entry. */
  get end(): number {
    return this.#start + this.#slots.length;
  }

  /** Forgets everything: no cursor from before is covered any more. */
  reset(capacity: number): void {
    this.#start = this.end + 1;
    this.#slots = [];
    this.#lastPlace = new Float64Array(capacity);
  }

  add(slot: number): void {
    this.#lastPlace[slot] = this.end;
    this.#slots.push(slot);
    // Older than four touches of every slot: a table that is so far behind is rebuilt as cheaply.
    const keep = 4 * this.#lastPlace.length;
    if (this.#slots.length > 2 * keep) {
      this.#start += this.#slots.length - keep;
      this.#slots = this.#slots.slice(-keep);
    }
  }

  /** Whether `since(cursor)` tells everything that happened after `cursor`. */
  covers(cursor: number): boolean {
    return this.#start <= cursor;
  }

  /** Each slot touched at or after `cursor`, once. */
  *since(cursor: number): Generator<number> {
    for (let place = cursor; place < this.end; place++) {
      const slot = this.#slots[place - this.#start];
      if (slot !== undefined && this.#lastPlace[slot] === place) yield slot;
    }
  }
}
