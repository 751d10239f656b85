// Pods and owners -> jobs: who is in which group, with which minimum, and why a group is put aside.

import { assert } from "chai";
import type { CacheOptions, KubeObject } from "../../src/cache/index.ts";
import {
  deletion,
  feed,
  feedPods,
  jobOf,
  member,
  newCache,
  node,
  object,
  pod,
  upsert,
  volcanoMember,
  type PodRow,
} from "./objects.ts";

const GROUP = "gang-label:x/g";

describe("jobs: minimum and settling", () => {
  const cases: readonly {
    readonly name: string;
    readonly pods: readonly KubeObject[];
    readonly options?: Partial<CacheOptions>;
    readonly owner?: Record<string, unknown>;
    readonly min: number;
    readonly settle: unknown;
  }[] = [
    { name: "an integer needs no settling", pods: [m("a", { minimum: "3" })], min: 3, settle: undefined },
    { name: "the whole group", pods: [m("a"), m("b"), m("c")], min: 3, settle: {} },
    {
      name: "a percentage of those that exist, rounded up",
      pods: ["a", "b", "c", "d"].map((n) => m(n, { minimum: "60%" })),
      min: 3,
      settle: {},
    },
    { name: "gated members are part of the whole", pods: [m("a"), m("b", { gated: true })], min: 2, settle: {} },
    { name: "leaving ones are not", pods: [m("a"), m("b", { node: "n", deleting: true })], min: 1, settle: {} },
    { name: "failed ones are not", pods: [m("a"), m("b", { phase: "Failed" })], min: 1, settle: {} },
    {
      name: "succeeded ones of the same owner are",
      pods: [m("a", { owner: "o" }), m("b", { owner: "o", phase: "Succeeded" })],
      min: 2,
      settle: {},
    },
    {
      name: "latched by a bound member",
      pods: [m("a", { node: "n", annotations: { "batch-scheduler/plan": "c.2/2" } }), m("b"), m("c")],
      min: 2,
      settle: undefined,
    },
    {
      name: "not latched by one that leaves",
      pods: [m("a", { node: "n", deleting: true, annotations: { "batch-scheduler/plan": "c.9/9" } }), m("b"), m("c")],
      min: 2,
      settle: {},
    },
    {
      name: "an integer is not latched: a raised minimum counts",
      pods: [m("a", { minimum: "4", node: "n", annotations: { "batch-scheduler/plan": "c.2/2" } })],
      min: 4,
      settle: undefined,
    },
    {
      name: "the owner's size",
      pods: [m("a", { owner: "o" })],
      options: { useOwners: true },
      owner: { parallelism: 5, completions: 4 },
      min: 4,
      settle: { expected: 4 },
    },
    {
      name: "a percentage of the owner's size",
      pods: [m("a", { owner: "o", minimum: "50%" })],
      options: { useOwners: true },
      owner: { parallelism: 5 },
      min: 3,
      settle: { expected: 5 },
    },
    {
      name: "owners only where they are to be used",
      pods: [m("a", { owner: "o" })],
      owner: { parallelism: 5 },
      min: 1,
      settle: {},
    },
    {
      name: "one owner for all, or none",
      pods: [m("a", { owner: "o" }), m("b")],
      options: { useOwners: true },
      owner: { parallelism: 5 },
      min: 2,
      settle: {},
    },
    {
      name: "an owner nobody sees",
      pods: [m("a", { owner: "p" })],
      options: { useOwners: true },
      owner: { parallelism: 5 },
      min: 1,
      settle: {},
    },
    {
      name: "an owner that wants none",
      pods: [m("a", { owner: "o" })],
      options: { useOwners: true },
      owner: { parallelism: 0 },
      min: 1,
      settle: {},
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const cache = newCache(c.options);
      feedPods(cache, ...c.pods);
      // The owner comes last: a job follows it.
      const snapshot = feed(cache, upsert("jobs", object({ name: "j", uid: "o", spec: c.owner ?? {} })));
      const job = jobOf(snapshot, GROUP);
      assert.equal(job.minAvailable, c.min);
      assert.deepEqual(job.settle, c.settle as never);
    });
  }

  it("replicas of a ReplicaSet or StatefulSet are a size too, and follow the object", () => {
    for (const resource of ["replicasets", "statefulsets"] as const) {
      const cache = newCache({ useOwners: true });
      const owner = (replicas: number, version: string): KubeObject =>
        object({ name: "r", uid: "o", version, spec: { replicas } });
      const first = feed(cache, upsert(resource, owner(3, "1")), upsert("pods", m("a", { owner: "o" })));
      assert.equal(jobOf(first, GROUP).minAvailable, 3);
      assert.equal(jobOf(feed(cache, upsert(resource, owner(4, "2"))), GROUP).minAvailable, 4);
      assert.equal(jobOf(feed(cache, deletion(resource, owner(4, "3"))), GROUP).minAvailable, 1);
    }
  });
});

