// Long because: one kubelet, and each rule of its admission and of the life of a pod is one short test.
import { assert } from "chai";
import { rejectionOf } from "../../src/embedded/actors/node-admission.ts";
import { podRequests } from "../../src/embedded/actors/pod-requests.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { ActorWorld, conditionsOf, statusOf, template, type Body } from "./actor-world.ts";

describe("embedded actors: what a pod takes of its node", () => {
  const of = (requests: Body): Body => ({ name: "c", resources: { requests } });
  const cases: { readonly name: string; readonly spec: Body; readonly takes: Readonly<Record<string, number>> }[] = [
    { name: "nothing", spec: { containers: [{ name: "c" }] }, takes: {} },
    {
      name: "the sum",
      spec: { containers: [of({ cpu: "1" }), of({ cpu: "250m", memory: "1Ki" })] },
      takes: { cpu: 1250, memory: 1024 },
    },
    {
      name: "limits where requests are missing",
      spec: { containers: [{ name: "c", resources: { limits: { cpu: 2 } } }] },
      takes: { cpu: 2000 },
    },
    {
      name: "init containers one at a time",
      spec: { containers: [of({ cpu: "1" })], initContainers: [of({ cpu: "3" }), of({ cpu: "2" })] },
      takes: { cpu: 3000 },
    },
    {
      name: "sidecars beside what follows them",
      spec: {
        containers: [of({ cpu: "1" })],
        initContainers: [{ ...of({ cpu: "1" }), restartPolicy: "Always" }, of({ cpu: "2" })],
      },
      takes: { cpu: 3000 },
    },
    {
      name: "pod-level resources and overhead",
      spec: { containers: [of({ cpu: "1" })], resources: { requests: { cpu: "5" } }, overhead: { cpu: "1m" } },
      takes: { cpu: 5001 },
    },
  ];
  for (const { name, spec, takes } of cases) {
    it(name, () => assert.deepEqual(podRequests(spec), new Map(Object.entries(takes))));
  }
});

