// What we sent counts at once, and ends by evidence only; what commit re-validates against is the newest that was seen.

import { assert } from "chai";
import type { ClusterCache } from "../../src/cache/index.ts";
import type { Bind, Evict, Snapshot, Task } from "../../src/model/index.ts";
import { canonicalRows } from "./canonical.ts";
import { deletion, feed, feedPods, jobOf, member, newCache, node, pod, upsert } from "./objects.ts";

const MARK = { cycleId: "c", planned: 2, minimum: 2 };

function bind(name: string, more: Partial<Bind> = {}): Bind {
  const reference = { task: `x/${name}`, uid: `uid-${name}`, job: "gang-label:x/g", group: "x/g", node: "n" };
  return { kind: "bind", ...reference, mark: MARK, priority: 0, ...more };
}

function evict(name: string): Evict {
  const reference = { task: `x/${name}`, uid: `uid-${name}`, job: "", group: "", node: "n" };
  return { kind: "evict", ...reference, action: "preempt", for: "x/h", reason: "" };
}

function waitingGang(): ClusterCache {
  const cache = newCache();
  feed(cache, upsert("nodes", node({ name: "n", version: "1" })), upsert("nodes", node({ name: "other" })));
  feedPods(
    cache,
    member("g", { name: "a", version: "1", cpu: "1" }),
    member("g", { name: "b", version: "1", cpu: "1" }),
  );
  return cache;
}

const taskOf = (snapshot: Snapshot, name: string): Task | undefined =>
  jobOf(snapshot, "gang-label:x/g").tasks.find(({ key }) => key === `x/${name}`);
const cpuOn = (snapshot: Snapshot, name: string): number => canonicalRows(snapshot)[name]?.used["cpu"] ?? 0;
const leaving = (snapshot: Snapshot): number => canonicalRows(snapshot)["n"]?.releasing["cpu"] ?? 0;

describe("assume: a bind", () => {
  it("uses the room, binds the task with its mark and latches the minimum", () => {
    const cache = waitingGang();
    const before = cache.advance();
    cache.assumeBind(bind("a"));
    assert.equal(cpuOn(before, "n"), 0, "a published snapshot does not change");
    const after = cache.advance();
    assert.equal(cpuOn(after, "n"), 1000);
    assert.deepInclude(taskOf(after, "a"), { status: "Bound", node: "n", plan: MARK });
    assert.isUndefined(jobOf(after, "gang-label:x/g").settle);
    assert.equal(cache.assumedCount, 1);
    assert.strictEqual(cache.advance(), after);
  });

  it("outlives everything that is no evidence", () => {
    const cache = waitingGang();
    cache.assumeBind(bind("a"));
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
    const after = feed(
      cache,
      upsert("pods", member("g", { name: "a", version: "5", cpu: "1", status: { conditions } })),
      upsert("pods", member("g", { name: "b", version: "6", cpu: "1" })),
      upsert("nodes", node({ name: "n", version: "7", labels: { a: "b" } })),
    );
    assert.equal(taskOf(after, "a")?.status, "Bound");
    assert.equal(cache.assumedCount, 1);
  });

  it("ends when the watch shows the pod where we put it", () => {
    const cache = waitingGang();
    cache.assumeBind(bind("a"));
    const assumed = cache.advance();
    const after = feedPods(
      cache,
      member("g", { name: "a", version: "2", cpu: "1", node: "n", annotations: { "batch-scheduler/plan": "c.2/2" } }),
    );
    assert.equal(cache.assumedCount, 0);
    assert.strictEqual(after, assumed, "nothing has changed but our knowledge");
  });

  it("ends when the watch shows it elsewhere: the fact counts", () => {
    const cache = waitingGang();
    cache.assumeBind(bind("a"));
    const after = feedPods(cache, member("g", { name: "a", version: "2", cpu: "1", node: "other" }));
    assert.deepEqual([cpuOn(after, "n"), cpuOn(after, "other"), cache.assumedCount], [0, 1000, 0]);
    assert.isUndefined(taskOf(after, "a")?.plan);
  });

  it("ends with the pod, also when another of its name follows at once", () => {
    for (const successor of [false, true]) {
      const cache = waitingGang();
      cache.assumeBind(bind("a"));
      cache.advance();
      cache.enqueue(deletion("pods", member("g", { name: "a", version: "2" })));
      if (successor) cache.enqueue(upsert("pods", member("g", { name: "a", uid: "new", version: "3", cpu: "1" })));
      const after = cache.advance();
      assert.deepEqual([cpuOn(after, "n"), cache.assumedCount], [0, 0]);
      assert.equal(taskOf(after, "a")?.status, successor ? "Pending" : undefined);
      assert.equal(taskOf(after, "a")?.uid, successor ? "new" : undefined);
    }
  });

  it("ends with a definite refusal", () => {
    const cache = waitingGang();
    const before = cache.advance();
    cache.assumeBind(bind("a"));
    cache.advance();
    cache.forget("uid-a");
    const after = cache.advance();
    assert.deepEqual(canonicalRows(after), canonicalRows(before));
    assert.deepInclude(taskOf(after, "a"), { status: "Pending", node: "" });
    assert.equal(cache.assumedCount, 0);
    cache.forget("uid-a");
    cache.forget("nobody");
    assert.strictEqual(cache.advance(), after);
  });

  it("of a pod that is another by now, is bound or does not exist is nothing", () => {
    const cache = waitingGang();
    feedPods(cache, pod({ name: "bound", node: "n" }));
    const before = cache.advance();
    cache.assumeBind(bind("a", { uid: "old" }));
    cache.assumeBind(bind("bound"));
    cache.assumeBind(bind("nobody"));
    assert.strictEqual(cache.advance(), before);
    assert.equal(cache.assumedCount, 0);
  });

  it("to a node that goes is held for when it comes back", () => {
    const cache = waitingGang();
    cache.assumeBind(bind("a"));
    feed(cache, deletion("nodes", node({ name: "n" })));
    assert.equal(cpuOn(feed(cache, upsert("nodes", node({ name: "n", uid: "again" }))), "n"), 1000);
  });
});