describe("jobs: which succeeded members count", () => {
  const T1 = "2026-01-01T00:00:00Z";
  const T2 = "2026-01-02T00:00:00Z";
  const disrupted = { conditions: [{ type: "DisruptionTarget", status: "True" }] };
  const cases: readonly { readonly name: string; readonly done: Omit<PodRow, "name">; readonly counted: number }[] = [
    { name: "same owner", done: { owner: "o" }, counted: 1 },
    { name: "the last run's owner", done: { owner: "old" }, counted: 0 },
    { name: "disrupted", done: { owner: "o", status: { phase: "Succeeded", ...disrupted } }, counted: 0 },
    { name: "no owner, after the group object", done: { created: T2 }, counted: 1 },
    { name: "no owner, with the group object", done: { created: T1 }, counted: 1 },
    { name: "no owner, before the group object", done: { created: "2025-12-31T00:00:00Z" }, counted: 0 },
    { name: "no owner, nobody knows when", done: {}, counted: 0 },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const snapshot = feed(
        newCache(),
        upsert("volcanopodgroups", object({ name: "g", created: T1, spec: { minMember: 2 } })),
        upsert("pods", volcanoMember("g", { name: "live", owner: "o" })),
        upsert("pods", volcanoMember("g", { name: "done", phase: "Succeeded", ...c.done })),
      );
      assert.equal(jobOf(snapshot, "volcano:x/g").succeededCounted, c.counted);
    });
  }

  it("without a group object an ownerless one does not", () => {
    const snapshot = feedPods(newCache(), m("a"), m("b", { phase: "Succeeded", created: T2 }));
    assert.equal(jobOf(snapshot, GROUP).succeededCounted, 0);
  });
});

describe("jobs: quarantine", () => {
  const cases: readonly {
    readonly name: string;
    readonly pods: readonly KubeObject[];
    readonly key?: string;
    readonly reason: string | undefined;
  }[] = [
    { name: "nothing wrong", pods: [m("a"), m("b")], reason: undefined },
    {
      name: "a quantity that is none, naming the pod",
      pods: [m("a", { cpu: "NaN" }), m("b", { cpu: "1" })],
      reason: 'pod a: spec.containers[0].resources.requests.cpu: "NaN" is no quantity',
    },
    {
      name: "a solo pod",
      pods: [pod({ name: "p", cpu: "-1" })],
      key: "solo:x/p",
      reason: 'pod p: spec.containers[0].resources.requests.cpu: "-1" is negative',
    },
    { name: "a finished one does no harm", pods: [m("a"), m("b", { cpu: "NaN", phase: "Failed" })], reason: undefined },
    {
      name: "a bad minimum",
      pods: [m("a", { minimum: "2" }), m("b", { minimum: "0" })],
      reason:
        'pod b: annotation batch.scheduling.k8s.io/min-available: "0" is neither a number from 1 to 99999 nor a percentage from 1% to 100%',
    },
    {
      name: "two schedulers, the other one foreign",
      pods: [m("a"), m("b", { scheduler: "default-scheduler" })],
      reason: "members name different schedulerNames: batch-scheduler (a), default-scheduler (b)",
    },
    {
      name: "a foreign member that is done does no harm",
      pods: [m("a"), m("b", { scheduler: "other", phase: "Succeeded" })],
      reason: undefined,
    },
    {
      name: "two queues",
      key: "volcano:x/g",
      pods: ["a", "b", "c", "d", "e"].map((name) =>
        volcanoMember("g", { name, annotations: { "scheduling.volcano.sh/queue-name": name === "a" ? "q1" : "q2" } }),
      ),
      reason: "members name different queues: q1 (a), q2 (b, c, d and 1 more)",
    },
    {
      name: "a class that does not exist",
      pods: [pod({ name: "p", spec: { priorityClassName: "nope" } })],
      key: "solo:x/p",
      reason: 'pod p: spec.priorityClassName: there is no PriorityClass "nope"',
    },
    {
      name: "a class that does not exist beside a number",
      pods: [pod({ name: "p", spec: { priorityClassName: "nope", priority: 3 } })],
      key: "solo:x/p",
      reason: undefined,
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const cache = newCache();
      const job = jobOf(feedPods(cache, ...c.pods), c.key ?? GROUP);
      assert.equal(job.quarantine, c.reason);
    });
  }

  it("lists what cannot be read, foreign pods and nodes too, until it can", () => {
    const cache = newCache();
    feed(
      cache,
      upsert("pods", pod({ name: "mine", version: "1", cpu: "x" })),
      upsert("pods", pod({ name: "theirs", cpu: "x", scheduler: "other" })),
      upsert("nodes", node({ name: "n", version: "1", allocatable: { cpu: "-4" } })),
    );
    assert.deepEqual([...cache.quarantined.keys()].sort(), ["nodes n", "pods x/mine", "pods x/theirs"]);
    assert.equal(cache.quarantined.get("nodes n"), 'status.allocatable.cpu: "-4" is negative');
    assert.deepEqual(cache.liveNode("n"), undefined);
    feed(
      cache,
      upsert("pods", pod({ name: "mine", version: "2", cpu: "1" })),
      deletion("pods", pod({ name: "theirs" })),
      upsert("nodes", node({ name: "n", version: "2" })),
    );
    assert.equal(cache.quarantined.size, 0);
    assert.isUndefined(jobOf(cache.advance(), "solo:x/mine").quarantine);
  });
});

