// Route: what a method and a path mean to an API server (apiserver pkg/endpoints/request/requestinfo.go).

import { ApiFailure, methodNotAllowed, noSuchResource } from "./failure.ts";
import { apiVersionOf, type Kinds } from "./kinds.ts";
import { isWatch } from "./list-options.ts";
import type { EmbeddedRequest, Kind } from "./types.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export type Route =
  | {
      readonly type: "resource";
      readonly verb: Verb;
      readonly apiVersion: string;
      readonly group: string;
      readonly resource: string;
      readonly namespace: string | undefined;
      readonly name: string | undefined;
      /** Empty where there is none. */
      readonly subresource: string;
    }
  /** A path that is no resource: discovery, health, versions. */
  | { readonly type: "path"; readonly segments: readonly string[] };

/** Throws ApiFailure 405 for a method that the API does not know. */
export function routeOf(request: EmbeddedRequest): Route {
  const segments = request.path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decoded);
  const isCore = segments[0] === "api";
  const length = isCore ? 2 : 3;
  if ((!isCore && segments[0] !== "apis") || segments.length <= length) return { type: "path", segments };
  const apiVersion = segments.slice(1, length).join("/");
  const group = isCore ? "" : segments[1]!;
  const rest = segments.slice(length);
  const isOldWatch = rest[0] === "watch";
  const { namespace, parts } = withoutNamespace(isOldWatch ? rest.slice(1) : rest);
  const [resource = "", name, ...subresource] = parts;
  return {
    type: "resource",
    verb: verbOf(request, name !== undefined, isOldWatch),
    apiVersion,
    group,
    resource,
    namespace,
    name,
    subresource: subresource.join("/"),
  };
}

/** The kind that the route names, if the route fits it. Throws ApiFailure 404 and 405. */
export function kindOf(kinds: Kinds, route: Extract<Route, { type: "resource" }>): Kind {
  const kind = kinds.ofResource(route.apiVersion, route.resource);
  if (kind === undefined) throw noSuchResource();
  const isForeignNamespace = route.namespace !== undefined && !kind.isNamespaced;
  const lacksNamespace = kind.isNamespaced && route.namespace === undefined && route.name !== undefined;
  if (isForeignNamespace || lacksNamespace) throw noSuchResource();
  const needsNamespace = route.verb === "create" || route.verb === "deletecollection";
  if (kind.isNamespaced && route.namespace === undefined && needsNamespace) throw methodNotAllowed();
  if (route.subresource !== "" && !kind.subresources.includes(route.subresource)) throw noSuchResource();
  return kind;
}

/** Whether anything is served under the group and version of a path; kube-apiserver answers others as plain text. */
export function isServed(kinds: Kinds, apiVersion: string): boolean {
  return kinds.all().some((kind) => apiVersionOf(kind) === apiVersion);
}

function withoutNamespace(rest: readonly string[]): {
  readonly namespace: string | undefined;
  readonly parts: readonly string[];
} {
  const isInside = rest[0] === "namespaces" && 3 <= rest.length;
  const isPartOfNamespace = rest.length === 3 && (rest[2] === "status" || rest[2] === "finalize");
  if (!isInside || isPartOfNamespace) return { namespace: undefined, parts: rest };
  return { namespace: rest[1], parts: rest.slice(2) };
}

function verbOf({ method, query }: EmbeddedRequest, hasName: boolean, isOldWatch: boolean): Verb {
  switch (method) {
    case "GET":
    case "HEAD":
      // An object's own path answers with the object, whatever is asked to be watched.
      if (isOldWatch || (isWatch(query) && !hasName)) return "watch";
      return hasName ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return hasName ? "delete" : "deletecollection";
    default:
      throw methodNotAllowed();
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiFailure(400, "BadRequest", `invalid URL escape ${JSON.stringify(segment)}`);
  }
}
