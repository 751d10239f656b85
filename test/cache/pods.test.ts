// Pods -> tasks and jobs: who is in which group, in which state, in which order, with which minimum.

import { assert } from "chai";
import type { CacheOptions, KubeObject } from "../../src/cache/index.ts";
import { lookUp, parseSelector, sizeOf, type Snapshot } from "../../src/model/index.ts";
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

describe("pods: task status", () => {
  const cases: readonly {
    readonly name: string;
    readonly pod: Omit<PodRow, "name">;
    readonly is: string | undefined;
  }[] = [
    { name: "new", pod: {}, is: "Pending" },
    { name: "behind a gate", pod: { gated: true }, is: "Gated" },
    { name: "on a node", pod: { node: "n" }, is: "Bound n" },
    { name: "running", pod: { node: "n", phase: "Running" }, is: "Bound n" },
    { name: "on a node that does not exist", pod: { node: "nowhere", phase: "Running" }, is: "Bound nowhere" },
    { name: "leaving", pod: { node: "n", phase: "Running", deleting: true }, is: "Releasing n" },
    { name: "never placed and leaving", pod: { deleting: true }, is: undefined },
    { name: "gated and leaving", pod: { gated: true, deleting: true }, is: undefined },
    { name: "of another scheduler", pod: { scheduler: "default-scheduler" }, is: undefined },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const job = lookUp(feedPods(newCache(), pod({ name: "p", ...c.pod })).jobs, "solo:x/p");
      const task = job?.tasks[0];
      assert.equal(task && `${task.status} ${task.node}`.trim(), c.is);
    });
  }

  for (const phase of ["Succeeded", "Failed"]) {
    it(`${phase} alone is no job, beside a live member it is a task that holds nothing`, () => {
      const cache = newCache();
      assert.equal(sizeOf(feedPods(cache, member("g", { name: "a", phase, node: "n" })).jobs), 0);
      const job = jobOf(feedPods(cache, member("g", { name: "b" })), GROUP);
      assert.deepEqual(
        job.tasks.map((task) => `${task.key} ${task.status} ${task.node}`.trim()),
        [`x/a ${phase}`, "x/b Pending"],
      );
    });
  }
});

describe("pods: task fields", () => {
  it("are read from where Kubernetes keeps them", () => {
    const [task] = jobOf(
      feedPods(
        newCache(),
        pod({
          name: "p-7",
          uid: "u",
          created: "2026-01-01T00:00:01Z",
          owner: "o",
          node: "n",
          annotations: { "batch-scheduler/plan": "c.7.3/2", priority: "-5", other: "5x" },
          spec: { priority: 9, preemptionPolicy: "Never" },
          status: { conditions: [{ type: "DisruptionTarget", status: "True" }] },
        }),
      ),
      "solo:x/p-7",
    ).tasks;
    assert.deepInclude(task, {
      key: "x/p-7",
      uid: "u",
      createdMs: Date.parse("2026-01-01T00:00:01Z"),
      ownerUid: "o",
      priority: 9,
      preemptionPolicy: "Never",
      index: 7,
      isDisrupted: true,
      plan: { cycleId: "c.7", planned: 3, minimum: 2 },
    });
    assert.deepEqual([...task!.priorityAnnotations], [["priority", -5]]);
  });

  for (const text of ["", "x", "c.3", "c.3/", "c.-1/2", ".3/2", "c.3/2 ", "c.03/2", "c d.3/2", "c.3/99999999999"]) {
    it(`ignores the plan mark ${JSON.stringify(text)}`, () => {
      const snapshot = feedPods(
        newCache(),
        pod({ name: "p", node: "n", annotations: { "batch-scheduler/plan": text } }),
      );
      assert.isUndefined(jobOf(snapshot, "solo:x/p").tasks[0]!.plan);
    });
  }

  it("waiting is the PodScheduled condition", () => {
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "m" }];
    const waiting = (status: object): unknown =>
      jobOf(feedPods(newCache(), pod({ name: "p", status: { ...status } })), "solo:x/p").tasks[0]!.waiting;
    assert.deepEqual(waiting({ conditions }), { reason: "Unschedulable", message: "m" });
    assert.deepEqual(waiting({ conditions: [{ type: "PodScheduled", status: "True" }] }), { reason: "", message: "" });
    assert.deepEqual(waiting({}), { reason: "", message: "" });
  });

  it("a completion index wins over the number in the name", () => {
    const snapshot = feedPods(
      newCache(),
      pod({ name: "p-7", labels: { "batch.kubernetes.io/job-completion-index": "3" } }),
    );
    assert.equal(jobOf(snapshot, "solo:x/p-7").tasks[0]!.index, 3);
    assert.equal(jobOf(feedPods(newCache(), pod({ name: "p" })), "solo:x/p").tasks[0]!.index, -1);
  });

  it("an update that changes nothing keeps every object", () => {
    const cache = newCache();
    const before = feedPods(cache, pod({ name: "p", version: "1", node: "n", phase: "Pending" }));
    const after = feedPods(cache, pod({ name: "p", version: "2", node: "n", phase: "Running" }));
    assert.strictEqual(after, before);
  });
});

