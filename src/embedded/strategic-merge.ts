// Strategic merge patch, as apimachinery's strategicpatch applies it: like a JSON merge patch, except that the structure of a
// kind says which lists merge and by which key, and that directives in the patch ($patch, $retainKeys, $setElementOrder,
// $deleteFromPrimitiveList) overrule it.

import { formOf, goText, isList } from "./json-forms.ts";
import { fieldOf, isObject } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { PatchRefused } from "./patch-refused.ts";
import { checkPatchOrder, mergedList, orderedBy } from "./strategic-lists.ts";
import { structureAt } from "./structure.ts";
import type { Structure } from "./structure.ts";

const DELETE_ITEMS = "$deleteFromPrimitiveList";
const ELEMENT_ORDER = "$setElementOrder";

/** The document after the patch; neither is changed. Throws PatchRefused: 400, 422 or, as the real server, 500. */
export function applyStrategicMerge(document: unknown, patch: unknown, structure: Structure): unknown {
  if (!isObject(patch)) {
    const message = `json: cannot unmarshal ${formOf(patch)} into Go value of type map[string]interface {}`;
    throw new PatchRefused(400, message);
  }
  return mergedObject(isObject(document) ? document : {}, patch, structure);
}

function mergedObject(original: JsonObject, patch: JsonObject, structure: Structure): JsonObject {
  const directive = fieldOf(patch, "$patch");
  if (directive === "replace") return objectWithoutDirectives(patch);
  if (directive === "delete") return {};
  if (directive !== undefined) throw unknownDirective(directive, patch);

  const fields = new Map(Object.entries(original));
  const changes = new Map(Object.entries(patch));
  retainKeys(fields, changes);
  orderElements(fields, changes, structure);
  for (const [name, change] of changes) {
    const isDeletion = name.startsWith(DELETE_ITEMS);
    mergeField(fields, isDeletion ? listNameIn(name, DELETE_ITEMS) : name, change, structure, isDeletion);
  }
  return Object.fromEntries(fields);
}

function mergeField(
  fields: Map<string, unknown>,
  name: string,
  change: unknown,
  structure: Structure,
  isDeletion: boolean,
): void {
  const before = fields.get(name);
  if (change === null) {
    fields.delete(name);
  } else if (before === undefined || formOf(before) !== formOf(change)) {
    if (isDeletion) return;
    const value = withoutDirectives(change);
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  } else if (fieldOf(change, "$patch") === "delete") {
    fields.delete(name); // what is left is empty, and Kubernetes leaves empty maps out
  } else {
    fields.set(name, mergedValue(before, change, structureAt(structure, name), isDeletion));
  }
}

function mergedValue(before: unknown, change: unknown, structure: Structure, isDeletion: boolean): unknown {
  if (isObject(before) && isObject(change)) {
    return structure.patch === "replace" ? objectWithoutDirectives(change) : mergedObject(before, change, structure);
  }
  if (isList(before) && isList(change)) {
    if (structure.patch !== "merge") return change.map(clean);
    return mergedList(before, change, {
      isDeletion,
      mergeKey: structure.mergeKey,
      mergeItems: (item, changes) => mergedObject(item, changes, structure),
      clean: objectWithoutDirectives,
    });
  }
  return change;
}

/** `$retainKeys` names the fields that may be there afterwards, those of the patch among them; all others go. */
function retainKeys(fields: Map<string, unknown>, changes: Map<string, unknown>): void {
  const retained = changes.get("$retainKeys");
  if (retained === undefined) return;
  changes.delete("$retainKeys");
  const names = new Set<unknown>(isList(retained) ? retained : []);
  const isForeign = ([name, change]: [string, unknown]) =>
    change !== null && !name.startsWith(DELETE_ITEMS) && !name.startsWith(ELEMENT_ORDER) && !names.has(name);
  if (!isList(retained) || [...changes].some(isForeign)) {
    throw new PatchRefused(400, "invalid patch format of retainKeys");
  }
  for (const name of fields.keys()) if (!names.has(name)) fields.delete(name);
}

/** `$setElementOrder/<list>`: merges the list with what the patch has for it, then puts the items in the order given. */
function orderElements(fields: Map<string, unknown>, changes: Map<string, unknown>, structure: Structure): void {
  for (const [directive, order] of changes) {
    if (!directive.startsWith(ELEMENT_ORDER)) continue;
    changes.delete(directive);
    if (!isList(order)) throw wrongList(order);
    const name = listNameIn(directive, ELEMENT_ORDER);
    const before = fields.get(name);
    const change = changes.get(name);
    if (before === undefined && change === undefined) continue;
    if (before !== undefined && !isList(before)) throw wrongList(before);
    if (change !== undefined && !isList(change)) throw wrongList(change);

    const list = structureAt(structure, name);
    checkPatchOrder(change ?? [], order, list.mergeKey);
    const merged =
      before === undefined || change === undefined
        ? (before ?? change?.map(clean))
        : mergedValue(before, change, list, false);
    changes.delete(name);
    fields.set(name, orderedBy(isList(merged) ? merged : [], order, before ?? [], list.mergeKey));
  }
}

function listNameIn(directive: string, prefix: string): string {
  if (directive.startsWith(`${prefix}/`)) return directive.slice(prefix.length + 1);
  const what = prefix === DELETE_ITEMS ? "primitive" : "setElementOrder";
  throw new PatchRefused(400, `invalid patch format of ${what} list`);
}

/** A value that meets nothing to merge with: objects that are directives go, and so do nulls. */
function withoutDirectives(value: unknown): unknown {
  if (isList(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  return Object.hasOwn(value, "$patch") ? undefined : objectWithoutDirectives(value);
}

function objectWithoutDirectives(object: JsonObject): JsonObject {
  const fields = Object.entries(object)
    .filter(([name, value]) => value !== null && !isDirective(name))
    .map(([name, value]) => [name, withoutDirectives(value)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** What replaces another value as it stands. */
function clean(value: unknown): unknown {
  return isObject(value) ? objectWithoutDirectives(value) : value;
}

function isDirective(name: string): boolean {
  return name === "$patch" || name === "$retainKeys" || /^\$(setElementOrder|deleteFromPrimitiveList)(\/|$)/.test(name);
}

function unknownDirective(directive: unknown, patch: JsonObject): PatchRefused {
  return new PatchRefused(500, `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
}

function wrongList(value: unknown): PatchRefused {
  const forms = { object: "map[string]interface {}", array: "[]interface {}", number: "int64", null: "%!s(<nil>)" };
  const form = formOf(value);
  const type = form === "string" || form === "bool" ? form : forms[form];
  return new PatchRefused(500, `expected a []interface {}, but received a ${type}`);
}
