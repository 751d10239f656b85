// JSON patch, RFC 6902, as kube-apiserver applies it: evanphx/json-patch v4, with its words and its leniences.
// Negative indices count from the end, and `replace` of a field that is not there adds it.

import { formOf, isList } from "./json-forms.ts";
import { fieldOf, isEqual, isObject, without } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { PatchRefused } from "./patch-refused.ts";

const OPERATIONS_MAX = 10_000;

type Container = JsonObject | readonly unknown[];
type Edit = (container: Container, key: string) => Container;

/** The document after all operations, or PatchRefused: 400 where the patch is none, 422 where it does not fit the document. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!isList(patch) || !patch.every(isObject)) {
    const [wrong, type] = isList(patch)
      ? [patch.find((item) => !isObject(item)), "handlers.jsonPatchOp"]
      : [patch, "[]handlers.jsonPatchOp"];
    throw new PatchRefused(
      400,
      `error decoding patch: json: cannot unmarshal ${formOf(wrong)} into Go value of type ${type}`,
    );
  }
  if (OPERATIONS_MAX < patch.length) {
    throw new PatchRefused(
      413,
      `The allowed maximum operations in a JSON patch is ${String(OPERATIONS_MAX)}, got ${String(patch.length)}`,
    );
  }
  return patch.reduce(applied, document);
}

function applied(document: unknown, operation: JsonObject): unknown {
  const name = operation["op"];
  switch (name) {
    case "add":
      return add(document, pathOf(operation, "add"), valueOf(operation));
    case "remove":
      return remove(document, pathOf(operation, "remove"));
    case "replace":
      return replace(document, pathOf(operation, "replace"), valueOf(operation));
    case "move":
      return move(document, operation);
    case "test":
      return test(document, pathOf(operation, "test"), operation);
    case "copy":
      return copy(document, operation);
    default:
      throw refused(`Unexpected kind: ${typeof name === "string" ? name : "unknown"}`);
  }
}

function add(document: unknown, path: string, value: unknown): unknown {
  return changed(
    document,
    path,
    `add operation does not apply: doc is missing path: ${JSON.stringify(path)}`,
    (container, key) => explained(`error in add for path: '${path}'`, () => withAdded(container, key, value)),
  );
}

function remove(document: unknown, path: string): unknown {
  return changed(
    document,
    path,
    `remove operation does not apply: doc is missing path: ${JSON.stringify(path)}`,
    (container, key) => explained(`error in remove for path: '${path}'`, () => withRemoved(container, key)),
  );
}

function replace(document: unknown, path: string, value: unknown): unknown {
  if (path === "") {
    if (isObject(value) || isList(value)) return value;
    throw refused("replace operation value must be object or array: %!w(<nil>)");
  }
  return changed(document, path, `replace operation does not apply: doc is missing path: ${path}`, (container, key) => {
    if (!isList(container)) return { ...container, [key]: value };
    const index = existingIndex(container, key);
    if (index === undefined) throw missing(`replace operation does not apply: doc is missing key: ${path}`);
    return container.with(index, value);
  });
}

function move(document: unknown, operation: JsonObject): unknown {
  const from = fromOf(operation, "move");
  let value: unknown;
  const rest = changed(
    document,
    from,
    `move operation does not apply: doc is missing from path: ${from}`,
    (container, key) =>
      explained(`error in move for path: '${key}'`, () => {
        value = got(container, key);
        return withRemoved(container, key);
      }),
  );
  const path = pathOf(operation, "move");
  const absent = `move operation does not apply: doc is missing destination path: ${path}`;
  return changed(rest, path, absent, (container, key) =>
    explained(`error in move for path: '${path}'`, () => withAdded(container, key, value)),
  );
}

function copy(document: unknown, operation: JsonObject): unknown {
  const from = fromOf(operation, "copy");
  const source = placeOf(document, from);
  if (source === undefined) throw missing(`copy operation does not apply: doc is missing from path: ${from}`);
  const value = explained(`error in copy for from: '${from}'`, () => got(source.container, source.key)) ?? null;
  const path = pathOf(operation, "copy");
  const absent = `copy operation does not apply: doc is missing destination path: ${path}`;
  return changed(document, path, absent, (container, key) =>
    explained("error while adding value during copy", () => withAdded(container, key, value)),
  );
}

function test(document: unknown, path: string, operation: JsonObject): unknown {
  const expected = fieldOf(operation, "value") ?? null;
  const place = path === "" ? undefined : placeOf(document, path);
  if (path !== "" && place === undefined) {
    throw missing(`test operation does not apply: is missing path: ${path}`);
  }
  const actual =
    place === undefined
      ? document
      : (explained(`error in test for path: '${path}'`, () => got(place.container, place.key)) ?? null);
  if (!isEqual(actual, expected)) throw refused(`testing value ${path} failed: test failed`);
  return document;
}

/** The document with the container that the path leads to edited; `absent` is said where the path leads nowhere. */
function changed(document: unknown, path: string, absent: string, edit: Edit): unknown {
  const [, ...parts] = path.split("/").map(unescaped);
  const key = parts.pop();
  if (key === undefined) throw missing(absent);
  const descend = (value: unknown, depth: number): unknown => {
    if (!isObject(value) && !isList(value)) throw missing(absent);
    const part = parts[depth];
    if (part === undefined) return edit(value, key);
    if (!isList(value)) return { ...value, [part]: descend(fieldOf(value, part), depth + 1) };
    const index = existingIndex(value, part);
    if (index === undefined) throw missing(absent);
    return value.with(index, descend(value[index], depth + 1));
  };
  return descend(document, 0);
}

