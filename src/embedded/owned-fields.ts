// OwnedFields: which fields a configuration sets, and which of them differ between two states of an object
// (structured-merge-diff, typed: toFieldSet and compare). The structure of a kind says what is owned as a whole.

import { fieldSet, NO_FIELDS, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { structureAt } from "./structure.ts";
import type { Structure } from "./structure.ts";

/** The fields that `value` sets. */
export function fieldsIn(value: unknown, structure: Structure): FieldSet {
  const steps = stepsInto(value, structure);
  if (steps === undefined) return fieldSet(true);
  return fieldSet(
    false,
    [...steps].map(([step, inside]) => {
      const set = fieldsIn(inside.value, inside.structure);
      const isNothing = inside.value === null || (isObject(inside.value) && Object.keys(inside.value).length === 0);
      return [step, isNothing || !step.startsWith("f:") ? { ...set, isMember: true } : set] as const;
    }),
  );
}

export interface Changes {
  /** Added, or with another value. */
  readonly set: FieldSet;
  readonly removed: FieldSet;
}

/** What is different in `after`; undefined stands for what is not there. */
export function changesBetween(before: unknown, after: unknown, structure: Structure): Changes {
  if (before === undefined && after === undefined) return { set: NO_FIELDS, removed: NO_FIELDS };
  if (before === undefined) return { set: everyField(after, structure), removed: NO_FIELDS };
  if (after === undefined) return { set: NO_FIELDS, removed: everyField(before, structure) };
  const old = stepsInto(before, structure);
  const now = stepsInto(after, structure);
  if (old === undefined || now === undefined) {
    return { set: fieldSet(!isEqual(before, after)), removed: NO_FIELDS };
  }
  const inside = [...new Set([...old.keys(), ...now.keys()])].map((step) => {
    const part = now.get(step) ?? old.get(step);
    const changes = changesBetween(old.get(step)?.value, now.get(step)?.value, part?.structure ?? {});
    return [step, changes] as const;
  });
  return {
    set: fieldSet(
      false,
      inside.map(([step, { set }]) => [step, set]),
    ),
    removed: fieldSet(
      false,
      inside.map(([step, { removed }]) => [step, removed]),
    ),
  };
}

/** Of a list that is owned item by item, what tells the item apart, as a step; undefined for all other lists. */
export function itemStep(item: unknown, structure: Structure): string | undefined {
  const { apply } = structure;
  if (apply === "set") return `v:${JSON.stringify(item)}`;
  if (apply === undefined || apply === "atomic" || !isObject(item)) return undefined;
  const keys = apply.toSorted().map((key) => [key, fieldOf(item, key) ?? KEY_DEFAULTS.get(key) ?? null] as const);
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** Keys that may be left out of an item. */
const KEY_DEFAULTS: ReadonlyMap<string, string> = new Map([["protocol", "TCP"]]);

interface Part {
  readonly value: unknown;
  readonly structure: Structure;
}

/** What is owned one by one inside a value; undefined for a value that is owned as a whole. */
function stepsInto(value: unknown, structure: Structure): ReadonlyMap<string, Part> | undefined {
  if (structure.apply === "atomic") return undefined;
  if (isObject(value)) return fieldSteps(value, structure);
  if (!isList(value) || structure.apply === undefined) return undefined;
  const inside: Structure = structure.fields === undefined ? {} : { fields: structure.fields };
  const steps = value.map((item) => [itemStep(item, structure) ?? "", { value: item, structure: inside }] as const);
  return new Map(steps);
}

function fieldSteps(object: JsonObject, structure: Structure): ReadonlyMap<string, Part> {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined);
  return new Map(fields.map(([name, value]) => [`f:${name}`, { value, structure: structureAt(structure, name) }]));
}

/** Every field of a value that is new or gone as a whole: itself, and all that is inside. */
function everyField(value: unknown, structure: Structure): FieldSet {
  const inside = [...(stepsInto(value, structure) ?? [])].map(
    ([step, part]) => [step, everyField(part.value, part.structure)] as const,
  );
  return union(fieldSet(true), fieldSet(false, inside));
}
