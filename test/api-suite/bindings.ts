// Binding: how a pod gets its node, and everything that the server looks at when it does.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, assertNewer, at, refused, textAt } from "./facts.ts";
import { binding, node, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

function bind(c: Cluster, name: string, nodeName: string, metadata: object = {}) {
  return c.post(c.pods(name, "binding"), binding(name, nodeName, metadata));
}

export const bindings: Area = {
  name: "binding",

  define(check) {
    check("a binding answers 201 with a Status of success", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = accepted(await bind(c, "a", "n"), 201);
      assert.deepEqual(answer, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
    });

    check("it sets the node and the condition PodScheduled in one write", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const watching = await c.watch(c.pods(), { resourceVersion: textAt(created, "metadata.resourceVersion") });
      accepted(await bind(c, "a", "n"), 201);
      const bound = await c.read(c.pods("a"));
      assert.equal(at(bound, "spec.nodeName"), "n");
      assert.equal(at(bound, "status.conditions.0.type"), "PodScheduled");
      assert.equal(at(bound, "status.conditions.0.status"), "True");
      assert.isString(at(bound, "status.conditions.0.lastTransitionTime"));
      assert.equal(at(bound, "status.phase"), "Pending");
      assertNewer(bound, created);
      assert.deepEqual((await watching.next()).object, bound);
    });

    check("the generation of the pod stays", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await bind(c, "a", "n"), 201);
      assert.equal(at(await c.read(c.pods("a")), "metadata.generation"), 1);
    });

    check("a condition that said Unschedulable turns true and loses its reason", async (c) => {
      await c.create(c.pods(), pod("a"));
      const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" };
      await c.change(c.pods("a", "status"), { status: { conditions: [condition] } });
      accepted(await bind(c, "a", "n"), 201);
      const conditions = at(await c.read(c.pods("a")), "status.conditions") as readonly unknown[];
      assert.equal(conditions.length, 1);
      assert.equal(at(conditions[0], "status"), "True");
      assert.isUndefined(at(conditions[0], "reason"));
      assert.isUndefined(at(conditions[0], "message"));
    });

    check("it clears nominatedNodeName", async (c) => {
      await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a", "status"), { status: { nominatedNodeName: "m" } });
      accepted(await bind(c, "a", "n"), 201);
      assert.isUndefined(at(await c.read(c.pods("a")), "status.nominatedNodeName"));
    });

    check("a second binding is 409 and names the node", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await bind(c, "a", "n"), 201);
      const answer = await bind(c, "a", "m");
      const message = 'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n"';
      refused(answer, 409, "Conflict", message);
      assert.deepEqual(at(answer.body, "details"), { name: "a", kind: "pods/binding" });
      assert.equal(at(await c.read(c.pods("a")), "spec.nodeName"), "n");
    });

    check("a second binding to the same node is 409 too", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await bind(c, "a", "n"), 201);
      refused(await bind(c, "a", "n"), 409, "Conflict", /is already assigned to node "n"$/);
    });

    check("a binding that carries the pod's uid is taken", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      accepted(await bind(c, "a", "n", { uid: at(created, "metadata.uid") }), 201);
    });

    check("another uid is 409", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const message =
        `Operation cannot be fulfilled on pods "a": StorageError: invalid object, Code: 4, ` +
        `Key: /registry/pods/${c.namespace}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ` +
        `UID in precondition: other, UID in object meta: ${textAt(created, "metadata.uid")}`;
      refused(await bind(c, "a", "n", { uid: "other" }), 409, "Conflict", message);
      assert.isUndefined(at(await c.read(c.pods("a")), "spec.nodeName"));
    });

    check("a stale resourceVersion is 409", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a"), { metadata: { labels: { a: "b" } } });
      const answer = await bind(c, "a", "n", { resourceVersion: at(created, "metadata.resourceVersion") });
      refused(
        answer,
        409,
        "Conflict",
        /^Operation cannot be fulfilled on pods "a": .* ResourceVersion in precondition: /,
      );
    });

    check("another name in the body than in the path is 400", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.post(c.pods("a", "binding"), binding("b", "n"));
      refused(answer, 400, "BadRequest", "name in URL does not match name in Binding object");
    });

    check("a binding without a target's name is 500", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.post(c.pods("a", "binding"), { metadata: { name: "a" }, target: {} });
      refused(answer, 500, undefined, "target.name: Required value");
      assert.isUndefined(at(await c.read(c.pods("a")), "spec.nodeName"));
    });

    check("a target that is no node is refused", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.post(c.pods("a", "binding"), {
        metadata: { name: "a" },
        target: { kind: "Pod", name: "n" },
      });
      refused(answer, 500, undefined, /^target\.kind: Unsupported value: "Pod"/);
    });

    check("a target without a kind is a node", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await c.post(c.pods("a", "binding"), { metadata: { name: "a" }, target: { name: "n" } }), 201);
    });

    check("a node that does not exist is taken, whatever its name", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await bind(c, "a", "Not A Name"), 201);
      assert.equal(at(await c.read(c.pods("a")), "spec.nodeName"), "Not A Name");
    });

    check("a pod that is not there is 404", async (c) => {
      refused(await bind(c, "a", "n"), 404, "NotFound", 'pods "a" not found');
    });

    check("a pod behind gates is 409", async (c) => {
      await c.create(c.pods(), pod("a", { schedulingGates: [{ name: "example.com/g" }] }));
      const message = 'Operation cannot be fulfilled on pods/binding "a": pod a has non-empty .spec.schedulingGates';
      refused(await bind(c, "a", "n"), 409, "Conflict", message);
    });

    check("a pod that is being deleted is 409", async (c) => {
      await c.create(c.pods(), pod("a", {}, { finalizers: ["example.com/hold"] }));
      accepted(await c.delete(c.pods("a")));
      const message =
        'Operation cannot be fulfilled on pods/binding "a": pod a is being deleted, cannot be assigned to a host';
      refused(await bind(c, "a", "n"), 409, "Conflict", message);
    });

    check("annotations of the binding are merged into the pod", async (c) => {
      await c.create(c.pods(), pod("a", {}, { annotations: { keep: "1", change: "2" } }));
      accepted(await bind(c, "a", "n", { annotations: { change: "3", add: "4" } }), 201);
      const annotations = at(await c.read(c.pods("a")), "metadata.annotations");
      assert.deepEqual(annotations, { keep: "1", change: "3", add: "4" });
    });

    check("labels of the binding are merged into the pod", async (c) => {
      await c.create(c.pods(), pod("a", {}, { labels: { keep: "1" } }));
      accepted(await bind(c, "a", "n", { labels: { add: "2" } }), 201);
      assert.deepEqual(at(await c.read(c.pods("a")), "metadata.labels"), { keep: "1", add: "2" });
    });

    check("the topology labels of the node become the pod's, and no other labels", async (c) => {
      const topology = { "topology.kubernetes.io/zone": "z1", "topology.kubernetes.io/region": "r1" };
      await c.create(
        "/api/v1/nodes",
        node(`${c.namespace}-n`, { ...topology, "kubernetes.io/os": "linux", rack: "7" }),
      );
      await c.create(c.pods(), pod("a", {}, { labels: { app: "x" } }));
      accepted(await bind(c, "a", `${c.namespace}-n`), 201);
      assert.deepEqual(at(await c.read(c.pods("a")), "metadata.labels"), { app: "x", ...topology });
    });

    check("a binding with dryRun=All binds nothing", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n"), { dryRun: "All" }), 201);
      assert.deepEqual(await c.read(c.pods("a")), created);
    });

    check("a binding may also be posted to the bindings of the namespace", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await c.post(c.core("bindings"), binding("a", "n")), 201);
      assert.equal(at(await c.read(c.pods("a")), "spec.nodeName"), "n");
    });

    check("a pod may be created with its node, and is then bound", async (c) => {
      await c.create(c.pods(), pod("a", { nodeName: "n" }));
      refused(await bind(c, "a", "m"), 409, "Conflict", /is already assigned to node "n"$/);
    });

    check("a finished pod that never had a node can still be bound", async (c) => {
      await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a", "status"), { status: { phase: "Failed" } });
      accepted(await bind(c, "a", "n"), 201);
    });
  },
};
