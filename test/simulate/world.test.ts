import { assert } from "chai";
import { RESOURCES } from "../../src/cache/events.ts";
import type { Plan } from "../../src/model/index.ts";
import type { ApiObject } from "../../src/simulate/api-object.ts";
import { readManifests } from "../../src/simulate/manifests.ts";
import type { WorldEvent } from "../../src/simulate/port.ts";
import { World } from "../../src/simulate/world.ts";

/** What a watcher of this world knows, with every event that it was told. */
function watched(text: string): { world: World; pods: Map<string, ApiObject>; events: WorldEvent[] } {
  const events: WorldEvent[] = [];
  const pods = new Map<string, ApiObject>();
  const input = { list: () => undefined, read: () => text, stdin: () => "" };
  const world = new World(readManifests(["f"], input, RESOURCES), RESOURCES, (event) => {
    events.push(event);
    const { namespace, name } = event.object.metadata;
    if (event.resource !== "pods") return;
    if (event.type === "delete") pods.delete(`${namespace}/${name}`);
    else pods.set(`${namespace}/${name}`, event.object);
  });
  return { world, pods, events };
}

const EMPTY: Plan = {
  cycle: 1,
  intents: [],
  conditions: [],
  groupStatuses: [],
  decisions: [],
  counts: { pendingGroups: 0, podsConsidered: 0, bound: 0, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 },
};
const ref = (task: string): { task: string; uid: string; job: string; group: string; node: string } => ({
  task,
  uid: "",
  job: "",
  group: "",
  node: "n",
});
const bind = (task: string): Plan => ({
  ...EMPTY,
  intents: [{ kind: "bind", ...ref(task), priority: 0, mark: { cycleId: "1-1", planned: 1, minimum: 1 } }],
});
const evict = ({ metadata: { namespace, name, uid = "" } }: ApiObject): Plan => ({
  ...EMPTY,
  intents: [{ kind: "evict", ...ref(`${namespace}/${name}`), uid, action: "preempt", for: "", reason: "" }],
});

const controller = (kind: string, spec: string, more = ""): string =>
  `apiVersion: ${kind === "Job" ? "batch" : "apps"}/v1\nkind: ${kind}\nmetadata: {name: c${more}}\nspec: {${spec}, template: {metadata: {labels: {app: x}}, spec: {schedulerName: s}}}\n`;
