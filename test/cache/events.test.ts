// Events at the door: which are old, which say nothing, and which should wake the scheduler.

import { assert } from "chai";
import type { CacheEvent, KubeObject } from "../../src/cache/index.ts";
import { lookUp, parseSelector, sizeOf } from "../../src/model/index.ts";
import { deletion, feed, feedPods, jobOf, member, newCache, node, object, pod, upsert } from "./objects.ts";

describe("events: what is old", () => {
  const cases: readonly {
    readonly name: string;
    readonly first: KubeObject;
    readonly second: CacheEvent;
    /** Node of the pod afterwards; undefined: it is gone. */
    readonly node: string | undefined;
  }[] = [
    {
      name: "a higher version",
      first: pod({ name: "p", version: "9" }),
      second: upsert("pods", pod({ name: "p", version: "10", node: "n" })),
      node: "n",
    },
    {
      name: "a lower version",
      first: pod({ name: "p", version: "10" }),
      second: upsert("pods", pod({ name: "p", version: "9", node: "n" })),
      node: "",
    },
    {
      name: "the same version",
      first: pod({ name: "p", version: "9" }),
      second: upsert("pods", pod({ name: "p", version: "9", node: "n" })),
      node: "",
    },
    {
      name: "versions that are no numbers",
      first: pod({ name: "p", version: "b" }),
      second: upsert("pods", pod({ name: "p", version: "a", node: "n" })),
      node: "n",
    },
    {
      name: "no versions",
      first: pod({ name: "p" }),
      second: upsert("pods", pod({ name: "p", node: "n" })),
      node: "n",
    },
    {
      name: "another UID of a lower version",
      first: pod({ name: "p", version: "9" }),
      second: upsert("pods", pod({ name: "p", uid: "u", version: "8", node: "n" })),
      node: "n",
    },
    {
      name: "a deletion",
      first: pod({ name: "p", version: "9" }),
      second: deletion("pods", pod({ name: "p", version: "9" })),
      node: undefined,
    },
    {
      name: "a deletion of another UID",
      first: pod({ name: "p", version: "9" }),
      second: deletion("pods", pod({ name: "p", uid: "u", version: "99" })),
      node: "",
    },
  ];
  for (const c of cases) {
    for (const isApplied of [false, true]) {
      it(`${c.name}, the first ${isApplied ? "applied" : "queued"}`, () => {
        const cache = newCache();
        cache.enqueue(upsert("pods", c.first));
        if (isApplied) cache.advance();
        cache.enqueue(c.second);
        assert.equal(cache.livePod("x/p")?.node, c.node);
        cache.advance();
        assert.equal(cache.livePod("x/p")?.node, c.node);
      });
    }
  }

  it("a pod comes back after its deletion", () => {
    const cache = newCache();
    feedPods(cache, pod({ name: "p", version: "1" }));
    feed(cache, deletion("pods", pod({ name: "p", version: "2" })));
    assert.equal(sizeOf(feedPods(cache, pod({ name: "p", uid: "u", version: "3" })).jobs), 1);
  });

  it("a deletion without a UID is of whoever has the name", () => {
    const cache = newCache();
    feedPods(cache, pod({ name: "p", version: "1" }));
    const snapshot = feed(cache, deletion("pods", { metadata: { name: "p", namespace: "x" } }));
    assert.equal(sizeOf(snapshot.jobs), 0);
  });

  it("objects without a namespace are in default", () => {
    const snapshot = feedPods(newCache(), {
      metadata: { name: "p", uid: "u" },
      spec: { schedulerName: "batch-scheduler" },
    });
    assert.isDefined(lookUp(snapshot.jobs, "solo:default/p"));
  });

  it("garbage never throws, and harms nothing", () => {
    const cache = newCache();
    const garbage: unknown[] = [
      undefined,
      null,
      7,
      {},
      { metadata: null },
      { metadata: { name: 3 } },
      { metadata: { name: "" } },
    ];
    for (const resource of ["pods", "nodes", "volcanopodgroups"] as const) {
      for (const one of garbage) cache.enqueue(upsert(resource, one as KubeObject));
      for (const odd of [7, [], "x", null]) {
        const metadata = {
          name: "odd",
          namespace: "x",
          uid: "odd",
          labels: odd,
          annotations: odd,
          ownerReferences: odd,
        };
        cache.enqueue(upsert(resource, { metadata, spec: odd, status: odd } as unknown as KubeObject));
        assert.isBoolean(cache.hasNews);
        cache.advance();
      }
    }
    assert.equal(jobOf(feedPods(cache, pod({ name: "p" })), "solo:x/p").tasks.length, 1);
  });
});

