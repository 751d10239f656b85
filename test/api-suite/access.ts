// Access: who a token is, what roles allow, and in which words the server refuses.

import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, at, listAt, refused, textAt } from "./facts.ts";
import { binding, configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

const rbac = "rbac.authorization.k8s.io/v1";
const reviews = "/apis/authorization.k8s.io/v1";

async function tokenOf(c: Cluster, name = "default"): Promise<string> {
  const answer = await c.create(c.core("serviceaccounts", name, "token"), { spec: { expirationSeconds: 3600 } });
  return textAt(answer, "status.token");
}

const userOf = (c: Cluster) => `system:serviceaccount:${c.namespace}:default`;

/** Lets the service account `default` do what `rules` say, in its namespace; resolves with its hands when the server knows. */
async function allowed(c: Cluster, rules: readonly object[]): Promise<Cluster> {
  await c.create(c.group(rbac, "roles"), { metadata: { name: "r" }, rules });
  await c.create(c.group(rbac, "rolebindings"), {
    metadata: { name: "b" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: c.namespace }],
  });
  const [rule] = rules as readonly {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
    resourceNames?: string[];
  }[];
  const [resource, subresource] = rule!.resources[0]!.split("/");
  const attributes = {
    group: rule!.apiGroups[0],
    resource,
    subresource,
    verb: rule!.verbs[0],
    name: rule!.resourceNames?.[0],
  };
  await untilAllowed(c, { namespace: c.namespace, ...attributes });
  return c.as(await tokenOf(c));
}

/** The server sees roles a moment after they are written. */
async function untilAllowed(c: Cluster, resourceAttributes: object): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const spec = { user: userOf(c), groups: ["system:serviceaccounts"], resourceAttributes };
    const review = await c.create(`${reviews}/subjectaccessreviews`, { spec });
    if (at(review, "status.allowed") === true) return;
    await sleep(25);
  }
  assert.fail("it was never allowed");
}

const readPods = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] };

