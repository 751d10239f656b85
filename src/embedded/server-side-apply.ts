// Server-side apply: what a manager applies is merged into the object; what the same manager applied before and leaves out now
// is removed, unless others own it; what others set to another value is a conflict, unless it is forced
// (structured-merge-diff, merge/update.go). Fields that the kind does not have are not found here.

import { ApiFailure, badRequest, plainError } from "./failure.ts";
import { intersection, isEmptySet, minus, NO_FIELDS, pathsOf, union, withParents } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { formOf, isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject, objectOf, without } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { structureOf } from "./kind-structures.ts";
import { apiVersionOf } from "./kinds.ts";
import {
  identityOf,
  managersOf,
  ownable,
  trackedChanges,
  withManagers,
  withoutLost,
  withUpdateTracked,
} from "./managed-fields.ts";
import type { Manager, Managers, Tracking } from "./managed-fields.ts";
import { fieldsIn, itemStep } from "./owned-fields.ts";
import type { Changes } from "./owned-fields.ts";
import { structureAt } from "./structure.ts";
import type { Structure } from "./structure.ts";
import type { ApiObject, Kind } from "./types.ts";

export interface ApplyOptions extends Tracking {
  /** Takes over the fields that others own. */
  readonly force?: boolean;
}

/**
 * The object after the apply, managedFields included; `current` undefined for one that is to be created. An apply that changes
 * nothing gives an equal object. Throws ApiFailure: 400 for what is no such object, 409 for conflicts, 500 for items that
 * are there twice.
 */
export function applyServerSide(
  kind: Kind,
  current: ApiObject | undefined,
  applied: unknown,
  options: ApplyOptions,
): ApiObject {
  const config = checked(kind, applied);
  const { structure = structureOf(kind), subresource = "" } = options;
  const live = current === undefined ? undefined : withFirstManager(kind, current, options);
  const self: Manager = {
    name: options.fieldManager,
    operation: "Apply",
    apiVersion: apiVersionOf(kind),
    subresource,
    time: options.time,
    fields: ownable(kind, subresource, fieldsIn(config, structure)),
  };
  const identity = identityOf(self);
  const known = live === undefined ? new Map<string, Manager>() : managersOf(live);
  const managers = new Map([...known, [identity, self]]);
  const before = live === undefined ? undefined : withoutManagers(live);
  const context = `failed to create typed patch object (${placeInWords(config)}; ${apiVersionOf(kind)}, Kind=${kind.kind})`;
  const merged = merge(before, config, structure, { context, path: "" });
  const lost = lostFields(known.get(identity)?.fields ?? NO_FIELDS, managers);
  const after = (isEmptySet(lost) ? merged : (pruned(merged, lost, structure) ?? {})) as ApiObject;
  const changes = trackedChanges(kind, before, after, options);
  if (options.force !== true) checkConflicts(managers, changes, identity);
  const left = withoutLost(managers, changes, identity);
  const isSame = isEqual(before, after);
  const own = isSame ? known.get(identity)?.time : self.time;
  const timed = left.has(identity)
    ? new Map([...left, [identity, { ...self, time: own, fields: left.get(identity)!.fields }]])
    : left;
  return withManagers(after, timed);
}