describe("jobs: groups", () => {
  it("of one name in two namespaces, or of two dialects, are two", () => {
    const snapshot = feedPods(
      newCache(),
      member("g", { name: "a" }),
      member("g", { name: "a", namespace: "y" }),
      volcanoMember("g", { name: "b" }),
    );
    assert.deepEqual([...snapshot.pendingJobs].sort(), [GROUP, "gang-label:y/g", "volcano:x/g"].sort());
  });

  it("called constructor, in a namespace and on a node called so", () => {
    const snapshot = feed(
      newCache(),
      upsert("nodes", node({ name: "constructor", labels: { constructor: "constructor" } })),
      upsert("pods", member("constructor", { name: "constructor", namespace: "constructor", node: "constructor" })),
    );
    assert.equal(jobOf(snapshot, "gang-label:constructor/constructor").tasks[0]!.node, "constructor");
  });

  it("follow a pod whose label changes", () => {
    const cache = newCache();
    feedPods(cache, member("g", { name: "a", version: "1" }), member("g", { name: "b" }));
    const snapshot = feedPods(cache, member("h", { name: "a", version: "2" }));
    assert.equal(jobOf(snapshot, GROUP).tasks.length, 1);
    assert.equal(jobOf(snapshot, "gang-label:x/h").tasks.length, 1);
  });

  it("keep their membership while only states change, and their version while nothing does", () => {
    const cache = newCache();
    const first = jobOf(
      feedPods(cache, member("g", { name: "a", version: "1" }), member("g", { name: "b", version: "1" })),
      GROUP,
    );
    const bound = jobOf(feedPods(cache, member("g", { name: "a", version: "2", node: "n" })), GROUP);
    assert.equal(bound.membership, first.membership);
    assert.notEqual(bound.version, first.version);
    const grown = jobOf(feedPods(cache, member("g", { name: "c" })), GROUP);
    assert.notEqual(grown.membership, bound.membership);
    const replaced = jobOf(feedPods(cache, member("g", { name: "c", uid: "other" })), GROUP);
    assert.notEqual(replaced.membership, grown.membership);
  });

  it("carry warnings of their members", () => {
    const snapshot = feedPods(newCache({ dialects: [] }), member("g", { name: "a" }));
    assert.deepEqual(jobOf(snapshot, "solo:x/a").warnings, [
      'pods name the group "g" of the dialect gang-label, which is not enabled: pods are scheduled one by one',
    ]);
  });
});

function m(name: string, row: Omit<PodRow, "name"> & { readonly minimum?: string } = {}): KubeObject {
  return member("g", { name, ...row });
}
