import { assert } from "chai";
import { scaled } from "../../src/embedded/actors/int-or-percent.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { ActorWorld, conditionsOf, statusOf, template, type Body } from "./actor-world.ts";

const APPS = "/apis/apps/v1/namespaces/default";

function add(world: ActorWorld, kind: string, name: string, spec: Body): ApiObject {
  const path = `${APPS}/${kind.toLowerCase()}s`;
  const whole = { selector: { matchLabels: { app: name } }, template: template({ app: name }), ...spec };
  return world.request("POST", path, { apiVersion: "apps/v1", kind, metadata: { name }, spec: whole });
}

function readyWorld(nodes = 2): ActorWorld {
  const world = new ActorWorld({ kubelet: { startMs: 1000, stopMs: 1000 } });
  world.addNodes(nodes, { pods: "100" });
  return world;
}

const names = (objects: readonly ApiObject[]): readonly string[] => objects.map(({ metadata }) => metadata.name);
const image = (name: string): Body => ({ containers: [{ name: "main", image: name }] });
const setImage = (name: string): Body => ({ spec: { template: { spec: image(name) } } });
const annotation = (object: ApiObject, key: string): string | undefined =>
  new Map(Object.entries(object.metadata.annotations ?? {})).get(`deployment.kubernetes.io/${key}`);

describe("embedded actors: numbers or percentages", () => {
  const cases: readonly (readonly [value: unknown, total: number, up: number, down: number])[] = [
    [3, 10, 3, 3],
    ["25%", 10, 3, 2],
    ["100%", 7, 7, 7],
    ["0%", 7, 0, 0],
    ["1%", 1, 1, 0],
  ];
  for (const [value, total, up, down] of cases) {
    it(`${String(value)} of ${total}`, () =>
      assert.deepEqual([scaled(value, total, "up"), scaled(value, total, "down")], [up, down]));
  }
  it("anything else is a bug of who has let it in", () => assert.throws(() => scaled("3", 1, "up"), /neither/));
});

