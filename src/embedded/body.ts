// The body of a create or an update: an object of the kind that the path names, with metadata of the right types. What is
// deeper is checked only where the server works with it.

import { badRequest } from "./failure.ts";
import { fieldOf, isObject, textOf, type JsonObject } from "./json.ts";
import { apiVersionOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

/** Text that is no JSON, in the place of a body: who knows what it should have been says what is wrong. */
export class UnreadableBody {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

/** With apiVersion, kind and namespace put in. `name`: from the path of an update. Throws ApiFailure 400. */
export function readBody(kind: Kind, namespace: string | undefined, body: unknown, name?: string): ApiObject {
  if (body instanceof UnreadableBody) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${body.problem}`,
    );
  }
  if (!isObject(body)) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind`);
  }
  checkKind(kind, body);
  const metadata = fieldOf(body, "metadata") ?? {};
  if (!isObject(metadata)) throw mistyped(kind, "metadata", metadata, "v1.ObjectMeta");
  checkTypes(kind, metadata);
  const sentNamespace = metadata["namespace"] ?? "";
  if (sentNamespace !== "" && sentNamespace !== (namespace ?? "")) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const sentName = metadata["name"] ?? "";
  if (name !== undefined && sentName !== name) {
    if (sentName !== "") {
      throw badRequest(`the name of the object (${sentName as string}) does not match the name on the URL (${name})`);
    }
    throw badRequest("name must be provided");
  }
  const own = withoutNulls(metadata);
  return {
    ...body,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: namespace === undefined ? own : { ...own, namespace },
  } as ApiObject;
}

function checkKind(kind: Kind, body: JsonObject): void {
  if (kind.isCustom === true && (body["kind"] ?? "") === "") {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  }
  const sentKind = textOf(body["kind"] ?? kind.kind);
  const sentVersion = textOf(body["apiVersion"] ?? apiVersionOf(kind));
  if (sentKind === kind.kind && sentVersion === apiVersionOf(kind)) return;
  if (kind.isCustom === true && sentKind === kind.kind) {
    throw badRequest(
      `the API version in the data (${sentVersion}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  }
  const unknown = `no kind ${JSON.stringify(sentKind)} is registered for version ${JSON.stringify(sentVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  throw badRequest(
    `${sentKind} in version ${JSON.stringify(sentVersion.replace(/^.*\//, ""))} cannot be handled as a ${kind.kind}: ${unknown}`,
  );
}

const TEXTS = ["name", "namespace", "generateName", "uid", "resourceVersion"] as const;
const TEXT_MAPS = ["labels", "annotations"] as const;
const LISTS = ["finalizers", "ownerReferences", "managedFields"] as const;

function checkTypes(kind: Kind, metadata: JsonObject): void {
  for (const field of TEXTS) {
    const value = metadata[field] ?? "";
    if (typeof value !== "string") throw mistyped(kind, `metadata.${field}`, value, "string");
  }
  for (const field of TEXT_MAPS) {
    const value = metadata[field] ?? {};
    if (!isObject(value)) throw mistyped(kind, `metadata.${field}`, value, "map[string]string");
    const wrong = Object.values(value).find((text) => typeof text !== "string");
    if (wrong !== undefined) throw mistyped(kind, `metadata.${field}`, wrong, "string");
  }
  for (const field of LISTS) {
    const value = metadata[field] ?? [];
    if (!Array.isArray(value)) throw mistyped(kind, `metadata.${field}`, value, "[]string");
  }
}

/** A field of a wrong type, in the words of Go's JSON decoder. */
export function mistyped(kind: Kind, field: string, value: unknown, type: string): Error {
  const found =
    value === null ? "null" : Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: json: cannot unmarshal ${found} into Go struct field ${kind.kind}.${field} of type ${type}`,
  );
}

/** Null in metadata means absent, and so do empty lists and maps. */
function withoutNulls(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([field, value]) => value !== null && value !== undefined && !isEmptyPart(field, value),
    ),
  );
}

function isEmptyPart(field: string, value: unknown): boolean {
  if (field === "creationTimestamp" || field === "selfLink") return value === null || field === "selfLink";
  if (value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