describe("assume: an eviction", () => {
  function runningPod(): ClusterCache {
    const cache = newCache();
    feed(
      cache,
      upsert("nodes", node({ name: "n" })),
      upsert("pods", pod({ name: "p", version: "1", node: "n", cpu: "1" })),
    );
    return cache;
  }
  const status = (snapshot: Snapshot): string | undefined => jobOf(snapshot, "solo:x/p").tasks[0]?.status;

  it("makes the task Releasing and its room leaving, not free", () => {
    const cache = runningPod();
    const before = cache.advance();
    cache.assumeEvict(evict("p"));
    const after = cache.advance();
    assert.deepEqual(
      [status(after), cpuOn(after, "n"), leaving(after), cache.assumedCount],
      ["Releasing", 1000, 1000, 1],
    );
    assert.notEqual(after.versions.freed, before.versions.freed);
  });

  it("ends when the watch shows that it leaves", () => {
    const cache = runningPod();
    cache.assumeEvict(evict("p"));
    const after = feedPods(cache, pod({ name: "p", version: "2", node: "n", cpu: "1", deleting: true }));
    assert.deepEqual([status(after), leaving(after), cache.assumedCount], ["Releasing", 1000, 0]);
  });

  it("ends with a definite refusal", () => {
    const cache = runningPod();
    cache.assumeEvict(evict("p"));
    cache.advance();
    cache.forget("uid-p");
    const after = cache.advance();
    assert.deepEqual([status(after), leaving(after), cache.assumedCount], ["Bound", 0, 0]);
  });
});

