// Store: the objects, one resourceVersion counter for all of them, and the history of every change. `commit` is the only
// way in. Stored objects are frozen and shared with whoever reads them. Deterministic: no clock, no randomness.

import { invariant } from "../model/index.ts";
import { deepFreeze } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { Table } from "./table.ts";
import type { ApiObject, Kind, Write, WriteHooks } from "./types.ts";

export interface StoreOptions {
  readonly hooks?: WriteHooks;
  /** Writes that are remembered before the oldest half is compacted away, for those who never call `compact`. */
  readonly historyMax?: number;
}

export type Listener = (write: Write) => void;

export class Store {
  readonly #hooks: WriteHooks;
  readonly #historyMax: number;
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<Listener>();
  readonly #untold: Write[] = [];
  #isTelling = false;
  #history: Write[] = [];
  #resourceVersion = 1; // 0 has a meaning of its own in requests
  #compacted = 1;

  constructor(options: StoreOptions = {}) {
    this.#hooks = options.hooks ?? {};
    this.#historyMax = options.historyMax ?? 100_000;
  }

  /** Of the last change. */
  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** The oldest state that can still be read, and the oldest that a watch can start from. */
  get compactedResourceVersion(): number {
    return this.#compacted;
  }

  /** Changes after the compacted resourceVersion, oldest first; one for each resourceVersion. */
  get history(): readonly Write[] {
    return this.#history;
  }

  get(kind: Kind, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#tables.get(storageOf(kind))?.get(keyOf(namespace, name));
  }

  /** All objects, or those of a namespace, in the order of their keys `namespace/name`. Not copied while nothing changes. */
  list(kind: Kind, namespace?: string): readonly ApiObject[] {
    return this.#tables.get(storageOf(kind))?.list(prefixOf(namespace)) ?? [];
  }

  /** Objects as they were at `resourceVersion`, after the key `after`, in the order of keys. Throws where that is compacted. */
  *entriesAt(
    kind: Kind,
    namespace: string | undefined,
    resourceVersion: number,
    after = "",
  ): Generator<readonly [string, ApiObject]> {
    const table = this.#tables.get(storageOf(kind));
    if (table === undefined) return;
    yield* table.entries(prefixOf(namespace), after, this.#undone(storageOf(kind), table, resourceVersion));
  }

  /** How many objects there were, of all namespaces or one, at `resourceVersion`. O(1) while nothing changes. */
  countAt(kind: Kind, namespace: string | undefined, resourceVersion: number, after = ""): number {
    const table = this.#tables.get(storageOf(kind));
    if (table === undefined) return 0;
    return table.count(prefixOf(namespace), after, this.#undone(storageOf(kind), table, resourceVersion));
  }

  /** Changes after `resourceVersion`, of all kinds, oldest first. Throws where that is compacted. */
  since(resourceVersion: number): readonly Write[] {
    invariant(this.#compacted <= resourceVersion, "history before the compacted resourceVersion is gone");
    return this.#history.slice(resourceVersion - this.#compacted);
  }

  /**
   * The one way to change anything. A create needs a free name, an update and a delete an object of that name: who calls
   * has checked it. Gives the object its resourceVersion and freezes it; answers with it as stored. Listeners hear of
   * writes in their order, also of those that a listener makes.
   */
  commit(verb: Write["verb"], kind: Kind, object: ApiObject): ApiObject {
    const table = this.#tableOf(kind);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = table.get(key);
    invariant((before === undefined) === (verb === "create"), `${verb} of ${kind.plural} ${key}`);
    const resourceVersion = this.#resourceVersion + 1;
    const stored = deepFreeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(resourceVersion) },
    });
    const write: Write =
      before === undefined
        ? { verb, kind, object: stored, resourceVersion }
        : { verb, kind, before, object: stored, resourceVersion };
    this.#hooks.before?.(write);
    invariant(resourceVersion === this.#resourceVersion + 1, "a hook must not write before the commit");
    this.#resourceVersion = resourceVersion;
    if (verb === "delete") table.delete(key);
    else table.set(key, stored);
    table.resourceVersion = resourceVersion;
    this.#history.push(write);
    if (2 * this.#historyMax < this.#history.length) this.compact(resourceVersion - this.#historyMax);
    this.#tell(write);
    this.#hooks.after?.(write);
    return stored;
  }

  /** `listener` hears of every change from now on. Returns a function that ends it. */
  subscribe(listener: Listener): () => void {
    const own: Listener = (write) => listener(write); // the same function may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Forgets how things were before `resourceVersion`: older pages and watches get 410. */
  compact(resourceVersion: number): void {
    const upTo = Math.min(resourceVersion, this.#resourceVersion);
    if (upTo <= this.#compacted) return;
    this.#history = this.#history.slice(upTo - this.#compacted);
    this.#compacted = upTo;
  }

  #tableOf(kind: Kind): Table {
    const storage = storageOf(kind);
    const known = this.#tables.get(storage);
    if (known !== undefined) return known;
    const table = new Table();
    this.#tables.set(storage, table);
    return table;
  }

  /** What each key that has changed since held at `resourceVersion`; undefined when nothing has. */
  #undone(
    storage: string,
    table: Table,
    resourceVersion: number,
  ): ReadonlyMap<string, ApiObject | undefined> | undefined {
    if (table.resourceVersion <= resourceVersion) return undefined;
    const undone = new Map<string, ApiObject | undefined>();
    for (const { kind, before, object } of this.since(resourceVersion)) {
      if (storageOf(kind) !== storage) continue;
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      if (!undone.has(key)) undone.set(key, before);
    }
    return undone;
  }

  #tell(write: Write): void {
    this.#untold.push(write);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        for (const listener of this.#listeners) listener(next);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

/** `namespace/name`, or the bare name of an object without a namespace: the order of keys is that of etcd. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function prefixOf(namespace: string | undefined): string {
  return namespace === undefined ? "" : `${namespace}/`;
}
