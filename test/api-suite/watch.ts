// Watching: which events come, in which order, from where, and how a watch ends.

import { assert } from "chai";
import { ApiStatusError } from "../../src/kube/client.ts";
import type { Cluster, Query } from "./cluster.ts";
import { accepted, at, textAt } from "./facts.ts";
import { binding, configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";
import type { WatchEvent } from "./watching.ts";

async function watchFromNow(c: Cluster, path: string, query: Query = {}) {
  return c.watch(path, { resourceVersion: await c.listVersion(path), ...query });
}

const versionOf = (event: WatchEvent) => BigInt(textAt(event.object, "metadata.resourceVersion"));

/** What the server says when it refuses the watch, as a status or as its first and last event. */
async function refusalOf(
  c: Cluster,
  path: string,
  query: Query,
): Promise<{ status: unknown; reason: unknown; message: unknown }> {
  try {
    const watching = await c.watch(path, query);
    const event = await watching.next();
    assert.equal(event.type, "ERROR");
    assert.isUndefined(await watching.nextOrEnd());
    return {
      status: at(event.object, "code"),
      reason: at(event.object, "reason"),
      message: at(event.object, "message"),
    };
  } catch (error) {
    if (!(error instanceof ApiStatusError)) throw error;
    return error;
  }
}

export const watch: Area = {
  name: "watch",

  define(check) {
    check("a watch from a list's resourceVersion sees what came after it, and only that", async (c) => {
      await c.create(c.configMaps(), configMap("before"));
      const watching = await watchFromNow(c, c.configMaps());
      await c.create(c.configMaps(), configMap("a"));
      await c.change(c.configMaps("a"), { data: { k: "v" } });
      accepted(await c.delete(c.configMaps("a")));
      assert.deepEqual(await watching.read(3), ["ADDED a", "MODIFIED a", "DELETED a"]);
    });

    check("events carry whole objects with kind, as get answers them", async (c) => {
      const watching = await watchFromNow(c, c.configMaps());
      const created = await c.create(c.configMaps(), configMap("a"));
      assert.deepEqual(await watching.next(), { type: "ADDED", object: created });
      const changed = await c.change(c.configMaps("a"), { data: { k: "v" } });
      assert.deepEqual(await watching.next(), { type: "MODIFIED", object: changed });
    });

    check("a DELETED event carries the last state, with the resourceVersion of the deletion", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "v" }));
      const watching = await watchFromNow(c, c.configMaps());
      accepted(await c.delete(c.configMaps("a")));
      const event = await watching.next();
      assert.equal(event.type, "DELETED");
      assert.deepEqual(at(event.object, "data"), { k: "v" });
      assert.equal(at(event.object, "metadata.uid"), at(created, "metadata.uid"));
      assert.isTrue(BigInt(textAt(created, "metadata.resourceVersion")) < versionOf(event));
    });

    check("an unbound pod that is deleted is first MODIFIED, with its deletionTimestamp", async (c) => {
      await c.create(c.pods(), pod("a"));
      const watching = await watchFromNow(c, c.pods());
      accepted(await c.delete(c.pods("a")));
      const [first, second] = [await watching.next(), await watching.next()];
      assert.deepEqual([first.type, second.type], ["MODIFIED", "DELETED"]);
      assert.isString(at(first.object, "metadata.deletionTimestamp"));
      assert.isString(at(second.object, "metadata.deletionTimestamp"));
      assert.isTrue(versionOf(first) < versionOf(second));
    });

    check("taking off the last finalizer shows DELETED, and not MODIFIED", async (c) => {
      await c.create(c.configMaps(), configMap("a", {}, { finalizers: ["example.com/hold"] }));
      const watching = await watchFromNow(c, c.configMaps());
      accepted(await c.delete(c.configMaps("a")));
      await c.change(c.configMaps("a"), { metadata: { finalizers: null } });
      assert.deepEqual(await watching.read(2), ["MODIFIED a", "DELETED a"]);
    });

    check("a watch without a resourceVersion begins with all that exists", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      await c.create(c.configMaps(), configMap("b"));
      const watching = await c.watch(c.configMaps());
      assert.sameMembers([...(await watching.read(2))], ["ADDED a", "ADDED b"]);
      await c.create(c.configMaps(), configMap("c"));
      assert.deepEqual(await watching.read(1), ["ADDED c"]);
    });

    check("resourceVersion=0 begins with all that exists too", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      await c.read(c.configMaps());
      const watching = await c.watch(c.configMaps(), { resourceVersion: "0" });
      assert.deepEqual(await watching.read(1), ["ADDED a"]);
    });

    check("a watch takes up history from an older resourceVersion", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      await c.change(c.configMaps("a"), { data: { k: "1" } });
      await c.change(c.configMaps("a"), { data: { k: "2" } });
      accepted(await c.delete(c.configMaps("a")));
      const watching = await c.watch(c.configMaps(), { resourceVersion: textAt(created, "metadata.resourceVersion") });
      const events = [await watching.next(), await watching.next(), await watching.next()];
      assert.deepEqual(
        events.map(({ type }) => type),
        ["MODIFIED", "MODIFIED", "DELETED"],
      );
      assert.deepEqual(
        events.map(({ object }) => at(object, "data.k")),
        ["1", "2", "2"],
      );
    });

    check("resourceVersions of events only grow, over all objects of a kind", async (c) => {
      const watching = await watchFromNow(c, c.configMaps());
      for (const name of ["a", "b", "c"]) await c.create(c.configMaps(), configMap(name));
      for (const name of ["c", "a", "b"]) await c.change(c.configMaps(name), { data: { k: "v" } });
      const events: WatchEvent[] = [];
      while (events.length < 6) events.push(await watching.next());
      const versions = events.map(versionOf);
      assert.deepEqual(
        versions,
        [...versions].sort((a, b) => (a < b ? -1 : 1)),
      );
      assert.deepEqual(
        events.slice(3).map(({ object }) => at(object, "metadata.name")),
        ["c", "a", "b"],
      );
    });

    check("two watches see the same events", async (c) => {
      const resourceVersion = await c.listVersion(c.configMaps());
      const [one, two] = [
        await c.watch(c.configMaps(), { resourceVersion }),
        await c.watch(c.configMaps(), { resourceVersion }),
      ];
      await c.create(c.configMaps(), configMap("a"));
      await c.change(c.configMaps("a"), { data: { k: "v" } });
      accepted(await c.delete(c.configMaps("a")));
      for (let count = 0; count < 3; count++) assert.deepEqual(await one.next(), await two.next());
    });

    check("a change that changes nothing makes no event", async (c) => {
      await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const watching = await watchFromNow(c, c.configMaps());
      await c.change(c.configMaps("a"), { data: { k: "1" } });
      await c.create(c.configMaps(), configMap("b"));
      assert.deepEqual(await watching.read(1), ["ADDED b"]);
    });

    check("a watch of a namespace does not see others", async (c) => {
      const other = await c.target.freshNamespace();
      const watching = await watchFromNow(c, c.configMaps());
      await c.create(`/api/v1/namespaces/${other}/configmaps`, configMap("a"));
      await c.create(c.configMaps(), configMap("b"));
      assert.deepEqual(await watching.read(1), ["ADDED b"]);
    });

    check("a watch over all namespaces sees every namespace", async (c) => {
      const other = await c.target.freshNamespace();
      const labelSelector = `of=${c.namespace}`;
      const watching = await watchFromNow(c, "/api/v1/configmaps", { labelSelector });
      const labels = { labels: { of: c.namespace } };
      await c.create(`/api/v1/namespaces/${other}/configmaps`, configMap("a", {}, labels));
      await c.create(c.configMaps(), configMap("b", {}, labels));
      assert.deepEqual(await watching.read(2), ["ADDED a", "ADDED b"]);
    });

    check("a watch of one name, as kubectl does it", async (c) => {
      const watching = await watchFromNow(c, c.configMaps(), { fieldSelector: "metadata.name=b" });
      await c.create(c.configMaps(), configMap("a"));
      await c.create(c.configMaps(), configMap("b"));
      assert.deepEqual(await watching.read(1), ["ADDED b"]);
    });

    check("an object that begins to match a selector is ADDED, one that ceases to is DELETED", async (c) => {
      await c.create(c.configMaps(), configMap("a", { k: "v" }));
      const watching = await watchFromNow(c, c.configMaps(), { labelSelector: "on=yes" });
      await c.change(c.configMaps("a"), { metadata: { labels: { on: "yes" } } });
      await c.change(c.configMaps("a"), { data: { k: "w" } });
      const left = await c.change(c.configMaps("a"), { metadata: { labels: { on: "no" } }, data: { k: "x" } });
      await c.change(c.configMaps("a"), { data: { k: "y" } });
      await c.create(c.configMaps(), configMap("b", {}, { labels: { on: "yes" } }));
      const [added, modified, deleted, next] = [
        await watching.next(),
        await watching.next(),
        await watching.next(),
        await watching.next(),
      ];
      assert.deepEqual([added.type, modified.type, deleted.type], ["ADDED", "MODIFIED", "DELETED"]);
      assert.equal(at(next.object, "metadata.name"), "b");
      // The state that still matched, with the resourceVersion of the write by which it ceased to.
      assert.deepEqual(at(deleted.object, "metadata.labels"), { on: "yes" });
      assert.deepEqual(at(deleted.object, "data"), { k: "w" });
      assert.equal(at(deleted.object, "metadata.resourceVersion"), at(left, "metadata.resourceVersion"));
    });

    check("a pod that is bound is DELETED for who watches unbound ones", async (c) => {
      await c.create(c.pods(), pod("a"));
      const watching = await watchFromNow(c, c.pods(), { fieldSelector: "spec.nodeName=" });
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n")), 201);
      assert.deepEqual(await watching.read(1), ["DELETED a"]);
    });

    check("a pod that is bound is ADDED for who watches its node", async (c) => {
      await c.create(c.pods(), pod("a"));
      const watching = await watchFromNow(c, c.pods(), { fieldSelector: "spec.nodeName=n" });
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n")), 201);
      assert.deepEqual(await watching.read(1), ["ADDED a"]);
    });

    check("an object deleted while it did not match makes no event", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const watching = await watchFromNow(c, c.configMaps(), { labelSelector: "on=yes" });
      accepted(await c.delete(c.configMaps("a")));
      await c.create(c.configMaps(), configMap("b", {}, { labels: { on: "yes" } }));
      assert.deepEqual(await watching.read(1), ["ADDED b"]);
    });

    check("sendInitialEvents: all that exists, then a bookmark that says so, then what comes", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      await c.create(c.configMaps(), configMap("b"));
      const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true" };
      const watching = await c.watch(c.configMaps(), query);
      assert.deepEqual(await watching.read(2), ["ADDED a", "ADDED b"]);
      const { type, object } = await watching.next();
      assert.equal(type, "BOOKMARK");
      assert.equal(at(object, "kind"), "ConfigMap");
      const annotations = at(object, "metadata.annotations") as Readonly<Record<string, string>>;
      assert.equal(annotations["k8s.io/initial-events-end"], "true");
      assert.match(textAt(object, "metadata.resourceVersion"), /^[1-9][0-9]*$/);
      await c.create(c.configMaps(), configMap("c"));
      assert.deepEqual(await watching.read(1), ["ADDED c"]);
    });

    check("sendInitialEvents of nothing is the bookmark alone", async (c) => {
      const query = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true" };
      const watching = await c.watch(c.pods(), query);
      const { type, object } = await watching.next();
      assert.equal(type, "BOOKMARK");
      const annotations = at(object, "metadata.annotations") as Readonly<Record<string, string>>;
      assert.equal(annotations["k8s.io/initial-events-end"], "true");
    });

    check("sendInitialEvents wants resourceVersionMatch=NotOlderThan: 422", async (c) => {
      const { status, reason, message } = await refusalOf(c, c.pods(), { sendInitialEvents: "true" });
      assert.equal(status, 422);
      assert.equal(reason, "Invalid");
      const cause =
        "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
      assert.equal(message, `ListOptions.meta.k8s.io "" is invalid: ${cause}`);
    });

    check("timeoutSeconds ends the watch cleanly", async (c) => {
      const watching = await watchFromNow(c, c.configMaps(), { timeoutSeconds: "1" });
      await c.create(c.configMaps(), configMap("a"));
      assert.deepEqual(await watching.read(1), ["ADDED a"]);
      assert.isUndefined(await watching.nextOrEnd());
    });

    check("a bookmark comes before the end, where bookmarks are allowed", async (c) => {
      const query = { timeoutSeconds: "3", allowWatchBookmarks: "true" };
      const watching = await watchFromNow(c, c.configMaps(), query);
      const created = await c.create(c.configMaps(), configMap("a"));
      assert.deepEqual(await watching.read(1), ["ADDED a"]);
      const bookmark = await watching.next();
      assert.equal(bookmark.type, "BOOKMARK");
      assert.isTrue(BigInt(textAt(created, "metadata.resourceVersion")) <= versionOf(bookmark));
      assert.isUndefined(at(bookmark.object, "metadata.name"));
      assert.equal(at(bookmark.object, "apiVersion"), "v1");
    });

    check("a forgotten resourceVersion is 410 Expired", async (c) => {
      const resourceVersion = await c.target.forgottenResourceVersion();
      const { status, reason, message } = await refusalOf(c, "/api/v1/pods", { resourceVersion });
      assert.equal(status, 410);
      assert.equal(reason, "Expired");
      assert.match(String(message), /^too old resource version: \d+ \(\d+\)$/);
    });

    check("a watch from a resourceVersion of the future waits for it", async (c) => {
      const resourceVersion = String(BigInt(await c.listVersion(c.configMaps())) + 1_000_000n);
      const watching = await c.watch(c.configMaps(), { resourceVersion, timeoutSeconds: "1" });
      await c.create(c.configMaps(), configMap("a"));
      assert.isUndefined(await watching.nextOrEnd());
    });

    check("a selector that cannot be read is 400, before a watch begins", async (c) => {
      const { status, reason } = await refusalOf(c, c.pods(), { labelSelector: "a in b" });
      assert.equal(status, 400);
      assert.equal(reason, "BadRequest");
    });

    check("a single object is not watched by its own path: it is answered", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      assert.deepEqual(await c.read(c.configMaps("a"), { watch: "true" }), created);
    });
  },
};
