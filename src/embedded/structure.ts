// Structure: which fields of the objects of a kind merge otherwise than plain JSON does. Strategic merge patches read
// `patch` and `mergeKey`, server-side apply reads `apply`. What is not named has no rule: objects merge field by field, lists
// and everything else are replaced. The rules are the x-kubernetes-* extensions of kube-apiserver's OpenAPI, where the two
// differ now and then (ports have one merge key, but two for apply).

export interface Structure {
  /** Of an object, or of the items of a list. */
  readonly fields?: ReadonlyMap<string, Structure>;
  /** Lists: merged instead of replaced. Objects: replaced instead of merged. */
  readonly patch?: "merge" | "replace";
  /** Tells the items of a merged list apart; absent where they are no objects. */
  readonly mergeKey?: string;
  /** A list that is owned item by item, as a set or by these keys; or an object that is owned as a whole. */
  readonly apply?: "set" | "atomic" | readonly string[];
}

export type Fields = Readonly<Record<string, Structure>>;

/** The structure of what no rule is known of, custom resources among them. */
export const PLAIN: Structure = {};

export const ATOMIC: Structure = { apply: "atomic" };

export function fieldsOf(fields: Fields): Structure {
  return { fields: new Map(Object.entries(fields)) };
}

/** A list whose items are told apart by `mergeKey`, or by `keys` where apply needs more than one. */
export function keyed(mergeKey: string, fields: Fields = {}, keys: readonly string[] = [mergeKey]): Structure {
  return { ...fieldsOf(fields), patch: "merge", mergeKey, apply: keys };
}

/** The structure of a field, of an object or of the items of a list. */
export function structureAt(structure: Structure, field: string): Structure {
  return structure.fields?.get(field) ?? PLAIN;
}
