// Nodes -> nodes, rows, host ports and versions.

import { assert } from "chai";
import type { CacheEvent, ClusterCache, KubeObject } from "../../src/cache/index.ts";
import { lookUp, parseSelector, type Versions } from "../../src/model/index.ts";
import { canonicalRows } from "./canonical.ts";
import { deletion, feed, feedPods, member, newCache, node, nodeOf, pod, upsert } from "./objects.ts";

describe("nodes: fields", () => {
  const ready = (status: string): object => ({
    conditions: [
      { type: "MemoryPressure", status: "False" },
      { type: "Ready", status },
    ],
  });
  const cases: readonly {
    readonly name: string;
    readonly node: Partial<Parameters<typeof node>[0]>;
    readonly is: Record<string, unknown>;
  }[] = [
    { name: "Ready", node: { status: { ...ready("True") } }, is: { isReady: true } },
    { name: "not Ready", node: { status: { ...ready("False") } }, is: { isReady: false } },
    { name: "silent", node: { status: { ...ready("Unknown") } }, is: { isReady: false } },
    {
      name: "no Ready condition listed",
      node: { status: { conditions: [{ type: "DiskPressure", status: "True" }] } },
      is: { isReady: true },
    },
    { name: "no conditions", node: {}, is: { isReady: true } },
    { name: "cordoned", node: { spec: { unschedulable: true } }, is: { unschedulable: true } },
    {
      name: "taints",
      node: {
        spec: {
          taints: [
            { key: "k", effect: "NoExecute" },
            { key: "l", effect: "Sometimes" },
          ],
        },
      },
      is: { taints: [{ key: "k", value: "", effect: "NoExecute" }] },
    },
    {
      name: "capacity where allocatable is missing",
      node: { status: { allocatable: undefined, capacity: { cpu: "3" } } },
      is: { allocatable: [3000] },
    },
    {
      name: "allocatable where both are there",
      node: { allocatable: { cpu: "2" }, status: { capacity: { cpu: "3" } } },
      is: { allocatable: [2000] },
    },
    {
      name: "more than a number holds",
      node: { allocatable: { memory: "9Ei" } },
      is: { allocatable: [0, Number.MAX_SAFE_INTEGER] },
    },
    {
      name: "nothing at all",
      node: { status: { allocatable: undefined } },
      is: { allocatable: [], labels: new Map() },
    },
    {
      name: "images",
      node: { status: { images: [{ names: ["a:1", "b"], sizeBytes: 7 }, { names: 3 }] } },
      is: {
        images: new Map([
          ["a:1", 7],
          ["b:latest", 7],
        ]),
      },
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const found = nodeOf(feed(newCache(), upsert("nodes", node({ name: "n", ...c.node }))), "n");
      assert.deepInclude(found, c.is as never);
    });
  }

  it("not selected: not there", () => {
    const cache = newCache({ nodeSelector: parseSelector("pool=batch") });
    const snapshot = feed(
      cache,
      upsert("nodes", node({ name: "in", version: "1", labels: { pool: "batch" } })),
      upsert("nodes", node({ name: "out" })),
    );
    assert.equal(snapshot.nodeCount, 1);
    assert.isUndefined(cache.liveNode("out"));
    assert.equal(feed(cache, upsert("nodes", node({ name: "in", version: "2" }))).nodeCount, 0);
  });
});

