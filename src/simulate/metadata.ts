// Metadata of a manifest, checked and normalised: what names an object must be there; what a generator wrote as null is not.

import { SchedulerError } from "../model/index.ts";
import { isJsonObject, type JsonObject, type Metadata } from "./api-object.ts";

/**
 * `isNamespaced`: undefined where the kind is not known, which leaves the namespace as it is.
 * `warn` hears of values that an API server would refuse and that can be read all the same.
 * @throws SchedulerError `manifest`
 */
export function checkedMetadata(
  value: unknown,
  where: string,
  isNamespaced: boolean | undefined,
  warn: (text: string) => void,
): Metadata {
  const fail = (reason: string): never => {
    throw new SchedulerError("manifest", `${where}: ${reason}`);
  };
  if (!isJsonObject(value)) return fail("metadata.name is missing");
  const metadata = new Map(Object.entries(value).filter(([, field]) => field !== null));
  const name = metadata.get("name");
  if (name === undefined || name === "") {
    return fail(
      metadata.has("generateName")
        ? "metadata.name is missing, and generateName does not make one here"
        : "metadata.name is missing",
    );
  }
  if (typeof name !== "string") return fail("metadata.name is not a string");
  const namespace = metadata.get("namespace") ?? "";
  if (typeof namespace !== "string") return fail("metadata.namespace is not a string");
  if (isNamespaced === false || (isNamespaced === undefined && namespace === "")) metadata.delete("namespace");
  else metadata.set("namespace", namespace === "" ? "default" : namespace);

  for (const field of ["uid", "creationTimestamp", "deletionTimestamp"]) {
    const text = metadata.get(field);
    if (text !== undefined && typeof text !== "string") fail(`metadata.${field} is not a string`);
    if (field !== "uid" && typeof text === "string" && Number.isNaN(Date.parse(text)))
      fail(`metadata.${field} is not a time`);
  }
  for (const field of ["labels", "annotations"]) {
    const pairs = metadata.get(field);
    if (pairs === undefined) continue;
    if (!isJsonObject(pairs)) return fail(`metadata.${field} is not a mapping`);
    metadata.set(field, textPairs(pairs, `${where}: metadata.${field}`, warn, fail));
  }
  for (const field of ["ownerReferences", "finalizers"]) {
    const list = metadata.get(field);
    if (list !== undefined && !Array.isArray(list)) fail(`metadata.${field} is not a list`);
  }
  return Object.fromEntries(metadata) as unknown as Metadata;
}

/** YAML turns an unquoted 3 into a number; its text is what the writer meant. */
function textPairs(
  pairs: JsonObject,
  where: string,
  warn: (text: string) => void,
  fail: (reason: string) => never,
): Readonly<Record<string, string>> {
  const texts = Object.entries(pairs)
    .filter(([, value]) => value !== null)
    .map(([key, value]): [string, string] => {
      if (typeof value === "string") return [key, value];
      if (typeof value !== "number" && typeof value !== "boolean")
        return fail(`metadata: the value of ${key} is not a string`);
      warn(`${where}: the value of ${key} is read as "${String(value)}"; an API server wants it in quotes`);
      return [key, String(value)];
    });
  return Object.fromEntries(texts);
}