describe("embedded actors: admission by a node", () => {
  const node = (more: Body = {}): ApiObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n", labels: { zone: "a", size: "3" } },
    status: { allocatable: { cpu: "2", memory: "1Gi", pods: "3", "example.com/gpu": "1" } },
    ...more,
  });
  const pod = (spec: Body, requests: Body = {}): ApiObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { nodeName: "n", containers: [{ name: "c", resources: { requests } }], ...spec },
  });
  const withPort = (hostPort: number, more: Body = {}): ApiObject =>
    pod({ containers: [{ name: "c", ports: [{ hostPort, ...more }] }] });
  const affinity = (...terms: readonly Body[]): Body => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });
  const expression = (operator: string, ...values: readonly string[]): Body => ({
    matchExpressions: [{ key: "size", operator, values }],
  });
  const tainted = node({
    spec: {
      taints: [
        { key: "out", effect: "NoExecute" },
        { key: "x", effect: "NoSchedule" },
      ],
    },
  });
  const labels = "node(s) didn't match Pod's node affinity/selector";
  const ports = "node(s) didn't have free ports for the requested pod ports";

  const cases: {
    readonly name: string;
    readonly pod: ApiObject;
    readonly others?: readonly ApiObject[];
    readonly node?: ApiObject;
    readonly says?: readonly [reason: string, message: string];
  }[] = [
    { name: "fits to the millicore", pod: pod({}, { cpu: "1500m" }), others: [pod({}, { cpu: "500m" })] },
    {
      name: "too little cpu",
      pod: pod({}, { cpu: "1501m" }),
      others: [pod({}, { cpu: "500m" })],
      says: ["OutOfcpu", "Node didn't have enough resource: cpu, requested: 1501, used: 500, capacity: 2000"],
    },
    {
      name: "too little memory",
      pod: pod({}, { memory: "2Gi" }),
      says: [
        "OutOfmemory",
        "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
      ],
    },
    {
      name: "too many pods, said before anything else",
      pod: pod({}, { cpu: "9" }),
      others: [pod({}), pod({}), pod({})],
      says: ["OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"],
    },
    {
      name: "too few of an extended resource",
      pod: pod({}, { "example.com/gpu": "2" }),
      says: [
        "OutOfexample.com/gpu",
        "Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1",
      ],
    },
    { name: "an extended resource that no node knows is not looked at", pod: pod({}, { "example.com/fpga": "2" }) },
    {
      name: "huge pages that the node lacks are",
      pod: pod({}, { "hugepages-2Mi": "2Mi" }),
      says: [
        "OutOfhugepages-2Mi",
        "Node didn't have enough resource: hugepages-2Mi, requested: 2097152, used: 0, capacity: 0",
      ],
    },
    { name: "a selector that matches", pod: pod({ nodeSelector: { zone: "a" } }) },
    {
      name: "a selector that does not",
      pod: pod({ nodeSelector: { zone: "b" } }),
      says: ["NodeAffinity", `Predicate NodeAffinity failed: ${labels}`],
    },
    { name: "one of several terms", pod: pod(affinity(expression("In", "1"), expression("Gt", "2"))) },
    {
      name: "no term",
      pod: pod(affinity(expression("Lt", "3"))),
      says: ["NodeAffinity", `Predicate NodeAffinity failed: ${labels}`],
    },
    {
      name: "an empty term matches nothing",
      pod: pod(affinity({})),
      says: ["NodeAffinity", `Predicate NodeAffinity failed: ${labels}`],
    },
    {
      name: "a term on the name",
      pod: pod(affinity({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] })),
    },
    { name: "a free port", pod: withPort(80), others: [withPort(81), withPort(80, { protocol: "UDP" })] },
    {
      name: "a taken port",
      pod: withPort(80),
      others: [withPort(80)],
      says: ["NodePorts", `Predicate NodePorts failed: ${ports}`],
    },
    {
      name: "the same port on another address",
      pod: withPort(80, { hostIP: "10.0.0.1" }),
      others: [withPort(80, { hostIP: "10.0.0.2" })],
    },
    {
      name: "a port on an address beside one on all",
      pod: withPort(80, { hostIP: "10.0.0.1" }),
      others: [withPort(80)],
      says: ["NodePorts", `Predicate NodePorts failed: ${ports}`],
    },
    {
      name: "NoExecute",
      pod: pod({}),
      node: tainted,
      says: ["TaintToleration", "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"],
    },
    { name: "NoExecute tolerated", pod: pod({ tolerations: [{ key: "out", operator: "Exists" }] }), node: tainted },
  ];
  for (const { name, pod: own, others = [], node: where = node(), says } of cases) {
    it(name, () => {
      const expected = says === undefined ? undefined : { reason: says[0], message: says[1] };
      const full = where["status"] === undefined ? { ...where, status: node()["status"] } : where;
      assert.deepEqual(rejectionOf(own, full, others), expected);
    });
  }
});

