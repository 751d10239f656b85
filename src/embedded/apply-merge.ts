// ApplyMerge: the two halves of a server-side apply, as values: what is applied is laid over the object, and what is owned no
// more is taken out of it. Nothing is changed in place.

import { plainError } from "./failure.ts";
import { pathsOf } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { isList } from "./json-forms.ts";
import { isObject } from "./json.ts";
import { itemStep } from "./owned-fields.ts";
import { structureAt } from "./structure.ts";
import type { Structure } from "./structure.ts";

/** Where the merge is, for messages. */
export interface Place {
  readonly context: string;
  readonly path: string;
}

/** `applied` over `live`: objects field by field, lists that are owned item by item by their keys, all else replaced. */
export function mergeApplied(live: unknown, applied: unknown, structure: Structure, place: Place): unknown {
  if (structure.apply === "atomic") return applied;
  if (isObject(applied)) {
    const fields = new Map(isObject(live) ? Object.entries(live) : []);
    for (const [name, value] of Object.entries(applied)) {
      const inside = { ...place, path: `${place.path}.${name}` };
      fields.set(name, mergeApplied(fields.get(name), value, structureAt(structure, name), inside));
    }
    return Object.fromEntries(fields);
  }
  if (!isList(applied) || structure.apply === undefined) return applied;
  return mergeLists(isList(live) ? live : [], applied, structure, place);
}

/** In the order of `applied`; an item of `live` alone comes as early as it may, after all that stood before it in `live` alone. */
function mergeLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  structure: Structure,
  place: Place,
): readonly unknown[] {
  const inside: Structure = structure.fields === undefined ? {} : { fields: structure.fields };
  const stepOf = (item: unknown) => itemStep(item, structure) ?? "";
  const wanted = applied.map(stepOf);
  const twice = wanted.find((step, index) => wanted.indexOf(step) < index);
  if (twice !== undefined) {
    throw plainError(`${place.context}: ${place.path}: duplicate entries for key ${keyInWords(twice)}`);
  }
  const rest = live.map((item) => ({ step: stepOf(item), item }));
  const before = new Map(rest.map(({ step, item }) => [step, item]));
  const merged: unknown[] = [];
  for (const [index, item] of applied.entries()) {
    const nextShared = wanted.slice(index).find((step) => before.has(step));
    for (let head = rest[0]; head !== undefined && head.step !== nextShared; head = rest[0]) {
      if (!wanted.includes(head.step)) merged.push(head.item);
      rest.shift();
    }
    const step = stepOf(item);
    if (step === nextShared) rest.shift();
    merged.push(mergeApplied(before.get(step), item, inside, { ...place, path: place.path + keyInWords(step) }));
  }
  return [...merged, ...rest.filter(({ step }) => !wanted.includes(step)).map(({ item }) => item)];
}

/** The value without the fields of the set; what is left empty by that goes as well. */
export function pruned(value: unknown, lost: FieldSet, structure: Structure): unknown {
  const left = (step: string, inside: unknown, part: Structure): unknown => {
    const child = lost.children.get(step);
    if (child === undefined) return inside;
    return child.isMember ? undefined : pruned(inside, child, part);
  };
  if (isList(value)) {
    const inside: Structure = structure.fields === undefined ? {} : { fields: structure.fields };
    const items = value
      .map((item) => left(itemStep(item, structure) ?? "", item, inside))
      .filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  const fields = Object.entries(value)
    .map(([name, inside]) => [name, left(`f:${name}`, inside, structureAt(structure, name))] as const)
    .filter(([, inside]) => inside !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function keyInWords(step: string): string {
  return pathsOf({ isMember: false, children: new Map([[step, { isMember: true, children: new Map() }]]) })[0] ?? "";
}
