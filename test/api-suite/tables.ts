// Tables: how the server lays out lists for kubectl.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { accepted, at, listAt, textAt } from "./facts.ts";
import { binding, node, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async function table(c: Cluster, path: string): Promise<unknown> {
  const answer = await c.raw({ method: "GET", path, accept: asTable });
  assert.equal(answer.status, 200, answer.text);
  const body: unknown = JSON.parse(answer.text);
  assert.equal(at(body, "kind"), "Table");
  assert.equal(at(body, "apiVersion"), "meta.k8s.io/v1");
  return body;
}

/** Names of the columns; those of `-o wide` with a plus before them. */
function columns(body: unknown): readonly string[] {
  return listAt(body, "columnDefinitions").map(
    (one) => `${at(one, "priority") === 0 ? "" : "+"}${textAt(one, "name")}`,
  );
}

/** Cells by column, without the age. */
function cells(body: unknown, row = 0): Readonly<Record<string, unknown>> {
  const names = listAt(body, "columnDefinitions").map((one) => textAt(one, "name"));
  const values = listAt(body, `rows.${row}.cells`);
  assert.equal(values.length, names.length);
  return Object.fromEntries(
    names.map((name, index) => [name, values[index]] as const).filter(([name]) => name !== "Age"),
  );
}

const none = "<none>";

export const tables: Area = {
  name: "tables",

  define(check) {
    check("pods: the columns of kubectl get, and of -o wide", async (c) => {
      const wide = ["+IP", "+Node", "+Nominated Node", "+Readiness Gates"];
      assert.deepEqual(columns(await table(c, c.pods())), ["Name", "Ready", "Status", "Restarts", "Age", ...wide]);
    });

    check("a pending pod", async (c) => {
      await c.create(c.pods(), pod("a"));
      assert.deepEqual(cells(await table(c, c.pods())), {
        Name: "a",
        Ready: "0/1",
        Status: "Pending",
        Restarts: "0",
        IP: none,
        Node: none,
        "Nominated Node": none,
        "Readiness Gates": none,
      });
    });

    check("a running pod of two containers", async (c) => {
      await c.create(
        c.pods(),
        pod("a", {
          containers: [
            { name: "c", image: "i" },
            { name: "d", image: "i" },
          ],
        }),
      );
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n")), 201);
      const state = {
        state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
        image: "i",
        imageID: "",
        restartCount: 0,
      };
      const containerStatuses = [
        { name: "c", ready: true, ...state },
        { name: "d", ready: false, ...state },
      ];
      await c.change(c.pods("a", "status"), {
        status: { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], containerStatuses },
      });
      assert.deepInclude(cells(await table(c, c.pods())), {
        Ready: "1/2",
        Status: "Running",
        IP: "10.0.0.1",
        Node: "n",
      });
    });

    check("a pod that is being deleted is Terminating", async (c) => {
      await c.create(c.pods(), pod("a"));
      accepted(await c.post(c.pods("a", "binding"), binding("a", "n")), 201);
      accepted(await c.delete(c.pods("a")));
      assert.equal(cells(await table(c, c.pods()))["Status"], "Terminating");
    });

    check("a pod behind gates is SchedulingGated", async (c) => {
      await c.create(c.pods(), pod("a", { schedulingGates: [{ name: "example.com/g" }] }));
      assert.equal(cells(await table(c, c.pods()))["Status"], "SchedulingGated");
    });

    check("a succeeded pod is Completed when its container says so", async (c) => {
      await c.create(c.pods(), pod("a", { restartPolicy: "Never" }));
      const terminated = { exitCode: 0, reason: "Completed" };
      const containerStatuses = [
        { name: "c", ready: false, image: "i", imageID: "", restartCount: 0, state: { terminated } },
      ];
      await c.change(c.pods("a", "status"), { status: { phase: "Succeeded", containerStatuses } });
      assert.deepInclude(cells(await table(c, c.pods())), { Ready: "0/1", Status: "Completed" });
    });

    check("a pod that failed with a reason shows the reason", async (c) => {
      await c.create(c.pods(), pod("a"));
      await c.change(c.pods("a", "status"), { status: { phase: "Failed", reason: "OutOfcpu" } });
      assert.equal(cells(await table(c, c.pods()))["Status"], "OutOfcpu");
    });

    check("rows carry the metadata of their object", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const body = await table(c, c.pods());
      assert.equal(at(body, "rows.0.object.kind"), "PartialObjectMetadata");
      assert.equal(at(body, "rows.0.object.apiVersion"), "meta.k8s.io/v1");
      assert.equal(at(body, "rows.0.object.metadata.uid"), at(created, "metadata.uid"));
      assert.isUndefined(at(body, "rows.0.object.spec"));
    });

    check("includeObject=Object carries the whole object", async (c) => {
      await c.create(c.pods(), pod("a"));
      const body = await table(c, `${c.pods()}?includeObject=Object`);
      assert.equal(at(body, "rows.0.object.kind"), "Pod");
      assert.equal(at(body, "rows.0.object.spec.schedulerName"), "nobody");
    });

    check("a table has the list's resourceVersion, and pages", async (c) => {
      for (const name of ["a", "b", "c"]) await c.create(c.pods(), pod(name));
      const body = await table(c, `${c.pods()}?limit=2`);
      assert.equal(listAt(body, "rows").length, 2);
      assert.equal(at(body, "metadata.remainingItemCount"), 1);
      assert.isString(at(body, "metadata.resourceVersion"));
      const rest = await table(c, `${c.pods()}?limit=2&continue=${textAt(body, "metadata.continue")}`);
      assert.equal(cells(rest)["Name"], "c");
    });

    check("a single object is a table of one row", async (c) => {
      await c.create(c.pods(), pod("a"));
      const body = await table(c, c.pods("a"));
      assert.equal(listAt(body, "rows").length, 1);
      assert.equal(cells(body)["Name"], "a");
    });

    check("nodes: the columns of kubectl get, and of -o wide", async (c) => {
      const wide = ["+Internal-IP", "+External-IP", "+OS-Image", "+Kernel-Version", "+Container-Runtime"];
      assert.deepEqual(columns(await table(c, "/api/v1/nodes")), [
        "Name",
        "Status",
        "Roles",
        "Age",
        "Version",
        ...wide,
      ]);
    });

    check("a node that is ready, cordoned, and has a role", async (c) => {
      const name = `${c.namespace}-n`;
      await c.create("/api/v1/nodes", node(name, { "node-role.kubernetes.io/worker": "" }));
      await c.change(`/api/v1/nodes/${name}`, { spec: { unschedulable: true } });
      const body = await table(c, `/api/v1/nodes/${name}`);
      assert.deepInclude(cells(body), {
        Name: name,
        Status: "Ready,SchedulingDisabled",
        Roles: "worker",
        "Internal-IP": none,
      });
    });

    check("a node that is not ready", async (c) => {
      const name = `${c.namespace}-n`;
      await c.create("/api/v1/nodes", node(name));
      await c.change(`/api/v1/nodes/${name}/status`, { status: { conditions: [{ type: "Ready", status: "False" }] } });
      assert.deepInclude(cells(await table(c, `/api/v1/nodes/${name}`)), { Status: "NotReady", Roles: none });
    });

    check("kinds without columns of their own have name and creation", async (c) => {
      const body = await table(c, c.group("storage.k8s.io/v1", "csistoragecapacities"));
      assert.deepEqual(columns(body).slice(0, 1), ["Name"]);
    });

    check("the columns of other kinds that people look at", async (c) => {
      const expected = {
        [c.group("apps/v1", "deployments")]: [
          "Name",
          "Ready",
          "Up-to-date",
          "Available",
          "Age",
          "+Containers",
          "+Images",
          "+Selector",
        ],
        [c.group("apps/v1", "replicasets")]: [
          "Name",
          "Desired",
          "Current",
          "Ready",
          "Age",
          "+Containers",
          "+Images",
          "+Selector",
        ],
        [c.group("apps/v1", "statefulsets")]: ["Name", "Ready", "Age", "+Containers", "+Images"],
        [c.group("batch/v1", "jobs")]: [
          "Name",
          "Status",
          "Completions",
          "Duration",
          "Age",
          "+Containers",
          "+Images",
          "+Selector",
        ],
        [c.group("policy/v1", "poddisruptionbudgets")]: [
          "Name",
          "Min Available",
          "Max Unavailable",
          "Allowed Disruptions",
          "Age",
        ],
        [c.group("coordination.k8s.io/v1", "leases")]: ["Name", "Holder", "Age"],
        "/apis/scheduling.k8s.io/v1/priorityclasses": ["Name", "Value", "Global-Default", "Age", "PreemptionPolicy"],
        "/api/v1/namespaces": ["Name", "Status", "Age"],
        [c.configMaps()]: ["Name", "Data", "Age"],
        [c.core("serviceaccounts")]: ["Name", "Age"],
        [c.core("services")]: ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "+Selector"],
        [c.core("events")]: [
          "Last Seen",
          "Type",
          "Reason",
          "Object",
          "+Subobject",
          "+Source",
          "Message",
          "+First Seen",
          "+Count",
          "+Name",
        ],
      };
      for (const [path, names] of Object.entries(expected))
        assert.deepEqual(columns(await table(c, path)), names, path);
    });

    check("a watch as tables: the columns once, then a row for each event", async (c) => {
      await c.create(c.pods(), pod("a"));
      const path = `${c.pods()}?watch=true&timeoutSeconds=1`;
      const answer = await c.raw({ method: "GET", path, accept: asTable });
      const events = answer.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
      assert.equal(at(events[0], "type"), "ADDED");
      assert.equal(at(events[0], "object.kind"), "Table");
      assert.equal(at(events[0], "object.rows.0.cells.0"), "a");
      assert.isAbove(listAt(events[0], "object.columnDefinitions").length, 0);
    });

    check("metadata alone, where a client asks for no more", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
      const answer = await c.raw({ method: "GET", path: c.pods(), accept });
      const body: unknown = JSON.parse(answer.text);
      assert.equal(at(body, "kind"), "PartialObjectMetadataList");
      assert.equal(at(body, "items.0.metadata.uid"), at(created, "metadata.uid"));
      assert.isUndefined(at(body, "items.0.spec"));
    });
  },
};
