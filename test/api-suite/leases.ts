// Leases: what leader election stands on.

import { assert } from "chai";
import { type Cluster, mergePatch } from "./cluster.ts";
import { accepted, assertNewer, at, refused, textAt } from "./facts.ts";
import type { Area } from "./suite.ts";

const time = "2026-01-02T03:04:05.678901Z";

const path = (c: Cluster, ...name: readonly string[]) => c.group("coordination.k8s.io/v1", "leases", ...name);

const held = (holderIdentity: string, metadata: object = {}) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "a", ...metadata },
  spec: { holderIdentity, leaseDurationSeconds: 15, acquireTime: time, renewTime: time, leaseTransitions: 1 },
});

export const leases: Area = {
  name: "leases",

  define(check) {
    check("a lease keeps microseconds of its times", async (c) => {
      const created = await c.create(path(c), held("one"));
      assert.deepEqual(at(created, "spec"), at(held("one"), "spec"));
    });

    check("only one of two can create it", async (c) => {
      await c.create(path(c), held("one"));
      refused(
        await c.post(path(c), held("two")),
        409,
        "AlreadyExists",
        'leases.coordination.k8s.io "a" already exists',
      );
    });

    check("only one of two can update it from the same resourceVersion", async (c) => {
      const created = await c.create(path(c), held("one"));
      const { resourceVersion } = at(created, "metadata") as { resourceVersion: string };
      const answers = await Promise.all(
        ["two", "three"].map((name) => c.put(path(c, "a"), held(name, { resourceVersion }))),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
      const message =
        'Operation cannot be fulfilled on leases.coordination.k8s.io "a": the object has been modified; ' +
        "please apply your changes to the latest version and try again";
      refused(
        answers.find(({ status }) => status === 409)!,
        409,
        "Conflict",
        message,
      );
    });

    check("renewing makes a newer version", async (c) => {
      const created = await c.create(path(c), held("one"));
      const { resourceVersion } = at(created, "metadata") as { resourceVersion: string };
      const later = { ...(at(held("one"), "spec") as object), renewTime: "2026-01-02T03:04:06.000000Z" };
      const renewed = accepted(await c.put(path(c, "a"), { ...held("one", { resourceVersion }), spec: later }));
      assertNewer(renewed, created);
      assert.equal(textAt(renewed, "spec.renewTime"), "2026-01-02T03:04:06.000000Z");
    });

    check("a lease that was deleted and created anew refuses the old resourceVersion", async (c) => {
      const created = await c.create(path(c), held("one"));
      accepted(await c.delete(path(c, "a")));
      await c.create(path(c), held("two"));
      const { resourceVersion } = at(created, "metadata") as { resourceVersion: string };
      assert.equal((await c.put(path(c, "a"), held("one", { resourceVersion }))).status, 409);
    });

    check("a holder is given up by an empty name", async (c) => {
      await c.create(path(c), held("one"));
      const answer = await c.patch(path(c, "a"), mergePatch, {
        spec: { holderIdentity: null, leaseDurationSeconds: 1 },
      });
      assert.isUndefined(at(accepted(answer), "spec.holderIdentity"));
    });

    check("a duration that is not positive is 422", async (c) => {
      const spec = { holderIdentity: "one", leaseDurationSeconds: 0 };
      const answer = await c.post(path(c), { metadata: { name: "a" }, spec });
      refused(answer, 422, "Invalid", /spec\.leaseDurationSeconds: Invalid value: 0: must be greater than 0/);
    });
  },
};
