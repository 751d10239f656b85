import { assert } from "chai";
import { ActorWorld, conditionsOf, statusOf, template, type Body } from "./actor-world.ts";

const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

function addBudget(world: ActorWorld, spec: Body, app = "web"): void {
  const whole = { selector: { matchLabels: { app } }, ...spec };
  world.request("POST", BUDGETS, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "b" },
    spec: whole,
  });
}

async function worldOfTen(kind: "Deployment" | "ReplicaSet" | "StatefulSet"): Promise<ActorWorld> {
  const world = new ActorWorld({ kubelet: { startMs: 0 } });
  world.addNodes(1, { pods: "100" });
  const spec = {
    replicas: 10,
    podManagementPolicy: "Parallel",
    selector: { matchLabels: { app: "web" } },
    template: template({ app: "web" }),
  };
  const { podManagementPolicy, ...others } = spec;
  world.request("POST", `/apis/apps/v1/namespaces/default/${kind.toLowerCase()}s`, {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web" },
    spec: kind === "StatefulSet" ? { ...others, podManagementPolicy } : others,
  });
  await world.settle();
  return world;
}

const counts = (world: ActorWorld): readonly unknown[] => {
  const { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed } = statusOf(world.get(`${BUDGETS}/b`));
  return [currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed];
};

describe("embedded actors: PodDisruptionBudget", () => {
  const cases: { readonly spec: Body; readonly counts: readonly number[] }[] = [
    { spec: { minAvailable: 7 }, counts: [10, 7, 10, 3] },
    { spec: { minAvailable: 12 }, counts: [10, 12, 10, 0] },
    { spec: { minAvailable: "75%" }, counts: [10, 8, 10, 2] },
    { spec: { maxUnavailable: 3 }, counts: [10, 7, 10, 3] },
    { spec: { maxUnavailable: 0 }, counts: [10, 10, 10, 0] },
    { spec: { maxUnavailable: "25%" }, counts: [10, 7, 10, 3] },
    { spec: { maxUnavailable: 20 }, counts: [10, 0, 10, 10] },
  ];
  for (const kind of ["Deployment", "ReplicaSet", "StatefulSet"] as const) {
    for (const { spec, counts: expected } of cases) {
      it(`${JSON.stringify(spec)} over a ${kind} of ten`, async () => {
        const world = await worldOfTen(kind);
        addBudget(world, spec);
        await world.pass(0);
        assert.deepEqual(counts(world), expected);
        const allowed =
          expected[3] === 0 ? "DisruptionAllowed=False InsufficientPods" : "DisruptionAllowed=True SufficientPods";
        assert.deepEqual(conditionsOf(world.get(`${BUDGETS}/b`)), [allowed]);
        assert.equal(statusOf(world.get(`${BUDGETS}/b`))["observedGeneration"], 1);
      });
    }
  }

  it("allows as many evictions as it says, and more when new pods are ready", async () => {
    const world = await worldOfTen("ReplicaSet");
    addBudget(world, { maxUnavailable: 1 });
    await world.pass(0);
    const [first, second] = world.pods().map(({ metadata }) => metadata.name);
    world.evict(first!);
    assert.throws(() => world.evict(second!), /violate the pod's disruption budget/);
    await world.pass(0);
    assert.deepEqual(counts(world), [9, 9, 10, 0]);
    assert.notProperty(statusOf(world.get(`${BUDGETS}/b`)), "disruptedPods", "the pod is seen to leave");
    await world.settle();
    assert.deepEqual(counts(world), [10, 9, 10, 1]);
    world.evict(second!);
  });

  it("counts a Deployment that rolls out once, though two ReplicaSets have pods", async () => {
    const world = await worldOfTen("Deployment");
    addBudget(world, { maxUnavailable: 1 });
    world.patch("/apis/apps/v1/namespaces/default/deployments/web", {
      spec: { template: { spec: { containers: [{ name: "main", image: "new" }] } } },
    });
    await world.pass(0);
    world.schedule();
    await world.pass(0);
    assert.isAbove(world.pods().length, 10);
    assert.equal(counts(world)[2], 10);
  });

  it("over pods without a controller counts them for a number, and has nothing to take a share of", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 } });
    world.addNodes(1);
    for (const name of ["a", "b"]) world.addPod(name, {}, { labels: { app: "web" } });
    world.schedule();
    addBudget(world, { minAvailable: 1 });
    await world.pass(0);
    assert.deepEqual(counts(world), [2, 1, 2, 1]);
    world.patch(`${BUDGETS}/b`, { spec: { minAvailable: "50%" } });
    await world.pass(0);
    assert.deepEqual(counts(world), [2, 0, 0, 0]);
  });

  it("allows nothing where it cannot tell, and says why", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 } });
    world.addNodes(1);
    world.request("POST", "/apis/batch/v1/namespaces/default/jobs", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j" },
      spec: { template: template({ app: "web" }, { restartPolicy: "Never" }) },
    });
    addBudget(world, { maxUnavailable: 1 });
    await world.pass(0);
    assert.deepEqual(conditionsOf(world.get(`${BUDGETS}/b`)), ["DisruptionAllowed=False SyncFailed"]);
    const [condition] = statusOf(world.get(`${BUDGETS}/b`))["conditions"] as readonly Body[];
    assert.equal(condition!["message"], "jobs.batch does not implement the scale subresource");
  });
});
