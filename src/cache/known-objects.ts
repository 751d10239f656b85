// Known objects: what a reflector has told its sink, as identities and versions, so that it can tell the difference.
//
// Turns lists and watch events into upserts and deletes of which each happens once: duplicates and older versions are
// dropped, an object that went unseen is deleted, and a name with a new uid is a delete and an upsert. Objects
// themselves are not kept, so the delete of one that went unseen carries its name, namespace, uid and version only.

import type { CacheEvent, KubeObject, ResourceName } from "./events.ts";
import type { WireObject } from "./wire-objects.ts";

/** Deleted uids never come back; so many are remembered against events that arrive once more or late. */
const deletedMax = 4_096;

export class KnownObjects {
  readonly #resource: ResourceName;
  readonly #byKey = new Map<string, WireObject["metadata"]>();
  readonly #deletedUids = new Set<string>();

  constructor(resource: ResourceName) {
    this.#resource = resource;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Of an object that a watch shows. */
  upsert(object: WireObject): readonly CacheEvent[] {
    const { uid, resourceVersion } = object.metadata;
    if (this.#deletedUids.has(uid)) return [];
    const key = keyOf(object.metadata);
    const known = this.#byKey.get(key);
    if (known?.uid === uid && !isNewer(resourceVersion, known.resourceVersion)) return [];
    const gone = known === undefined || known.uid === uid ? [] : [this.#delete(key, stubOf(known))];
    return [...gone, this.#upsert(key, object)];
  }

  /** Of an object that a watch shows for the last time. */
  delete(object: WireObject): readonly CacheEvent[] {
    const key = keyOf(object.metadata);
    if (this.#byKey.get(key)?.uid !== object.metadata.uid) return [];
    return [this.#delete(key, object)];
  }

  /** Of a complete list: the deletes first, then what is new or changed, or with `everything` all of it. */
  replace(objects: readonly WireObject[], everything: boolean): readonly CacheEvent[] {
    const listed = new Map(objects.map((object) => [keyOf(object.metadata), object]));
    const events: CacheEvent[] = [];
    for (const [key, known] of this.#byKey) {
      if (listed.get(key)?.metadata.uid !== known.uid) events.push(this.#delete(key, stubOf(known)));
    }
    for (const [key, object] of listed) {
      const isKnown = this.#byKey.get(key)?.resourceVersion === object.metadata.resourceVersion;
      if (everything || !isKnown) events.push(this.#upsert(key, object));
    }
    return events;
  }

  /** Of a resource that is not there any more. */
  clear(): readonly CacheEvent[] {
    return this.replace([], false);
  }

  #upsert(key: string, object: WireObject): CacheEvent {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    this.#deletedUids.delete(uid); // of a resource that was gone and came back
    this.#byKey.set(key, { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion });
    return { resource: this.#resource, type: "upsert", object };
  }

  #delete(key: string, last: KubeObject): CacheEvent {
    this.#byKey.delete(key);
    this.#deletedUids.add(last.metadata.uid ?? "");
    if (deletedMax < this.#deletedUids.size) {
      const [oldest] = this.#deletedUids;
      this.#deletedUids.delete(oldest ?? "");
    }
    return { resource: this.#resource, type: "delete", object: last };
  }
}

/**
 * Versions of one resource are decimal numbers that grow (promised since Kubernetes 1.35, true before). What is no
 * number counts as newer: then the order of arrival decides.
 */
export function isNewer(version: string, than: string): boolean {
  if (!isDecimal(version) || !isDecimal(than)) return true;
  return version.length === than.length ? than < version : than.length < version.length;
}

function isDecimal(version: string): boolean {
  return /^[1-9][0-9]*$/.test(version);
}

function keyOf({ namespace, name }: KubeObject["metadata"]): string {
  return `${namespace ?? ""}/${name}`;
}

function stubOf(metadata: WireObject["metadata"]): WireObject {
  return { metadata };
}
