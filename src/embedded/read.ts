// Reading: one object, or a list in pages that are all of one moment. Objects are handed out as they are stored, never copied.

import type { Core, Target } from "./core.ts";
import { badRequest, expired, notFound, tooLargeResourceVersion } from "./failure.ts";
import { fieldOf, isObject, without } from "./json.ts";
import { apiVersionOf } from "./kinds.ts";
import { listOptions, resourceVersionOf, type ListOptions } from "./list-options.ts";
import { selectedName, selectionOf, type Matches } from "./selectors.ts";
import { asVersion } from "./versions.ts";
import type { ApiObject, Kind } from "./types.ts";

/** Throws ApiFailure 404, or 504 for a resourceVersion of the future. */
export function readObject(core: Core, target: Target, query: URLSearchParams): ApiObject {
  const version = query.get("resourceVersion") ?? "";
  if (version !== "") notInTheFuture(core, resourceVersionOf(version));
  return asVersion(target.kind, storedObject(core, target));
}

/** As it is stored. Throws ApiFailure 404. */
export function storedObject(
  core: Core,
  { kind, namespace, name = "" }: Omit<Target, "user" | "subresource">,
): ApiObject {
  const object = core.store.get(kind, namespace, name);
  if (object === undefined) throw notFound(kind, name);
  return object;
}

export interface ObjectList {
  readonly kind: Kind;
  readonly resourceVersion: number;
  readonly continueToken: string;
  readonly remainingItemCount?: number;
  readonly items: readonly ApiObject[];
}

/** One page. Throws ApiFailure: 400 for a token that is none, 410 for one that has expired, 504 for the future. */
export function readList(core: Core, { kind, namespace, name }: Target, query: URLSearchParams): ObjectList {
  const options = listOptions(query);
  const selects = selectionOf(kind, query);
  const from = startOf(core, options);
  const only = name ?? selectedName(query);
  const items: ApiObject[] = [];
  let last = "";
  let isCut = false;
  for (const [key, object] of entriesOf(core, kind, namespace, only, from)) {
    if (selects !== undefined && !selects(object)) continue;
    if (0 < options.limit && items.length === options.limit) {
      isCut = true;
      break;
    }
    items.push(asVersion(kind, object));
    last = key;
  }
  const { resourceVersion } = from;
  if (!isCut) return { kind, resourceVersion, continueToken: "", items };
  const continueToken = tokenOf(resourceVersion, last);
  if (selects !== undefined) return { kind, resourceVersion, continueToken, items };
  const remainingItemCount = core.store.countAt(kind, namespace, resourceVersion, last);
  return { kind, resourceVersion, continueToken, remainingItemCount, items };
}

/** The list as kube-apiserver sends it: items of built-in kinds do not repeat what they are. */
export function listBody(list: ObjectList): unknown {
  const { kind, resourceVersion, continueToken, remainingItemCount, items } = list;
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(resourceVersion),
      ...(continueToken === "" ? {} : { continue: continueToken }),
      ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
    },
    items: kind.isCustom === true ? items : items.map((item) => without(item, "apiVersion", "kind")),
  };
}

interface Start {
  readonly resourceVersion: number;
  /** Key of the last object of the page before; empty for the first page. */
  readonly after: string;
}

function startOf(core: Core, options: ListOptions): Start {
  if (options.continueToken !== "") return startOfToken(core, options);
  const { resourceVersion = 0, match } = options;
  notInTheFuture(core, resourceVersion);
  if (match !== "Exact") return { resourceVersion: core.store.resourceVersion, after: "" };
  if (resourceVersion < core.store.compactedResourceVersion) throw expired(TOO_OLD);
  return { resourceVersion, after: "" };
}

function startOfToken(core: Core, options: ListOptions): Start {
  if (options.resourceVersion !== undefined && options.resourceVersion !== 0) {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  const { resourceVersion, after } = readToken(options.continueToken);
  // A token that was given for an expired one goes on with what there is now.
  if (resourceVersion < 0) return { resourceVersion: core.store.resourceVersion, after };
  if (resourceVersion < core.store.compactedResourceVersion) throw expired(PAGE_TOO_OLD, tokenOf(-1, after));
  notInTheFuture(core, resourceVersion);
  return { resourceVersion, after };
}

const TOO_OLD = "The resourceVersion for the provided list is too old.";
const PAGE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. " +
  "You can start a new list without the continue parameter, or use the continue token in this response to retrieve the " +
  "remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were " +
  "created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** A name selects at most one object, in each namespace. */
function entriesOf(
  core: Core,
  kind: Kind,
  namespace: string | undefined,
  name: string | undefined,
  { resourceVersion, after }: Start,
): Iterable<readonly [string, ApiObject]> {
  const isNow = core.store.resourceVersion === resourceVersion && after === "";
  if (name !== undefined && isNow && (namespace !== undefined || !kind.isNamespaced)) {
    const object = core.store.get(kind, namespace, name);
    return object === undefined ? [] : [[name, object]];
  }
  return core.store.entriesAt(kind, namespace, resourceVersion, after);
}

function notInTheFuture(core: Core, resourceVersion: number): void {
  const current = core.store.resourceVersion;
  if (current < resourceVersion) throw tooLargeResourceVersion(resourceVersion, current);
}

/** The form of kube-apiserver's tokens (apiserver pkg/storage/continue.go); nobody but the server reads them. */
function tokenOf(resourceVersion: number, last: string): string {
  const token = JSON.stringify({ v: "meta.k8s.io/v1", rv: resourceVersion, start: `${last}\0` });
  return btoa(token).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function readToken(token: string): Start {
  const parsed = parsedToken(token);
  const resourceVersion = fieldOf(parsed, "rv");
  const start = fieldOf(parsed, "start");
  if (!Number.isSafeInteger(resourceVersion) || typeof start !== "string" || !start.endsWith("\0")) {
    throw badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion");
  }
  return { resourceVersion: resourceVersion as number, after: start.slice(0, -1) };
}

function parsedToken(token: string): unknown {
  try {
    const parsed: unknown = JSON.parse(atob(token.replaceAll("-", "+").replaceAll("_", "/")));
    if (isObject(parsed)) return parsed;
  } catch {
    // told below, with the tokens that are JSON of another kind
  }
  throw badRequest("invalid continue token: continue key is not valid: it is no token of this server");
}

/** For a watch that begins with what there is. */
export function currentObjects(
  core: Core,
  { kind, namespace }: Target,
  selects: Matches | undefined,
): readonly ApiObject[] {
  const objects = core.store.list(kind, namespace);
  return selects === undefined ? objects : objects.filter(selects);
}