function checked(kind: Kind, applied: unknown): JsonObject {
  if (!isObject(applied)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${formOf(applied)} into Go value of type map[string]interface {}`,
    );
  }
  const { apiVersion = "", kind: name = "" } = applied;
  if (apiVersion !== apiVersionOf(kind) || name !== kind.kind) {
    const version = String(apiVersion as string);
    throw badRequest(
      `invalid object type: ${version.includes("/") ? "" : "/"}${version}, Kind=${String(name as string)}`,
    );
  }
  if ((fieldOf(applied["metadata"], "managedFields") ?? null) !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  return withoutNulls(applied) as JsonObject;
}

/** Whatever there was before the first apply is owned, as if somebody had set it. */
function withFirstManager(kind: Kind, current: ApiObject, options: ApplyOptions): ApiObject {
  if (0 < managersOf(current).size) return current;
  return withUpdateTracked(kind, undefined, current, {
    ...options,
    fieldManager: "before-first-apply",
    subresource: "",
  });
}

/** What the manager applied last time, and nobody owns now. */
function lostFields(last: FieldSet, managers: Managers): FieldSet {
  const owned = [...managers.values()].map(({ fields }) => fields).reduce(union, NO_FIELDS);
  return minus(withParents(last), withParents(owned));
}

function checkConflicts(managers: Managers, changes: Changes, self: string): void {
  const conflicts = [...managers]
    .filter(([identity]) => identity !== self)
    .flatMap(([, manager]) =>
      pathsOf(intersection(manager.fields, changes.set)).map((path) => ({ manager: inWords(manager), path })),
    )
    .toSorted((a, b) => (a.manager === b.manager ? 0 : a.manager < b.manager ? -1 : 1));
  const [first, second] = conflicts;
  if (first === undefined) return;
  const groups = [...new Set(conflicts.map(({ manager }) => manager))].flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => `- ${path}`),
  ]);
  const message =
    second === undefined
      ? `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`
      : `Apply failed with ${String(conflicts.length)} conflicts: ${groups.join("\n")}`;
  const causes = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field: path,
  }));
  throw new ApiFailure(409, "Conflict", message, { causes });
}

function inWords({ name, operation, apiVersion, subresource }: Manager): string {
  const subject =
    subresource === "" ? JSON.stringify(name) : `${JSON.stringify(name)} with subresource "${subresource}"`;
  return operation === "Update" ? `${subject} using ${apiVersion}` : subject;
}

interface Place {
  readonly context: string;
  readonly path: string;
}

/** `applied` over `live`: objects field by field, lists that are owned item by item by their keys, all else replaced. */
function merge(live: unknown, applied: unknown, structure: Structure, place: Place): unknown {
  if (structure.apply === "atomic") return applied;
  if (isObject(applied)) {
    const fields = new Map(isObject(live) ? Object.entries(live) : []);
    for (const [name, value] of Object.entries(applied)) {
      const inside = { ...place, path: `${place.path}.${name}` };
      fields.set(name, merge(fields.get(name), value, structureAt(structure, name), inside));
    }
    return Object.fromEntries(fields);
  }
  if (!isList(applied) || structure.apply === undefined) return applied;
  return mergeLists(isList(live) ? live : [], applied, structure, place);
}

/** In the order of `applied`; items of `live` alone stay before the item that they stood before. */
function mergeLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  structure: Structure,
  place: Place,
): readonly unknown[] {
  const inside: Structure = structure.fields === undefined ? {} : { fields: structure.fields };
  const wanted = new Map<string, unknown>();
  for (const item of applied) {
    const step = itemStep(item, structure) ?? "";
    if (wanted.has(step)) {
      throw plainError(`${place.context}: ${place.path}: duplicate entries for key ${keyInWords(step)}`);
    }
    wanted.set(step, item);
  }
  const old = live.map((item) => [itemStep(item, structure) ?? "", item] as const);
  const oldItems = new Map(old);
  const rest = [...old];
  const result: unknown[] = [];
  for (const [step, item] of wanted) {
    if (oldItems.has(step)) {
      // Whatever stood before it stays before it; shared items that come earlier there are placed by the order applied.
      for (const [other, value] of rest.splice(0, rest.findIndex(([other]) => other === step) + 1)) {
        if (!wanted.has(other)) result.push(value);
      }
    }
    result.push(merge(oldItems.get(step), item, inside, { ...place, path: place.path + keyInWords(step) }));
  }
  return [...result, ...rest.filter(([step]) => !wanted.has(step)).map(([, value]) => value)];
}

/** The value without the fields of the set; what is left empty by that goes as well. */
function pruned(value: unknown, lost: FieldSet, structure: Structure): unknown {
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

function withoutManagers(object: ApiObject): ApiObject {
  return { ...object, metadata: without(object.metadata, "managedFields") };
}

function withoutNulls(value: unknown): unknown {
  if (isList(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, inside]) => inside !== null && inside !== undefined);
  return Object.fromEntries(fields.map(([name, inside]) => [name, withoutNulls(inside)]));
}

function keyInWords(step: string): string {
  return pathsOf({ isMember: false, children: new Map([[step, { isMember: true, children: new Map() }]]) })[0] ?? "";
}

function placeInWords(config: JsonObject): string {
  const { namespace = "", name = "" } = objectOf(config["metadata"]);
  return `${String(namespace as string)}/${String(name as string)}`;
}