describe("embedded actors: ReplicaSet", () => {
  it("makes what is missing, replaces what is lost, removes what is too much", async () => {
    const world = readyWorld();
    add(world, "ReplicaSet", "web", { replicas: 3 });
    await world.settle();
    assert.lengthOf(world.pods(), 3);
    for (const name of names(world.pods())) assert.match(name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const status = {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    };
    assert.deepEqual(statusOf(world.get(`${APPS}/replicasets/web`)), status);
    const lost = world.pods()[0]!.metadata.name;
    world.request("DELETE", `/api/v1/namespaces/default/pods/${lost}`);
    await world.pass(0);
    assert.deepInclude(statusOf(world.get(`${APPS}/replicasets/web`)), {
      replicas: 3,
      readyReplicas: 2,
      terminatingReplicas: 1,
    });
    await world.settle();
    assert.lengthOf(world.pods(), 3);
    assert.notInclude(names(world.pods()), lost);
    world.patch(`${APPS}/replicasets/web`, { spec: { replicas: 1 } });
    await world.settle();
    assert.lengthOf(world.pods(), 1);
    assert.deepInclude(statusOf(world.get(`${APPS}/replicasets/web`)), { replicas: 1, observedGeneration: 2 });
  });

  it("removes who is not ready first, then the cheapest", async () => {
    const world = readyWorld();
    add(world, "ReplicaSet", "web", { replicas: 3 });
    await world.pass(0);
    const [first, second, third] = names(world.pods());
    for (const name of [first!, third!]) world.bind(name, "node-0");
    await world.pass(5000);
    const cost = { metadata: { annotations: { "controller.kubernetes.io/pod-deletion-cost": "-1" } } };
    world.patch(`/api/v1/namespaces/default/pods/${third!}`, cost);
    world.patch(`${APPS}/replicasets/web`, { spec: { replicas: 2 } });
    await world.pass(5000);
    assert.deepEqual(names(world.pods()), [first!, third!]);
    assert.notInclude(names(world.pods()), second!);
    world.patch(`${APPS}/replicasets/web`, { spec: { replicas: 1 } });
    await world.pass(5000);
    assert.deepEqual(names(world.pods()), [first!]);
  });

  it("waits minReadySeconds before it counts a pod as available", async () => {
    const world = readyWorld();
    add(world, "ReplicaSet", "web", { replicas: 1, minReadySeconds: 10 });
    await world.pass(0);
    world.schedule();
    await world.pass(10_999);
    assert.notProperty(statusOf(world.get(`${APPS}/replicasets/web`)), "availableReplicas");
    await world.pass(1);
    assert.equal(statusOf(world.get(`${APPS}/replicasets/web`))["availableReplicas"], 1);
  });
});

describe("embedded actors: Deployment", () => {
  it("rolls out by a ReplicaSet that is named after its template", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 3 });
    await world.settle();
    const [set, ...others] = world.list(`${APPS}/replicasets`);
    assert.isEmpty(others);
    const hash = set!.metadata.labels!["pod-template-hash"]!;
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    assert.equal(set!.metadata.name, `web-${hash}`);
    assert.equal(annotation(set!, "revision"), "1");
    assert.equal(annotation(set!, "desired-replicas"), "3");
    assert.equal(annotation(set!, "max-replicas"), "4");
    const deployment = world.get(`${APPS}/deployments/web`);
    assert.equal(annotation(deployment, "revision"), "1");
    const { conditions, ...counts } = statusOf(deployment);
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    });
    assert.deepEqual(conditionsOf(deployment), [
      "Available=True MinimumReplicasAvailable",
      "Progressing=True NewReplicaSetAvailable",
    ]);
    assert.include(JSON.stringify(conditions), `ReplicaSet \\"web-${hash}\\" has successfully progressed.`);
  });

  it("never has more pods than the surge allows, nor fewer available than it must", async () => {
    const world = readyWorld();
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
    add(world, "Deployment", "web", { replicas: 4, strategy });
    await world.settle();
    world.patch(`${APPS}/deployments/web`, setImage("busybox:2"));
    for (let second = 0; second < 60; second++) {
      await world.pass(0);
      const active = world.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
      const ready = active.filter((pod) => conditionsOf(pod).includes("Ready=True"));
      assert.isAtMost(active.length, 5, `after ${second} s`);
      assert.isAtLeast(ready.length, 3, `after ${second} s`);
      world.schedule();
      await world.pass(1000);
    }
    assert.lengthOf(world.pods(), 4);
    for (const pod of world.pods()) assert.include(JSON.stringify(pod["spec"]), "busybox:2");
    const sets = world.list(`${APPS}/replicasets`);
    assert.sameMembers(
      sets.map((set) => `${annotation(set, "revision")!} ${String((set["spec"] as Body)["replicas"])}`),
      ["1 0", "2 4"],
    );
    assert.equal(annotation(world.get(`${APPS}/deployments/web`), "revision"), "2");
  });

  it("has rolled out, once it has, also while a lost pod is made again", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 4 });
    await world.settle();
    world.request("DELETE", `/api/v1/namespaces/default/pods/${world.pods()[0]!.metadata.name}`);
    await world.pass(1000);
    world.schedule();
    await world.pass(1000);
    assert.deepInclude(statusOf(world.get(`${APPS}/deployments/web`)), { readyReplicas: 4 });
    assert.include(conditionsOf(world.get(`${APPS}/deployments/web`)), "Progressing=True NewReplicaSetAvailable");
    await world.settle();
    const history = world.api.store.history.filter(({ kind }) => kind.plural === "deployments");
    const reasons = history.flatMap(({ object }) =>
      conditionsOf(object).filter((one) => one.startsWith("Progressing")),
    );
    const last = reasons.indexOf("Progressing=True NewReplicaSetAvailable");
    assert.isAtLeast(last, 0);
    assert.lengthOf(new Set(reasons.slice(last)), 1);
  });

  it("returns to an older ReplicaSet under a new revision", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 2, template: template({ app: "web" }, image("a")) });
    await world.settle();
    for (const name of ["b", "a"]) {
      world.patch(`${APPS}/deployments/web`, setImage(name));
      await world.settle();
    }
    const sets = world.list(`${APPS}/replicasets`);
    assert.lengthOf(sets, 2);
    const current = sets.find((set) => (set["spec"] as Body)["replicas"] === 2)!;
    assert.equal(annotation(current, "revision"), "3");
    assert.equal(annotation(current, "revision-history"), "1");
    assert.equal(annotation(world.get(`${APPS}/deployments/web`), "revision"), "3");
  });

  it("keeps as many old ReplicaSets as revisionHistoryLimit says", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 1, revisionHistoryLimit: 1 });
    for (const name of ["a", "b", "c", "d"]) {
      await world.settle();
      world.patch(`${APPS}/deployments/web`, setImage(name));
    }
    await world.settle();
    assert.sameMembers(
      world.list(`${APPS}/replicasets`).map((set) => annotation(set, "revision")),
      ["4", "5"],
    );
  });

  it("Recreate starts nothing new before the old is gone", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 2, strategy: { type: "Recreate" } });
    await world.settle();
    const old = names(world.pods());
    world.patch(`${APPS}/deployments/web`, setImage("busybox:2"));
    await world.pass(999);
    assert.deepEqual(names(world.pods()), old);
    await world.settle();
    assert.lengthOf(world.pods(), 2);
    assert.isEmpty(names(world.pods()).filter((name) => old.includes(name)));
  });

  it("rolls nothing out while it is paused, but keeps its size", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 1 });
    await world.settle();
    world.patch(`${APPS}/deployments/web`, { spec: { paused: true, replicas: 3, template: { spec: image("x") } } });
    await world.settle();
    assert.lengthOf(world.list(`${APPS}/replicasets`), 1);
    assert.lengthOf(world.pods(), 3);
    assert.include(conditionsOf(world.get(`${APPS}/deployments/web`)), "Progressing=Unknown DeploymentPaused");
    world.patch(`${APPS}/deployments/web`, { spec: { paused: false } });
    await world.settle();
    for (const pod of world.pods()) assert.include(JSON.stringify(pod["spec"]), '"image":"x"');
  });

  it("says so when there is no progress for too long", async () => {
    const world = readyWorld();
    add(world, "Deployment", "web", { replicas: 1, progressDeadlineSeconds: 60 });
    await world.pass(59_999);
    assert.isTrue(world.actors.isIdle, "a deadline is nothing that is under way");
    assert.include(conditionsOf(world.get(`${APPS}/deployments/web`)), "Progressing=True ReplicaSetUpdated");
    await world.pass(2000);
    assert.include(conditionsOf(world.get(`${APPS}/deployments/web`)), "Progressing=False ProgressDeadlineExceeded");
    assert.include(conditionsOf(world.get(`${APPS}/deployments/web`)), "Available=False MinimumReplicasUnavailable");
  });
});

