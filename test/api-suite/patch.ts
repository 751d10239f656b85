// Patches: each content type, its conditions, and its refusals.

import { assert } from "chai";
import { jsonPatch, mergePatch, strategicPatch, type Cluster } from "./cluster.ts";
import { accepted, assertNewer, assertSameVersion, at, refused, textAt } from "./facts.ts";
import { configMap, node, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

const rejected = "the server rejected our request due to an error in our request";

async function withNode(c: Cluster): Promise<string> {
  const path = `/api/v1/nodes/${c.namespace}-n`;
  await c.create("/api/v1/nodes", node(`${c.namespace}-n`, { zone: "a", rack: "1" }));
  return path;
}

export const patch: Area = {
  name: "patch",

  define(check) {
    check("merge patch: values are set, null takes away, objects are merged", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1", l: "2" }, { labels: { x: "y" } }));
      const body = { data: { k: null, m: "3" }, metadata: { annotations: { n: "o" } } };
      const patched = accepted(await c.patch(c.configMaps("a"), mergePatch, body));
      assert.deepEqual(at(patched, "data"), { l: "2", m: "3" });
      assert.deepEqual(at(patched, "metadata.labels"), { x: "y" });
      assert.deepEqual(at(patched, "metadata.annotations"), { n: "o" });
      assertNewer(patched, created);
    });

    check("merge patch: a list is replaced whole", async (c) => {
      const path = await withNode(c);
      await c.change(path, { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } });
      const patched = await c.change(path, { spec: { taints: [{ key: "b", effect: "NoExecute" }] } });
      assert.deepEqual(at(patched, "spec.taints.0.key"), "b");
      assert.isUndefined(at(patched, "spec.taints.1"));
    });

    check("a patch that changes nothing keeps the resourceVersion", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      assertSameVersion(await c.change(c.configMaps("a"), { data: { k: "1" } }), created);
      assertSameVersion(await c.change(c.configMaps("a"), {}), created);
    });

    check("a resourceVersion in a patch is a condition: 409 when stale", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const resourceVersion = textAt(created, "metadata.resourceVersion");
      await c.change(c.configMaps("a"), { metadata: { resourceVersion }, data: { k: "2" } });
      const answer = await c.patch(c.configMaps("a"), mergePatch, { metadata: { resourceVersion }, data: { k: "3" } });
      refused(
        answer,
        409,
        "Conflict",
        /^Operation cannot be fulfilled on configmaps "a": the object has been modified; /,
      );
    });

    check("another uid in the patch of a pod's status is 422 with the cause metadata.uid", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.patch(c.pods("a", "status"), strategicPatch, {
        metadata: { uid: "other" },
        status: { conditions: [{ type: "PodScheduled", status: "False" }] },
      });
      refused(
        answer,
        422,
        "Invalid",
        /^Pod "a" is invalid: metadata\.uid: Invalid value: "other": field is immutable$/,
      );
      assert.deepEqual(at(answer.body, "details.causes.0.field"), "metadata.uid");
    });

    check("the right uid in a patch is taken", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const body = { metadata: { uid: at(created, "metadata.uid"), labels: { a: "b" } } };
      assert.deepEqual(at(await c.change(c.pods("a"), body), "metadata.labels"), { a: "b" });
    });

    check("the name of an object cannot be patched: 400", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.patch(c.configMaps("a"), mergePatch, { metadata: { name: "b" } });
      refused(answer, 400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)");
    });

    check("a patch of an object that is not there is 404", async (c) => {
      for (const contentType of [mergePatch, strategicPatch, jsonPatch]) {
        const body = contentType === jsonPatch ? [] : {};
        refused(await c.patch(c.pods("a"), contentType, body), 404, "NotFound", 'pods "a" not found');
      }
    });

    check("a patch of a content type that is none is 415", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.patch(c.configMaps("a"), "application/json", {});
      refused(answer, 415, "UnsupportedMediaType", /./);
    });

    check("a patch is checked as an update is: 422", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.patch(c.pods("a"), mergePatch, { spec: { nodeName: "n" } });
      refused(
        answer,
        422,
        "Invalid",
        /^Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than /,
      );
    });

    check("JSON patch: add, replace, remove, copy, move", async (c) => {
      await c.create(c.configMaps(), configMap("a", { k: "1", l: "2", m: "3" }));
      const patched = accepted(
        await c.patch(c.configMaps("a"), jsonPatch, [
          { op: "add", path: "/data/n", value: "4" },
          { op: "replace", path: "/data/k", value: "0" },
          { op: "remove", path: "/data/l" },
          { op: "copy", from: "/data/k", path: "/data/o" },
          { op: "move", from: "/data/m", path: "/data/p" },
          { op: "add", path: "/metadata/labels", value: { "a.b/c": "d" } },
          { op: "replace", path: "/metadata/labels/a.b~1c", value: "e" },
        ]),
      );
      assert.deepEqual(at(patched, "data"), { k: "0", n: "4", o: "0", p: "3" });
      assert.deepEqual(at(patched, "metadata.labels"), { "a.b/c": "e" });
    });

    check("JSON patch: places in lists are by number, and - is the end", async (c) => {
      const path = await withNode(c);
      await c.change(path, {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "c", effect: "NoSchedule" },
          ],
        },
      });
      const patched = accepted(
        await c.patch(path, jsonPatch, [
          { op: "add", path: "/spec/taints/1", value: { key: "b", effect: "NoSchedule" } },
          { op: "add", path: "/spec/taints/-", value: { key: "d", effect: "NoSchedule" } },
          { op: "remove", path: "/spec/taints/0" },
        ]),
      );
      const taints = at(patched, "spec.taints") as readonly unknown[];
      assert.deepEqual(
        taints.map((taint) => at(taint, "key")),
        ["b", "c", "d"],
      );
    });

    check("JSON patch: a test that holds lets the rest through", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const patched = accepted(
        await c.patch(c.configMaps("a"), jsonPatch, [
          { op: "test", path: "/metadata/resourceVersion", value: at(created, "metadata.resourceVersion") },
          { op: "replace", path: "/data/k", value: "2" },
        ]),
      );
      assert.deepEqual(at(patched, "data"), { k: "2" });
    });

    check("JSON patch: a test that fails is 422 and changes nothing", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const answer = await c.patch(c.configMaps("a"), jsonPatch, [
        { op: "replace", path: "/data/k", value: "2" },
        { op: "test", path: "/metadata/uid", value: "other" },
      ]);
      refused(answer, 422, "Invalid", rejected);
      assert.deepEqual(await c.read(c.configMaps("a")), created);
    });

    check("JSON patch: removing what is not there is 422", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.patch(c.configMaps("a"), jsonPatch, [{ op: "remove", path: "/metadata/labels" }]);
      refused(answer, 422, "Invalid", rejected);
    });

    check("JSON patch: a body that is no list of operations is 400", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      refused(await c.patch(c.configMaps("a"), jsonPatch, { data: {} }), 400, "BadRequest", /^error decoding patch: /);
    });

    check("strategic patch: containers are merged by name", async (c) => {
      await c.create(
        c.pods(),
        pod("a", {
          containers: [
            { name: "c", image: "i" },
            { name: "d", image: "i" },
          ],
        }),
      );
      const body = { spec: { containers: [{ name: "d", image: "j" }] } };
      const patched = accepted(await c.patch(c.pods("a"), strategicPatch, body));
      assert.equal(at(patched, "spec.containers.0.image"), "i");
      assert.equal(at(patched, "spec.containers.1.image"), "j");
      assert.equal(at(patched, "spec.containers.1.terminationMessagePolicy"), "File");
    });

    check("strategic patch: conditions are merged by type", async (c) => {
      await c.create(c.pods(), pod("a"));
      const set = (conditions: readonly object[]) =>
        c.patch(c.pods("a", "status"), strategicPatch, { status: { conditions } });
      accepted(await set([{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" }]));
      accepted(await set([{ type: "DisruptionTarget", status: "True", reason: "Tested" }]));
      const patched = accepted(await set([{ type: "PodScheduled", status: "False", message: "little room" }]));
      const conditions = at(patched, "status.conditions") as readonly unknown[];
      const scheduled = conditions.find((condition) => at(condition, "type") === "PodScheduled");
      assert.equal(conditions.length, 2);
      assert.equal(at(scheduled, "message"), "little room");
      assert.equal(at(scheduled, "reason"), "Unschedulable");
    });

    check("strategic patch: what is new comes first in the list", async (c) => {
      await c.create(c.pods(), pod("a"));
      for (const type of ["PodScheduled", "Example"]) {
        const status = { conditions: [{ type, status: "False" }] };
        accepted(await c.patch(c.pods("a", "status"), strategicPatch, { status }));
      }
      const conditions = at(await c.read(c.pods("a")), "status.conditions") as readonly unknown[];
      assert.deepEqual(
        conditions.map((condition) => at(condition, "type")),
        ["Example", "PodScheduled"],
      );
    });

    check("strategic patch: $patch delete takes one item of a list away", async (c) => {
      await c.create(c.pods(), pod("a"));
      for (const type of ["PodScheduled", "Example"]) {
        const status = { conditions: [{ type, status: "False" }] };
        accepted(await c.patch(c.pods("a", "status"), strategicPatch, { status }));
      }
      const body = { status: { conditions: [{ $patch: "delete", type: "Example" }] } };
      const patched = accepted(await c.patch(c.pods("a", "status"), strategicPatch, body));
      assert.equal((at(patched, "status.conditions") as readonly unknown[]).length, 1);
      assert.equal(at(patched, "status.conditions.0.type"), "PodScheduled");
    });

    check("strategic patch: $patch replace replaces a list", async (c) => {
      await c.create(c.pods(), pod("a"));
      for (const type of ["PodScheduled", "Example"]) {
        const status = { conditions: [{ type, status: "False" }] };
        accepted(await c.patch(c.pods("a", "status"), strategicPatch, { status }));
      }
      const body = { status: { conditions: [{ $patch: "replace" }, { type: "Other", status: "True" }] } };
      const patched = accepted(await c.patch(c.pods("a", "status"), strategicPatch, body));
      assert.equal((at(patched, "status.conditions") as readonly unknown[]).length, 1);
      assert.equal(at(patched, "status.conditions.0.type"), "Other");
    });

    check("strategic patch: $patch replace replaces an object", async (c) => {
      const path = await withNode(c);
      const body = { metadata: { labels: { $patch: "replace", only: "this" } } };
      assert.deepEqual(at(accepted(await c.patch(path, strategicPatch, body)), "metadata.labels"), { only: "this" });
    });

    check("strategic patch: finalizers are a set, and $deleteFromPrimitiveList takes from it", async (c) => {
      await c.create(c.configMaps(), configMap("a", {}, { finalizers: ["example.com/a"] }));
      const added = accepted(
        await c.patch(c.configMaps("a"), strategicPatch, {
          metadata: { finalizers: ["example.com/b", "example.com/a"] },
        }),
      );
      assert.sameMembers([...(at(added, "metadata.finalizers") as string[])], ["example.com/a", "example.com/b"]);
      const body = { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } };
      const taken = accepted(await c.patch(c.configMaps("a"), strategicPatch, body));
      assert.deepEqual(at(taken, "metadata.finalizers"), ["example.com/b"]);
    });

    check("strategic patch: $retainKeys drops the other fields of a strategy", async (c) => {
      const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
      const deployment = { metadata: { name: "a" }, spec: { selector: { matchLabels: { app: "a" } }, template } };
      const created = await c.create(c.group("apps/v1", "deployments"), deployment);
      assert.equal(at(created, "spec.strategy.type"), "RollingUpdate");
      const body = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
      const patched = accepted(await c.patch(c.group("apps/v1", "deployments", "a"), strategicPatch, body));
      assert.deepEqual(at(patched, "spec.strategy"), { type: "Recreate" });
    });

    check("strategic patch: null takes a label away", async (c) => {
      const path = await withNode(c);
      const patched = accepted(await c.patch(path, strategicPatch, { metadata: { labels: { rack: null } } }));
      assert.deepEqual(at(patched, "metadata.labels"), { zone: "a" });
    });

    check("a node is cordoned and uncordoned as kubectl does it", async (c) => {
      const path = await withNode(c);
      const cordoned = accepted(await c.patch(path, strategicPatch, { spec: { unschedulable: true } }));
      assert.equal(at(cordoned, "spec.unschedulable"), true);
      const uncordoned = accepted(await c.patch(path, strategicPatch, { spec: { unschedulable: null } }));
      assert.isUndefined(at(uncordoned, "spec.unschedulable"));
    });

    check("a patch with dryRun=All answers the new state and stores the old", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const answer = await c.patch(c.configMaps("a"), mergePatch, { data: { k: "2" } }, { dryRun: "All" });
      assert.deepEqual(at(accepted(answer), "data"), { k: "2" });
      assert.deepEqual(await c.read(c.configMaps("a")), created);
    });
  },
};
