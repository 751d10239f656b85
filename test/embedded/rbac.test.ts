import { assert } from "chai";
import type { Attributes, User } from "../../src/embedded/access.ts";
import { BOOTSTRAP_POLICY } from "../../src/embedded/bootstrap-policy.ts";
import { allowanceOf, allows } from "../../src/embedded/rbac.ts";
import { CoreWorld } from "./core-world.ts";

type Fields = Readonly<Record<string, unknown>>;

const ROBOT: User = {
  name: "system:serviceaccount:default:robot",
  groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
};
const ALICE: User = { name: "alice", groups: ["dev", "system:authenticated"] };
const NOBODY: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const ADMIN: User = { name: "x", groups: ["system:masters"] };

function resource(
  verb: string,
  path: string,
  more: Partial<Record<"group" | "namespace" | "name", string>> = {},
): Attributes {
  const [name = "", subresource = ""] = path.split("/");
  return { verb, group: "", resource: name, subresource, namespace: "", name: "", ...more };
}

describe("rules of roles", () => {
  const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
  const cases: readonly (readonly [string, Fields, Attributes, boolean])[] = [
    ["what it names", rule, resource("get", "pods"), true],
    ["another verb", rule, resource("delete", "pods"), false],
    ["another group", rule, resource("get", "pods", { group: "apps" }), false],
    ["another resource", rule, resource("get", "nodes"), false],
    ["not the parts of a resource", rule, resource("get", "pods/status"), false],
    ["a part by name", { ...rule, resources: ["pods/status"] }, resource("get", "pods/status"), true],
    ["a part does not give the whole", { ...rule, resources: ["pods/status"] }, resource("get", "pods"), false],
    ["a part of everything", { ...rule, resources: ["*/status"] }, resource("get", "nodes/status"), true],
    ["another part of everything", { ...rule, resources: ["*/status"] }, resource("get", "nodes/scale"), false],
    [
      "every part of one resource is no rule",
      { ...rule, resources: ["pods/*"] },
      resource("get", "pods/status"),
      false,
    ],
    ["everything, parts too", { ...rule, resources: ["*"] }, resource("get", "pods/status"), true],
    ["all verbs", { ...rule, verbs: ["*"] }, resource("delete", "pods"), true],
    ["all groups", { ...rule, apiGroups: ["*"] }, resource("get", "pods", { group: "x" }), true],
    ["by name", { ...rule, resourceNames: ["a"] }, resource("get", "pods", { name: "a" }), true],
    ["by another name", { ...rule, resourceNames: ["a"] }, resource("get", "pods", { name: "b" }), false],
    ["by name, asked for all", { ...rule, resourceNames: ["a"] }, resource("list", "pods"), false],
    ["no group at all", { resources: ["pods"], verbs: ["get"] }, resource("get", "pods"), false],
    ["a path", { nonResourceURLs: ["/version"], verbs: ["get"] }, { verb: "get", path: "/version" }, true],
    ["a longer path", { nonResourceURLs: ["/version"], verbs: ["get"] }, { verb: "get", path: "/version/x" }, false],
    ["paths that begin so", { nonResourceURLs: ["/api/*"], verbs: ["get"] }, { verb: "get", path: "/api/v1" }, true],
    ["all paths", { nonResourceURLs: ["*"], verbs: ["*"] }, { verb: "post", path: "/x" }, true],
    [
      "a star for resources gives no paths",
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { verb: "get", path: "/x" },
      false,
    ],
  ];
  for (const [name, one, attributes, expected] of cases) {
    it(`${name}: ${expected ? "yes" : "no"}`, () => {
      assert.strictEqual(allows(one, attributes), expected);
    });
  }
});

