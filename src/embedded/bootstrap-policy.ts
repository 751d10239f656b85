// BootstrapPolicy: the roles and bindings of every cluster that clients count on: administrators may do everything, whoever has
// signed in may look around and ask what is allowed (plugin/pkg/auth/authorizer/rbac/bootstrappolicy). Not: `admin`, `edit`,
// `view` and the roles of Kubernetes' own components.

import type { JsonObject } from "./json.ts";

const API_VERSION = "rbac.authorization.k8s.io/v1";
const VERSIONS_AND_HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const EVERYTHING = ["*"];

/** In the order in which they are to be created. */
export const BOOTSTRAP_POLICY: readonly JsonObject[] = [
  role("cluster-admin", [
    { apiGroups: EVERYTHING, resources: EVERYTHING, verbs: EVERYTHING },
    { nonResourceURLs: EVERYTHING, verbs: EVERYTHING },
  ]),
  role("system:auth-delegator", [
    { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
    { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
  ]),
  role("system:basic-user", [
    {
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      verbs: ["create"],
    },
    { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
  ]),
  role("system:discovery", [
    {
      nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...VERSIONS_AND_HEALTH],
      verbs: ["get"],
    },
  ]),
  role("system:public-info-viewer", [{ nonResourceURLs: VERSIONS_AND_HEALTH, verbs: ["get"] }]),
  binding("cluster-admin", ["system:masters"]),
  binding("system:basic-user", ["system:authenticated"]),
  binding("system:discovery", ["system:authenticated"]),
  binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
];

function role(name: string, rules: readonly JsonObject[]): JsonObject {
  return { apiVersion: API_VERSION, kind: "ClusterRole", metadata: metadata(name), rules };
}

/** Of the role of the same name. */
function binding(name: string, groups: readonly string[]): JsonObject {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: metadata(name),
    roleRef: { apiGroup, kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ apiGroup, kind: "Group", name: group })),
  };
}

function metadata(name: string): JsonObject {
  return {
    name,
    labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
    annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  };
}