function placeOf(document: unknown, path: string): { container: Container; key: string } | undefined {
  const [, ...parts] = path.split("/").map(unescaped);
  const key = parts.pop();
  if (key === undefined) return undefined;
  let container = document;
  for (const part of parts) {
    if (isObject(container)) container = fieldOf(container, part);
    else if (isList(container)) container = container[existingIndex(container, part) ?? container.length];
  }
  return isObject(container) || isList(container) ? { container, key } : undefined;
}

function got(container: Container, key: string): unknown {
  if (!isList(container)) return fieldOf(container, key);
  const index = parsedIndex(key);
  return container[placed(index, container.length, container.length)];
}

function withAdded(container: Container, key: string, value: unknown): Container {
  if (!isList(container)) return { ...container, [key]: value };
  if (key === "-") return [...container, value];
  const index = explained(`value was not a proper array index: '${key}'`, () => parsedIndex(key));
  return container.toSpliced(placed(index, container.length + 1, container.length + 1), 0, value);
}

function withRemoved(container: Container, key: string): Container {
  if (isList(container)) {
    return container.toSpliced(placed(parsedIndex(key), container.length, container.length), 1);
  }
  if (!Object.hasOwn(container, key)) throw missing(`Unable to remove nonexistent key: ${key}`);
  return without(container, key);
}

/** An index below `size`; a negative one counts from `end`. */
function placed(index: number, size: number, end: number): number {
  if (size <= index || index < -end) {
    throw refused(`Unable to access invalid index: ${String(index)}: invalid index referenced`);
  }
  return index < 0 ? index + end : index;
}

function existingIndex(list: readonly unknown[], key: string): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined;
  const index = Number(key);
  return index < list.length && -list.length <= index ? (index < 0 ? index + list.length : index) : undefined;
}

function parsedIndex(key: string): number {
  if (/^[-+]?\d+$/.test(key)) return Number(key);
  throw refused(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
}

function unescaped(part: string): string {
  return part.replaceAll(/~[01]/g, (mark) => (mark === "~1" ? "/" : "~"));
}

function pathOf(operation: JsonObject, name: string): string {
  const path = fieldOf(operation, "path");
  if (typeof path === "string") return path;
  const reason = name === "add" || name === "remove" || name === "copy" ? "" : "operation missing path field: ";
  throw missing(`${name} operation failed to decode path: ${reason}`.replace(/: $/, ""));
}

function fromOf(operation: JsonObject, name: string): string {
  const from = fieldOf(operation, "from");
  if (typeof from === "string") return from;
  throw missing(`${name} operation failed to decode from: operation, missing from field`);
}

function valueOf(operation: JsonObject): unknown {
  return fieldOf(operation, "value") ?? null;
}

function explained<T>(context: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PatchRefused) throw refused(`${context}: ${error.message}`);
    throw error;
  }
}

function missing(message: string): PatchRefused {
  return refused(`${message}: missing value`);
}

function refused(message: string): PatchRefused {
  return new PatchRefused(422, message);
}
