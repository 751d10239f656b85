// RBAC: what users may do, read at every question from the Roles, ClusterRoles and bindings that are stored
// (plugin/pkg/auth/authorizer/rbac). Aggregated ClusterRoles hold the rules of those that they select, without a controller.
// What it does not do: keep a user from giving others more rights than the user has.

import { matchesLabelSelector } from "./object-selectors.ts";
import type { Attributes, ResourceAttributes, User } from "./access.ts";
import type { Core } from "./core.ts";
import { fieldOf, objectOf, objectsOf, textOf, textsOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { ApiObject } from "./types.ts";

const GROUP_VERSION = "rbac.authorization.k8s.io/v1";
const ACCOUNT = "system:serviceaccount:";

/** Why the user may, in the words of an access review; undefined where no binding allows it. Empty for administrators. */
export function allowanceOf(core: Core, user: User, attributes: Attributes): string | undefined {
  if (user.groups.includes("system:masters")) return "";
  const clusterWide = core.store.list(core.kinds.must(GROUP_VERSION, "ClusterRoleBinding"));
  const namespace = "resource" in attributes ? attributes.namespace : "";
  const inside = namespace === "" ? [] : core.store.list(core.kinds.must(GROUP_VERSION, "RoleBinding"), namespace);
  for (const binding of [...clusterWide, ...inside]) {
    const subject = objectsOf(binding["subjects"]).find((one) => isMeant(one, user, binding.metadata.namespace ?? ""));
    if (subject === undefined || !rulesOf(core, binding).some((rule) => allows(rule, attributes))) continue;
    return `RBAC: allowed by ${inWords(binding)} to ${subjectInWords(subject, binding)}`;
  }
  return undefined;
}

function isMeant(subject: JsonObject, user: User, bindingNamespace: string): boolean {
  const name = textOf(subject["name"]);
  switch (subject["kind"]) {
    case "User":
      return user.name === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount": {
      const namespace = textOf(subject["namespace"]) || bindingNamespace;
      return namespace !== "" && user.name === `${ACCOUNT}${namespace}:${name}`;
    }
    default:
      return false;
  }
}

/** A binding to a role that does not exist allows nothing. */
function rulesOf(core: Core, binding: ApiObject): readonly JsonObject[] {
  const reference = objectOf(binding["roleRef"]);
  const name = textOf(reference["name"]);
  if (reference["kind"] === "ClusterRole") {
    const clusterRoles = core.kinds.must(GROUP_VERSION, "ClusterRole");
    const role = core.store.get(clusterRoles, undefined, name);
    const selectors = objectsOf(fieldOf(role?.["aggregationRule"], "clusterRoleSelectors"));
    if (selectors.length === 0) return objectsOf(role?.["rules"]);
    const selected = core.store.list(clusterRoles).filter(({ metadata: { labels } }) => {
      return selectors.some((selector) => matchesLabelSelector(selector, new Map(Object.entries(labels ?? {}))));
    });
    return selected.flatMap(({ rules }) => objectsOf(rules));
  }
  const { namespace } = binding.metadata;
  const role =
    namespace === undefined ? undefined : core.store.get(core.kinds.must(GROUP_VERSION, "Role"), namespace, name);
  return objectsOf(role?.["rules"]);
}

/** Whether one rule of a role covers the request (pkg/apis/rbac/v1/evaluation_helpers.go). */
export function allows(rule: JsonObject, attributes: Attributes): boolean {
  if (!hasOrAll(textsOf(rule["verbs"]), attributes.verb)) return false;
  if (!("resource" in attributes))
    return textsOf(rule["nonResourceURLs"]).some((url) => coversPath(url, attributes.path));
  const names = textsOf(rule["resourceNames"]);
  return (
    hasOrAll(textsOf(rule["apiGroups"]), attributes.group) &&
    coversResource(textsOf(rule["resources"]), attributes) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}

/** `pods` does not cover `pods/status`; a star covers both, and a star before the slash covers that part of everything. */
function coversResource(resources: readonly string[], { resource, subresource }: ResourceAttributes): boolean {
  if (subresource === "") return hasOrAll(resources, resource);
  return hasOrAll(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function coversPath(url: string, path: string): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""));
}

function hasOrAll(values: readonly string[], value: string): boolean {
  return values.includes("*") || values.includes(value);
}

function inWords(binding: ApiObject): string {
  const { namespace, name } = binding.metadata;
  const reference = objectOf(binding["roleRef"]);
  const role = `${textOf(reference["kind"])} ${JSON.stringify(reference["name"])}`;
  return namespace === undefined
    ? `ClusterRoleBinding ${JSON.stringify(name)} of ${role}`
    : `RoleBinding ${JSON.stringify(`${name}/${namespace}`)} of ${role}`;
}

function subjectInWords(subject: JsonObject, binding: ApiObject): string {
  const [kind, name] = [textOf(subject["kind"]), textOf(subject["name"])];
  if (kind !== "ServiceAccount") return `${kind} ${JSON.stringify(name)}`;
  const namespace = textOf(subject["namespace"]) || (binding.metadata.namespace ?? "");
  return `${kind} ${JSON.stringify(`${name}/${namespace}`)}`;
}
