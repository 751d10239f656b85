// Writing: create and update, for requests and for actors alike. What is sent is completed (defaults, admission), checked
// (validation.ts) and stored by one commit; a dry run does everything but that.

import { admit } from "./admission.ts";
import { readBody } from "./body.ts";
import type { Core, Target, WriteOptions } from "./core.ts";
import { withDefaults } from "./defaults.ts";
import { alreadyExists, invalid, invalidValue, modified, notFound, plainError, required } from "./failure.ts";
import { isEqual, objectOf } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { withUpdateTracked } from "./managed-fields.ts";
import { withCreationMetadata, withKeptMetadata } from "./metadata.ts";
import { uidMismatch } from "./preconditions.ts";
import { preparedForCreate, preparedForStatus, preparedForUpdate, strategyOf } from "./strategy.ts";
import type { ApiObject, Kind } from "./types.ts";
import { validationErrors } from "./validation.ts";
import { updateErrors } from "./validation-update.ts";
import { asStored, asVersion } from "./versions.ts";

type Place = Pick<Target, "kind" | "namespace">;
type NamedPlace = Place & { readonly name: string };

/** Throws ApiFailure: 400 and 422 for what is wrong with the body, 403, 404 (namespace), 409 where it exists. */
export function createObject(core: Core, place: Place, body: unknown, options: WriteOptions = {}): ApiObject {
  const { kind, namespace } = place;
  const sent = asStored(kind, withDefaults(kind, readBody(kind, namespace, body)));
  if (sent.metadata.resourceVersion !== undefined && !["", "0"].includes(sent.metadata.resourceVersion)) {
    throw plainError("resourceVersion should not be set on objects to be created");
  }
  const { name = "", generateName = "" } = sent.metadata as { name?: string; generateName?: string };
  if (name === "" && generateName === "") {
    throw invalid(kind, "", [required("metadata.name", "name or generateName is required")]);
  }
  const admitted = admit(core, kind, sent);
  const object = preparedForCreate(kind, withCreationMetadata(core, kind, admitted, freeName(core, place, admitted)));
  const errors = validationErrors(kind, object);
  if (0 < errors.length) throw invalid(kind, object.metadata.name, errors);
  if (core.store.get(kind, namespace, object.metadata.name) !== undefined) {
    throw alreadyExists(kind, object.metadata.name);
  }
  const stored = options.isDryRun === true ? object : core.store.commit("create", kind, object);
  return asVersion(kind, stored);
}

/** The name that was asked for, or one made of generateName that nobody has. */
function freeName(core: Core, { kind, namespace }: Place, { metadata }: ApiObject): string {
  if (metadata.name !== undefined && metadata.name !== "") return metadata.name;
  const base = (metadata.generateName ?? "").slice(0, 58);
  for (;;) {
    const name = `${base}${core.newSuffix()}`;
    if (core.store.get(kind, namespace, name) === undefined) return name;
  }
}

export interface UpdateOptions extends WriteOptions {
  /** `status` changes the status alone, and what has no name here everything but the status. */
  readonly subresource?: string;
  /** A patch: a UID that differs is a wrong change (422), not a wrong object (409). */
  readonly isPatch?: boolean;
  /** What is being changed by the server itself (a binding): nothing is checked. */
  readonly isInternal?: boolean;
  /** Who changes it, for objects whose fields have owners. */
  readonly fieldManager?: string;
  /** What `change` gives has its owners already: it was applied. */
  readonly isTracked?: boolean;
}

/**
 * Replaces an object by what `change` makes of it. Where nothing changes nothing is written; where the last finalizer of a
 * deleted object goes, so does the object. Throws ApiFailure: 404, 409 for another resourceVersion or UID, 400 and 422.
 */
