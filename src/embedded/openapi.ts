// OpenAPI, as much as kubectl reads: which kinds can be patched, how, and that the server itself checks fields. With that
// kubectl create, apply, label, annotate, patch, scale and edit send what they are given and leave the checking to us.
// There are no schemas: kubectl explain finds nothing here, and strategic merges of built-in kinds are made from the types
// that kubectl carries. Version 2 exists as JSON only; kubectl asks for protobuf, is refused, and does without.

import { apiVersionOf } from "./kinds.ts";
import type { Kind } from "./types.ts";

const jsonPatchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
const strategicPatchType = "application/strategic-merge-patch+json";

/** The body of `/openapi/v3`: where the document of each group and version is. */
export function openApiV3Index(kinds: readonly Kind[]): object {
  const roots = [...new Set(kinds.map(rootOf))].sort();
  return { paths: Object.fromEntries(roots.map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])) };
}

/** The body of `/openapi/v3/<root>`, where root is `api/v1` or `apis/<group>/<version>`; undefined where nothing is served there. */
export function openApiV3(kinds: readonly Kind[], root: string): object | undefined {
  const served = kinds.filter((kind) => rootOf(kind) === root);
  if (served.length === 0) return undefined;
  // Reviews cannot be patched, but for kubectl the parameters of a patch say who checks fields: without, it asks for schemas.
  const paths = served.map((kind) => [pathOf(kind), { patch: patchOperation(kind) }]);
  return { openapi: "3.0.0", info, paths: Object.fromEntries(paths) as object, components: { schemas: {} } };
}

/** The body of `/openapi/v2`. */
export function openApiV2(): object {
  return { swagger: "2.0", info, paths: {}, definitions: {} };
}

const info = { title: "Kubernetes", version: "unversioned" };

/** Custom resources have no strategic merge: nobody knows the keys of their lists. */
function patchOperation(kind: Kind): object {
  const types = kind.isCustom === true ? jsonPatchTypes : [...jsonPatchTypes, strategicPatchType];
  return {
    description: `partially update the specified ${kind.kind}`,
    "x-kubernetes-action": "patch",
    "x-kubernetes-group-version-kind": { group: kind.group, version: kind.version, kind: kind.kind },
    parameters: ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
      name,
      in: "query",
      schema: { type: name === "force" ? "boolean" : "string" },
    })),
    requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema: { type: "object" } }])) },
    responses: { 200: { description: "OK" } },
  };
}

function pathOf(kind: Kind): string {
  const namespace = kind.isNamespaced ? "namespaces/{namespace}/" : "";
  return `/${rootOf(kind)}/${namespace}${kind.plural}/{name}`;
}

function rootOf(kind: Kind): string {
  return kind.group === "" ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;
}
