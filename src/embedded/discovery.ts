// Discovery: which groups, versions and resources there are, as separate lists and in the aggregated form that kubectl asks for.

import { apiVersionOf } from "./kinds.ts";
import type { Kind } from "./types.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const REVIEW_GROUPS = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/** `/api`. */
export function coreVersions(): unknown {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `/apis`. */
export function groupList(kinds: readonly Kind[]): unknown {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(kinds).map((name) => groupOf(kinds, name)) };
}

/** `/apis/<group>`; undefined where there is none. */
export function group(kinds: readonly Kind[], name: string): unknown {
  if (!groupsOf(kinds).includes(name)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(kinds, name) };
}

/** `/api/v1`, `/apis/<group>/<version>`; undefined where nothing is served. */
export function resourceList(kinds: readonly Kind[], apiVersion: string): unknown {
  const served = kinds.filter((kind) => apiVersionOf(kind) === apiVersion);
  if (served.length === 0) return undefined;
  const resources = served.flatMap(resourcesOf);
  const withBindings = apiVersion === "v1" ? [BINDINGS, ...resources] : resources;
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: apiVersion, resources: withBindings };
}

/** `/api` or `/apis` with `Accept: …;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
export function aggregated(kinds: readonly Kind[], isCore: boolean): unknown {
  const names = isCore ? [""] : groupsOf(kinds);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: names.map((name) => ({
      metadata: name === "" ? {} : { name },
      versions: versionsOf(kinds, name).map((version) => ({
        version,
        resources: kinds.filter((kind) => kind.group === name && kind.version === version).map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

const BINDINGS = { name: "bindings", singularName: "binding", namespaced: true, kind: "Binding", verbs: ["create"] };

function groupsOf(kinds: readonly Kind[]): readonly string[] {
  return [...new Set(kinds.map(({ group: name }) => name).filter((name) => name !== ""))];
}

function versionsOf(kinds: readonly Kind[], name: string): readonly string[] {
  return [...new Set(kinds.filter((kind) => kind.group === name).map(({ version }) => version))];
}

function groupOf(kinds: readonly Kind[], name: string): object {
  const versions = versionsOf(kinds, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function verbsOf({ group: name }: Kind): readonly string[] {
  return REVIEW_GROUPS.has(name) ? ["create"] : VERBS;
}

function resourcesOf(kind: Kind): readonly object[] {
  const own = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.isNamespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
  };
  return [own, ...kind.subresources.map((subresource) => partOf(kind, subresource))];
}

function partOf(kind: Kind, subresource: string): object {
  const special = SPECIAL.get(subresource);
  return {
    name: `${kind.plural}/${subresource}`,
    singularName: "",
    namespaced: kind.isNamespaced,
    ...(special === undefined || special.group === "" ? {} : { group: special.group, version: special.version }),
    kind: special?.kind ?? kind.kind,
    verbs: verbsOfPart(subresource),
  };
}

function aggregatedResource(kind: Kind): object {
  return {
    resource: kind.plural,
    responseKind: responseKindOf(kind),
    scope: kind.isNamespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(kind.subresources.length === 0
      ? {}
      : {
          subresources: kind.subresources.map((subresource) => ({
            subresource,
            responseKind: SPECIAL.get(subresource) ?? responseKindOf(kind),
            verbs: verbsOfPart(subresource),
          })),
        }),
  };
}

/** Of a built-in kind the group and version go without saying. */
function responseKindOf({ group: name, version, kind, isCustom }: Kind): object {
  return isCustom === true ? { group: name, version, kind } : { group: "", version: "", kind };
}

function verbsOfPart(subresource: string): readonly string[] {
  if (subresource === "binding" || subresource === "eviction" || subresource === "token") return ["create"];
  return subresource === "finalize" ? ["update"] : ["get", "patch", "update"];
}

/** Subresources that are of another kind than their resource. */
const SPECIAL: ReadonlyMap<string, { readonly group: string; readonly version: string; readonly kind: string }> =
  new Map([
    ["binding", { group: "", version: "", kind: "Binding" }],
    ["eviction", { group: "policy", version: "v1", kind: "Eviction" }],
    ["scale", { group: "autoscaling", version: "v1", kind: "Scale" }],
    ["token", { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" }],
  ]);
