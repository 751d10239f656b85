// Selectors: which objects a list shows.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { refused } from "./facts.ts";
import { binding, configMap, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

/** `a` is of tier web, `b` of tier batch and size 5, `c` of size 10, `d` has no labels. */
async function labelled(c: Cluster): Promise<(labelSelector: string) => Promise<readonly string[]>> {
  const labels = { a: { tier: "web" }, b: { tier: "batch", size: "5" }, c: { size: "10" }, d: {} };
  for (const [name, own] of Object.entries(labels))
    await c.create(c.configMaps(), configMap(name, {}, { labels: own }));
  return (labelSelector) => c.names(c.configMaps(), { labelSelector });
}

/** `a` is bound to node n1, `b` has failed, `c` is of another scheduler. */
async function pods(c: Cluster): Promise<(fieldSelector: string) => Promise<readonly string[]>> {
  for (const name of ["a", "b"]) await c.create(c.pods(), pod(name));
  await c.create(c.pods(), pod("c", { schedulerName: "somebody" }));
  assert.equal((await c.post(c.pods("a", "binding"), binding("a", "n1"))).status, 201);
  await c.change(c.pods("b", "status"), { status: { phase: "Failed" } });
  return (fieldSelector) => c.names(c.pods(), { fieldSelector });
}

export const selectors: Area = {
  name: "selectors",

  define(check) {
    check("label selectors: = and == and a list of requirements", async (c) => {
      const select = await labelled(c);
      assert.deepEqual(await select("tier=web"), ["a"]);
      assert.deepEqual(await select("tier==batch"), ["b"]);
      assert.deepEqual(await select("tier=batch,size=5"), ["b"]);
      assert.deepEqual(await select("tier=web,size=5"), []);
      assert.deepEqual(await select(""), ["a", "b", "c", "d"]);
    });

    check("label selectors: != matches objects without the label too", async (c) => {
      assert.deepEqual(await (await labelled(c))("tier!=web"), ["b", "c", "d"]);
    });

    check("label selectors: in and notin; notin matches objects without the label too", async (c) => {
      const select = await labelled(c);
      assert.deepEqual(await select("tier in (web,batch)"), ["a", "b"]);
      assert.deepEqual(await select("tier in (web, other),size notin (5)"), ["a"]);
      assert.deepEqual(await select("tier notin (web)"), ["b", "c", "d"]);
    });

    check("label selectors: a key alone exists, with ! it does not", async (c) => {
      const select = await labelled(c);
      assert.deepEqual(await select("tier"), ["a", "b"]);
      assert.deepEqual(await select("!tier"), ["c", "d"]);
      assert.deepEqual(await select("size,!tier"), ["c"]);
    });

    check("label selectors: > and < compare whole numbers", async (c) => {
      const select = await labelled(c);
      assert.deepEqual(await select("size>5"), ["c"]);
      assert.deepEqual(await select("size<10"), ["b"]);
      assert.deepEqual(await select("tier>1"), []);
    });

    check("a label named constructor selects only objects that have it", async (c) => {
      await labelled(c);
      await c.create(c.configMaps(), configMap("e", {}, { labels: { constructor: "x" } }));
      assert.deepEqual(await c.names(c.configMaps(), { labelSelector: "constructor" }), ["e"]);
    });

    check("a label selector that cannot be read is 400", async (c) => {
      const answer = await c.get(c.configMaps(), { labelSelector: "tier in web" });
      refused(answer, 400, "BadRequest", /unable to parse requirement/);
    });

    check("a label selector whose value is no label value is 400", async (c) => {
      refused(await c.get(c.configMaps(), { labelSelector: "tier=a/b" }), 400, "BadRequest", /./);
    });

    check("field selectors: metadata.name and metadata.namespace, of every kind", async (c) => {
      await labelled(c);
      assert.deepEqual(await c.names(c.configMaps(), { fieldSelector: "metadata.name=a" }), ["a"]);
      assert.deepEqual(await c.names(c.configMaps(), { fieldSelector: "metadata.name!=a" }), ["b", "c", "d"]);
      const own = `metadata.namespace=${c.namespace},metadata.name=b`;
      assert.deepEqual(await c.names("/api/v1/configmaps", { fieldSelector: own }), ["b"]);
    });

    check("field selectors of pods: spec.nodeName", async (c) => {
      const select = await pods(c);
      assert.deepEqual(await select("spec.nodeName=n1"), ["a"]);
      assert.deepEqual(await select("spec.nodeName="), ["b", "c"]);
      assert.deepEqual(await select("spec.nodeName!="), ["a"]);
    });

    check("field selectors of pods: status.phase and spec.schedulerName", async (c) => {
      const select = await pods(c);
      assert.deepEqual(await select("status.phase=Failed"), ["b"]);
      assert.deepEqual(await select("status.phase!=Succeeded,status.phase!=Failed"), ["a", "c"]);
      assert.deepEqual(await select("spec.schedulerName=nobody,spec.nodeName="), ["b"]);
      assert.deepEqual(await select("spec.schedulerName!=nobody"), ["c"]);
    });

    check("field selectors of events: the object that they are about", async (c) => {
      const about = (kind: string, name: string) => ({ kind, name, namespace: c.namespace, uid: "u" });
      for (const name of ["a", "b"]) {
        const event = { metadata: { name }, involvedObject: about("Pod", name), reason: "Tested", type: "Normal" };
        await c.create(c.core("events"), event);
      }
      const select = (fieldSelector: string) => c.names(c.core("events"), { fieldSelector });
      assert.deepEqual(await select("involvedObject.name=a,involvedObject.kind=Pod"), ["a"]);
      assert.deepEqual(await select("involvedObject.uid=u,reason=Tested,type=Normal"), ["a", "b"]);
    });

    check("a field that cannot be selected is 400", async (c) => {
      const answer = await c.get(c.pods(), { fieldSelector: "spec.priority=1" });
      refused(answer, 400, "BadRequest", "field label not supported: spec.priority");
    });

    check("a field selector that cannot be read is 400", async (c) => {
      refused(
        await c.get(c.pods(), { fieldSelector: "metadata.name" }),
        400,
        "BadRequest",
        /invalid (field )?selector/i,
      );
    });

    check("both selectors must match", async (c) => {
      await labelled(c);
      const query = { labelSelector: "tier", fieldSelector: "metadata.name!=a" };
      assert.deepEqual(await c.names(c.configMaps(), query), ["b"]);
    });

    check("unassigned pods that are not finished, as a scheduler lists them", async (c) => {
      const select = await pods(c);
      assert.deepEqual(await select("spec.nodeName=,status.phase!=Succeeded,status.phase!=Failed"), ["c"]);
    });
  },
};
