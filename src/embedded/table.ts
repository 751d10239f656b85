// Table: the objects of one resource by key, readable in the order of keys. Writes only note that the order has changed;
// the next read in order puts it right, so that a million creations cost no sorting.

import type { ApiObject } from "./types.ts";

/** What some keys held before: undefined where there was nothing. */
type Undone = ReadonlyMap<string, ApiObject | undefined>;

export class Table {
  /** Of the last write here. */
  resourceVersion = 0;
  readonly #objects = new Map<string, ApiObject>();
  #sorted: string[] = [];
  /** Keys that are new since the last sorting, and whether any has gone. */
  #added: string[] = [];
  #hasDeleted = false;
  /** Lists that were asked for since the last write, by prefix. */
  readonly #lists = new Map<string, readonly ApiObject[]>();

  get(key: string): ApiObject | undefined {
    return this.#objects.get(key);
  }

  set(key: string, object: ApiObject): void {
    if (!this.#objects.has(key)) this.#added.push(key);
    this.#objects.set(key, object);
    this.#lists.clear();
  }

  delete(key: string): void {
    this.#hasDeleted = this.#objects.delete(key) || this.#hasDeleted;
    this.#lists.clear();
  }

  /** The same array until the next write. */
  list(prefix: string): readonly ApiObject[] {
    const known = this.#lists.get(prefix);
    if (known !== undefined) return known;
    const keys = this.#keys();
    const here = keys.slice(firstFrom(keys, prefix), endOf(keys, prefix));
    const list: readonly ApiObject[] = Object.freeze(here.map((key) => this.#objects.get(key)!));
    this.#lists.set(prefix, list);
    return list;
  }

  /** Objects whose keys begin with `prefix` and come after `after`, with what `undone` says put back. */
  *entries(prefix: string, after: string, undone?: Undone): Generator<readonly [string, ApiObject]> {
    const keys = undone === undefined ? this.#keys() : this.#keysWith(undone);
    const from = after === "" ? prefix : `${after}\0`;
    const end = endOf(keys, prefix);
    for (let i = firstFrom(keys, from < prefix ? prefix : from); i < end; i++) {
      const key = keys[i]!;
      const object = undone?.has(key) === true ? undone.get(key) : this.#objects.get(key);
      if (object !== undefined) yield [key, object];
    }
  }

  /** How many `entries` there are. */
  count(prefix: string, after: string, undone?: Undone): number {
    const keys = this.#keys();
    const from = after === "" ? prefix : `${after}\0`;
    const start = firstFrom(keys, from < prefix ? prefix : from);
    let count = Math.max(0, endOf(keys, prefix) - start);
    for (const [key, object] of undone ?? []) {
      if (!key.startsWith(prefix) || key < from) continue;
      count += Number(object !== undefined) - Number(this.#objects.has(key));
    }
    return count;
  }

  #keys(): readonly string[] {
    if (this.#hasDeleted) this.#sorted = this.#sorted.filter((key) => this.#objects.has(key));
    if (0 < this.#added.length) {
      // A key that was deleted and made again may be in both.
      const fresh = [...new Set(this.#added)].filter((key) => this.#objects.has(key)).sort();
      this.#sorted = merged(this.#sorted, fresh);
    }
    this.#added = [];
    this.#hasDeleted = false;
    return this.#sorted;
  }

  #keysWith(undone: Undone): readonly string[] {
    const gone = [...undone.keys()].filter((key) => !this.#objects.has(key)).sort();
    return gone.length === 0 ? this.#keys() : merged(this.#keys(), gone);
  }
}

/** Two sorted lists as one, each key once. Of `a`, whole stretches are copied at a time: `b` is mostly short. */
function merged(a: readonly string[], b: readonly string[]): string[] {
  const stretches: (readonly string[])[] = [];
  let from = 0;
  for (const key of b) {
    const place = firstFrom(a, key);
    if (a[place] === key) continue;
    if (from < place) stretches.push(a.slice(from, place));
    stretches.push([key]);
    from = place;
  }
  stretches.push(a.slice(from));
  return stretches.flat();
}

/** The place of the first key that is not before `key`. */
function firstFrom(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place after the last key that begins with `prefix`, which is empty or ends in a slash. */
function endOf(keys: readonly string[], prefix: string): number {
  return prefix === "" ? keys.length : firstFrom(keys, `${prefix.slice(0, -1)}0`); // "0" comes right after "/"
}
