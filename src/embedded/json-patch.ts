// JSON patch, RFC 6902, as kube-apiserver applies it: negative indices count from the end of a list, `replace` of a field that
// is not there adds it, and `test` takes null for what is absent. Whatever does not fit the object is one and the same refusal.

import { formOf, isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject, without } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { PatchRefused } from "./patch-refused.ts";

const OPERATIONS_MAX = 10_000;

type Container = JsonObject | readonly unknown[];

/** The document after all operations; neither is changed. Throws PatchRefused: 400 for what is no patch, 422 for what does not fit. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const operations = checked(patch);
  if (OPERATIONS_MAX < operations.length) {
    const count = String(operations.length);
    const message = `The allowed maximum operations in a JSON patch is ${String(OPERATIONS_MAX)}, got ${count}`;
    throw new PatchRefused(413, message);
  }
  return operations.reduce(applied, document);
}

function checked(patch: unknown): readonly JsonObject[] {
  if (!isList(patch)) throw wrongForm(patch, "value of type []handlers.jsonPatchOp");
  return patch.map((operation) => {
    if (!isObject(operation)) throw wrongForm(operation, "value of type handlers.jsonPatchOp");
    for (const field of ["op", "path", "from"]) {
      const value = fieldOf(operation, field);
      if (value !== undefined && value !== null && typeof value !== "string") {
        throw wrongForm(value, `struct field jsonPatchOp.${field} of type string`);
      }
    }
    return operation;
  });
}

function applied(document: unknown, operation: JsonObject): unknown {
  const value = fieldOf(operation, "value") ?? null;
  switch (operation["op"]) {
    case "add":
      return changed(document, pathOf(operation, "path"), (container, key) => withAdded(container, key, value));
    case "remove":
      return changed(document, pathOf(operation, "path"), withRemoved);
    case "replace":
      return replaced(document, pathOf(operation, "path"), value);
    case "move": {
      const from = pathOf(operation, "from");
      const moved = found(document, from);
      const rest = changed(document, from, withRemoved);
      return changed(rest, pathOf(operation, "path"), (container, key) => withAdded(container, key, moved));
    }
    case "copy": {
      const copied = found(document, pathOf(operation, "from"));
      return changed(document, pathOf(operation, "path"), (container, key) => withAdded(container, key, copied));
    }
    case "test":
      if (!isEqual(found(document, pathOf(operation, "path")), value)) throw unfit();
      return document;
    default:
      throw unfit();
  }
}

function replaced(document: unknown, path: string, value: unknown): unknown {
  if (path !== "") {
    return changed(document, path, (container, key) =>
      isList(container) ? container.with(indexOf(key, container.length), value) : { ...container, [key]: value },
    );
  }
  if (isObject(value) || isList(value)) return value;
  throw unfit();
}

/** The document with the container edited that holds the last part of the path. */
function changed(document: unknown, path: string, edit: (container: Container, key: string) => Container): unknown {
  const [parents, key] = partsOf(path);
  const descend = (value: unknown, depth: number): unknown => {
    const part = parents[depth];
    if (isList(value)) {
      if (part === undefined) return edit(value, key);
      const index = indexOf(part, value.length);
      return value.with(index, descend(value[index], depth + 1));
    }
    if (!isObject(value)) throw unfit();
    return part === undefined ? edit(value, key) : { ...value, [part]: descend(fieldOf(value, part), depth + 1) };
  };
  return descend(document, 0);
}

/** What a path leads to; null where the last field is absent. */
function found(document: unknown, path: string): unknown {
  if (path === "") return document;
  const [parents, key] = partsOf(path);
  const step = (value: unknown, part: string): unknown => {
    if (isList(value)) return value[indexOf(part, value.length)];
    if (isObject(value)) return fieldOf(value, part) ?? null;
    throw unfit();
  };
  return step(parents.reduce(step, document), key);
}

function withAdded(container: Container, key: string, value: unknown): Container {
  if (!isList(container)) return { ...container, [key]: value };
  return key === "-" ? [...container, value] : container.toSpliced(indexOf(key, container.length + 1), 0, value);
}

function withRemoved(container: Container, key: string): Container {
  if (isList(container)) return container.toSpliced(indexOf(key, container.length), 1);
  if (!Object.hasOwn(container, key)) throw unfit();
  return without(container, key);
}

function indexOf(part: string, size: number): number {
  if (!/^[-+]?\d+$/.test(part)) throw unfit();
  const index = Number(part);
  if (size <= index || index < -size) throw unfit();
  return index < 0 ? index + size : index;
}

/** The parts of a path before the last, and the last. What precedes the first slash means nothing. */
function partsOf(path: string): readonly [parents: readonly string[], key: string] {
  const [, ...parts] = path.split("/");
  const unescaped = parts.map((part) => part.replaceAll(/~[01]/g, (mark) => (mark === "~1" ? "/" : "~")));
  const key = unescaped.pop();
  if (key === undefined) throw unfit();
  return [unescaped, key];
}

function pathOf(operation: JsonObject, field: "path" | "from"): string {
  const path = fieldOf(operation, field);
  if (typeof path === "string") return path;
  throw unfit();
}

function unfit(): PatchRefused {
  return new PatchRefused(422, "the server rejected our request due to an error in our request");
}

function wrongForm(value: unknown, wanted: string): PatchRefused {
  return new PatchRefused(400, `error decoding patch: json: cannot unmarshal ${formOf(value)} into Go ${wanted}`);
}