export const access: Area = {
  name: "access",

  define(check) {
    check("a token that nobody gave is 401", async (c) => {
      refused(await c.as("nonsense").get(c.pods()), 401, "Unauthorized", "Unauthorized");
    });

    check("a token request answers 201 with a token and its end", async (c) => {
      const answer = await c.create(c.core("serviceaccounts", "default", "token"), {
        spec: { expirationSeconds: 3600 },
      });
      assert.equal(at(answer, "kind"), "TokenRequest");
      assert.isAbove(textAt(answer, "status.token").length, 10);
      assert.approximately(Date.parse(textAt(answer, "status.expirationTimestamp")), Date.now() + 3_600_000, 10_000);
      assert.equal(at(answer, "spec.expirationSeconds"), 3600);
    });

    check("a token of a service account that is not there is 404", async (c) => {
      const answer = await c.post(c.core("serviceaccounts", "nope", "token"), { spec: {} });
      refused(answer, 404, "NotFound", 'serviceaccounts "nope" not found');
    });

    check("a token for less than ten minutes is 422", async (c) => {
      const answer = await c.post(c.core("serviceaccounts", "default", "token"), { spec: { expirationSeconds: 60 } });
      refused(
        answer,
        422,
        "Invalid",
        /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/,
      );
    });

    check("a service account without roles may not list pods, and 403 says who, what and where", async (c) => {
      const answer = await c.as(await tokenOf(c)).get(c.pods());
      const message = `pods is forbidden: User "${userOf(c)}" cannot list resource "pods" in API group "" in the namespace "${c.namespace}"`;
      refused(answer, 403, "Forbidden", message);
      assert.deepEqual(at(answer.body, "details"), { kind: "pods" });
    });

    check("403 at the cluster scope says so", async (c) => {
      const answer = await c.as(await tokenOf(c)).get("/apis/policy/v1/poddisruptionbudgets");
      const message =
        `poddisruptionbudgets.policy is forbidden: User "${userOf(c)}" cannot list resource "poddisruptionbudgets" ` +
        'in API group "policy" at the cluster scope';
      refused(answer, 403, "Forbidden", message);
      assert.deepEqual(at(answer.body, "details"), { group: "policy", kind: "poddisruptionbudgets" });
    });

    check("403 of a single object names it", async (c) => {
      const answer = await c.as(await tokenOf(c)).get("/api/v1/nodes/a");
      const message = `nodes "a" is forbidden: User "${userOf(c)}" cannot get resource "nodes" in API group "" at the cluster scope`;
      refused(answer, 403, "Forbidden", message);
      assert.deepEqual(at(answer.body, "details"), { name: "a", kind: "nodes" });
    });

    check("403 of a subresource names it", async (c) => {
      const answer = await c.as(await tokenOf(c)).post(c.pods("a", "binding"), binding("a", "n"));
      const message =
        `pods "a" is forbidden: User "${userOf(c)}" cannot create resource "pods/binding" in API group "" ` +
        `in the namespace "${c.namespace}"`;
      refused(answer, 403, "Forbidden", message);
    });

    check("403 of a path that is no resource names the path", async (c) => {
      const answer = await c.as(await tokenOf(c)).get("/metrics");
      refused(answer, 403, "Forbidden", `forbidden: User "${userOf(c)}" cannot get path "/metrics"`);
    });

    check("a role allows its verbs, and no others", async (c) => {
      await c.create(c.pods(), pod("a"));
      const user = await allowed(c, [readPods]);
      assert.deepEqual(await user.names(c.pods()), ["a"]);
      accepted(await user.get(c.pods("a")));
      assert.equal((await user.delete(c.pods("a"))).status, 403);
      assert.equal((await user.post(c.pods(), pod("b"))).status, 403);
      assert.equal((await user.patch(c.pods("a"), "application/merge-patch+json", {})).status, 403);
      assert.equal((await user.get(c.configMaps())).status, 403);
    });

    check("a role is for its namespace only", async (c) => {
      const user = await allowed(c, [readPods]);
      assert.equal((await user.get("/api/v1/pods")).status, 403);
      assert.equal((await user.get("/api/v1/namespaces/default/pods")).status, 403);
    });

    check("the right to a resource is not one to its subresources", async (c) => {
      await c.create(c.pods(), pod("a"));
      const user = await allowed(c, [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }]);
      assert.equal((await user.post(c.pods("a", "binding"), binding("a", "n"))).status, 403);
      assert.equal(
        (await user.patch(c.pods("a", "status"), "application/merge-patch+json", { status: {} })).status,
        403,
      );
    });

    check("the right to a subresource is not one to the resource", async (c) => {
      await c.create(c.pods(), pod("a"));
      const user = await allowed(c, [{ apiGroups: [""], resources: ["pods/binding"], verbs: ["create"] }]);
      accepted(await user.post(c.pods("a", "binding"), binding("a", "n")), 201);
      assert.equal((await user.get(c.pods("a"))).status, 403);
    });

    check("resourceNames limit get, update and patch to these names", async (c) => {
      for (const name of ["a", "b"]) await c.create(c.configMaps(), configMap(name));
      const rule = {
        apiGroups: [""],
        resources: ["configmaps"],
        verbs: ["get", "update", "list"],
        resourceNames: ["a"],
      };
      const user = await allowed(c, [rule]);
      accepted(await user.get(c.configMaps("a")));
      assert.equal((await user.get(c.configMaps("b"))).status, 403);
      assert.equal((await user.put(c.configMaps("b"), configMap("b"))).status, 403);
      assert.equal((await user.get(c.configMaps())).status, 403);
      // A list of the one name is one of that name.
      assert.deepEqual(await user.names(c.configMaps(), { fieldSelector: "metadata.name=a" }), ["a"]);
    });

    check("a watch needs the verb watch", async (c) => {
      const user = await allowed(c, [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]);
      const answer = await user.get(c.pods(), { watch: "true" });
      refused(answer, 403, "Forbidden", /cannot watch resource "pods"/);
    });

    check("deleting a collection needs its own verb", async (c) => {
      const user = await allowed(c, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["delete"] }]);
      refused(await user.delete(c.configMaps()), 403, "Forbidden", /cannot deletecollection resource "configmaps"/);
    });

    check("a cluster role holds in every namespace, through a cluster role binding", async (c) => {
      const name = c.namespace;
      await c.create(`/apis/${rbac}/clusterroles`, { metadata: { name }, rules: [readPods] });
      await c.create(`/apis/${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [
          { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: `system:serviceaccounts:${c.namespace}` },
        ],
      });
      const user = c.as(await tokenOf(c));
      for (let attempt = 0; (await user.get("/api/v1/pods")).status === 403; attempt++) {
        assert.isBelow(attempt, 200);
        await sleep(25);
      }
      accepted(await user.get("/api/v1/namespaces/default/pods"));
    });

    check("a cluster role holds in one namespace, through a role binding", async (c) => {
      const name = c.namespace;
      await c.create(`/apis/${rbac}/clusterroles`, { metadata: { name }, rules: [readPods] });
      await c.create(c.group(rbac, "rolebindings"), {
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [{ kind: "ServiceAccount", name: "default", namespace: c.namespace }],
      });
      await untilAllowed(c, { namespace: c.namespace, resource: "pods", verb: "list" });
      const user = c.as(await tokenOf(c));
      accepted(await user.get(c.pods()));
      assert.equal((await user.get("/api/v1/pods")).status, 403);
    });

    check("rights are gone when their binding is", async (c) => {
      const user = await allowed(c, [readPods]);
      accepted(await user.get(c.pods()));
      accepted(await c.delete(c.group(rbac, "rolebindings", "b")));
      for (let attempt = 0; (await user.get(c.pods())).status === 200; attempt++) {
        assert.isBelow(attempt, 200);
        await sleep(25);
      }
      assert.equal((await user.get(c.pods())).status, 403);
    });

    check("everybody with a token may discover, and ask what they may do", async (c) => {
      const user = c.as(await tokenOf(c));
      for (const path of ["/api", "/apis", "/api/v1", "/version"]) accepted(await user.get(path));
      const spec = { resourceAttributes: { namespace: c.namespace, verb: "list", resource: "pods" } };
      const review = await user.create(`${reviews}/selfsubjectaccessreviews`, { spec });
      assert.equal(at(review, "kind"), "SelfSubjectAccessReview");
      assert.equal(at(review, "status.allowed"), false);
    });

    check("a review of one's own access says yes where a role does", async (c) => {
      const user = await allowed(c, [readPods]);
      const ask = async (verb: string) => {
        const spec = { resourceAttributes: { namespace: c.namespace, verb, resource: "pods" } };
        return at(await user.create(`${reviews}/selfsubjectaccessreviews`, { spec }), "status.allowed");
      };
      assert.equal(await ask("list"), true);
      assert.equal(await ask("delete"), false);
    });

    check("an administrator may do everything", async (c) => {
      const spec = { resourceAttributes: { verb: "*", group: "*", resource: "*" } };
      const review = await c.create(`${reviews}/selfsubjectaccessreviews`, { spec });
      assert.equal(at(review, "status.allowed"), true);
    });

    check("a review of somebody's access to a path", async (c) => {
      const spec = {
        user: "somebody",
        groups: ["system:authenticated"],
        nonResourceAttributes: { path: "/metrics", verb: "get" },
      };
      const review = await c.create(`${reviews}/subjectaccessreviews`, { spec });
      assert.equal(at(review, "status.allowed"), false);
    });

    check("a token review tells who the token is", async (c) => {
      const token = await tokenOf(c);
      const review = await c.create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token } });
      assert.equal(at(review, "status.authenticated"), true);
      assert.equal(at(review, "status.user.username"), userOf(c));
      assert.sameMembers(
        [...(listAt(review, "status.user.groups") as string[])],
        ["system:serviceaccounts", `system:serviceaccounts:${c.namespace}`, "system:authenticated"],
      );
      const account = await c.read(c.core("serviceaccounts", "default"));
      assert.equal(at(review, "status.user.uid"), at(account, "metadata.uid"));
    });

    check("a token review of a token that nobody gave is not authenticated", async (c) => {
      const review = await c.create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "nonsense" } });
      assert.isUndefined(at(review, "status.authenticated"));
      assert.include(textAt(review, "status.error"), "invalid bearer token");
    });

    check("a token is worth nothing once its service account is deleted", async (c) => {
      await c.create(c.core("serviceaccounts"), { metadata: { name: "brief" } });
      // The server remembers for a while whom it has let in: each token is tried once.
      const users: Cluster[] = [];
      while (users.length < 20) users.push(c.as(await tokenOf(c, "brief")));
      assert.equal((await users.pop()!.get(c.pods())).status, 403);
      accepted(await c.delete(c.core("serviceaccounts", "brief")));
      const statuses = new Set<number>();
      for (const user of users) {
        if (statuses.has(401)) break;
        statuses.add((await user.get(c.pods())).status);
        await sleep(50);
      }
      assert.include([...statuses], 401);
    });
  },
};
