// Server-side apply: who owns which field, and what happens when two want the same one.

import { assert } from "chai";
import { applyPatch, mergePatch, type Cluster } from "./cluster.ts";
import { accepted, assertSameVersion, at, refused } from "./facts.ts";
import { configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

function apply(c: Cluster, fieldManager: string, data: object, query: Readonly<Record<string, string>> = {}) {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data };
  return c.patch(c.configMaps("a"), applyPatch, body, { fieldManager, ...query });
}

export const serverSideApply: Area = {
  name: "server-side apply",

  define(check) {
    check("applying what is not there creates it: 201", async (c) => {
      const created = accepted(await apply(c, "one", { k: "1" }), 201);
      assert.deepEqual(at(created, "data"), { k: "1" });
      const managed = at(created, "metadata.managedFields.0");
      assert.equal(at(managed, "manager"), "one");
      assert.equal(at(managed, "operation"), "Apply");
      assert.equal(at(managed, "apiVersion"), "v1");
      assert.equal(at(managed, "fieldsType"), "FieldsV1");
      assert.deepEqual(at(managed, "fieldsV1"), { "f:data": { "f:k": {} } });
    });

    check("applying the same again changes nothing", async (c) => {
      const created = accepted(await apply(c, "one", { k: "1" }), 201);
      assertSameVersion(accepted(await apply(c, "one", { k: "1" })), created);
    });

    check("a field that its only owner no longer applies is taken away", async (c) => {
      accepted(await apply(c, "one", { k: "1", l: "2" }), 201);
      assert.deepEqual(at(accepted(await apply(c, "one", { k: "1" })), "data"), { k: "1" });
    });

    check("fields of other owners stay", async (c) => {
      accepted(await apply(c, "one", { k: "1" }), 201);
      accepted(await apply(c, "two", { l: "2" }));
      assert.deepEqual(at(accepted(await apply(c, "one", { k: "3" })), "data"), { k: "3", l: "2" });
    });

    check("another value for somebody else's field is 409 Conflict and names the owner", async (c) => {
      accepted(await apply(c, "one", { k: "1" }), 201);
      const answer = await apply(c, "two", { k: "2" });
      refused(answer, 409, "Conflict", 'Apply failed with 1 conflict: conflict with "one": .data.k');
      assert.deepEqual(at(answer.body, "details.causes"), [
        { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.k" },
      ]);
    });

    check("the same value for somebody else's field is shared", async (c) => {
      accepted(await apply(c, "one", { k: "1" }), 201);
      accepted(await apply(c, "two", { k: "1" }));
      // It is still wanted by the other.
      assert.deepEqual(at(accepted(await apply(c, "one", {})), "data"), { k: "1" });
    });

    check("force takes the field over", async (c) => {
      accepted(await apply(c, "one", { k: "1" }), 201);
      assert.deepEqual(at(accepted(await apply(c, "two", { k: "2" }, { force: "true" })), "data"), { k: "2" });
      refused(
        await apply(c, "one", { k: "1" }),
        409,
        "Conflict",
        'Apply failed with 1 conflict: conflict with "two": .data.k',
      );
    });

    check("apply without a field manager is 422", async (c) => {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
      const answer = await c.patch(c.configMaps("a"), applyPatch, body);
      const cause = "fieldManager: Required value: is required for apply patch";
      refused(answer, 422, "Invalid", `PatchOptions.meta.k8s.io "" is invalid: ${cause}`, [cause]);
    });

    check("force is only for apply: 422", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.patch(c.configMaps("a"), mergePatch, {}, { force: "true" });
      refused(answer, 422, "Invalid", /force: Forbidden: may not be specified for non-apply patch/);
    });

    check("a body without apiVersion and kind is 400", async (c) => {
      const answer = await c.patch(c.configMaps("a"), applyPatch, { metadata: { name: "a" } }, { fieldManager: "one" });
      refused(answer, 400, "BadRequest", /./);
    });

    check("conditions of a status are applied by type, beside those of others", async (c) => {
      await c.create(c.pods(), pod("a"));
      const set = (fieldManager: string, type: string) => {
        const status = { conditions: [{ type, status: "False" }] };
        const body = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, status };
        return c.patch(c.pods("a", "status"), applyPatch, body, { fieldManager });
      };
      accepted(await set("one", "PodScheduled"));
      const applied = accepted(await set("two", "Example"));
      const conditions = at(applied, "status.conditions") as readonly unknown[];
      assert.sameMembers(
        conditions.map((condition) => at(condition, "type")),
        ["PodScheduled", "Example"],
      );
    });
  },
};
