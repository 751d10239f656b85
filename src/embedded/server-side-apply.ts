// Server-side apply: what a manager applies is merged into the object; what the same manager applied before and leaves out now
// is removed, unless others own it; what others set to another value is a conflict, unless it is forced
// (structured-merge-diff, merge/update.go). Fields that the kind does not have are not found here.

import { mergeApplied, pruned } from "./apply-merge.ts";
import { ApiFailure, badRequest } from "./failure.ts";
import { fieldSet, intersection, isEmptySet, minus, NO_FIELDS, pathsOf, union, withParents } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { formOf, isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject, objectOf, textOf, without } from "./json.ts";
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
import { fieldsIn } from "./owned-fields.ts";
import type { Changes } from "./owned-fields.ts";
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
  const merged = mergeApplied(before, config, structure, { context, path: "" });
  const lost = lostFields(known.get(identity)?.fields ?? NO_FIELDS, managers);
  const after = (isEmptySet(lost) ? merged : (pruned(merged, lost, structure) ?? {})) as ApiObject;
  const changes = trackedChanges(kind, before, after, options);
  if (options.force !== true) checkConflicts(managers, changes, identity);
  const time = isEqual(before, after) ? known.get(identity)?.time : self.time;
  const timed = new Map(managers).set(identity, { ...self, time });
  return withManagers(after, withoutLost(timed, changes, identity));
}

function checked(kind: Kind, applied: unknown): JsonObject {
  if (!isObject(applied)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${formOf(applied)} into Go value of type map[string]interface {}`,
    );
  }
  const [apiVersion, name] = [textOf(applied["apiVersion"]), textOf(applied["kind"])];
  if (apiVersion !== apiVersionOf(kind) || name !== kind.kind) {
    throw badRequest(`invalid object type: ${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${name}`);
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

/** The name and what else the server keeps there is never lost. */
const ALWAYS_OWNED: FieldSet = fieldSet(false, [["f:metadata", fieldSet(true)]]);

/** What the manager applied last time, and nobody owns now. */
function lostFields(last: FieldSet, managers: Managers): FieldSet {
  const owned = [...managers.values()].map(({ fields }) => fields).reduce(union, ALWAYS_OWNED);
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

function withoutManagers(object: ApiObject): ApiObject {
  return { ...object, metadata: without(object.metadata, "managedFields") };
}

function withoutNulls(value: unknown): unknown {
  if (isList(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, inside]) => inside !== null && inside !== undefined);
  return Object.fromEntries(fields.map(([name, inside]) => [name, withoutNulls(inside)]));
}

function placeInWords(config: JsonObject): string {
  const metadata = objectOf(config["metadata"]);
  return `${textOf(metadata["namespace"])}/${textOf(metadata["name"])}`;
}
