// The status subresource: a write to it changes the status and nothing else, a write beside it everything else.

import { assert } from "chai";
import { jsonPatch, mergePatch, strategicPatch } from "./cluster.ts";
import { accepted, assertNewer, assertSameVersion, at, refused, textAt } from "./facts.ts";
import { node, pod } from "./objects.ts";
import type { Area } from "./suite.ts";
import { withMetadata, withSpec } from "./update.ts";

type Fields = Readonly<Record<string, unknown>>;

export const status: Area = {
  name: "status",

  define(check) {
    check("a status is updated on its own, and its generation stays", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const changed = { ...withSpec(created, { schedulerName: "other" }), status: { phase: "Running" } };
      const updated = accepted(await c.put(c.pods("a", "status"), changed));
      assert.equal(at(updated, "status.phase"), "Running");
      assert.equal(at(updated, "spec.schedulerName"), "nobody");
      assert.equal(at(updated, "metadata.generation"), at(created, "metadata.generation"));
      assertNewer(updated, created);
    });

    check("a status patch of a pod ignores what it says of the spec", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const patched = await c.change(c.pods("a", "status"), { spec: { nodeName: "n" }, status: { message: "m" } });
      assert.equal(at(patched, "status.message"), "m");
      assert.deepEqual(at(patched, "spec"), at(created, "spec"));
    });

    check("a status update on a stale resourceVersion is 409", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a", "status"), { status: { message: "m" } });
      const answer = await c.put(c.pods("a", "status"), { ...(created as Fields), status: { phase: "Running" } });
      refused(answer, 409, "Conflict", /^Operation cannot be fulfilled on pods "a": the object has been modified; /);
    });

    check("a status patch that changes nothing keeps the resourceVersion", async (c) => {
      await c.create(c.pods(), pod("a"));
      const body = { status: { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }] } };
      const first = accepted(await c.patch(c.pods("a", "status"), strategicPatch, body));
      assertSameVersion(accepted(await c.patch(c.pods("a", "status"), strategicPatch, body)), first);
    });

    check("a condition keeps the fields that are not patched", async (c) => {
      await c.create(c.pods(), pod("a"));
      const set = (condition: object) =>
        c.patch(c.pods("a", "status"), strategicPatch, {
          status: { conditions: [{ type: "PodScheduled", ...condition }] },
        });
      accepted(await set({ status: "False", lastTransitionTime: "2020-01-01T00:00:00Z", message: "one" }));
      const patched = accepted(await set({ message: "two" }));
      assert.deepInclude(at(patched, "status.conditions.0") as Fields, {
        type: "PodScheduled",
        status: "False",
        lastTransitionTime: "2020-01-01T00:00:00Z",
        message: "two",
      });
    });

    check("nominatedNodeName is set and cleared in the status of a pod", async (c) => {
      await c.create(c.pods(), pod("a"));
      const nominated = await c.change(c.pods("a", "status"), { status: { nominatedNodeName: "n" } });
      assert.equal(at(nominated, "status.nominatedNodeName"), "n");
      const cleared = await c.change(c.pods("a", "status"), { status: { nominatedNodeName: null } });
      assert.isUndefined(at(cleared, "status.nominatedNodeName"));
    });

    check("the resourceVersion of a status patch is a condition", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a", "status"), { status: { message: "m" } });
      const metadata = { resourceVersion: textAt(created, "metadata.resourceVersion") };
      const answer = await c.patch(c.pods("a", "status"), mergePatch, { metadata, status: { message: "n" } });
      refused(answer, 409, "Conflict", /^Operation cannot be fulfilled on pods "a": the object has been modified; /);
    });

    check("a JSON patch of a status may test what it replaces", async (c) => {
      await c.create(c.pods(), pod("a"));
      const replace = (from: string, to: string) =>
        c.patch(c.pods("a", "status"), jsonPatch, [
          { op: "test", path: "/status/phase", value: from },
          { op: "replace", path: "/status/phase", value: to },
        ]);
      assert.equal(at(accepted(await replace("Pending", "Running")), "status.phase"), "Running");
      assert.equal((await replace("Pending", "Failed")).status, 422);
    });

    check("a status of an object that is not there is 404", async (c) => {
      refused(await c.patch(c.pods("a", "status"), mergePatch, { status: {} }), 404, "NotFound", 'pods "a" not found');
      refused(await c.get(c.pods("a", "status")), 404, "NotFound", 'pods "a" not found');
    });

    check("get of a status answers the whole object", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      assert.deepEqual(await c.read(c.pods("a", "status")), created);
    });

    check("kinds without a status subresource have none: 404", async (c) => {
      await c.create(c.configMaps(), { metadata: { name: "a" } });
      refused(
        await c.get(c.configMaps("a", "status")),
        404,
        "NotFound",
        "the server could not find the requested resource",
      );
    });

    check("a node's allocatable changes in its status only", async (c) => {
      const path = `/api/v1/nodes/${c.namespace}-n`;
      await c.create("/api/v1/nodes", node(`${c.namespace}-n`));
      const ignored = await c.change(path, { status: { allocatable: { cpu: "1" } } });
      assert.equal(at(ignored, "status.allocatable.cpu"), "4");
      const patched = await c.change(`${path}/status`, { status: { allocatable: { cpu: "1" } } });
      assert.deepEqual(at(patched, "status.allocatable"), { cpu: "1", memory: "8Gi", pods: "110" });
    });

    check("the status of a Deployment is its controllers': a create drops it", async (c) => {
      const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
      const spec = { selector: { matchLabels: { app: "a" } }, template };
      const path = c.group("apps/v1", "deployments");
      const created = await c.create(path, { metadata: { name: "a" }, spec, status: { replicas: 9 } });
      assert.deepEqual(at(created, "status"), {});
      const patched = await c.change(`${path}/a/status`, { status: { replicas: 2, observedGeneration: 1 } });
      assert.deepEqual(at(patched, "status"), { replicas: 2, observedGeneration: 1 });
      assert.equal(at(patched, "metadata.generation"), 1);
    });

    check("labels and annotations may be written through a pod's status", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const body = withMetadata(created, { annotations: { a: "b" } });
      const updated = accepted(await c.put(c.pods("a", "status"), body));
      assert.deepEqual(at(updated, "metadata.annotations"), { a: "b" });
    });
  },
};