describe("live view", () => {
  it("of a pod is its newest queued event, else the state, never what is assumed", () => {
    const cache = waitingGang();
    assert.deepEqual(cache.livePod("x/a"), {
      uid: "uid-a",
      node: "",
      isDeleting: false,
      isGated: false,
      phase: "Pending",
      schedulerName: "batch-scheduler",
      job: "gang-label:x/g",
    });
    cache.assumeBind(bind("a"));
    cache.advance();
    assert.equal(cache.livePod("x/a")?.node, "");
    cache.enqueue(
      upsert(
        "pods",
        member("h", { name: "a", version: "2", node: "other", deleting: true, gated: true, phase: "Running" }),
      ),
    );
    assert.deepInclude(cache.livePod("x/a"), {
      node: "other",
      isDeleting: true,
      isGated: true,
      phase: "Running",
      job: "gang-label:x/h",
    });
    cache.enqueue(deletion("pods", member("h", { name: "a", version: "3" })));
    assert.isUndefined(cache.livePod("x/a"));
    assert.isUndefined(cache.livePod("x/nobody"));
  });

  it("of a node says whether it can be used", () => {
    const cache = waitingGang();
    const seen = (row: Partial<Parameters<typeof node>[0]>, version: string): unknown => {
      cache.enqueue(upsert("nodes", node({ name: "n", version, ...row })));
      return cache.liveNode("n")?.isUsable;
    };
    assert.deepEqual(cache.liveNode("n"), { uid: "uid-n", isUsable: true, isOverfull: false });
    assert.isFalse(seen({ spec: { unschedulable: true } }, "2"));
    assert.isFalse(seen({ status: { conditions: [{ type: "Ready", status: "False" }] } }, "3"));
    assert.isFalse(seen({ allocatable: { cpu: "x" } }, "4"));
    assert.isTrue(seen({}, "5"));
    cache.enqueue(deletion("nodes", node({ name: "n", version: "6" })));
    assert.isUndefined(cache.liveNode("n"));
  });

  it("of a node says whether somebody else has taken what an assumed bind was promised", () => {
    const cache = waitingGang();
    cache.assumeBind(bind("a"));
    cache.advance();
    assert.isFalse(cache.liveNode("n", "uid-a")?.isOverfull);
    const greedy = pod({ name: "foreign", scheduler: "other", node: "n", cpu: "1000", phase: "Running" });
    cache.enqueue(upsert("pods", greedy));
    cache.advance();
    assert.isTrue(cache.liveNode("n", "uid-a")?.isOverfull);
    assert.isFalse(cache.liveNode("n", "uid-b")?.isOverfull, "nothing was promised to b");
  });

  const changes: readonly {
    readonly name: string;
    readonly row: Partial<Parameters<typeof node>[0]>;
    readonly isUsable: boolean;
  }[] = [
    {
      name: "as planned: still cordoned and tainted",
      row: { spec: { unschedulable: true, taints: [{ key: "k", effect: "NoSchedule" }] } },
      isUsable: true,
    },
    { name: "better", row: { spec: {} }, isUsable: true },
    {
      name: "a soft taint more",
      row: { spec: { taints: [{ key: "s", effect: "PreferNoSchedule" }] } },
      isUsable: true,
    },
    { name: "a hard taint more", row: { spec: { taints: [{ key: "new", effect: "NoExecute" }] } }, isUsable: false },
    { name: "no longer Ready", row: { status: { conditions: [{ type: "Ready", status: "False" }] } }, isUsable: false },
    { name: "other labels", row: { labels: { a: "b" } }, isUsable: false },
    { name: "another node of that name", row: { uid: "other" }, isUsable: false },
  ];
  for (const c of changes) {
    it(`of the node that a bind was planned on: ${c.name}`, () => {
      for (const isApplied of [false, true]) {
        const cache = waitingGang();
        const asPlanned = { unschedulable: true, taints: [{ key: "k", effect: "NoSchedule" }] };
        feed(cache, upsert("nodes", node({ name: "n", version: "2", spec: asPlanned })));
        cache.assumeBind(bind("a"));
        cache.enqueue(upsert("nodes", node({ name: "n", version: "3", ...c.row })));
        if (isApplied) cache.advance();
        assert.equal(cache.liveNode("n", "uid-a")?.isUsable, c.isUsable);
      }
    });
  }
});