describe("bindings", () => {
  const robotSubject = { kind: "ServiceAccount", name: "robot", namespace: "default" };
  const objects = [
    ...BOOTSTRAP_POLICY,
    role("ClusterRole", "reader", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]),
    role("Role", "writer", [{ apiGroups: [""], resources: ["pods"], verbs: ["delete"] }], "one"),
    role("ClusterRole", "part", [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }], undefined, {
      sum: "yes",
    }),
    { ...role("ClusterRole", "sum", []), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { sum: "yes" } }] } },
    binding("ClusterRoleBinding", "robots-read", "ClusterRole", "reader", [robotSubject]),
    binding("RoleBinding", "devs-write", "Role", "writer", [{ kind: "Group", name: "dev" }], "one"),
    binding("RoleBinding", "alice-reads", "ClusterRole", "reader", [{ kind: "User", name: "alice" }], "two"),
    binding("RoleBinding", "local-robot", "Role", "writer", [{ kind: "ServiceAccount", name: "robot" }], "one"),
    binding("ClusterRoleBinding", "devs-sum", "ClusterRole", "sum", [{ kind: "Group", name: "dev" }]),
    binding("ClusterRoleBinding", "to-nothing", "ClusterRole", "none", [{ kind: "Group", name: "dev" }]),
  ];
  const cases: readonly (readonly [string, User, Attributes, string | undefined])[] = [
    ["administrators may do anything", ADMIN, resource("delete", "secrets"), ""],
    [
      "a cluster binding counts in every namespace",
      ROBOT,
      resource("get", "pods", { namespace: "x" }),
      'RBAC: allowed by ClusterRoleBinding "robots-read" of ClusterRole "reader" to ServiceAccount "robot/default"',
    ],
    [
      "and over all of them",
      ROBOT,
      resource("get", "pods"),
      'RBAC: allowed by ClusterRoleBinding "robots-read" of ClusterRole "reader" to ServiceAccount "robot/default"',
    ],
    [
      "a service account of the same name elsewhere is another",
      { ...ROBOT, name: "system:serviceaccount:x:robot" },
      resource("get", "pods"),
      undefined,
    ],
    [
      "a group, in the namespace of the binding",
      ALICE,
      resource("delete", "pods", { namespace: "one" }),
      'RBAC: allowed by RoleBinding "devs-write/one" of Role "writer" to Group "dev"',
    ],
    ["not in another namespace", ALICE, resource("delete", "pods", { namespace: "two" }), undefined],
    ["nor over all of them", ALICE, resource("delete", "pods"), undefined],
    [
      "a cluster role given in one namespace",
      ALICE,
      resource("get", "pods", { namespace: "two" }),
      'RBAC: allowed by RoleBinding "alice-reads/two" of ClusterRole "reader" to User "alice"',
    ],
    [
      "a service account without a namespace is of the binding's",
      ROBOT,
      resource("delete", "pods", { namespace: "one" }),
      undefined,
    ],
    [
      "that of the binding's namespace may",
      { ...ROBOT, name: "system:serviceaccount:one:robot" },
      resource("delete", "pods", { namespace: "one" }),
      'RBAC: allowed by RoleBinding "local-robot/one" of Role "writer" to ServiceAccount "robot/one"',
    ],
    [
      "an aggregated role",
      ALICE,
      resource("list", "nodes"),
      'RBAC: allowed by ClusterRoleBinding "devs-sum" of ClusterRole "sum" to Group "dev"',
    ],
    [
      "whoever has signed in sees what is served",
      ALICE,
      { verb: "get", path: "/apis/apps/v1" },
      'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    ],
    [
      "others see the version",
      NOBODY,
      { verb: "get", path: "/version" },
      'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"',
    ],
    ["and no more", NOBODY, { verb: "get", path: "/api" }, undefined],
    [
      "whoever has signed in may ask what is allowed",
      ALICE,
      resource("create", "selfsubjectaccessreviews", { group: "authorization.k8s.io" }),
      'RBAC: allowed by ClusterRoleBinding "system:basic-user" of ClusterRole "system:basic-user" to Group "system:authenticated"',
    ],
  ];
  for (const [name, user, attributes, expected] of cases) {
    it(name, () => {
      const world = new CoreWorld();
      for (const object of objects) world.put(object);
      assert.strictEqual(allowanceOf(world.core, user, attributes), expected);
    });
  }

  it("count from the next question on, and no longer than they are there", () => {
    const world = new CoreWorld();
    const ask = () => allowanceOf(world.core, ROBOT, resource("get", "pods")) !== undefined;
    world.put(binding("ClusterRoleBinding", "b", "ClusterRole", "reader", [robotSubject]));
    assert.isFalse(ask());
    world.put(role("ClusterRole", "reader", [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]));
    assert.isTrue(ask());
    world.remove("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "b");
    assert.isFalse(ask());
  });
});

function role(kind: string, name: string, rules: readonly Fields[], namespace?: string, labels: Fields = {}): Fields {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, labels, ...inNamespace(namespace) },
    rules,
  };
}

function binding(
  kind: string,
  name: string,
  roleKind: string,
  roleName: string,
  subjects: readonly Fields[],
  namespace?: string,
): Fields {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, ...inNamespace(namespace) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: roleKind, name: roleName },
    subjects,
  };
}

function inNamespace(namespace: string | undefined): Fields {
  return namespace === undefined ? {} : { namespace };
}
