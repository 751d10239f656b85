// FieldSet: a set of fields of an object, as managedFields write it (FieldsV1, structured-merge-diff). A step of a path is
// `f:<field>`, `k:<keys of a list item>` or `v:<value of a list item>`; a list that is owned as a whole has no steps inside.

import { isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";

export interface FieldSet {
  /** Whether the field itself is in the set, and not only some that are inside it. */
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const NO_FIELDS: FieldSet = { isMember: false, children: new Map() };

export function fieldSet(isMember: boolean, children: Iterable<readonly [string, FieldSet]> = []): FieldSet {
  return { isMember, children: new Map([...children].filter(([, child]) => !isEmptySet(child))) };
}

export function isEmptySet({ isMember, children }: FieldSet): boolean {
  return !isMember && children.size === 0;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  return combined(left, right, (inLeft, inRight) => inLeft || inRight);
}

/** A field stays when it is in `right` as another field's inside only. */
export function minus(left: FieldSet, right: FieldSet): FieldSet {
  return combined(left, right, (inLeft, inRight) => inLeft && !inRight);
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combined(left, right, (inLeft, inRight) => inLeft && inRight);
}

/** The set with every object field that has something of the set inside. */
export function withParents({ isMember, children }: FieldSet): FieldSet {
  const grown = [...children].map(([step, child]) => {
    const inside = withParents(child);
    const isParent = step.startsWith("f:") && 0 < child.children.size;
    return [step, { ...inside, isMember: inside.isMember || isParent }] as const;
  });
  return fieldSet(isMember, grown);
}

/** The set without a field and everything in it. `steps` leads to the field. */
export function withoutField(set: FieldSet, steps: readonly string[]): FieldSet {
  const [step, ...rest] = steps;
  if (step === undefined) return NO_FIELDS;
  const child = set.children.get(step);
  if (child === undefined) return set;
  return fieldSet(set.isMember, new Map(set.children).set(step, withoutField(child, rest)));
}

/** The paths of the members in order, as conflicts name them: `.spec.containers[name="a"].image`. */
export function pathsOf({ isMember, children }: FieldSet, prefix = ""): readonly string[] {
  const inside = inOrder(children).flatMap(([step, child]) => pathsOf(child, prefix + stepInWords(step)));
  return isMember ? [prefix, ...inside] : inside;
}

export function toFieldsV1({ children }: FieldSet): JsonObject {
  return Object.fromEntries(
    inOrder(children).map(([step, child]) => {
      const isBoth = child.isMember && 0 < child.children.size;
      return [step, isBoth ? { ".": {}, ...toFieldsV1(child) } : toFieldsV1(child)];
    }),
  );
}

export function fromFieldsV1(fields: unknown): FieldSet {
  return { ...read(fields), isMember: false };
}

function read(fields: unknown): FieldSet {
  const steps = isObject(fields) ? Object.entries(fields) : [];
  const isMember = steps.length === 0 || steps.some(([step]) => step === ".");
  return fieldSet(
    isMember,
    steps.filter(([step]) => step !== ".").map(([step, inside]) => [step, read(inside)]),
  );
}

function combined(left: FieldSet, right: FieldSet, keep: (inLeft: boolean, inRight: boolean) => boolean): FieldSet {
  const steps = new Set([...left.children.keys(), ...right.children.keys()]);
  return fieldSet(
    keep(left.isMember, right.isMember),
    [...steps].map((step) => {
      const child = combined(left.children.get(step) ?? NO_FIELDS, right.children.get(step) ?? NO_FIELDS, keep);
      return [step, child] as const;
    }),
  );
}

function inOrder(children: ReadonlyMap<string, FieldSet>): readonly (readonly [string, FieldSet])[] {
  return [...children].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function stepInWords(step: string): string {
  const text = step.slice(2);
  if (step.startsWith("f:")) return `.${text}`;
  if (step.startsWith("v:")) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
}