describe("nodes: slots and rows", () => {
  it("a heartbeat changes nothing, and keeps the object", () => {
    const cache = newCache();
    const beat = (version: string): KubeObject =>
      node({
        name: "n",
        version,
        status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: version }] },
      });
    const before = feed(cache, upsert("nodes", beat("1")));
    assert.strictEqual(feed(cache, upsert("nodes", beat("2"))), before);
  });

  it("an update keeps the slot, and other pages and rows their objects", () => {
    const cache = newCache();
    const all = Array.from({ length: 600 }, (_, i) => upsert("nodes", node({ name: `n${String(i)}`, version: "1" })));
    const before = feed(cache, ...all);
    const slot = nodeOf(before, "n300")!.slot;
    const after = feed(cache, upsert("nodes", node({ name: "n300", version: "2", labels: { a: "b" } })));
    assert.equal(nodeOf(after, "n300")!.slot, slot);
    assert.deepEqual(
      [0, 1, 2].map((page) => after.nodes[page] === before.nodes[page]),
      [true, false, true],
    );
    assert.strictEqual(after.rows, before.rows);
    assert.strictEqual(after.slotByNode, before.slotByNode);
    const bound = feedPods(cache, pod({ name: "p", node: "n300", cpu: "1" }));
    assert.deepEqual(
      [0, 1, 2].map((page) => bound.rows[page] === before.rows[page]),
      [true, false, true],
    );
    assert.strictEqual(bound.nodes, after.nodes);
  });

  it("a slot of a node that went is used again", () => {
    const cache = newCache();
    const before = feed(cache, upsert("nodes", node({ name: "a" })), upsert("nodes", node({ name: "b" })));
    const gone = feed(cache, deletion("nodes", node({ name: "a" })));
    assert.equal(gone.nodeCount, 1);
    const after = feed(cache, upsert("nodes", node({ name: "c" })));
    assert.equal(nodeOf(after, "c")!.slot, nodeOf(before, "a")!.slot);
    assert.deepEqual(canonicalRows(after)["c"], canonicalRows(after)["b"]);
  });

  it("a pod on an unknown node is a ghost, charged when the node comes, and again after it was replaced", () => {
    const cache = newCache();
    feedPods(cache, pod({ name: "p", node: "n", cpu: "1", version: "1" }));
    const cpu = (...events: readonly CacheEvent[]): number | undefined =>
      canonicalRows(feed(cache, ...events))["n"]?.used["cpu"];
    assert.isUndefined(cpu());
    assert.equal(cpu(upsert("nodes", node({ name: "n", uid: "1" }))), 1000);
    assert.isUndefined(cpu(deletion("nodes", node({ name: "n", uid: "1" }))));
    assert.equal(cpu(upsert("nodes", node({ name: "n", uid: "2" }))), 1000);
    assert.equal(cpu(upsert("nodes", node({ name: "n", uid: "3" }))), 1000, "replaced between two snapshots");
    assert.isUndefined(cpu(deletion("pods", pod({ name: "p" }))));
  });

  it("rows get wider when resources need it, and keep their numbers", () => {
    const cache = newCache();
    const before = feed(
      cache,
      upsert("nodes", node({ name: "n" })),
      upsert("pods", pod({ name: "p", node: "n", cpu: "1" })),
    );
    assert.equal(before.stride, 8);
    const requests = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`a.com/r${String(i)}`, "1"]));
    const after = feedPods(cache, pod({ name: "q", node: "n", spec: { containers: [{ resources: { requests } }] } }));
    assert.equal(after.stride % 4, 0);
    assert.isAtLeast(after.stride, after.dimensions.length);
    assert.isBelow(after.stride - after.dimensions.length, 4);
    assert.equal(after.rows[0]!.length, 256 * 4 * after.stride);
    assert.deepInclude(canonicalRows(after)["n"]?.used, { cpu: 1000, pods: 2, "a.com/r29": 1 });
    assert.equal(before.stride, 8);
    assert.equal(canonicalRows(before)["n"]?.used["cpu"], 1000);
  });

  it("a pod larger than any node is charged so that the node is full and sums undo", () => {
    const cache = newCache();
    const huge = pod({ name: "p", node: "n", spec: { containers: [{ resources: { requests: { memory: "9Ei" } } }] } });
    const before = feed(cache, upsert("nodes", node({ name: "n" })));
    assert.equal(canonicalRows(feed(cache, upsert("pods", huge)))["n"]?.used["memory"], 2 ** 50);
    assert.deepEqual(canonicalRows(feed(cache, deletion("pods", huge))), canonicalRows(before));
  });

  it("an unreadable pod on a node uses its slot", () => {
    const snapshot = feed(
      newCache(),
      upsert("nodes", node({ name: "n" })),
      upsert("pods", pod({ name: "p", node: "n", cpu: "NaN", scheduler: "other" })),
    );
    assert.deepEqual(canonicalRows(snapshot)["n"]?.used, { pods: 1 });
  });
});

describe("nodes: host ports", () => {
  it("are those of the pods that hold room there, ours or not", () => {
    const cache = newCache();
    const ports = (name: string, hostPort: number, more: Partial<Parameters<typeof pod>[0]> = {}): KubeObject =>
      pod({ name, node: "n", version: "1", spec: { containers: [{ ports: [{ hostPort }] }] }, ...more });
    const first = feed(
      cache,
      upsert("nodes", node({ name: "n" })),
      ...[
        ports("a", 80),
        ports("b", 80, { scheduler: "other" }),
        ports("c", 70),
        ports("d", 60, { phase: "Failed" }),
      ].map((one) => upsert("pods", one)),
    );
    assert.deepEqual(
      lookUp(first.hostPorts, "n")?.map(({ port }) => port),
      [70, 80, 80],
    );
    const second = feedPods(cache, ports("a", 80, { phase: "Succeeded", version: "2" }));
    assert.deepEqual(
      lookUp(second.hostPorts, "n")?.map(({ port }) => port),
      [70, 80],
    );
    const third = feed(cache, ...["a", "b", "c", "d"].map((name) => deletion("pods", ports(name, 1))));
    assert.isUndefined(lookUp(third.hostPorts, "n"));
  });
});

