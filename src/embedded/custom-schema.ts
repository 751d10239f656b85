// What the schema of a definition does to an object before it is checked: fields that it does not know are dropped, and defaults
// are filled in (apiextensions-apiserver pkg/apiserver/schema/pruning and defaulting).

import { fieldOf, isObject, objectOf, type JsonObject } from "./json.ts";

/** Nothing below a node that keeps unknown fields is dropped, except where the schema goes on to say what is there. */
export function withSchema(schema: JsonObject, value: unknown, isRoot = true): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return isObject(items) ? value.map((item) => withSchema(items, item, false)) : value;
  }
  if (!isObject(value)) return value;
  const properties = objectOf(schema["properties"]);
  const others = schema["additionalProperties"];
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true || others === true;
  const isKept = (name: string): boolean => isRoot && (name === "apiVersion" || name === "kind" || name === "metadata");
  const kept = Object.entries(value).flatMap(([name, part]) => {
    if (isKept(name)) return [[name, part] as const];
    const own = fieldOf(properties, name) ?? others;
    if (isObject(own)) return [[name, part === null ? part : withSchema(own, part, false)] as const];
    return keepsUnknown ? [[name, part] as const] : [];
  });
  const known = new Map(kept.filter(([name, part]) => part !== null || !hasDefault(fieldOf(properties, name))));
  for (const [name, own] of Object.entries(properties)) {
    if (!known.has(name) && hasDefault(own))
      known.set(name, withSchema(objectOf(own), objectOf(own)["default"], false));
  }
  return Object.fromEntries(known);
}

function hasDefault(schema: unknown): boolean {
  return isObject(schema) && schema["default"] !== undefined;
}
