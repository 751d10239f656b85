// JSON values: the few questions and operations that every part of the server needs. Values are never changed, only replaced.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const EMPTY: JsonObject = Object.freeze({});
const NOTHING: readonly JsonObject[] = Object.freeze([]);

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY;
}

/** The objects of a list; what is no object is left out, and what is no list is an empty one. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) return NOTHING;
  return value.every(isObject) ? value : value.filter(isObject);
}

/** The text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The texts of a list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The value of an own field: `constructor` is a legal key of labels and annotations. */
export function fieldOf(object: unknown, field: string): unknown {
  if (!isObject(object) || !Object.hasOwn(object, field)) return undefined;
  const value: unknown = Reflect.get(object, field);
  return value;
}

/** The value that `path` leads to through own fields of objects; undefined where it ends early. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const field of path) current = fieldOf(current, field);
  return current;
}

/** A copy without the fields named. */
export function without<T extends JsonObject>(object: T, ...fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field))) as T;
}

/** Freezes the value and all that it holds. What is frozen already is taken for frozen throughout. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** Whether two JSON values are the same, whatever the order of keys. A field that is undefined counts as absent. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => isEqual(item, b[i]));
  }
  const fields = definedFields(a);
  return (
    fields.length === definedFields(b).length && fields.every(([field, value]) => isEqual(value, fieldOf(b, field)))
  );
}

function definedFields(object: object): readonly (readonly [string, unknown])[] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}

/** Labels or annotations by key: keys are a user's, so they are never looked up in a plain object. */
export function pairsOf(value: unknown): ReadonlyMap<string, string> {
  const pairs = Object.entries(objectOf(value));
  return new Map(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}
