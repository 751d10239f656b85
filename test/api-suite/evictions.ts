// Eviction: what disruption budgets allow, and in which words they refuse.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, assertSameVersion, at, refused } from "./facts.ts";
import { binding, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

const budgets = "poddisruptionbudgets";

function evict(c: Cluster, name: string, deleteOptions?: object) {
  const options = deleteOptions === undefined ? {} : { deleteOptions };
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: c.namespace }, ...options };
  return c.post(c.pods(name, "eviction"), body);
}

/** Bound, running and ready, as far as the API knows. */
async function runningPod(c: Cluster, name: string, isReady = true): Promise<unknown> {
  await c.create(c.pods(), pod(name, {}, { labels: { app: "a" } }));
  accepted(await c.post(c.pods(name, "binding"), binding(name, "n")), 201);
  const conditions = [{ type: "Ready", status: isReady ? "True" : "False" }];
  return c.change(c.pods(name, "status"), { status: { phase: "Running", conditions } });
}

/** A budget over the pods of `runningPod` whose controller has said this. */
async function budget(c: Cluster, name: string, status: object): Promise<void> {
  const spec = { minAvailable: 1, selector: { matchLabels: { app: "a" } } };
  await c.create(c.group("policy/v1", budgets), { metadata: { name }, spec });
  const said = { observedGeneration: 1, expectedPods: 2, currentHealthy: 2, desiredHealthy: 1, ...status };
  await c.change(c.group("policy/v1", budgets, name, "status"), { status: said });
}

const exhausted = "Cannot evict pod as it would violate the pod's disruption budget.";