describe("nodes: versions", () => {
  const steps: readonly {
    readonly name: string;
    readonly event: CacheEvent;
    readonly changed: readonly (keyof Versions)[];
  }[] = [
    { name: "a node comes", event: upsert("nodes", node({ name: "m" })), changed: ["freed", "constraints"] },
    { name: "a node goes", event: deletion("nodes", node({ name: "n" })), changed: ["taken", "constraints"] },
    {
      name: "a node grows",
      event: upsert("nodes", node({ name: "n", version: "2", allocatable: { cpu: "9", pods: "110" } })),
      changed: ["freed"],
    },
    {
      name: "a node shrinks",
      event: upsert("nodes", node({ name: "n", version: "2", allocatable: { cpu: "7", pods: "110" } })),
      changed: ["taken"],
    },
    { name: "a label", event: upsert("nodes", n({ labels: { a: "b" } })), changed: ["constraints"] },
    {
      name: "a taint",
      event: upsert("nodes", n({ spec: { taints: [{ key: "k", effect: "NoSchedule" }] } })),
      changed: ["constraints"],
    },
    { name: "a cordon", event: upsert("nodes", n({ spec: { unschedulable: true } })), changed: ["constraints"] },
    {
      name: "readiness",
      event: upsert("nodes", n({ status: { conditions: [{ type: "Ready", status: "False" }] } })),
      changed: ["constraints"],
    },
    {
      name: "an image",
      event: upsert("nodes", n({ status: { images: [{ names: ["a"], sizeBytes: 1 }] } })),
      changed: [],
    },
    { name: "a pod is bound", event: upsert("pods", pod({ name: "q", node: "n", cpu: "1" })), changed: ["taken"] },
    {
      name: "a pod without requests is bound",
      event: upsert("pods", pod({ name: "q", node: "n" })),
      changed: ["taken"],
    },
    { name: "a pod waits", event: upsert("pods", pod({ name: "q" })), changed: [] },
    {
      name: "a pod runs",
      event: upsert("pods", pod({ name: "p", version: "2", node: "n", cpu: "1", phase: "Running" })),
      changed: [],
    },
    {
      name: "a pod leaves",
      event: upsert("pods", pod({ name: "p", version: "2", node: "n", cpu: "1", deleting: true })),
      changed: ["freed"],
    },
    {
      name: "a pod is done",
      event: upsert("pods", pod({ name: "p", version: "2", node: "n", cpu: "1", phase: "Succeeded" })),
      changed: ["freed"],
    },
    { name: "a pod is gone", event: deletion("pods", pod({ name: "p" })), changed: ["freed"] },
    { name: "a pod is gone from nowhere", event: deletion("pods", pod({ name: "nobody" })), changed: [] },
  ];
  for (const step of steps) {
    it(step.name, () => {
      const cache: ClusterCache = newCache();
      const before = feed(
        cache,
        upsert("nodes", n({ version: "1" })),
        upsert("pods", pod({ name: "p", version: "1", node: "n", cpu: "1" })),
      );
      const after = feed(cache, step.event);
      const names = ["freed", "taken", "constraints", "queues"] as const;
      assert.deepEqual(
        names.filter((name) => after.versions[name] !== before.versions[name]),
        [...step.changed],
      );
    });
  }

  it("a swap of equal pods frees a host port, though the row is the same", () => {
    const cache = newCache();
    const withPort = pod({
      name: "a",
      node: "n",
      cpu: "1",
      version: "1",
      spec: { containers: [{ ports: [{ hostPort: 80 }] }] },
    });
    const before = feed(cache, upsert("nodes", node({ name: "n" })), upsert("pods", withPort));
    const after = feed(cache, deletion("pods", withPort), upsert("pods", pod({ name: "b", node: "n" })));
    assert.notEqual(after.versions.freed, before.versions.freed);
  });

  it("a gang's member changes neither room nor constraints", () => {
    const cache = newCache();
    const before = feed(cache, upsert("nodes", node({ name: "n" })));
    assert.deepEqual(feedPods(cache, member("g", { name: "a" })).versions, before.versions);
  });
});

function n(row: Partial<Parameters<typeof node>[0]>): KubeObject {
  return node({ name: "n", version: "2", allocatable: { cpu: "8", pods: "110" }, ...row });
}
