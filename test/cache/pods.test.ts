// Pods -> tasks: in which state, in which order, of which priority, and whose.

import { assert } from "chai";
import type { KubeObject } from "../../src/cache/index.ts";
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
