// Interner: equal text, one object, for as long as somebody holds it.

export class Interner<V extends { readonly signature: string }> {
  readonly #held = new Map<string, { readonly value: V; holders: number }>();

  /** The object that stands for all of this signature. The caller gives it back with `release`. */
  hold(value: V): V {
    const known = this.#held.get(value.signature);
    if (known === undefined) {
      this.#held.set(value.signature, { value, holders: 1 });
      return value;
    }
    known.holders += 1;
    return known.value;
  }

  release(value: V): void {
    const known = this.#held.get(value.signature);
    if (known === undefined) return;
    known.holders -= 1;
    if (known.holders === 0) this.#held.delete(value.signature);
  }

  get size(): number {
    return this.#held.size;
  }
}
