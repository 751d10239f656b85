// Objects: the small questions that every actor asks of an API object. Whatever is stored, they answer with the type that
// was asked for or with nothing, and never throw.

import { compareText } from "../../model/index.ts";
import { isObject, objectOf, objectsOf, type JsonObject } from "../json.ts";
import type { ApiObject, Kind, OwnerReference } from "../types.ts";

/** The whole number, or `otherwise` where there is none. */
export function integerOf(value: unknown, otherwise: number): number {
  return Number.isSafeInteger(value) ? (value as number) : otherwise;
}

export function specOf(object: ApiObject): JsonObject {
  return objectOf(object["spec"]);
}

export function statusOf(object: ApiObject): JsonObject {
  return objectOf(object["status"]);
}

export function uidOf(object: ApiObject): string {
  return object.metadata.uid ?? "";
}

/** `namespace/name`, or the bare name of an object without a namespace. */
export function keyOf({ metadata }: ApiObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The empty group is core's: `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

export function isKind({ group, plural }: Kind, other: { readonly group: string; readonly plural: string }): boolean {
  return group === other.group && plural === other.plural;
}

export function controllerOf({ metadata }: ApiObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference(owner: ApiObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: uidOf(owner), controller: true, blockOwnerDeletion: true };
}

/** As the API server writes times: whole seconds. `ms` since 1970. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** Milliseconds since 1970; undefined where the value is no time. */
export function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

export function conditionOf(status: JsonObject, type: string): JsonObject | undefined {
  return objectsOf(status["conditions"]).find((condition) => condition["type"] === type);
}

export function isConditionTrue(status: JsonObject, type: string): boolean {
  return conditionOf(status, type)?.["status"] === "True";
}

/** JSON with sorted keys: equal values give equal texts. */
export function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([left], [right]) => compareText(left, right));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${stableText(field)}`).join(",")}}`;
}

/** The object without what is undefined or 0: Go leaves those out of counts (`omitempty`). */
export function withoutZeros(status: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined && value !== 0));
}
