// Custom resources: kinds that come and go while the server runs.

import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import { applyPatch, mergePatch, strategicPatch, type Cluster } from "./cluster.ts";
import { accepted, assertSameVersion, at, listAt, refused, textAt } from "./facts.ts";
import type { Area } from "./suite.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Definition {
  readonly hasStatus?: boolean;
  readonly schema?: object;
}

const openSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        minMember: { type: "integer", minimum: 1, default: 1 },
        queue: { type: "string" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", properties: { phase: { type: "string" } } },
  },
};

/** A group of its own, so that checks do not meet; resolves when its objects can be listed. */
async function define(c: Cluster, { hasStatus = true, schema = openSchema }: Definition = {}): Promise<string> {
  const group = `${c.namespace}.example.com`;
  await c.create(definitions, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `gangs.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gangs", singular: "gang", kind: "Gang", shortNames: ["gg"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(hasStatus && { subresources: { status: {} } }),
          additionalPrinterColumns: [{ name: "Min", type: "integer", jsonPath: ".spec.minMember" }],
        },
      ],
    },
  });
  const path = `/apis/${group}/v1/namespaces/${c.namespace}/gangs`;
  await until(async () => (await c.get(path)).status === 200);
  return path;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await isTrue()); attempt++) {
    assert.isBelow(attempt, 400, "it did not come true");
    await sleep(25);
  }
}

export const crds: Area = {
  name: "custom resources",

  define(check) {
    check("a definition becomes Established, and its kind is served", async (c) => {
      const path = await define(c);
      const definition = await c.read(`${definitions}/gangs.${c.namespace}.example.com`);
      const conditions = listAt(definition, "status.conditions");
      for (const type of ["Established", "NamesAccepted"]) {
        assert.equal(
          at(
            conditions.find((one) => at(one, "type") === type),
            "status",
          ),
          "True",
        );
      }
      assert.deepEqual(at(definition, "status.storedVersions"), ["v1"]);
      const created = await c.create(path, {
        apiVersion: `${c.namespace}.example.com/v1`,
        kind: "Gang",
        metadata: { name: "a" },
        spec: { queue: "q" },
      });
      assert.equal(at(created, "metadata.generation"), 1);
      assert.deepEqual(at(created, "spec"), { minMember: 1, queue: "q" });
      assert.equal(at(await c.read(path), "kind"), "GangList");
    });

    check("its group is discovered", async (c) => {
      await define(c);
      const list = await c.read(`/apis/${c.namespace}.example.com/v1`);
      assert.deepEqual(
        listAt(list, "resources").map((one) => textAt(one, "name")),
        ["gangs", "gangs/status"],
      );
      assert.deepEqual(at(list, "resources.0.shortNames"), ["gg"]);
    });

    check("a kind that is not served is 404", async (c) => {
      const answer = await c.raw({ method: "GET", path: `/apis/${c.namespace}.example.com/v1/gangs` });
      assert.equal(answer.status, 404);
      assert.equal(answer.text, "404 page not found\n");
    });

    check("after its definition is deleted the kind and its objects are gone", async (c) => {
      const path = await define(c);
      await c.create(path, gang(c, {}));
      accepted(await c.delete(`${definitions}/gangs.${c.namespace}.example.com`));
      await until(async () => (await c.get(path)).status === 404);
      await until(async () => (await c.get(`${definitions}/gangs.${c.namespace}.example.com`)).status === 404);
      await define(c);
      assert.deepEqual(await c.names(path), []);
    });

    check("with a status subresource a write beside it ignores the status", async (c) => {
      const path = await define(c);
      const created = await c.create(path, gang(c, { status: { phase: "Running" } }));
      assert.isUndefined(at(created, "status"));
      const ignored = await c.change(`${path}/a`, { status: { phase: "Running" } });
      assert.isUndefined(at(ignored, "status"));
      const patched = await c.change(`${path}/a/status`, { status: { phase: "Running" }, spec: { queue: "other" } });
      assert.deepEqual(at(patched, "status"), { phase: "Running" });
      assert.isUndefined(at(patched, "spec.queue"));
      assert.equal(at(patched, "metadata.generation"), 1);
    });

    check("with a status subresource only changes of the rest grow the generation", async (c) => {
      const path = await define(c);
      await c.create(path, gang(c, {}));
      assert.equal(at(await c.change(`${path}/a`, { metadata: { labels: { a: "b" } } }), "metadata.generation"), 1);
      assert.equal(at(await c.change(`${path}/a`, { spec: { queue: "q" } }), "metadata.generation"), 2);
    });

    check("without one the status is a field like others, and grows the generation", async (c) => {
      const path = await define(c, { hasStatus: false });
      const created = await c.create(path, gang(c, { status: { phase: "Pending" } }));
      assert.deepEqual(at(created, "status"), { phase: "Pending" });
      const patched = await c.change(`${path}/a`, { status: { phase: "Running" } });
      assert.deepEqual(at(patched, "status"), { phase: "Running" });
      assert.equal(at(patched, "metadata.generation"), 2);
      const answer = await c.patch(`${path}/a/status`, mergePatch, { status: { phase: "x" } });
      assert.equal(answer.status, 404);
    });

    check("fields that the schema has not are dropped, except where it keeps them", async (c) => {
      const path = await define(c);
      const spec = { minMember: 2, extra: true, free: { anything: [1, { goes: null }] } };
      const created = await c.create(path, gang(c, { spec, other: 1 }));
      assert.deepEqual(at(created, "spec.free.anything.0"), 1);
      assert.isUndefined(at(created, "spec.extra"));
      assert.isUndefined(at(created, "other"));
    });

    check("a schema that keeps unknown fields keeps them all", async (c) => {
      const path = await define(c, { schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } });
      const created = await c.create(path, gang(c, { spec: { extra: true }, other: 1 }));
      assert.deepEqual(at(created, "spec"), { extra: true });
      assert.equal(at(created, "other"), 1);
    });

    check("a value of another type than the schema's is 422", async (c) => {
      const path = await define(c);
      const answer = await c.post(path, gang(c, { spec: { minMember: "two" } }));
      refused(
        answer,
        422,
        "Invalid",
        /spec\.minMember: Invalid value: "string": spec\.minMember in body must be of type integer: "string"/,
      );
    });

    check("a value below the schema's minimum is 422", async (c) => {
      const path = await define(c);
      const answer = await c.post(path, gang(c, { spec: { minMember: 0 } }));
      refused(
        answer,
        422,
        "Invalid",
        /spec\.minMember: Invalid value: 0: spec\.minMember in body should be greater than or equal to 1/,
      );
    });

    check("a strategic patch of a custom resource is 415", async (c) => {
      const path = await define(c);
      await c.create(path, gang(c, {}));
      const answer = await c.patch(`${path}/a`, strategicPatch, { spec: { queue: "q" } });
      refused(answer, 415, "UnsupportedMediaType", /./);
    });

    check("a custom resource is applied and patched like others", async (c) => {
      const path = await define(c);
      accepted(
        await c.patch(`${path}/a`, applyPatch, gang(c, { spec: { minMember: 3 } }), { fieldManager: "one" }),
        201,
      );
      const patched = await c.change(`${path}/a`, { spec: { queue: "q" } });
      assert.deepEqual(at(patched, "spec"), { minMember: 3, queue: "q" });
      assertSameVersion(await c.change(`${path}/a`, { spec: { queue: "q" } }), patched);
    });

    check("another uid in a patch of a custom resource is 422", async (c) => {
      const path = await define(c);
      await c.create(path, gang(c, {}));
      const answer = await c.patch(`${path}/a`, mergePatch, { metadata: { uid: "other" }, spec: { queue: "q" } });
      refused(answer, 422, "Invalid", /metadata\.uid: Invalid value: "other": field is immutable/);
    });

    check("a uid in a patch of its status is no condition", async (c) => {
      const path = await define(c);
      const created = await c.create(path, gang(c, {}));
      const body = { metadata: { uid: "other" }, status: { phase: "x" } };
      const patched = await c.change(`${path}/a/status`, body);
      assert.deepEqual(at(patched, "status"), { phase: "x" });
      assert.equal(at(patched, "metadata.uid"), at(created, "metadata.uid"));
    });

    check("a resourceVersion in a patch of its status is a condition", async (c) => {
      const path = await define(c);
      const metadata = { resourceVersion: textAt(await c.create(path, gang(c, {})), "metadata.resourceVersion") };
      await c.change(`${path}/a/status`, { metadata, status: { phase: "x" } });
      const answer = await c.patch(`${path}/a/status`, mergePatch, { metadata, status: { phase: "y" } });
      refused(answer, 409, "Conflict", /the object has been modified; please apply your changes to the latest version/);
    });

    check("a custom resource needs apiVersion and kind in its body", async (c) => {
      const path = await define(c);
      const answer = await c.post(path, { metadata: { name: "a" } });
      refused(answer, 400, "BadRequest", /Object 'Kind' is missing|apiVersion|does not match/);
    });

    check("a watch of custom resources shows them", async (c) => {
      const path = await define(c);
      const watching = await c.watch(path, { resourceVersion: await c.listVersion(path) });
      const created = await c.create(path, gang(c, {}));
      assert.deepEqual(await watching.next(), { type: "ADDED", object: created });
    });

    check("a definition whose name is not plural.group is 422", async (c) => {
      const names = { plural: "gangs", kind: "Gang" };
      const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }];
      const spec = { group: `${c.namespace}.example.com`, scope: "Namespaced", names, versions };
      const answer = await c.post(definitions, { metadata: { name: "gangs" }, spec });
      refused(
        answer,
        422,
        "Invalid",
        /metadata\.name: Invalid value: "gangs": must be spec\.names\.plural\+"\."\+spec\.group/,
      );
    });
  },
};

function gang(c: Cluster, fields: object): object {
  return { apiVersion: `${c.namespace}.example.com/v1`, kind: "Gang", metadata: { name: "a" }, spec: {}, ...fields };
}