describe("pods: order of tasks", () => {
  it("is role, index, creation, name", () => {
    const snapshot = feed(
      newCache(),
      upsert("volcanopodgroups", object({ name: "g", spec: { minMember: 1, minTaskMember: { worker: 1, chief: 1 } } })),
      ...[
        volcanoMember("g", { name: "w-10", role: "worker" }),
        volcanoMember("g", { name: "w-2", role: "worker" }),
        volcanoMember("g", { name: "c-9", role: "chief" }),
        volcanoMember("g", { name: "zz", role: "aux" }),
        volcanoMember("g", { name: "b", role: "aux", created: "2026-01-02T00:00:00Z" }),
        volcanoMember("g", { name: "c", role: "aux", created: "2026-01-01T00:00:00Z" }),
        volcanoMember("g", { name: "a", role: "aux", created: "2026-01-02T00:00:00Z" }),
      ].map((one) => upsert("pods", one)),
    );
    const names = jobOf(snapshot, "volcano:x/g").tasks.map(({ key }) => key.slice(2));
    assert.deepEqual(names, ["w-2", "w-10", "c-9", "zz", "c", "a", "b"]);
  });
});

describe("pods: minimum and settling", () => {
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

describe("pods: which succeeded members count", () => {
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

describe("pods: quarantine", () => {
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

describe("pods: priority", () => {
  const cls = (name: string, value: number, more = {}): KubeObject =>
    ({ metadata: { name, uid: name }, value, ...more }) as KubeObject;
  const cases: readonly {
    readonly name: string;
    readonly spec: Record<string, unknown>;
    readonly classes?: readonly KubeObject[];
    readonly is: readonly unknown[];
  }[] = [
    { name: "none", spec: {}, is: [0, "PreemptLowerPriority"] },
    { name: "a number", spec: { priority: -3 }, is: [-3, "PreemptLowerPriority"] },
    {
      name: "a class",
      spec: { priorityClassName: "high" },
      classes: [cls("high", 100, { preemptionPolicy: "Never" })],
      is: [100, "Never"],
    },
    {
      name: "a number beside a class",
      spec: { priority: 5, priorityClassName: "high" },
      classes: [cls("high", 100)],
      is: [5, "PreemptLowerPriority"],
    },
    {
      name: "the global default",
      spec: {},
      classes: [cls("usual", 7, { globalDefault: true }), cls("high", 100)],
      is: [7, "PreemptLowerPriority"],
    },
    {
      name: "of two defaults the lower",
      spec: {},
      classes: [cls("a", 9, { globalDefault: true }), cls("b", 7, { globalDefault: true })],
      is: [7, "PreemptLowerPriority"],
    },
    {
      name: "built in: cluster",
      spec: { priorityClassName: "system-cluster-critical" },
      is: [2_000_000_000, "PreemptLowerPriority"],
    },
    {
      name: "built in: node",
      spec: { priorityClassName: "system-node-critical" },
      is: [2_000_001_000, "PreemptLowerPriority"],
    },
    {
      name: "the pod's own policy",
      spec: { priorityClassName: "high", preemptionPolicy: "Never" },
      classes: [cls("high", 1)],
      is: [1, "Never"],
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const cache = newCache();
      feedPods(cache, pod({ name: "p", spec: c.spec }));
      // Classes come last: pods follow them.
      const snapshot = feed(cache, ...(c.classes ?? []).map((one) => upsert("priorityclasses", one)));
      const job = jobOf(snapshot, "solo:x/p");
      assert.deepEqual([job.tasks[0]!.priority, job.tasks[0]!.preemptionPolicy], c.is as never);
      assert.equal(job.priority, job.tasks[0]!.priority);
    });
  }

  it("of a group is its object's, else its highest live member's", () => {
    const cache = newCache();
    const snapshot = feed(
      cache,
      upsert("priorityclasses", cls("high", 100)),
      upsert(
        "volcanopodgroups",
        object({ name: "g", version: "1", spec: { minMember: 1, priorityClassName: "high" } }),
      ),
      upsert("pods", volcanoMember("g", { name: "a", spec: { priority: 200 } })),
      upsert("pods", member("g", { name: "b", spec: { priority: -5 } })),
      upsert("pods", member("g", { name: "c", spec: { priority: -2 } })),
      upsert("pods", member("g", { name: "d", phase: "Succeeded", spec: { priority: 9 } })),
    );
    assert.equal(jobOf(snapshot, "volcano:x/g").priority, 100);
    assert.equal(jobOf(snapshot, GROUP).priority, -2);
    const later = feed(cache, deletion("priorityclasses", cls("high", 100)));
    assert.match(jobOf(later, "volcano:x/g").quarantine ?? "", /no PriorityClass "high"/);
  });
});

describe("pods: namespaces", () => {
  it("only those of selected namespaces are ours, and selection follows the labels", () => {
    const cache = newCache({ namespaceSelector: parseSelector("team=a") });
    const ns = (version: string, labels: Record<string, string>): KubeObject => ({
      metadata: { name: "x", uid: "x", resourceVersion: version, labels },
    });
    const own = (snapshot: Snapshot): number => snapshot.rows[0]![snapshot.stride + 4]!;
    const first = feed(
      cache,
      upsert("nodes", node({ name: "n" })),
      upsert("pods", pod({ name: "p", node: "n", cpu: "1" })),
    );
    assert.deepEqual(
      [sizeOf(first.jobs), own(first), first.rows[0]![first.stride]],
      [0, 0, 1000],
      "unknown: usage only",
    );
    const selected = feed(cache, upsert("namespaces", ns("1", { team: "a" })));
    assert.deepEqual([sizeOf(selected.jobs), own(selected)], [1, 1]);
    const gone = feed(cache, upsert("namespaces", ns("2", {})));
    assert.deepEqual([sizeOf(gone.jobs), own(gone)], [0, 0]);
  });
});

describe("pods: groups", () => {
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
