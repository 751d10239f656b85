// Deleting: grace, conditions, finalizers, collections, namespaces.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, assertNewer, assertSameVersion, at, listAt, refused, textAt } from "./facts.ts";
import { binding, configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

/** A pod on a node that nobody plays: it ends only when it is told to. */
async function boundPod(c: Cluster, name: string, spec: object = {}): Promise<unknown> {
  await c.create(c.pods(), pod(name, spec));
  accepted(await c.post(c.pods(name, "binding"), binding(name, "n")), 201);
  return c.read(c.pods(name));
}

async function isGone(c: Cluster, path: string): Promise<boolean> {
  const answer = await c.get(path);
  assert.include([200, 404], answer.status);
  return answer.status === 404;
}

export const deletion: Area = {
  name: "delete",

  define(check) {
    check("deleting answers 200 with a Status that names the object", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      const answer = accepted(await c.delete(c.configMaps("a")));
      assert.equal(at(answer, "kind"), "Status");
      assert.equal(at(answer, "status"), "Success");
      const details = { name: "a", kind: "configmaps", uid: textAt(created, "metadata.uid") };
      assert.deepEqual(at(answer, "details"), details);
      assert.isTrue(await isGone(c, c.configMaps("a")));
    });

    check("deleting what is not there is 404", async (c) => {
      refused(await c.delete(c.pods("a")), 404, "NotFound", 'pods "a" not found');
    });

    check("an unbound pod goes at once, and the answer is the pod with a grace of 0", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const answer = accepted(await c.delete(c.pods("a")));
      assert.equal(at(answer, "kind"), "Pod");
      assert.equal(at(answer, "metadata.deletionGracePeriodSeconds"), 0);
      assert.isString(at(answer, "metadata.deletionTimestamp"));
      assertNewer(answer, created);
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("a bound pod stays, with a time of deletion as far away as its grace", async (c) => {
      const bound = await boundPod(c, "a", { terminationGracePeriodSeconds: 45 });
      const askedAt = Date.now();
      const answer = accepted(await c.delete(c.pods("a")));
      assert.equal(at(answer, "metadata.deletionGracePeriodSeconds"), 45);
      const graceMs = Date.parse(textAt(answer, "metadata.deletionTimestamp")) - askedAt;
      assert.approximately(graceMs, 45_000, 5_000);
      assertNewer(answer, bound);
      assert.deepEqual(await c.read(c.pods("a")), answer);
      assert.equal(at(answer, "status.phase"), "Pending");
    });

    check("the grace of the request wins over the pod's", async (c) => {
      await boundPod(c, "a");
      const answer = accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 5 }));
      assert.equal(at(answer, "metadata.deletionGracePeriodSeconds"), 5);
    });

    check("the grace may be given in the query", async (c) => {
      await boundPod(c, "a");
      const answer = accepted(await c.delete(c.pods("a"), undefined, { gracePeriodSeconds: "6" }));
      assert.equal(at(answer, "metadata.deletionGracePeriodSeconds"), 6);
    });

    check("deleting again may shorten the grace and never lengthens it", async (c) => {
      await boundPod(c, "a");
      const first = accepted(await c.delete(c.pods("a")));
      assertSameVersion(accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 60 })), first);
      const shorter = accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 5 }));
      assert.equal(at(shorter, "metadata.deletionGracePeriodSeconds"), 5);
      assertNewer(shorter, first);
    });

    check("a grace of 0 removes a bound pod at once", async (c) => {
      await boundPod(c, "a");
      accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 0 }));
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("the kubelet's grace of 0 removes a pod that was being deleted", async (c) => {
      await boundPod(c, "a");
      accepted(await c.delete(c.pods("a")));
      const uid = textAt(await c.read(c.pods("a")), "metadata.uid");
      accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 0, preconditions: { uid } }));
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("a finished pod goes at once although it is bound", async (c) => {
      await boundPod(c, "a");
      await c.change(c.pods("a", "status"), { status: { phase: "Succeeded" } });
      accepted(await c.delete(c.pods("a")));
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("a delete grows the generation of a pod", async (c) => {
      const bound = await boundPod(c, "a");
      const deleted = accepted(await c.delete(c.pods("a")));
      assert.equal(at(bound, "metadata.generation"), 1);
      assert.equal(at(deleted, "metadata.generation"), 2);
    });

    check("another uid as precondition is 409", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const answer = await c.delete(c.pods("a"), { preconditions: { uid: "other" } });
      const message =
        'Operation cannot be fulfilled on Pod "a": the UID in the precondition (other) does not match the UID in record ' +
        `(${textAt(created, "metadata.uid")}). The object might have been deleted and then recreated`;
      refused(answer, 409, "Conflict", message);
      assert.isFalse(await isGone(c, c.pods("a")));
    });

    check("a stale resourceVersion as precondition is 409", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const answer = await c.delete(c.pods("a"), { preconditions: { resourceVersion: "1" } });
      const message =
        'Operation cannot be fulfilled on Pod "a": the ResourceVersion in the precondition (1) does not match the ' +
        `ResourceVersion in record (${textAt(created, "metadata.resourceVersion")}). The object might have been modified`;
      refused(answer, 409, "Conflict", message);
    });

    check("preconditions that hold let the delete through", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const { uid, resourceVersion } = at(created, "metadata") as { uid: string; resourceVersion: string };
      accepted(await c.delete(c.pods("a"), { preconditions: { uid, resourceVersion } }));
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("a finalizer keeps the object until it is taken off", async (c) => {
      await c.create(c.configMaps(), configMap("a", {}, { finalizers: ["example.com/hold"] }));
      const marked = accepted(await c.delete(c.configMaps("a")));
      assert.equal(at(marked, "kind"), "ConfigMap");
      assert.isString(at(marked, "metadata.deletionTimestamp"));
      assert.equal(at(marked, "metadata.deletionGracePeriodSeconds"), 0);
      assertSameVersion(accepted(await c.delete(c.configMaps("a"))), marked);
      const last = await c.change(c.configMaps("a"), { metadata: { finalizers: null } });
      assert.isUndefined(at(last, "metadata.finalizers"));
      assert.isTrue(await isGone(c, c.configMaps("a")));
    });

    check("no finalizer can be added to an object that is being deleted", async (c) => {
      await c.create(c.configMaps(), configMap("a", {}, { finalizers: ["example.com/a"] }));
      accepted(await c.delete(c.configMaps("a")));
      const body = { metadata: { finalizers: ["example.com/a", "example.com/b"] } };
      const answer = await c.patch(c.configMaps("a"), "application/merge-patch+json", body);
      refused(
        answer,
        422,
        "Invalid",
        /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted/,
      );
    });

    check("the name of an object that is being deleted is still taken", async (c) => {
      await c.create(c.configMaps(), configMap("a", {}, { finalizers: ["example.com/a"] }));
      accepted(await c.delete(c.configMaps("a")));
      refused(
        await c.post(c.configMaps(), configMap("a")),
        409,
        "AlreadyExists",
        /^(object is being deleted: )?configmaps "a" already exists$/,
      );
    });

    check("a pod with a finalizer stays after its grace of 0", async (c) => {
      await c.create(c.pods(), pod("a", {}, { finalizers: ["example.com/hold"] }));
      accepted(await c.delete(c.pods("a"), { gracePeriodSeconds: 0 }));
      assert.isString(at(await c.read(c.pods("a")), "metadata.deletionTimestamp"));
      await c.change(c.pods("a"), { metadata: { finalizers: null } });
      assert.isTrue(await isGone(c, c.pods("a")));
    });

    check("propagation Foreground and Orphan become finalizers", async (c) => {
      for (const [name, policy, finalizer] of [
        ["a", "Foreground", "foregroundDeletion"],
        ["b", "Orphan", "orphan"],
      ] as const) {
        await c.create(c.configMaps(), configMap(name));
        const marked = accepted(await c.delete(c.configMaps(name), { propagationPolicy: policy }));
        assert.deepEqual(at(marked, "metadata.finalizers"), [finalizer]);
        assert.isString(at(marked, "metadata.deletionTimestamp"));
      }
    });

    check("propagation Background removes at once", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      accepted(await c.delete(c.configMaps("a"), { propagationPolicy: "Background" }));
      assert.isTrue(await isGone(c, c.configMaps("a")));
    });

    check("another propagation policy is 422", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const answer = await c.delete(c.configMaps("a"), { propagationPolicy: "Sideways" });
      const cause =
        'propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"';
      refused(answer, 422, "Invalid", `DeleteOptions.meta.k8s.io "" is invalid: ${cause}`, [cause]);
    });

    check("dryRun removes nothing, in the body as in the query", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      accepted(await c.delete(c.configMaps("a"), { dryRun: ["All"] }));
      accepted(await c.delete(c.configMaps("a"), undefined, { dryRun: "All" }));
      assert.deepEqual(await c.read(c.configMaps("a")), created);
    });

    check("a collection is deleted by selector, and the answer lists what went", async (c) => {
      for (const name of ["a", "b"]) await c.create(c.configMaps(), configMap(name, {}, { labels: { old: "yes" } }));
      await c.create(c.configMaps(), configMap("c"));
      const answer = accepted(await c.delete(c.configMaps(), undefined, { labelSelector: "old=yes" }));
      assert.equal(at(answer, "kind"), "ConfigMapList");
      assert.deepEqual(
        listAt(answer, "items").map((item) => at(item, "metadata.name")),
        ["a", "b"],
      );
      assert.deepEqual(await c.names(c.configMaps()), ["c"]);
    });

    check("a collection of bound pods gets its grace", async (c) => {
      await boundPod(c, "a");
      await c.create(c.pods(), pod("b"));
      accepted(await c.delete(c.pods(), { gracePeriodSeconds: 7 }));
      assert.deepEqual(await c.names(c.pods()), ["a"]);
      assert.equal(at(await c.read(c.pods("a")), "metadata.deletionGracePeriodSeconds"), 7);
    });

    check("an object created anew under a name has another uid", async (c) => {
      const first = await c.create(c.pods(), pod("a"));
      accepted(await c.delete(c.pods("a")));
      const second = await c.create(c.pods(), pod("a"));
      assert.notEqual(at(second, "metadata.uid"), at(first, "metadata.uid"));
    });

    check("a namespace that is deleted is Terminating until its finalizer is taken off", async (c) => {
      const path = `/api/v1/namespaces/${await c.target.freshNamespace()}`;
      const marked = accepted(await c.delete(path));
      assert.equal(at(marked, "status.phase"), "Terminating");
      assert.deepEqual(at(marked, "spec.finalizers"), ["kubernetes"]);
      const namespace = {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: at(marked, "metadata"),
        spec: { finalizers: [] },
      };
      accepted(await c.put(`${path}/finalize`, namespace));
      assert.isTrue(await isGone(c, path));
    });

    check("nothing can be created in a namespace that is being deleted: 403", async (c) => {
      const name = await c.target.freshNamespace();
      accepted(await c.delete(`/api/v1/namespaces/${name}`));
      const answer = await c.post(`/api/v1/namespaces/${name}/configmaps`, configMap("a"));
      const message = `configmaps "a" is forbidden: unable to create new content in namespace ${name} because it is being terminated`;
      refused(answer, 403, "Forbidden", message, [`metadata.namespace: namespace ${name} is being terminated`]);
      assert.equal(at(answer.body, "details.causes.0.reason"), "NamespaceTerminating");
    });

    check("the namespace default cannot be deleted: 403", async (c) => {
      const message = 'namespaces "default" is forbidden: this namespace may not be deleted';
      refused(await c.delete("/api/v1/namespaces/default"), 403, "Forbidden", message);
    });
  },
};