export function updateObject(
  core: Core,
  place: NamedPlace,
  change: (current: ApiObject) => unknown,
  options: UpdateOptions = {},
): ApiObject {
  const { kind, namespace, name } = place;
  const current = core.store.get(kind, namespace, name);
  if (current === undefined) throw notFound(kind, name);
  const changed = change(current);
  const checked =
    core.isTrusting || options.isInternal === true
      ? (changed as ApiObject)
      : checkedUpdate(place, current, changed, options);
  if (isEqual(checked, current)) return asVersion(kind, current);
  const object = withOwners(core, kind, current, checked, options);
  if (options.isDryRun === true) return asVersion(kind, object);
  if (isDone(kind, object)) {
    // Who watches sees it go as it was; the answer shows it without what held it.
    core.store.commit("delete", kind, current);
    return asVersion(kind, object);
  }
  return asVersion(kind, core.store.commit("update", kind, object));
}

/** Updates, or creates where the kind allows it (leases, events, RBAC). `wasCreated` tells the status, 201 or 200. */
export function replaceObject(
  core: Core,
  place: NamedPlace,
  body: unknown,
  options: UpdateOptions = {},
): { readonly object: ApiObject; readonly wasCreated: boolean } {
  const { kind, namespace, name } = place;
  const isNew = core.store.get(kind, namespace, name) === undefined;
  const mayCreate = strategyOf(kind).createsOnUpdate && (options.subresource ?? "") === "";
  if (isNew && mayCreate) {
    readBody(kind, namespace, body, name);
    return { object: createObject(core, place, body, options), wasCreated: true };
  }
  readBody(kind, namespace, body, name);
  return { object: updateObject(core, place, () => body, options), wasCreated: false };
}

function checkedUpdate(place: NamedPlace, current: ApiObject, changed: unknown, options: UpdateOptions): ApiObject {
  const { kind, namespace, name } = place;
  const sent = asStored(kind, withDefaults(kind, readBody(kind, namespace, changed, name)));
  checkVersion(kind, current, sent, options);
  const prepare = options.subresource === "status" ? preparedForStatus : preparedForUpdate;
  const object = withKeptMetadata(kind, prepare(kind, sent, current), current);
  const errors = [...validationErrors(kind, object), ...updateErrors(kind, object, current, options.subresource ?? "")];
  if (0 < errors.length) throw invalid(kind, name, errors);
  return object;
}

function checkVersion(kind: Kind, current: ApiObject, { metadata }: ApiObject, options: UpdateOptions): void {
  const { resourceVersion = "" } = metadata;
  const { name } = current.metadata;
  // The status of a custom resource takes nothing of the metadata that it comes with but the resourceVersion.
  const { uid = "" } = kind.isCustom === true && options.subresource === "status" ? {} : metadata;
  if (resourceVersion === "" || resourceVersion === "0") {
    if (!strategyOf(kind).allowsUnconditionalUpdate) {
      throw invalid({ group: kind.group, kind: kind.plural }, name, [
        invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
      ]);
    }
  } else if (resourceVersion !== current.metadata.resourceVersion) throw modified(kind, name);
  if (uid === "" || uid === current.metadata.uid) return;
  if (options.isPatch === true) throw invalid(kind, name, [invalidValue("metadata.uid", uid, "field is immutable")]);
  throw uidMismatch(kind, current, uid);
}

/** Owners of fields are kept from the first apply on; an object that was never applied has none. */
function withOwners(core: Core, kind: Kind, before: ApiObject, after: ApiObject, options: UpdateOptions): ApiObject {
  const { managedFields } = before.metadata;
  if (core.isTrusting || options.isTracked === true || !Array.isArray(managedFields) || managedFields.length === 0)
    return after;
  const { fieldManager = "unknown", subresource = "" } = options;
  return withUpdateTracked(kind, before, after, { fieldManager, subresource, time: core.timestamp() });
}

/** Whether nothing holds a deleted object any more. */
function isDone(kind: Kind, { metadata, spec }: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = metadata;
  if (deletionTimestamp === undefined || 0 < deletionGracePeriodSeconds || 0 < finalizers.length) return false;
  const held = storageOf(kind) === "/namespaces" ? objectOf(spec)["finalizers"] : undefined;
  return !Array.isArray(held) || held.length === 0;
}