describe("events: an object that we fail on", () => {
  it("stays as it was, is listed, and stops nobody else", () => {
    const cache = newCache();
    feedPods(cache, pod({ name: "p", version: "1", node: "n" }));
    const broken = pod({ name: "p", version: "2" });
    Object.defineProperty(broken, "spec", {
      get: () => {
        throw new Error("a bug");
      },
    });
    cache.enqueue(upsert("pods", broken));
    cache.enqueue(upsert("pods", pod({ name: "q" })));
    assert.isTrue(cache.hasNews);
    const snapshot = cache.advance();
    assert.equal(jobOf(snapshot, "solo:x/p").tasks[0]!.node, "n");
    assert.isDefined(lookUp(snapshot.jobs, "solo:x/q"));
    assert.deepEqual([...cache.quarantined], [["pods x/p", "cannot be read: a bug"]]);
    feedPods(cache, pod({ name: "p", version: "3", node: "n" }));
    assert.equal(cache.quarantined.size, 0);
  });
});

describe("events: news", () => {
  const base: readonly CacheEvent[] = [
    upsert("nodes", node({ name: "n", version: "1" })),
    upsert("pods", pod({ name: "waiting", version: "1" })),
    upsert("pods", pod({ name: "gated", version: "1", gated: true })),
    upsert("pods", pod({ name: "running", version: "1", node: "n" })),
    upsert("pods", pod({ name: "foreign", version: "1", node: "n", scheduler: "other" })),
    upsert("pods", pod({ name: "done", version: "1", node: "n", phase: "Succeeded" })),
    upsert("volcanopodgroups", object({ name: "g", version: "1", spec: { minMember: 2 } })),
    upsert("priorityclasses", { metadata: { name: "high", uid: "high", resourceVersion: "1" } }),
    upsert("jobs", object({ name: "j", version: "1", spec: { parallelism: 2 } })),
    upsert("namespaces", { metadata: { name: "x", uid: "x", resourceVersion: "1", labels: { team: "a" } } }),
    upsert("volcanoqueues", { metadata: { name: "q", uid: "q", resourceVersion: "1" } }),
    upsert("volcanojobs", object({ name: "vj", version: "1", spec: { schedulerName: "volcano" } })),
  ];
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
  const cases: readonly { readonly name: string; readonly event: CacheEvent; readonly isNews: boolean }[] = [
    { name: "a new pod of ours", event: upsert("pods", pod({ name: "new" })), isNews: true },
    {
      name: "a new pod of another scheduler",
      event: upsert("pods", pod({ name: "new", scheduler: "other" })),
      isNews: false,
    },
    {
      name: "our own condition",
      event: upsert("pods", pod({ name: "waiting", version: "2", status: { conditions } })),
      isNews: false,
    },
    { name: "our own bind", event: upsert("pods", pod({ name: "waiting", version: "2", node: "n" })), isNews: false },
    {
      name: "a waiting pod gets a group",
      event: upsert("pods", member("h", { name: "waiting", version: "2" })),
      isNews: true,
    },
    {
      name: "a waiting pod asks for something else",
      event: upsert("pods", pod({ name: "waiting", version: "2", cpu: "2" })),
      isNews: true,
    },
    {
      name: "a waiting pod asks for another node",
      event: upsert("pods", pod({ name: "waiting", version: "2", spec: { nodeSelector: { a: "b" } } })),
      isNews: true,
    },
    { name: "a gate is gone", event: upsert("pods", pod({ name: "gated", version: "2" })), isNews: true },
    {
      name: "a pod starts to run",
      event: upsert("pods", pod({ name: "running", version: "2", node: "n", phase: "Running" })),
      isNews: false,
    },
    {
      name: "a pod begins to leave",
      event: upsert("pods", pod({ name: "running", version: "2", node: "n", deleting: true })),
      isNews: true,
    },
    {
      name: "a pod is done",
      event: upsert("pods", pod({ name: "running", version: "2", node: "n", phase: "Failed" })),
      isNews: true,
    },
    { name: "a pod is gone", event: deletion("pods", pod({ name: "running", version: "2" })), isNews: true },
    { name: "a foreign pod is gone", event: deletion("pods", pod({ name: "foreign", version: "2" })), isNews: true },
    { name: "a finished pod is gone", event: deletion("pods", pod({ name: "done", version: "2" })), isNews: false },
    { name: "a pod that nobody knew is gone", event: deletion("pods", pod({ name: "nobody" })), isNews: false },
    {
      name: "an old event",
      event: upsert("pods", pod({ name: "running", version: "0", node: "n", deleting: true })),
      isNews: false,
    },
    {
      name: "a heartbeat",
      event: upsert(
        "nodes",
        node({ name: "n", version: "2", status: { conditions: [{ type: "Ready", status: "True" }] } }),
      ),
      isNews: false,
    },
    {
      name: "a node becomes NotReady",
      event: upsert(
        "nodes",
        node({ name: "n", version: "2", status: { conditions: [{ type: "Ready", status: "False" }] } }),
      ),
      isNews: true,
    },
    { name: "a new node", event: upsert("nodes", node({ name: "m" })), isNews: true },
    { name: "a node goes", event: deletion("nodes", node({ name: "n", version: "2" })), isNews: false },
    {
      name: "our own phase",
      event: upsert(
        "volcanopodgroups",
        object({ name: "g", version: "2", spec: { minMember: 2 }, status: { phase: "Inqueue" } }),
      ),
      isNews: false,
    },
    {
      name: "another minimum",
      event: upsert("volcanopodgroups", object({ name: "g", version: "2", spec: { minMember: 1 } })),
      isNews: true,
    },
    {
      name: "a Job counts",
      event: upsert("jobs", object({ name: "j", version: "2", spec: { parallelism: 2 }, status: { active: 1 } })),
      isNews: false,
    },
    {
      name: "a Job is resized",
      event: upsert("jobs", object({ name: "j", version: "2", spec: { parallelism: 3 } })),
      isNews: true,
    },
    { name: "a new class", event: upsert("priorityclasses", { metadata: { name: "low", uid: "low" } }), isNews: true },
    {
      name: "an equal class",
      event: upsert("priorityclasses", { metadata: { name: "high", uid: "high", resourceVersion: "2" } }),
      isNews: false,
    },
    {
      name: "an equal queue",
      event: upsert("volcanoqueues", { metadata: { name: "q", uid: "q", resourceVersion: "2" } }),
      isNews: false,
    },
    {
      name: "a queue closes",
      event: upsert("volcanoqueues", {
        metadata: { name: "q", uid: "q", resourceVersion: "2" },
        status: { state: "Closed" },
      }),
      isNews: true,
    },
    {
      name: "a Volcano Job changes hands",
      event: upsert("volcanojobs", object({ name: "vj", version: "2", spec: { schedulerName: "batch-scheduler" } })),
      isNews: true,
    },
    {
      name: "a namespace, nobody selects by it",
      event: upsert("namespaces", { metadata: { name: "y", uid: "y" } }),
      isNews: false,
    },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.isNews ? "yes" : "no"}`, () => {
      const cache = newCache();
      feed(cache, ...base);
      assert.isFalse(cache.hasNews, "nothing is queued");
      cache.enqueue(c.event);
      assert.equal(cache.hasNews, c.isNews);
      assert.equal(cache.hasNews, c.isNews, "asked again");
      cache.enqueue(upsert("pods", pod({ name: "another" })));
      assert.isTrue(cache.hasNews, "among others");
      cache.advance();
      assert.isFalse(cache.hasNews);
    });
  }

  it("a namespace that comes into the selection", () => {
    const cache = newCache({ namespaceSelector: parseSelector("team=a") });
    cache.enqueue(upsert("namespaces", { metadata: { name: "y", uid: "y", labels: { team: "a" } } }));
    assert.isTrue(cache.hasNews);
  });
});