describe("embedded actors: StatefulSet", () => {
  it("makes its pods one after another, each when the one before is ready", async () => {
    const world = readyWorld();
    add(world, "StatefulSet", "db", { replicas: 3, serviceName: "db" });
    await world.pass(0);
    assert.deepEqual(names(world.pods()), ["db-0"]);
    await world.pass(60_000);
    assert.deepEqual(names(world.pods()), ["db-0"], "it waits for the first to be scheduled");
    await world.settle();
    assert.deepEqual(names(world.pods()), ["db-0", "db-1", "db-2"]);
    const { metadata, spec } = world.pod("db-1") as unknown as {
      readonly metadata: { readonly labels: Body };
      readonly spec: Body;
    };
    assert.deepInclude(metadata.labels, {
      "statefulset.kubernetes.io/pod-name": "db-1",
      "apps.kubernetes.io/pod-index": "1",
    });
    assert.deepInclude(spec, { hostname: "db-1", subdomain: "db" });
    const status = statusOf(world.get(`${APPS}/statefulsets/db`));
    assert.equal(status["currentRevision"], metadata.labels["controller-revision-hash"]);
    assert.deepInclude(status, {
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
    });
  });

  it("removes the last first, each when the one before it is gone", async () => {
    const world = readyWorld();
    add(world, "StatefulSet", "db", { replicas: 3 });
    await world.settle();
    world.patch(`${APPS}/statefulsets/db`, { spec: { replicas: 1 } });
    await world.pass(999);
    assert.isDefined(world.pod("db-2").metadata.deletionTimestamp);
    assert.isUndefined(world.pod("db-1").metadata.deletionTimestamp);
    await world.settle();
    assert.deepEqual(names(world.pods()), ["db-0"]);
  });

  it("Parallel makes and removes all at once", async () => {
    const world = readyWorld();
    add(world, "StatefulSet", "db", { replicas: 3, podManagementPolicy: "Parallel" });
    await world.pass(0);
    assert.deepEqual(names(world.pods()), ["db-0", "db-1", "db-2"]);
    world.patch(`${APPS}/statefulsets/db`, { spec: { replicas: 0 } });
    await world.pass(1000);
    assert.isEmpty(world.pods());
  });

  it("makes a lost pod again under its name", async () => {
    const world = readyWorld();
    add(world, "StatefulSet", "db", { replicas: 2 });
    await world.settle();
    const { uid } = world.pod("db-0").metadata;
    world.request("DELETE", "/api/v1/namespaces/default/pods/db-0");
    await world.pass(500);
    assert.equal(world.pod("db-0").metadata.uid, uid);
    await world.settle();
    assert.notEqual(world.pod("db-0").metadata.uid, uid);
  });

  it("updates from the last pod down to the partition", async () => {
    const world = readyWorld();
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 1 } };
    add(world, "StatefulSet", "db", { replicas: 3, updateStrategy, template: template({ app: "db" }, image("a")) });
    await world.settle();
    world.patch(`${APPS}/statefulsets/db`, setImage("b"));
    await world.settle();
    const images = (): readonly unknown[] =>
      world.pods().map((pod) => (pod["spec"] as { readonly containers: readonly Body[] }).containers[0]!["image"]);
    assert.deepEqual(images(), ["a", "b", "b"]);
    world.request("DELETE", "/api/v1/namespaces/default/pods/db-0");
    await world.settle();
    assert.deepEqual(images(), ["a", "b", "b"], "below the partition it returns as it was");
    world.patch(`${APPS}/statefulsets/db`, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await world.settle();
    assert.deepEqual(images(), ["b", "b", "b"]);
    const { currentRevision, updateRevision } = statusOf(world.get(`${APPS}/statefulsets/db`));
    assert.equal(currentRevision, updateRevision);
  });

  it("has a claim of its own for each pod, which outlives it", async () => {
    const world = readyWorld();
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    add(world, "StatefulSet", "db", { replicas: 2, volumeClaimTemplates: [claim] });
    await world.settle();
    const claims = (): readonly string[] => names(world.list("/api/v1/namespaces/default/persistentvolumeclaims"));
    assert.deepEqual(claims(), ["data-db-0", "data-db-1"]);
    assert.include(JSON.stringify(world.pod("db-1")["spec"]), '"claimName":"data-db-1"');
    world.patch(`${APPS}/statefulsets/db`, { spec: { replicas: 0 } });
    await world.settle();
    assert.deepEqual(claims(), ["data-db-0", "data-db-1"]);
  });
});