describe("embedded actors: kubelet", () => {
  const cpu = (amount: string): Body => ({
    containers: [{ name: "main", image: "busybox", resources: { requests: { cpu: amount } } }],
  });

  it("takes a bound pod from ContainerCreating to Running", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 2000 } });
    world.addNodes(1);
    world.addPod("one");
    world.bind("one", "node-0");
    await world.pass(0);
    const starting = world.pod("one");
    assert.equal(statusOf(starting)["phase"], "Pending");
    assert.deepEqual(statusOf(starting)["containerStatuses"], [
      {
        name: "main",
        image: "busybox",
        imageID: "",
        lastState: {},
        ready: false,
        restartCount: 0,
        started: false,
        state: { waiting: { reason: "ContainerCreating" } },
      },
    ]);
    assert.deepEqual(conditionsOf(starting), [
      "ContainersReady=False ContainersNotReady",
      "Initialized=True",
      "PodReadyToStartContainers=False",
      "PodScheduled=True",
      "Ready=False ContainersNotReady",
    ]);
    await world.pass(1999);
    assert.equal(statusOf(world.pod("one"))["phase"], "Pending");
    await world.pass(1);
    const running = world.pod("one");
    const { phase, hostIP, podIP, podIPs, startTime } = statusOf(running);
    assert.deepEqual(
      { phase, hostIP, podIP, podIPs },
      { phase: "Running", hostIP: "192.168.0.1", podIP: "10.64.0.1", podIPs: [{ ip: "10.64.0.1" }] },
    );
    assert.equal(startTime, "2030-01-01T00:00:00Z");
    assert.deepEqual(conditionsOf(running), [
      "ContainersReady=True",
      "Initialized=True",
      "PodReadyToStartContainers=True",
      "PodScheduled=True",
      "Ready=True",
    ]);
    assert.isTrue(world.actors.isIdle);
  });

  it("rejects what does not fit, with the reason, and keeps what fits", async () => {
    const world = new ActorWorld();
    world.addNodes(1);
    for (const name of ["a", "b", "c"]) {
      world.addPod(name, cpu("2"));
      world.bind(name, "node-0");
    }
    await world.pass(5000);
    assert.deepEqual(
      ["a", "b", "c"].map((name) => statusOf(world.pod(name))["phase"]),
      ["Running", "Running", "Failed"],
    );
    const { reason, message } = statusOf(world.pod("c"));
    assert.equal(reason, "OutOfcpu");
    assert.equal(
      message,
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 4000, capacity: 4000",
    );
    assert.deepEqual(conditionsOf(world.pod("c")), ["PodScheduled=True"]);
  });

  it("counts pods that are leaving until they have ended", async () => {
    const world = new ActorWorld({ kubelet: { stopMs: 10_000 } });
    world.addNodes(1);
    world.addPod("old", cpu("3"));
    world.bind("old", "node-0");
    await world.pass(5000);
    world.request("DELETE", "/api/v1/namespaces/default/pods/old");
    world.addPod("early", cpu("3"));
    world.bind("early", "node-0");
    await world.pass(9999);
    assert.equal(statusOf(world.pod("early"))["reason"], "OutOfcpu");
    await world.pass(1);
    assert.isFalse(world.exists("/api/v1/namespaces/default/pods/old"));
    world.addPod("late", cpu("3"));
    world.bind("late", "node-0");
    await world.pass(5000);
    assert.equal(statusOf(world.pod("late"))["phase"], "Running");
  });

  const endings: {
    readonly name: string;
    readonly spec?: Body;
    readonly annotations?: Body;
    readonly afterMs: number;
    readonly phase: string;
  }[] = [
    {
      name: "a pod that says when ends then",
      spec: { restartPolicy: "Never" },
      annotations: { "batch-scheduler/run-seconds": "3" },
      afterMs: 3000,
      phase: "Succeeded",
    },
    {
      name: "and fails if it says so",
      spec: { restartPolicy: "Never" },
      annotations: { "batch-scheduler/run-seconds": "3", "batch-scheduler/exit-code": "2" },
      afterMs: 3000,
      phase: "Failed",
    },
    {
      name: "one that always restarts never ends",
      annotations: { "batch-scheduler/run-seconds": "3" },
      afterMs: 1e6,
      phase: "Running",
    },
    {
      name: "nor does one that says nothing and is of no Job",
      spec: { restartPolicy: "Never" },
      afterMs: 1e6,
      phase: "Running",
    },
  ];
  for (const { name, spec = {}, annotations = {}, afterMs, phase } of endings) {
    it(name, async () => {
      const world = new ActorWorld({ kubelet: { startMs: 0 } });
      world.addNodes(1);
      world.addPod("one", spec, { annotations });
      world.bind("one", "node-0");
      await world.pass(afterMs - 1);
      assert.equal(statusOf(world.pod("one"))["phase"], "Running");
      await world.pass(1);
      assert.equal(statusOf(world.pod("one"))["phase"], phase);
    });
  }

  const deletions: {
    readonly name: string;
    readonly stopMs?: number;
    readonly grace?: number;
    readonly goneAfterMs: number;
  }[] = [
    { name: "a deleted pod stops in its own time", stopMs: 7000, goneAfterMs: 7000 },
    { name: "within its grace period", stopMs: 70_000, goneAfterMs: 30_000 },
    { name: "within the one that the deletion gives", stopMs: 70_000, grace: 5, goneAfterMs: 5000 },
    { name: "a slow one takes all of it", stopMs: Infinity, goneAfterMs: 30_000 },
  ];
  for (const { name, stopMs, grace, goneAfterMs } of deletions) {
    it(name, async () => {
      const world = new ActorWorld({ kubelet: { startMs: 0, ...(stopMs === undefined ? {} : { stopMs }) } });
      world.addNodes(1);
      world.addPod("one");
      world.bind("one", "node-0");
      await world.pass(1000);
      const options = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      };
      world.request("DELETE", "/api/v1/namespaces/default/pods/one", options);
      await world.pass(goneAfterMs - 1);
      assert.isDefined(world.pod("one").metadata.deletionTimestamp);
      await world.pass(1);
      assert.isFalse(world.exists("/api/v1/namespaces/default/pods/one"));
      assert.isTrue(world.actors.isIdle);
    });
  }

  it("a finalizer holds the object, ended, after the kubelet has let go", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 } });
    world.addNodes(1);
    world.addPod("one", {}, { finalizers: ["example.com/hold"] });
    world.bind("one", "node-0");
    await world.pass(1000);
    world.request("DELETE", "/api/v1/namespaces/default/pods/one");
    await world.pass(60_000);
    const held = world.pod("one");
    assert.equal(statusOf(held)["phase"], "Failed");
    assert.equal(held.metadata.deletionGracePeriodSeconds, 0);
    world.patch("/api/v1/namespaces/default/pods/one", { metadata: { finalizers: null } });
    assert.isFalse(world.exists("/api/v1/namespaces/default/pods/one"));
  });

  it("pods of nodes without a kubelet stay as they are, also when they are deleted", async () => {
    const alive = new Set(["node-0"]);
    const world = new ActorWorld({ kubelet: { startMs: 0, isAlive: (name) => alive.has(name) } });
    world.addNodes(2);
    for (const [pod, node] of [
      ["one", "node-0"],
      ["two", "node-1"],
    ] as const) {
      world.addPod(pod);
      world.bind(pod, node);
    }
    await world.pass(1000);
    assert.equal(statusOf(world.pod("two"))["phase"], "Pending");
    alive.delete("node-0");
    world.request("DELETE", "/api/v1/namespaces/default/pods/one");
    await world.pass(1e6);
    assert.equal(statusOf(world.pod("one"))["phase"], "Running");
  });

  it("a pod bound to a node that comes later starts then", async () => {
    const world = new ActorWorld();
    world.addPod("one");
    world.bind("one", "node-0");
    await world.pass(20_000);
    assert.equal(statusOf(world.pod("one"))["phase"], "Pending");
    world.addNodes(1);
    await world.pass(5000);
    assert.equal(statusOf(world.pod("one"))["phase"], "Running");
  });

  it("goes on where others stopped", async () => {
    const world = new ActorWorld({ run: [] });
    world.addNodes(1);
    world.request("POST", "/apis/batch/v1/namespaces/default/jobs", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j" },
      spec: { template: template({}, { restartPolicy: "Never" }) },
    });
    const { startActors } = await import("../../src/embedded/actors/index.ts");
    const first = startActors(world.api, world.env, { kubelet: { runMs: 60_000 } });
    await world.pass(0);
    world.schedule();
    await world.pass(30_000);
    first.stop();
    await world.pass(10_000);
    const second = startActors(world.api, world.env, { kubelet: { runMs: 60_000 } });
    await world.pass(20_999);
    assert.equal(statusOf(world.pods()[0]!)["phase"], "Running");
    await world.pass(1);
    assert.equal(statusOf(world.pods()[0]!)["phase"], "Succeeded");
    assert.deepEqual(conditionsOf(world.get("/apis/batch/v1/namespaces/default/jobs/j")), [
      "Complete=True CompletionsReached",
      "SuccessCriteriaMet=True CompletionsReached",
    ]);
    second.stop();
  });

  it("renews leases and reports nodes ready, if it is asked to", async () => {
    const world = new ActorWorld({ run: ["heartbeat"] });
    world.addNode("n", {}, { status: { allocatable: { pods: "1" } } });
    await world.pass(25_000);
    assert.include(conditionsOf(world.get("/api/v1/nodes/n")), "Ready=True KubeletReady");
    const { spec } = world.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n") as unknown as {
      readonly spec: Body;
    };
    assert.deepEqual(spec, { holderIdentity: "n", leaseDurationSeconds: 40, renewTime: "2030-01-01T00:00:20.000000Z" });
    assert.isTrue(world.actors.isIdle);
  });
});
