import { assert } from "chai";
import { ApiFailure } from "../../src/embedded/failure.ts";
import type { Write } from "../../src/embedded/types.ts";
import { ActorWorld, conditionsOf, statusOf, template, type Body } from "./actor-world.ts";

const PODS = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const SETS = "/apis/apps/v1/namespaces/default/replicasets";

async function worldWithDeployment(): Promise<ActorWorld> {
  const world = new ActorWorld({ kubelet: { startMs: 0, stopMs: 5000 } });
  world.addNodes(1);
  world.request("POST", DEPLOYMENTS, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: template({ app: "web" }) },
  });
  await world.settle();
  return world;
}

const deletion = (propagationPolicy: string): Body => ({ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy });

describe("embedded actors: garbage collector", () => {
  it("removes dependents of dependents in the background", async () => {
    const world = await worldWithDeployment();
    world.request("DELETE", `${DEPLOYMENTS}/web`);
    assert.isFalse(world.exists(`${DEPLOYMENTS}/web`));
    await world.pass(0);
    assert.isEmpty(world.list(SETS));
    await world.pass(5000);
    assert.isEmpty(world.pods());
    assert.isTrue(world.actors.isIdle);
  });

  it("keeps the owner until its dependents are gone, in the foreground", async () => {
    const world = await worldWithDeployment();
    world.request("DELETE", `${DEPLOYMENTS}/web`, deletion("Foreground"));
    await world.pass(4999);
    assert.isDefined(world.get(`${DEPLOYMENTS}/web`).metadata.deletionTimestamp);
    assert.lengthOf(world.list(SETS), 1);
    assert.lengthOf(world.pods(), 2, "leaving, and not replaced");
    await world.pass(1);
    assert.isEmpty(world.pods());
    assert.isEmpty(world.list(SETS));
    assert.isFalse(world.exists(`${DEPLOYMENTS}/web`));
  });

  it("lets orphans live, without a reference to their owner", async () => {
    const world = await worldWithDeployment();
    world.request("DELETE", `${DEPLOYMENTS}/web`, deletion("Orphan"));
    await world.pass(60_000);
    assert.isFalse(world.exists(`${DEPLOYMENTS}/web`));
    const [set] = world.list(SETS);
    assert.isEmpty(set!.metadata.ownerReferences ?? []);
    assert.lengthOf(world.pods(), 2);
  });

  const owner = (name: string, uid: string): Body => ({ apiVersion: "v1", kind: "ConfigMap", name, uid });
  const addMap = (world: ActorWorld, name: string): string =>
    world.request("POST", "/api/v1/namespaces/default/configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
    }).metadata.uid!;

  it("removes what names an owner that is not there, but for kinds that nobody serves", async () => {
    const world = new ActorWorld();
    world.addPod("lost", {}, { ownerReferences: [owner("x", "no-such-uid")] });
    world.addPod(
      "unknown",
      {},
      { ownerReferences: [{ apiVersion: "example.com/v1", kind: "Thing", name: "x", uid: "u" }] },
    );
    await world.pass(1000);
    assert.isFalse(world.exists(`${PODS}/lost`));
    assert.isTrue(world.exists(`${PODS}/unknown`));
  });

  it("keeps what has another owner, and takes the lost one out", async () => {
    const world = new ActorWorld();
    const [first, second] = [addMap(world, "first"), addMap(world, "second")];
    world.addPod("one", {}, { ownerReferences: [owner("first", first), owner("second", second)] });
    world.request("DELETE", "/api/v1/namespaces/default/configmaps/first");
    await world.pass(1000);
    assert.deepEqual(
      world.pod("one").metadata.ownerReferences?.map(({ name }) => name),
      ["second"],
    );
    world.request("DELETE", "/api/v1/namespaces/default/configmaps/second");
    await world.pass(1000);
    assert.isFalse(world.exists(`${PODS}/one`));
  });
});

