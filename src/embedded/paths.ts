// Paths that are no resources: discovery, OpenAPI, health and the version.

import type { Form } from "./accept.ts";
import { aggregated, coreVersions, group, groupList, resourceList } from "./discovery.ts";
import { noSuchResource } from "./failure.ts";
import type { Kinds } from "./kinds.ts";
import { openApiV2, openApiV3, openApiV3Index } from "./openapi.ts";
import type { EmbeddedResponse } from "./types.ts";
import { VERSION } from "./version.ts";

export const NOT_FOUND: EmbeddedResponse = {
  kind: "text",
  status: 404,
  body: "404 page not found\n",
  contentType: "text/plain; charset=utf-8",
};

export function answerPath(kinds: Kinds, segments: readonly string[], form: Form): EmbeddedResponse {
  const body = bodyAt(kinds, segments, form);
  const isOfKnownGroup = segments[0] === "apis" && kinds.all().some(({ group: name }) => name === segments[1]);
  if (body === undefined && isOfKnownGroup) throw noSuchResource();
  if (body !== undefined) return { kind: "json", status: 200, body, ...aggregatedHeaders(segments, form) };
  const [first = ""] = segments;
  if (segments.length === 1 && HEALTH.has(first)) {
    return { kind: "text", status: 200, body: "ok", contentType: "text/plain; charset=utf-8" };
  }
  return NOT_FOUND;
}

const HEALTH = new Set(["healthz", "livez", "readyz"]);

function bodyAt(kinds: Kinds, segments: readonly string[], form: Form): unknown {
  const [first, second, third] = segments;
  const all = kinds.all();
  switch (first) {
    case undefined:
      return {
        paths: ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"],
      };
    case "version":
      return segments.length === 1 ? VERSION : undefined;
    case "api":
      if (second === undefined) return form === "aggregated" ? aggregated(all, true) : coreVersions();
      return segments.length === 2 ? resourceList(all, second) : undefined;
    case "apis":
      if (second === undefined) return form === "aggregated" ? aggregated(all, false) : groupList(all);
      if (third === undefined) return group(all, second);
      return segments.length === 3 ? resourceList(all, `${second}/${third}`) : undefined;
    case "openapi":
      if (second === "v2") return openApiV2();
      if (second !== "v3") return undefined;
      return third === undefined ? openApiV3Index(all) : openApiV3(all, segments.slice(2).join("/"));
    default:
      return undefined;
  }
}

function aggregatedHeaders(
  segments: readonly string[],
  form: Form,
): { readonly headers?: ReadonlyMap<string, string> } {
  const isRoot = segments.length === 1 && (segments[0] === "api" || segments[0] === "apis");
  if (form !== "aggregated" || !isRoot) return {};
  const contentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  return { headers: new Map([["content-type", contentType]]) };
}
