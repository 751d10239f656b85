// Reading: get and list, pages, and what a resourceVersion asks of a list.

import { assert } from "chai";
import { namesOf, type Cluster } from "./cluster.ts";
import { accepted, assertNewer, at, listAt, refused, textAt } from "./facts.ts";
import { configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

async function createConfigMaps(c: Cluster, ...names: readonly string[]): Promise<void> {
  for (const name of names) await c.create(c.configMaps(), configMap(name));
}

/** The namespace's own ConfigMaps: only these, whoever adds others. */
export const read: Area = {
  name: "get and list",

  define(check) {
    check("get answers the object as it was created", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      assert.deepEqual(await c.read(c.pods("a")), created);
    });

    check("get of an object that is not there is 404", async (c) => {
      const answer = await c.get(c.pods("a"));
      refused(answer, 404, "NotFound", `pods "a" not found`);
      assert.deepEqual(at(answer.body, "details"), { name: "a", kind: "pods" });
    });

    check("get in a namespace that does not exist is 404 of the object", async (c) => {
      refused(await c.get("/api/v1/namespaces/nowhere/pods/a"), 404, "NotFound", `pods "a" not found`);
    });

    check("get of a resource of a group names the group", async (c) => {
      const answer = await c.get(c.group("policy/v1", "poddisruptionbudgets", "a"));
      refused(answer, 404, "NotFound", `poddisruptionbudgets.policy "a" not found`);
      assert.deepEqual(at(answer.body, "details"), { name: "a", group: "policy", kind: "poddisruptionbudgets" });
    });

    check("a list has its kind, a resourceVersion, and items without kind", async (c) => {
      await createConfigMaps(c, "a");
      const list = await c.read(c.configMaps());
      assert.equal(at(list, "kind"), "ConfigMapList");
      assert.equal(at(list, "apiVersion"), "v1");
      assert.match(textAt(list, "metadata.resourceVersion"), /^[1-9][0-9]*$/);
      assert.isUndefined(at(list, "items.0.kind"));
      assert.isUndefined(at(list, "items.0.apiVersion"));
    });

    check("an empty list is a list, in a namespace that does not exist too", async (c) => {
      const list = await c.read("/api/v1/namespaces/nowhere/pods");
      assert.deepEqual(at(list, "items"), []);
      assert.equal(at(list, "kind"), "PodList");
    });

    check("a list is in the order of names", async (c) => {
      await createConfigMaps(c, "b", "a-b", "a", "a.b", "c", "10", "2");
      assert.deepEqual(await c.names(c.configMaps()), ["10", "2", "a", "a-b", "a.b", "b", "c"]);
    });

    check("a list over all namespaces is in the order of namespace and name", async (c) => {
      const other = await c.target.freshNamespace();
      const label = { labels: { of: c.namespace } };
      await c.create(`/api/v1/namespaces/${other}/configmaps`, configMap("a", {}, label));
      await c.create(c.configMaps(), configMap("b", {}, label));
      await c.create(c.configMaps(), configMap("a", {}, label));
      const list = await c.read("/api/v1/configmaps", { labelSelector: `of=${c.namespace}` });
      const keys = listAt(list, "items").map(
        (item) => `${textAt(item, "metadata.namespace")}/${textAt(item, "metadata.name")}`,
      );
      const expected = [`${c.namespace}/a`, `${c.namespace}/b`, `${other}/a`].sort();
      assert.deepEqual(keys, expected);
    });

    check("a list's resourceVersion is not older than any write before it", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const list = await c.read(c.configMaps());
      assert.isTrue(
        BigInt(textAt(created, "metadata.resourceVersion")) <= BigInt(textAt(list, "metadata.resourceVersion")),
      );
    });

    check("limit makes pages, which say how many items remain", async (c) => {
      await createConfigMaps(c, "a", "b", "c", "d", "e");
      const first = await c.read(c.configMaps(), { limit: "2" });
      assert.deepEqual(namesOf(first), ["a", "b"]);
      assert.equal(at(first, "metadata.remainingItemCount"), 3);
      const second = await c.read(c.configMaps(), { limit: "2", continue: textAt(first, "metadata.continue") });
      assert.deepEqual(namesOf(second), ["c", "d"]);
      assert.equal(at(second, "metadata.remainingItemCount"), 1);
      const third = await c.read(c.configMaps(), { limit: "2", continue: textAt(second, "metadata.continue") });
      assert.deepEqual(namesOf(third), ["e"]);
      assert.isUndefined(at(third, "metadata.continue"));
      assert.isUndefined(at(third, "metadata.remainingItemCount"));
    });

    check("a page that is exactly full is the last one", async (c) => {
      await createConfigMaps(c, "a", "b");
      const list = await c.read(c.configMaps(), { limit: "2" });
      assert.isUndefined(at(list, "metadata.continue"));
    });

    check("limit=0 is no limit", async (c) => {
      await createConfigMaps(c, "a", "b");
      assert.deepEqual(await c.names(c.configMaps(), { limit: "0" }), ["a", "b"]);
    });

    check("all pages show the moment of the first, and carry its resourceVersion", async (c) => {
      await createConfigMaps(c, "a", "b", "c");
      const first = await c.read(c.configMaps(), { limit: "1" });
      await createConfigMaps(c, "bb");
      await c.delete(c.configMaps("c"));
      const rest = await c.read(c.configMaps(), { continue: textAt(first, "metadata.continue") });
      assert.deepEqual(namesOf(rest), ["b", "c"]);
      assert.equal(at(rest, "metadata.resourceVersion"), at(first, "metadata.resourceVersion"));
    });

    check("pages with a selector count what matches, and do not tell what remains", async (c) => {
      for (const name of ["a", "b", "c", "d"]) {
        await c.create(
          c.configMaps(),
          configMap(name, {}, { labels: { odd: name === "a" || name === "c" ? "yes" : "no" } }),
        );
      }
      const query = { labelSelector: "odd=yes", limit: "1" };
      const first = await c.read(c.configMaps(), query);
      assert.deepEqual(namesOf(first), ["a"]);
      assert.isUndefined(at(first, "metadata.remainingItemCount"));
      const second = await c.read(c.configMaps(), { ...query, continue: textAt(first, "metadata.continue") });
      assert.deepEqual(namesOf(second), ["c"]);
    });

    check("a continue token whose moment is forgotten is 410 Expired, with a token to go on from now", async (c) => {
      await createConfigMaps(c, "a", "b", "c");
      const first = await c.read(c.configMaps(), { limit: "1" });
      await createConfigMaps(c, "d");
      await c.target.compact();
      const answer = await c.get(c.configMaps(), { limit: "1", continue: textAt(first, "metadata.continue") });
      refused(answer, 410, "Expired", /^The provided continue parameter is too old /);
      const rest = await c.read(c.configMaps(), { continue: textAt(answer.body, "metadata.continue") });
      assert.deepEqual(namesOf(rest), ["b", "c", "d"]);
      assertNewer(rest, first);
    });

    check("a continue token that is none is 400", async (c) => {
      const answer = await c.get(c.configMaps(), { limit: "1", continue: "nonsense" });
      refused(answer, 400, "BadRequest", /^invalid continue token: continue key is not valid: /);
    });

    check("a continue token and a resourceVersion exclude each other", async (c) => {
      await createConfigMaps(c, "a", "b");
      const first = await c.read(c.configMaps(), { limit: "1" });
      const query = {
        continue: textAt(first, "metadata.continue"),
        resourceVersion: textAt(first, "metadata.resourceVersion"),
      };
      const answer = await c.get(c.configMaps(), query);
      refused(answer, 400, "BadRequest", "specifying resource version is not allowed when using continue");
    });

    check("resourceVersion=0 lists without asking for the newest", async (c) => {
      await createConfigMaps(c, "a");
      const list = await c.read(c.configMaps(), { resourceVersion: "0" });
      assert.match(textAt(list, "metadata.resourceVersion"), /^[1-9][0-9]*$/);
    });

    check("a resourceVersion means not older than that", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const resourceVersion = textAt(created, "metadata.resourceVersion");
      await createConfigMaps(c, "b");
      const query = { resourceVersion, resourceVersionMatch: "NotOlderThan" };
      const list = await c.read(c.configMaps(), query);
      assert.isTrue(BigInt(resourceVersion) <= BigInt(textAt(list, "metadata.resourceVersion")));
      assert.include(namesOf(list), "a");
      assert.include(await c.names(c.configMaps(), { resourceVersion }), "a");
    });

    check("resourceVersionMatch=Exact lists that moment", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      await createConfigMaps(c, "b");
      await c.delete(c.configMaps("a"));
      const resourceVersion = textAt(created, "metadata.resourceVersion");
      const list = await c.read(c.configMaps(), { resourceVersion, resourceVersionMatch: "Exact" });
      assert.deepEqual(namesOf(list), ["a"]);
      assert.equal(at(list, "metadata.resourceVersion"), resourceVersion);
    });

    check("an exact moment that is forgotten is 410 Expired", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      await createConfigMaps(c, "b");
      await c.target.compact();
      const query = { resourceVersion: textAt(created, "metadata.resourceVersion"), resourceVersionMatch: "Exact" };
      refused(
        await c.get(c.configMaps(), query),
        410,
        "Expired",
        /^The resourceVersion for the provided list is too old/,
      );
    });

    check("resourceVersionMatch without a resourceVersion is 422", async (c) => {
      const answer = await c.get(c.configMaps(), { resourceVersionMatch: "Exact" });
      const cause =
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided";
      refused(answer, 422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: ${cause}`, [cause]);
    });

    check("resourceVersionMatch=Exact with resourceVersion=0 is 422", async (c) => {
      const answer = await c.get(c.configMaps(), { resourceVersion: "0", resourceVersionMatch: "Exact" });
      refused(answer, 422, "Invalid", /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/);
    });

    check("a resourceVersion that is no number is 400", async (c) => {
      const answer = await c.get(c.configMaps(), { resourceVersion: "new" });
      refused(answer, 400, "BadRequest", /^(Invalid resource version|resourceVersion)/i);
    });

    check("a resourceVersion of the future is 504 Timeout with a cause", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const resourceVersion = String(BigInt(textAt(created, "metadata.resourceVersion")) + 1_000_000n);
      const answer = await c.get(c.configMaps(), { resourceVersion, resourceVersionMatch: "NotOlderThan" });
      refused(answer, 504, "Timeout", /^Timeout: Too large resource version: \d+, current: \d+$/);
      assert.equal(at(answer.body, "details.causes.0.reason"), "ResourceVersionTooLarge");
    });

    check("get with a resourceVersion answers a state that is not older", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const resourceVersion = textAt(created, "metadata.resourceVersion");
      assert.deepEqual(accepted(await c.get(c.configMaps("a"), { resourceVersion })), created);
    });

    check("a namespace named constructor is a namespace", async (c) => {
      const post = await c.post("/api/v1/namespaces", { metadata: { name: "constructor" } });
      assert.include([201, 409], post.status);
      assert.deepEqual(await c.names("/api/v1/namespaces/constructor/pods"), []);
    });
  },
};