export const evictions: Area = {
  name: "eviction",

  define(check) {
    check("without a budget the pod is deleted with its grace: 201 with a Status", async (c) => {
      await runningPod(c, "a");
      const answer = accepted(await evict(c, "a"), 201);
      assert.deepEqual(answer, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
      assert.equal(at(await c.read(c.pods("a")), "metadata.deletionGracePeriodSeconds"), 30);
    });

    check("the grace of its delete options counts", async (c) => {
      await runningPod(c, "a");
      accepted(await evict(c, "a", { gracePeriodSeconds: 3 }), 201);
      assert.equal(at(await c.read(c.pods("a")), "metadata.deletionGracePeriodSeconds"), 3);
    });

    check("a pod that is not there is 404", async (c) => {
      refused(await evict(c, "a"), 404, "NotFound", 'pods "a" not found');
    });

    check("another name in the body than in the path is 400", async (c) => {
      await runningPod(c, "a");
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "b" } };
      refused(
        await c.post(c.pods("a", "eviction"), body),
        400,
        "BadRequest",
        "name in URL does not match name in Eviction object",
      );
    });

    check("an allowed disruption is counted down and the pod noted", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1 });
      accepted(await evict(c, "a"), 201);
      const status = at(await c.read(c.group("policy/v1", budgets, "b")), "status");
      assert.equal(at(status, "disruptionsAllowed"), 0);
      assert.hasAllKeys(at(status, "disruptedPods"), ["a"]);
      assert.isString(at(await c.read(c.pods("a")), "metadata.deletionTimestamp"));
    });

    check("an evicted pod gets the condition DisruptionTarget", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1 });
      accepted(await evict(c, "a"), 201);
      const conditions = at(await c.read(c.pods("a")), "status.conditions") as readonly unknown[];
      const condition = conditions.find((one) => at(one, "type") === "DisruptionTarget");
      assert.equal(at(condition, "status"), "True");
      assert.equal(at(condition, "reason"), "EvictionByEvictionAPI");
      assert.equal(at(condition, "message"), "Eviction API: evicting");
    });

    check("an exhausted budget is 429 with the cause DisruptionBudget and no hint when to come again", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 0, currentHealthy: 1 });
      const answer = await evict(c, "a");
      refused(answer, 429, "TooManyRequests", exhausted);
      assert.deepEqual(at(answer.body, "details.causes"), [
        { reason: "DisruptionBudget", message: "The disruption budget b needs 1 healthy pods and has 1 currently" },
      ]);
      assert.isUndefined(at(answer.body, "details.retryAfterSeconds"));
      assert.isUndefined(answer.retryAfterMs);
      assert.isUndefined(at(await c.read(c.pods("a")), "metadata.deletionTimestamp"));
    });

    check("a budget that its controller has not seen is 429, to come again after ten seconds", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1, observedGeneration: 0 });
      const answer = await evict(c, "a");
      refused(answer, 429, "TooManyRequests", exhausted);
      assert.equal(
        at(answer.body, "details.causes.0.message"),
        "The disruption budget b is still being processed by the server.",
      );
      assert.equal(at(answer.body, "details.retryAfterSeconds"), 10);
      assert.equal(answer.retryAfterMs, 10_000);
    });

    check("two budgets over one pod are 500", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1 });
      await budget(c, "d", { disruptionsAllowed: 1 });
      const answer = await evict(c, "a");
      const message =
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
      refused(answer, 500, undefined, message);
    });

    check("a negative allowance cannot be stored: 422", async (c) => {
      await runningPod(c, "a");
      const spec = { minAvailable: 1, selector: { matchLabels: { app: "a" } } };
      await c.create(c.group("policy/v1", budgets), { metadata: { name: "b" }, spec });
      const status = {
        observedGeneration: 1,
        disruptionsAllowed: -1,
        expectedPods: 1,
        currentHealthy: 1,
        desiredHealthy: 1,
      };
      const path = c.group("policy/v1", budgets, "b", "status");
      refused(await c.patch(path, "application/merge-patch+json", { status }), 422, "Invalid", /disruptionsAllowed/);
    });

    check("dryRun answers as if and counts nothing", async (c) => {
      const running = await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1 });
      const before = await c.read(c.group("policy/v1", budgets, "b"));
      accepted(await evict(c, "a", { dryRun: ["All"] }), 201);
      assertSameVersion(await c.read(c.pods("a")), running);
      assertSameVersion(await c.read(c.group("policy/v1", budgets, "b")), before);
    });

    check("dryRun on an exhausted budget is 429", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 0 });
      refused(await evict(c, "a", { dryRun: ["All"] }), 429, "TooManyRequests", exhausted);
    });

    check("another uid as precondition is 409, and the budget is counted down all the same", async (c) => {
      await runningPod(c, "a");
      await budget(c, "b", { disruptionsAllowed: 1 });
      const answer = await evict(c, "a", { preconditions: { uid: "other" } });
      refused(answer, 409, "Conflict", /the UID in the precondition \(other\) does not match the UID in record/);
      assert.equal(at(await c.read(c.group("policy/v1", budgets, "b")), "status.disruptionsAllowed"), 0);
      assert.isUndefined(at(await c.read(c.pods("a")), "metadata.deletionTimestamp"));
    });

    check("the right uid as precondition is taken", async (c) => {
      const running = await runningPod(c, "a");
      accepted(await evict(c, "a", { preconditions: { uid: at(running, "metadata.uid") } }), 201);
    });

    check("a pending pod is deleted whatever its budget says", async (c) => {
      await c.create(c.pods(), pod("a", {}, { labels: { app: "a" } }));
      await budget(c, "b", { disruptionsAllowed: 0 });
      accepted(await evict(c, "a"), 201);
      assert.equal((await c.get(c.pods("a"))).status, 404);
    });

    check("a finished pod is deleted whatever its budget says", async (c) => {
      await runningPod(c, "a");
      await c.change(c.pods("a", "status"), { status: { phase: "Succeeded" } });
      await budget(c, "b", { disruptionsAllowed: 0 });
      accepted(await evict(c, "a"), 201);
      assert.equal((await c.get(c.pods("a"))).status, 404);
    });

    check("a pod that is being deleted may be evicted again whatever its budget says", async (c) => {
      await runningPod(c, "a");
      accepted(await c.delete(c.pods("a")));
      await budget(c, "b", { disruptionsAllowed: 0 });
      accepted(await evict(c, "a"), 201);
    });

    check("a pod that is not ready may go when the budget is healthy without it", async (c) => {
      await runningPod(c, "a", false);
      await budget(c, "b", { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
      accepted(await evict(c, "a"), 201);
      assert.isString(at(await c.read(c.pods("a")), "metadata.deletionTimestamp"));
    });

    check("a pod that is not ready stays when the budget is not healthy", async (c) => {
      await runningPod(c, "a", false);
      await budget(c, "b", { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1 });
      refused(await evict(c, "a"), 429, "TooManyRequests", exhausted);
    });

    check("a budget of other pods does not count", async (c) => {
      await runningPod(c, "a");
      const spec = { minAvailable: 1, selector: { matchLabels: { app: "other" } } };
      await c.create(c.group("policy/v1", budgets), { metadata: { name: "b" }, spec });
      accepted(await evict(c, "a"), 201);
    });

    check("a budget with an empty selector counts for every pod of its namespace", async (c) => {
      await runningPod(c, "a");
      await c.create(c.group("policy/v1", budgets), {
        metadata: { name: "b" },
        spec: { minAvailable: 1, selector: {} },
      });
      assert.equal((await evict(c, "a")).status, 429);
    });
  },
};
