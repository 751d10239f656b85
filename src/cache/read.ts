// Defensive reading of raw JSON: whatever an API server, a user or a fuzzer sends, these answer with the type that was
// asked for or with nothing, and never throw.

import { parseQuantity } from "../model/index.ts";
import { invalidQuantity, type QuantityMap } from "./unreadable.ts";

export type RawObject = Readonly<Record<string, unknown>>;

const EMPTY_OBJECT: RawObject = Object.freeze({});

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function objectOf(value: unknown): RawObject {
  return isObject(value) ? value : EMPTY_OBJECT;
}

const NO_OBJECTS: readonly RawObject[] = Object.freeze([]);

/** The objects of a list; what is no object is left out. */
export function objectsOf(value: unknown): readonly RawObject[] {
  if (!Array.isArray(value) || value.length === 0) return NO_OBJECTS;
  return value.every(isObject) ? value : value.filter(isObject);
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A safe integer as JSON writes it; never a text that looks like one. */
export function integerOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** Labels, annotations, selectors: pairs of texts. YAML writes bare numbers and booleans, so those are taken for their text. */
export function textMapOf(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) return NO_TEXTS;
  const pairs = Object.entries(value);
  if (pairs.length === 0) return NO_TEXTS;
  const map = new Map<string, string>();
  for (const [key, text] of pairs) {
    if (typeof text === "string") map.set(key, text);
    else if (typeof text === "number" || typeof text === "boolean") map.set(key, String(text));
  }
  return map;
}

/** Milliseconds since 1970 of an API timestamp; 0 where there is none. */
export function timeOf(value: unknown): number {
  if (typeof value !== "string") return 0;
  const time = new Date(value).getTime();
  return Number.isFinite(time) ? time : 0;
}

const NO_QUANTITIES: QuantityMap = new Map();

/** Amounts in nano units by resource name. Throws Unreadable where one is no quantity or negative. */
export function quantitiesOf(value: unknown, path: string): QuantityMap {
  if (!isObject(value)) return NO_QUANTITIES;
  const map = new Map<string, bigint>();
  for (const [name, raw] of Object.entries(value)) {
    const nano = parseQuantity(raw);
    if (nano === undefined || nano < 0n) throw invalidQuantity(path, name, raw, nano !== undefined);
    map.set(name, nano);
  }
  return map;
}

/** The controlling owner among `metadata.ownerReferences`. */
export function controllerOf(references: unknown): RawObject | undefined {
  return objectsOf(references).find((reference) => reference["controller"] === true);
}
