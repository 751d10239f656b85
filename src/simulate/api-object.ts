// ApiObject: an object of the simulated world as simulate reads it: spec and status are objects where there are any, which
// manifests.ts sees to. And the small questions that simulate asks of one.

import type { ApiObject as StoredObject, ObjectMeta, OwnerReference } from "../embedded/index.ts";

export interface ApiObject extends StoredObject {
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

export type Metadata = ObjectMeta;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list field; what is no object is left out, as is a field that is no list. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The value of a field that must be an object; an empty one where it is anything else. */
export function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** `apps` of `apps/v1`; empty for the core group. */
export function apiGroupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** `namespace/name`, or the bare name of an object without a namespace. */
export function keyOf(object: { readonly metadata: Metadata }): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function controllerOf(object: ApiObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether the pod has ended: it holds no room and never will again. */
export function isFinished(pod: ApiObject): boolean {
  return pod.status?.["phase"] === "Succeeded" || pod.status?.["phase"] === "Failed";
}

/** Name of the node that the pod was bound to; empty where there is none. */
export function nodeNameOf(pod: ApiObject): string {
  const name = pod.spec?.["nodeName"];
  return typeof name === "string" ? name : "";
}
