// Updating whole objects: conflicts, generation, and what may not change.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, assertNewer, assertSameVersion, at, refused, textAt } from "./facts.ts";
import { binding, configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A copy with other values under `metadata`. */
export function withMetadata(object: unknown, metadata: object): Fields {
  return { ...(object as Fields), metadata: { ...(at(object, "metadata") as Fields), ...metadata } };
}

export function withSpec(object: unknown, spec: object): Fields {
  return { ...(object as Fields), spec: { ...(at(object, "spec") as Fields), ...spec } };
}

async function deployed(c: Cluster): Promise<unknown> {
  const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const deployment = { metadata: { name: "a" }, spec: { selector: { matchLabels: { app: "a" } }, template } };
  return c.create(c.group("apps/v1", "deployments"), deployment);
}

export const update: Area = {
  name: "update",

  define(check) {
    check("an update answers 200 with the new state and a newer resourceVersion", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const updated = accepted(await c.put(c.configMaps("a"), { ...(created as Fields), data: { k: "2" } }));
      assert.deepEqual(at(updated, "data"), { k: "2" });
      assertNewer(updated, created);
      assert.equal(at(updated, "metadata.uid"), at(created, "metadata.uid"));
      assert.deepEqual(await c.read(c.configMaps("a")), updated);
    });

    check("an update on a stale resourceVersion is 409 Conflict, and changes nothing", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const updated = accepted(await c.put(c.configMaps("a"), { ...(created as Fields), data: { k: "2" } }));
      const answer = await c.put(c.configMaps("a"), { ...(created as Fields), data: { k: "3" } });
      const message =
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
        "please apply your changes to the latest version and try again";
      refused(answer, 409, "Conflict", message);
      assert.deepEqual(at(answer.body, "details"), { name: "a", kind: "configmaps" });
      assert.deepEqual(await c.read(c.configMaps("a")), updated);
    });

    check("an update without a resourceVersion overwrites", async (c) => {
      await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const updated = accepted(await c.put(c.configMaps("a"), configMap("a", { l: "2" })));
      assert.deepEqual(at(updated, "data"), { l: "2" });
    });

    check("an update that changes nothing keeps the resourceVersion", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const same = accepted(await c.put(c.configMaps("a"), created));
      assertSameVersion(same, created);
    });

    check("an update with another uid is 409 Conflict", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const answer = await c.put(c.configMaps("a"), withMetadata(configMap("a"), { uid: "other" }));
      const message =
        `Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, ` +
        `Key: /registry/configmaps/${c.namespace}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ` +
        `UID in precondition: other, UID in object meta: ${textAt(created, "metadata.uid")}`;
      refused(answer, 409, "Conflict", message);
    });

    check("an update of an object that is not there is 404", async (c) => {
      refused(await c.put(c.configMaps("a"), configMap("a")), 404, "NotFound", 'configmaps "a" not found');
    });

    check("a lease is created by an update of one that is not there", async (c) => {
      const path = c.group("coordination.k8s.io/v1", "leases", "a");
      accepted(await c.put(path, { metadata: { name: "a" }, spec: { holderIdentity: "x" } }), 201);
      assert.equal(at(await c.read(path), "spec.holderIdentity"), "x");
    });

    check("another name in the body than in the path is 400", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const message = "the name of the object (b) does not match the name on the URL (a)";
      refused(await c.put(c.configMaps("a"), configMap("b")), 400, "BadRequest", message);
    });

    check("another namespace in the body than in the path is 400", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.put(c.configMaps("a"), configMap("a", {}, { namespace: "other" }));
      const message = "the namespace of the provided object does not match the namespace sent on the request";
      refused(answer, 400, "BadRequest", message);
    });

    check("creationTimestamp cannot be updated away", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const updated = accepted(await c.put(c.configMaps("a"), configMap("a", { k: "v" })));
      assert.equal(at(updated, "metadata.creationTimestamp"), at(created, "metadata.creationTimestamp"));
    });

    check("generation grows with the spec, and not with metadata", async (c) => {
      const path = c.group("apps/v1", "deployments", "a");
      const created = await deployed(c);
      assert.equal(at(created, "metadata.generation"), 1);
      const scaled = accepted(await c.put(path, withSpec(created, { replicas: 3 })));
      assert.equal(at(scaled, "metadata.generation"), 2);
      const labelled = accepted(await c.put(path, withMetadata(scaled, { labels: { a: "b" } })));
      assert.equal(at(labelled, "metadata.generation"), 2);
      assertNewer(labelled, scaled);
    });

    check("an update ignores what it says of the status", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const changed = { ...withMetadata(created, { labels: { a: "b" } }), status: { phase: "Running" } };
      const updated = accepted(await c.put(c.pods("a"), changed));
      assert.equal(at(updated, "status.phase"), "Pending");
      assert.deepEqual(at(updated, "metadata.labels"), { a: "b" });
    });

    check("the image of a pod may change", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const containers = [{ ...((at(created, "spec.containers.0") ?? {}) as Fields), image: "j" }];
      const updated = accepted(await c.put(c.pods("a"), withSpec(created, { containers })));
      assert.equal(at(updated, "spec.containers.0.image"), "j");
      assert.equal(at(updated, "metadata.generation"), 2);
    });

    check("the rest of a pod's spec may not: 422", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const answer = await c.put(c.pods("a"), withSpec(created, { restartPolicy: "Never" }));
      refused(
        answer,
        422,
        "Invalid",
        /^Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than /,
      );
      assert.equal(at(answer.body, "details.causes.0.field"), "spec");
      assert.equal(at(answer.body, "details.causes.0.reason"), "FieldValueForbidden");
    });

    check("a pod is not bound by an update of its spec", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      assert.equal((await c.put(c.pods("a"), withSpec(created, { nodeName: "n" }))).status, 422);
      assert.isUndefined(at(await c.read(c.pods("a")), "spec.nodeName"));
    });

    check("tolerations may be added to a pod", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const tolerations = [
        ...(at(created, "spec.tolerations") as readonly unknown[]),
        { key: "x", operator: "Exists" },
      ];
      const updated = accepted(await c.put(c.pods("a"), withSpec(created, { tolerations })));
      assert.deepEqual(at(updated, "spec.tolerations"), tolerations);
    });

    check("a gate may be taken off a pod, and none may be added", async (c) => {
      const created = await c.create(c.pods(), pod("a", { schedulingGates: [{ name: "example.com/g" }] }));
      const more = [{ name: "example.com/g" }, { name: "example.com/h" }];
      assert.equal((await c.put(c.pods("a"), withSpec(created, { schedulingGates: more }))).status, 422);
      const freed = accepted(await c.put(c.pods("a"), withSpec(created, { schedulingGates: [] })));
      assert.isUndefined(at(freed, "spec.schedulingGates"));
      assert.equal((await c.put(c.pods("a"), withSpec(freed, { schedulingGates: more }))).status, 422);
    });

    check("a pod behind gates may narrow its node selector", async (c) => {
      const created = await c.create(c.pods(), pod("a", { schedulingGates: [{ name: "example.com/g" }] }));
      const updated = accepted(await c.put(c.pods("a"), withSpec(created, { nodeSelector: { zone: "a" } })));
      assert.deepEqual(at(updated, "spec.nodeSelector"), { zone: "a" });
    });

    check("labels and annotations of a bound pod may change", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n")), 201);
      const bound = await c.read(c.pods("a"));
      const updated = accepted(await c.put(c.pods("a"), withMetadata(bound, { labels: { a: "b" } })));
      assert.deepEqual(at(updated, "metadata.labels"), { a: "b" });
    });

    check("the selector of a Deployment may not change: 422", async (c) => {
      const created = await deployed(c);
      const changed = withSpec(created, { selector: { matchLabels: { app: "b" } } });
      const answer = await c.put(c.group("apps/v1", "deployments", "a"), changed);
      refused(answer, 422, "Invalid", /spec\.selector: Invalid value: .*field is immutable/);
    });

    check("the value of a priority class may not change: 422", async (c) => {
      const path = "/apis/scheduling.k8s.io/v1/priorityclasses";
      const created = await c.create(path, { metadata: { name: c.namespace }, value: 5 });
      const answer = await c.put(`${path}/${c.namespace}`, { ...(created as Fields), value: 6 });
      refused(
        answer,
        422,
        "Invalid",
        /value: (Forbidden: may not be changed in an update|Invalid value: .*field is immutable)/,
      );
    });

    check("an immutable ConfigMap stays as it is: 422", async (c) => {
      const created = await c.create(c.configMaps(), { ...configMap("a", { k: "1" }), immutable: true });
      const answer = await c.put(c.configMaps("a"), { ...(created as Fields), data: { k: "2" } });
      refused(answer, 422, "Invalid", /data: Forbidden: field is immutable when `immutable` is set/);
    });

    check("dryRun=All answers the new state and stores the old", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", { k: "1" }));
      const answer = await c.put(c.configMaps("a"), { ...(created as Fields), data: { k: "2" } }, { dryRun: "All" });
      assert.deepEqual(at(accepted(answer), "data"), { k: "2" });
      assert.deepEqual(await c.read(c.configMaps("a")), created);
    });
  },
};