describe("embedded actors: Namespace", () => {
  it("goes when all that it holds is gone: first pods, then the rest", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, stopMs: 5000 } });
    world.addNodes(1);
    world.request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
    world.request("POST", "/apis/apps/v1/namespaces/team/deployments", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: template({ app: "web" }) },
    });
    await world.settle(120, "team");
    world.request("DELETE", "/api/v1/namespaces/team");
    await world.pass(4999);
    assert.equal(statusOf(world.get("/api/v1/namespaces/team"))["phase"], "Terminating");
    assert.lengthOf(world.pods("team"), 2, "nothing new is made in a namespace that ends");
    assert.lengthOf(world.list("/apis/apps/v1/namespaces/team/deployments"), 1);
    await world.pass(1);
    assert.isFalse(world.exists("/api/v1/namespaces/team"));
    assert.isTrue(world.actors.isIdle);
  });
});

describe("embedded actors: pods that no kubelet will remove", () => {
  it("fail and go some time after their node has", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 }, podGarbage: { quarantineMs: 20_000 } });
    world.addNodes(1);
    world.addPod("one", {}, { finalizers: ["example.com/hold"] });
    world.bind("one", "node-0");
    await world.pass(1000);
    world.request("DELETE", "/api/v1/nodes/node-0");
    await world.pass(19_999);
    assert.equal(statusOf(world.pod("one"))["phase"], "Running");
    await world.pass(1);
    const held = world.pod("one");
    assert.equal(statusOf(held)["phase"], "Failed");
    assert.include(conditionsOf(held), "DisruptionTarget=True DeletionByPodGC");
    assert.isDefined(held.metadata.deletionTimestamp);
    world.patch(`${PODS}/one`, { metadata: { finalizers: null } });
    assert.isFalse(world.exists(`${PODS}/one`));
  });

  it("stay if the node comes back in time", async () => {
    const world = new ActorWorld({ podGarbage: { quarantineMs: 20_000 } });
    world.addPod("one");
    world.bind("one", "node-0");
    await world.pass(19_000);
    world.addNodes(1);
    await world.pass(60_000);
    assert.equal(statusOf(world.pod("one"))["phase"], "Running");
  });
});

describe("embedded actors: faults", () => {
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: { parallelism: 3, completions: 6, template: template({ app: "j" }, { restartPolicy: "Never" }) },
  };

  /** Every nth write fails; `after` ones are stored all the same. */
  async function runWithFaults(when: "before" | "after", every: number): Promise<ActorWorld> {
    let writes = 0;
    let isOn = false;
    const fail = (write: Write): void => {
      writes += 1;
      if (isOn && write.kind.plural !== "events" && writes % every === 0)
        throw new ApiFailure(500, "InternalError", "fault");
    };
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 5000 } }, { [when]: fail });
    world.addNodes(2);
    world.request("POST", "/apis/batch/v1/namespaces/default/jobs", job);
    for (let second = 0; second < 120; second++) {
      isOn = true;
      await world.pass(0);
      isOn = false;
      world.schedule();
      isOn = true;
      await world.pass(1000);
    }
    isOn = false;
    return world;
  }

  for (const when of ["before", "after"] as const) {
    for (const every of [2, 3, 7]) {
      it(`a Job ends as it should though every ${every}th answer is lost ${when} the write`, async () => {
        const world = await runWithFaults(when, every);
        const ended = world.get("/apis/batch/v1/namespaces/default/jobs/j");
        assert.include(conditionsOf(ended), "Complete=True CompletionsReached");
        assert.deepInclude(statusOf(ended), { succeeded: 6 });
        assert.isTrue(world.actors.isIdle);
      });
    }
  }

  it("the same history follows from the same requests", async () => {
    const histories: string[] = [];
    for (let run = 0; run < 2; run++) {
      const world = await worldWithDeployment();
      world.patch(`${DEPLOYMENTS}/web`, {
        spec: { template: { spec: { containers: [{ name: "main", image: "new" }] } } },
      });
      await world.settle();
      world.request("DELETE", `${DEPLOYMENTS}/web`);
      await world.settle();
      histories.push(JSON.stringify(world.api.store.history));
    }
    assert.isAbove(histories[0]!.length, 10_000);
    assert.equal(histories[0], histories[1]);
  });

  it("stopped actors leave no timer behind", async () => {
    const world = await worldWithDeployment();
    world.request("DELETE", `${DEPLOYMENTS}/web`);
    world.actors.stop();
    assert.equal(world.env.timerCount, 0);
    await world.pass(60_000);
    assert.lengthOf(world.pods(), 2);
  });
});
