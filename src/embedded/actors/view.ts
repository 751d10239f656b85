// View: what is stored, by the questions that actors ask: whose an object is, on which node a pod is, what a namespace
// holds. Fed with every write; answers cost no more than what they give. Orders are those of creation.

import { storageOf } from "../kinds.ts";
import type { ApiObject, Kind, Write } from "../types.ts";
import { controllerOf, keyOf, uidOf } from "./objects.ts";
import { nodeNameOf } from "./pods.ts";

/** An object with its kind. */
export interface Held {
  readonly kind: Kind;
  readonly object: ApiObject;
}

type HeldById = ReadonlyMap<string, Held>;
const NONE: HeldById = new Map();

export class View {
  readonly #byKind = new Index();
  readonly #byOwner = new Index();
  readonly #byNode = new Index();
  readonly #byNamespace = new Index();
  readonly #byUid = new Map<string, Held>();

  apply({ verb, kind, before, object }: Write): void {
    const id = `${storageOf(kind)} ${keyOf(object)}`;
    const held = verb === "delete" ? undefined : { kind, object };
    const old = before === undefined ? undefined : { kind, object: before };
    this.#byKind.put(id, [storageOf(kind)], held);
    this.#byNamespace.put(id, namespacesOf(held ?? old), held);
    this.#byOwner.move(id, ownersOf(old), ownersOf(held), held);
    this.#byNode.move(id, nodesOf(old), nodesOf(held), held);
    if (before?.metadata.uid !== undefined) this.#byUid.delete(before.metadata.uid);
    if (held !== undefined && object.metadata.uid !== undefined) this.#byUid.set(object.metadata.uid, held);
  }

  get(kind: Kind, key: string): ApiObject | undefined {
    return this.#byKind.get(storageOf(kind)).get(`${storageOf(kind)} ${key}`)?.object;
  }

  /** All of a kind. */
  all(kind: Kind): readonly ApiObject[] {
    return [...this.#byKind.get(storageOf(kind)).values()].map(({ object }) => object);
  }

  /** The object with this UID. */
  ofUid(uid: string): Held | undefined {
    return this.#byUid.get(uid);
  }

  /** What names `uid` among its owners. */
  dependentsOf(uid: string): readonly Held[] {
    return [...this.#byOwner.get(uid).values()];
  }

  /** What `owner` is the controller of, of one kind. */
  controlledBy(owner: ApiObject, kind: Kind): readonly ApiObject[] {
    const uid = uidOf(owner);
    return this.dependentsOf(uid)
      .filter((held) => storageOf(held.kind) === storageOf(kind) && controllerOf(held.object)?.uid === uid)
      .map(({ object }) => object);
  }

  podsOn(nodeName: string): readonly ApiObject[] {
    return [...this.#byNode.get(nodeName).values()].map(({ object }) => object);
  }

  contentsOf(namespace: string): readonly Held[] {
    return [...this.#byNamespace.get(namespace).values()];
  }
}

class Index {
  readonly #map = new Map<string, Map<string, Held>>();

  get(key: string): HeldById {
    return this.#map.get(key) ?? NONE;
  }

  /** Stores under the keys, or removes from them where there is nothing to store. */
  put(id: string, keys: readonly string[], held: Held | undefined): void {
    for (const key of keys) {
      const bucket = this.#map.get(key);
      if (held !== undefined) {
        if (bucket === undefined) this.#map.set(key, new Map([[id, held]]));
        else bucket.set(id, held);
      } else if (bucket !== undefined) {
        bucket.delete(id);
        if (bucket.size === 0) this.#map.delete(key);
      }
    }
  }

  move(id: string, from: readonly string[], to: readonly string[], held: Held | undefined): void {
    this.put(
      id,
      from.filter((key) => !to.includes(key)),
      undefined,
    );
    this.put(id, to, held);
  }
}

function namespacesOf(held: Held | undefined): readonly string[] {
  const namespace = held?.object.metadata.namespace;
  return namespace === undefined ? [] : [namespace];
}

function ownersOf(held: Held | undefined): readonly string[] {
  return (held?.object.metadata.ownerReferences ?? []).map(({ uid }) => uid);
}

function nodesOf(held: Held | undefined): readonly string[] {
  if (held === undefined || held.kind.group !== "" || held.kind.plural !== "pods") return [];
  const node = nodeNameOf(held.object);
  return node === "" ? [] : [node];
}
