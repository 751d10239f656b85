// Preconditions: the object that a write is meant for, in the two wordings of kube-apiserver (storage, and before a deletion).

import { conflict, type ApiFailure } from "./failure.ts";
import type { ApiObject, Kind } from "./types.ts";

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** For bindings and updates. Throws ApiFailure 409. */
export function checkStored(kind: Kind, object: ApiObject, { uid, resourceVersion }: Preconditions): void {
  if (uid !== undefined && uid !== object.metadata.uid) throw uidMismatch(kind, object, uid);
  const { resourceVersion: stored = "" } = object.metadata;
  if (resourceVersion === undefined || resourceVersion === stored) return;
  const problem = `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${stored}`;
  throw storageError(kind, object, problem);
}

export function uidMismatch(kind: Kind, object: ApiObject, uid: string): ApiFailure {
  return storageError(kind, object, `UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid ?? ""}`);
}

/** For deletions (apiserver pkg/registry/rest/delete.go), which name the kind and not the resource. Throws ApiFailure 409. */
export function checkBeforeDelete(kind: Kind, object: ApiObject, { uid, resourceVersion }: Preconditions): void {
  const { name, uid: storedUid = "", resourceVersion: stored = "" } = object.metadata;
  const resource = { group: kind.group, plural: kind.kind };
  if (uid !== undefined && uid !== storedUid) {
    const because = `the UID in the precondition (${uid}) does not match the UID in record (${storedUid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, because);
  }
  if (resourceVersion !== undefined && resourceVersion !== stored) {
    const because = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${stored}). The object might have been modified`;
    throw conflict(resource, name, because);
  }
}

function storageError(kind: Kind, object: ApiObject, problem: string): ApiFailure {
  const { namespace, name } = object.metadata;
  const folder = kind.isCustom === true ? `${kind.group}/${kind.plural}` : folderOf(kind);
  const key = `/registry/${folder}/${namespace === undefined ? "" : `${namespace}/`}${name}`;
  return conflict(
    kind,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${problem}`,
  );
}

/** Where etcd keeps a built-in kind. */
function folderOf({ plural }: Kind): string {
  if (plural === "nodes") return "minions";
  return plural === "services" ? "services/specs" : plural;
}
