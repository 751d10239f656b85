// JSON merge patch, RFC 7386, as kube-apiserver applies it: objects merge field by field, null removes, everything else replaces.
// Unlike in the RFC, null fields are also taken out of the objects within lists.

import { isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject } from "./json.ts";

/** The document after the patch. Neither is changed. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (isList(patch)) return patch.map((item) => (item === null ? null : applyMergePatch(undefined, item)));
  if (!isObject(patch)) return patch;
  const fields = new Map<string, unknown>(isObject(document) ? Object.entries(document) : []);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) fields.delete(key);
    else fields.set(key, applyMergePatch(fields.get(key), change));
  }
  return Object.fromEntries(fields);
}

/** The smallest merge patch that turns `from` into `to`. Neither may hold null fields, which no merge patch can write. */
export function mergePatchBetween(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return to;
  const changes = new Map<string, unknown>();
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) changes.set(key, null);
  for (const [key, value] of Object.entries(to)) {
    const before = fieldOf(from, key);
    if (!isEqual(before, value)) changes.set(key, mergePatchBetween(before, value));
  }
  return Object.fromEntries(changes);
}