const owned = (name: string, kind = "ReplicaSet", owner = "c", more = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${owner}, uid: u, controller: true}]${more}}\nspec: {nodeName: n}\n`;

describe("world: expansion", () => {
  const cases: readonly {
    readonly name: string;
    readonly input: readonly string[];
    readonly pods: readonly string[];
  }[] = [
    {
      name: "a Job makes as many as run at a time",
      input: [controller("Job", "parallelism: 2, completions: 5")],
      pods: ["c-0", "c-1"],
    },
    {
      name: "a Job makes no more than it completes",
      input: [controller("Job", "parallelism: 3, completions: 1")],
      pods: ["c-0"],
    },
    { name: "a Job without sizes makes one", input: [controller("Job", "completionMode: Indexed")], pods: ["c-0"] },
    { name: "a suspended Job makes none", input: [controller("Job", "suspend: true")], pods: [] },
    { name: "a ReplicaSet makes its replicas", input: [controller("ReplicaSet", "replicas: 2")], pods: ["c-0", "c-1"] },
    { name: "zero replicas are none", input: [controller("StatefulSet", "replicas: 0")], pods: [] },
    { name: "a Deployment makes its replicas", input: [controller("Deployment", "replicas: 1")], pods: ["c-0"] },
    {
      name: "only what is missing is made",
      input: [controller("ReplicaSet", "replicas: 2"), owned("c-0")],
      pods: ["c-0", "c-1"],
    },
    {
      name: "surplus stays",
      input: [controller("ReplicaSet", "replicas: 1"), owned("x"), owned("y")],
      pods: ["x", "y"],
    },
    {
      name: "pods of a controller with another UID are not its own",
      input: [controller("ReplicaSet", "replicas: 1", ", uid: other"), owned("x")],
      pods: ["c-0", "x"],
    },
    {
      name: "a Deployment leaves the work to its ReplicaSet",
      input: [
        controller("Deployment", "replicas: 1"),
        `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: c-5d, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: c, uid: u, controller: true}]}\nspec: {replicas: 1, template: {}}\n`,
      ],
      pods: ["c-5d-0"],
    },
    {
      name: "a Deployment knows its pods without their ReplicaSet",
      input: [
        controller("Deployment", "replicas: 2"),
        owned("c-5d-x", "ReplicaSet", "c-5d", ", labels: {pod-template-hash: 5d}"),
      ],
      pods: ["c-0", "c-5d-x"],
    },
    {
      name: "a Volcano Job is left alone",
      input: ["apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: v}\nspec: {minAvailable: 2}\n"],
      pods: [],
    },
  ];
  for (const { name, input, pods } of cases) {
    it(name, () => {
      assert.deepEqual(
        [...watched(input.join("---\n")).pods.keys()].sort(),
        pods.map((pod) => `default/${pod}`),
      );
    });
  }

  it("gives the pods the template, the owner and the owner's age", () => {
    const { pods } = watched(
      controller(
        "Job",
        "completionMode: Indexed, completions: 2, parallelism: 2",
        ", creationTimestamp: '2026-01-02T03:04:05Z', uid: job-uid",
      ),
    );
    const pod = pods.get("default/c-1");
    assert.deepInclude(pod?.metadata, {
      labels: { app: "x", "batch.kubernetes.io/job-completion-index": "1" },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "c", uid: "job-uid", controller: true }],
      creationTimestamp: "2026-01-02T03:04:05Z",
    });
    assert.deepEqual(pod?.spec, { schedulerName: "s" });
  });
});

describe("world: movement", () => {
  it("runs a bound pod from the next cycle on, with the plan's mark", () => {
    const { world, pods } = watched("kind: Pod\nmetadata: {name: p}\n");
    assert.isTrue(world.apply(bind("default/p"), 0));
    assert.deepEqual([...world.placements()], [["default/p", "n"]]);
    assert.equal(pods.get("default/p")?.status?.["phase"], "Pending");
    assert.equal(pods.get("default/p")?.metadata.annotations?.["batch-scheduler/plan"], "1-1.1/1");
    assert.isTrue(world.isMoving);
    world.move(1000);
    assert.equal(pods.get("default/p")?.status?.["phase"], "Running");
    assert.isFalse(world.isMoving);
  });

  it("lets an evicted pod use its node until the next cycle, and a bare one stays away", () => {
    const { world, pods } = watched("kind: Pod\nmetadata: {name: p}\nspec: {nodeName: n}\nstatus: {phase: Running}\n");
    world.apply(evict(pods.get("default/p")!), 0);
    assert.isDefined(pods.get("default/p")?.metadata.deletionTimestamp);
    assert.equal(world.placements().size, 1);
    world.move(1000);
    assert.deepEqual([...pods.keys()], []);
  });

  for (const { kind, name } of [
    { kind: "ReplicaSet", name: "c-1" },
    { kind: "StatefulSet", name: "c-0" },
  ]) {
    it(`has a ${kind} make up for an evicted pod as ${name}`, () => {
      const { world, pods } = watched(controller(kind, "replicas: 1"));
      const before = pods.get("default/c-0")!;
      world.apply(bind("default/c-0"), 0);
      world.move(world.startMs + 1000);
      world.apply(evict(pods.get("default/c-0")!), world.startMs + 1000);
      world.move(world.startMs + 2000);
      assert.deepEqual([...pods.keys()], [`default/${name}`]);
      const after = pods.get(`default/${name}`)!;
      assert.notEqual(after.metadata.uid, before.metadata.uid);
      assert.isTrue(before.metadata.creationTimestamp! < after.metadata.creationTimestamp!);
      assert.isUndefined(after.spec?.["nodeName"]);
    });
  }

  it("takes a pod that the input deletes away before cycle 2, unless finalizers keep it", () => {
    const deleting = (name: string, more = ""): string =>
      `kind: Pod\nmetadata: {name: ${name}, deletionTimestamp: '2026-01-01T00:00:00Z'${more}}\nspec: {nodeName: n}\nstatus: {phase: Running}\n`;
    const { world, pods } = watched(`${deleting("a")}---\n${deleting("b", ", finalizers: [x/y]")}`);
    assert.deepEqual([...pods.keys()], ["default/a", "default/b"]);
    world.move(1000);
    assert.deepEqual([...pods.keys()], ["default/b"]);
    assert.isFalse(world.isMoving);
  });

  it("has an evicted pod gone in the next cycle, whatever its finalizers and grace period say", () => {
    const { world, pods } = watched(
      "kind: Pod\nmetadata: {name: p, finalizers: [x/y]}\nspec: {nodeName: n, terminationGracePeriodSeconds: 600}\nstatus: {phase: Running}\n",
    );
    world.apply(evict(pods.get("default/p")!), 0);
    world.move(1000);
    assert.deepEqual([...pods.keys()], []);
  });

  it("carries out plans for pods that no API server would have taken, and leaves the rest of them as it is", () => {
    const { world, pods } = watched(
      `kind: Pod\nmetadata: {name: "Not / a name", labels: {app: "no label!"}, managedFields: [1], generateName: 5}\nspec: {x: [1]}\n`,
    );
    const key = "default/Not / a name";
    world.apply(bind(key), 0);
    world.move(1000);
    const { labels, managedFields, generateName } = pods.get(key)!.metadata;
    assert.deepEqual(
      { labels, managedFields, generateName },
      { labels: { app: "no label!" }, managedFields: [1], generateName: 5 },
    );
    assert.deepEqual(pods.get(key)?.spec, { x: [1], nodeName: "n" });
    assert.equal(pods.get(key)?.status?.["phase"], "Running");
  });

  it("refuses a plan that the API server refuses", () => {
    const { world } = watched("kind: Pod\nmetadata: {name: p}\nspec: {nodeName: other}\n");
    assert.throws(() => world.apply(bind("default/p"), 0), /pods\/p\/binding was refused.*already assigned to node/);
    assert.throws(() => world.apply(bind("default/q"), 0), /pods\/q\/binding was refused.*not found/);
  });

  it("tells each write once, in order, and keeps Deployments to itself", () => {
    const { world, events } = watched(
      `${controller("Deployment", "replicas: 1")}---\nkind: Node\nmetadata: {name: n}\n`,
    );
    world.apply(bind("default/c-0"), 0);
    world.move(1000);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      events.map(({ resource, object }) => [resource, object.status?.["phase"]]),
      [
        ["nodes", undefined],
        ["pods", "Pending"],
        ["pods", "Pending"],
        ["pods", "Running"],
      ],
    );
  });

  it("writes conditions without counting them as a change, and phases once", () => {
    const { world, events } = watched(
      "apiVersion: scheduling.volcano.sh/v1beta1\nkind: PodGroup\nmetadata: {name: g, uid: g-uid}\n---\nkind: Pod\nmetadata: {name: p}\n",
    );
    const status = { job: "", group: "default/g", dialect: "volcano", groupUid: "g-uid", phase: "Inqueue" } as const;
    const condition = { task: "default/p", uid: "", reason: "Unschedulable", message: "no room" } as const;
    assert.isFalse(world.apply({ ...EMPTY, conditions: [condition] }, 0));
    const conditions = events.at(-1)?.object.status?.["conditions"] as readonly Record<string, unknown>[];
    assert.deepInclude(conditions[0], {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "no room",
    });
    assert.isTrue(world.apply({ ...EMPTY, groupStatuses: [status] }, 0));
    assert.deepEqual(events.at(-1)?.object.status, { phase: "Inqueue" });
    assert.isFalse(world.apply({ ...EMPTY, groupStatuses: [status] }, 0));
  });

  it("begins at the newest time of the input, and gives what has none that age and a UID of its name", () => {
    const { world, pods } = watched(
      "kind: Pod\nmetadata: {name: a, creationTimestamp: '2026-01-01T00:00:00Z'}\n---\nkind: Pod\nmetadata: {name: b}\n",
    );
    assert.equal(world.startMs, Date.UTC(2026, 0, 1));
    const [a, b] = [pods.get("default/a")!.metadata, pods.get("default/b")!.metadata];
    assert.equal(b.creationTimestamp, "2026-01-01T00:00:00Z");
    assert.match(b.uid!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(a.uid, b.uid);
  });
});
