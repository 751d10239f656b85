// Discovery: what a client learns of a server before it knows anything.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { at, listAt, refused, textAt } from "./facts.ts";
import type { Area } from "./suite.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** The entry of one resource, without what only the real server can know. */
async function resource(c: Cluster, groupVersion: string, name: string): Promise<object> {
  const list = await c.read(groupVersion);
  const found = listAt(list, "resources").find((one) => at(one, "name") === name);
  assert.isDefined(found, name);
  const { storageVersionHash, ...entry } = found as Readonly<Record<string, unknown>>;
  assert.include(["string", "undefined"], typeof storageVersionHash);
  return entry;
}

const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export const discovery: Area = {
  name: "discovery",

  define(check) {
    check("/api names the version of the core group", async (c) => {
      const versions = await c.read("/api");
      assert.equal(at(versions, "kind"), "APIVersions");
      assert.deepEqual(at(versions, "versions"), ["v1"]);
    });

    check("/apis names the groups with their preferred versions", async (c) => {
      const groups = await c.read("/apis");
      assert.equal(at(groups, "kind"), "APIGroupList");
      assert.equal(at(groups, "apiVersion"), "v1");
      const names = listAt(groups, "groups").map((group) => textAt(group, "preferredVersion.groupVersion"));
      const needed = [
        "apps/v1",
        "batch/v1",
        "policy/v1",
        "scheduling.k8s.io/v1",
        "coordination.k8s.io/v1",
        "events.k8s.io/v1",
      ];
      const more = ["rbac.authorization.k8s.io/v1", "storage.k8s.io/v1", "apiextensions.k8s.io/v1"];
      assert.includeMembers(names, [...needed, ...more, "authentication.k8s.io/v1", "authorization.k8s.io/v1"]);
    });

    check("/apis/<group> names its versions", async (c) => {
      const group = await c.read("/apis/policy");
      const version = { groupVersion: "policy/v1", version: "v1" };
      assert.deepEqual(group, {
        kind: "APIGroup",
        apiVersion: "v1",
        name: "policy",
        versions: [version],
        preferredVersion: version,
      });
    });

    check("the resource list of a group is as the real one", async (c) => {
      assert.deepEqual(await resource(c, "/apis/policy/v1", "poddisruptionbudgets"), {
        name: "poddisruptionbudgets",
        singularName: "poddisruptionbudget",
        namespaced: true,
        kind: "PodDisruptionBudget",
        verbs: allVerbs,
        shortNames: ["pdb"],
      });
      assert.deepEqual(await resource(c, "/apis/policy/v1", "poddisruptionbudgets/status"), {
        name: "poddisruptionbudgets/status",
        singularName: "",
        namespaced: true,
        kind: "PodDisruptionBudget",
        verbs: ["get", "patch", "update"],
      });
    });

    check("pods: short name, categories, verbs", async (c) => {
      assert.deepEqual(await resource(c, "/api/v1", "pods"), {
        name: "pods",
        singularName: "pod",
        namespaced: true,
        kind: "Pod",
        verbs: allVerbs,
        shortNames: ["po"],
        categories: ["all"],
      });
    });

    check("binding and eviction are subresources that can only be created", async (c) => {
      assert.deepEqual(await resource(c, "/api/v1", "pods/binding"), {
        name: "pods/binding",
        singularName: "",
        namespaced: true,
        kind: "Binding",
        verbs: ["create"],
      });
      assert.deepEqual(await resource(c, "/api/v1", "pods/eviction"), {
        name: "pods/eviction",
        singularName: "",
        namespaced: true,
        group: "policy",
        version: "v1",
        kind: "Eviction",
        verbs: ["create"],
      });
    });

    check("namespaces and nodes are of the cluster", async (c) => {
      for (const [name, short] of [
        ["nodes", "no"],
        ["namespaces", "ns"],
      ] as const) {
        const entry = await resource(c, "/api/v1", name);
        assert.equal(at(entry, "namespaced"), false);
        assert.deepEqual(at(entry, "shortNames"), [short]);
      }
    });

    check("reviews can only be created", async (c) => {
      const entry = await resource(c, "/apis/authorization.k8s.io/v1", "selfsubjectaccessreviews");
      assert.deepEqual(at(entry, "verbs"), ["create"]);
      assert.equal(at(entry, "namespaced"), false);
    });

    check("a version that a group has not is 404", async (c) => {
      refused(await c.get("/apis/policy/v9"), 404, "NotFound", "the server could not find the requested resource");
    });

    check("a resource that a group has not is 404", async (c) => {
      const answer = await c.get(c.group("policy/v1", "nope"));
      refused(answer, 404, "NotFound", "the server could not find the requested resource");
    });

    check("aggregated discovery of the core group, by the Accept header", async (c) => {
      const answer = await c.raw({ method: "GET", path: "/api", accept: `${aggregated},application/json` });
      assert.equal(answer.status, 200);
      assert.match(
        answer.headers.get("content-type") ?? "",
        /^application\/json;g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/,
      );
      const body: unknown = JSON.parse(answer.text);
      assert.equal(at(body, "kind"), "APIGroupDiscoveryList");
      assert.equal(at(body, "apiVersion"), "apidiscovery.k8s.io/v2");
      const pods = listAt(body, "items.0.versions.0.resources").find((one) => at(one, "resource") === "pods");
      assert.deepInclude(pods as object, {
        responseKind: { group: "", version: "", kind: "Pod" },
        scope: "Namespaced",
        singularResource: "pod",
        verbs: allVerbs,
        shortNames: ["po"],
        categories: ["all"],
      });
      const subresources = listAt(pods, "subresources").map((one) => textAt(one, "subresource"));
      assert.includeMembers(subresources, ["status", "binding", "eviction"]);
    });

    check("aggregated discovery of the groups, by the Accept header", async (c) => {
      const answer = await c.raw({ method: "GET", path: "/apis", accept: `${aggregated},application/json` });
      const body: unknown = JSON.parse(answer.text);
      const policy = listAt(body, "items").find((one) => at(one, "metadata.name") === "policy");
      assert.equal(at(policy, "versions.0.version"), "v1");
      assert.equal(at(policy, "versions.0.freshness"), "Current");
      assert.equal(at(policy, "versions.0.resources.0.resource"), "poddisruptionbudgets");
    });

    check("/version says which Kubernetes it is", async (c) => {
      const version = await c.read("/version");
      assert.equal(at(version, "major"), "1");
      assert.match(textAt(version, "minor"), /^\d+$/);
      assert.match(textAt(version, "gitVersion"), /^v1\.\d+\.\d+/);
    });

    check("/healthz, /readyz and /livez say ok", async (c) => {
      for (const path of ["/healthz", "/readyz", "/livez"]) {
        const answer = await c.raw({ method: "GET", path });
        assert.equal(answer.status, 200);
        assert.equal(answer.text, "ok");
      }
    });

    check("the OpenAPI index names the groups", async (c) => {
      const paths = at(await c.read("/openapi/v3"), "paths");
      assert.containsAllKeys(paths, ["api/v1", "apis/apps/v1", "apis/policy/v1"]);
    });
  },
};
