import { assert } from "chai";
import { describe, it } from "mocha";
import type { Outcome } from "../../src/commit/index.ts";
import type { LivePod } from "../../src/model/index.ts";
import { InvariantViolation } from "../../src/model/index.ts";
import type { Intent } from "../../src/model/index.ts";
import { bindsSent as binds, boundCount, gang, inWords, makeWorld, plan } from "./world.ts";
import type { World } from "./world.ts";

describe("bind lane: what is sent", () => {
  it("a Binding with UID, target and the plan annotation", async () => {
    const world = makeWorld();
    world.committer.submit(plan(gang(world, "a", 3, { minimum: 2 })));
    await world.env.advance(100);
    const { request } = world.api.sent[0]!;
    assert.equal(request.path, "/api/v1/namespaces/ns/pods/a-0/binding");
    assert.deepEqual(request.body, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: {
        namespace: "ns",
        name: "a-0",
        uid: "uid of ns/a-0",
        annotations: { "batch-scheduler/plan": "c1.3/2" },
      },
      target: { apiVersion: "v1", kind: "Node", name: "n0" },
    });
    assert.equal(world.api.pods.get("ns/a-2")?.annotations.get("batch-scheduler/plan"), "c1.3/2");
  });

  it("groups by priority, then decision order, each together", async () => {
    const world = makeWorld({ bindConcurrency: 1 });
    const [a, b, c] = [gang(world, "a", 2), gang(world, "b", 2, { priority: 5 }), gang(world, "c", 2)];
    world.committer.submit(plan([a[0]!, c[0]!, b[0]!, a[1]!, b[1]!, c[1]!]));
    const urgent = gang(world, "d", 2, { priority: 9 });
    world.committer.submit(plan(urgent, { cycle: 2 }));
    await world.env.advance(100);
    // b was begun before d came.
    assert.deepEqual(binds(world), ["b-0", "b-1", "d-0", "d-1", "a-0", "a-1", "c-0", "c-1"]);
  });

  it("at most so many in flight", async () => {
    const world = makeWorld({ bindConcurrency: 7 });
    world.committer.submit(plan([...gang(world, "a", 30), ...gang(world, "b", 30)]));
    assert.equal(world.committer.inFlight, 7);
    assert.equal(world.committer.queuedBinds, 53);
    await world.env.advance(1_000);
    assert.equal(world.api.inFlightMax, 7);
    assert.equal(boundCount(world), 60);
    assert.isTrue(world.committer.isSettled);
  });

  it("at most qps a second after the burst; 0 is no limit", async () => {
    const world = makeWorld({ qps: 10, burst: 5 });
    world.committer.submit(plan(gang(world, "a", 40)));
    await world.env.advance(0);
    assert.equal(world.api.sent.length, 5);
    await world.env.advance(2_000);
    assert.equal(world.api.sent.length, 25);
    await world.env.advance(2_000);
    assert.equal(boundCount(world), 40);

    const unlimited = makeWorld({ qps: 0, burst: 1 });
    unlimited.committer.submit(plan(gang(unlimited, "a", 40)));
    assert.equal(unlimited.api.sent.length, 40);
  });

  it("the queue is full beyond two seconds of work, measured", async () => {
    const world = makeWorld({ bindConcurrency: 1 });
    world.api.latencyMs = () => 1;
    world.committer.submit(plan(gang(world, "a", 511 + 1)));
    assert.isFalse(world.committer.queueIsFull, "511 wait");
    world.committer.submit(plan(gang(world, "b", 1_000), { cycle: 2 }));
    assert.isTrue(world.committer.queueIsFull, "nothing measured yet: the floor counts");
    await world.env.advance(300); // measured: 1,000 a second, so 2,000 may wait
    assert.isAbove(world.committer.queuedBinds, 600);
    assert.isFalse(world.committer.queueIsFull);
    world.committer.submit(plan(gang(world, "c", 1_500), { cycle: 3 }));
    assert.isTrue(world.committer.queueIsFull);
  });

  it("while the queue is full, sessions add only what is more urgent than all of it", async () => {
    const world = makeWorld({ bindConcurrency: 1 });
    world.committer.submit(plan(gang(world, "a", 100, { priority: 3 })));
    assert.isUndefined(world.committer.priorityFloor);
    world.committer.submit(plan(gang(world, "b", 600, { priority: 7 }), { cycle: 2 }));
    assert.equal(world.committer.priorityFloor, 7);
    await world.env.advance(100);
    await world.env.advance(400);
    assert.isUndefined(world.committer.priorityFloor);
  });
});

describe("bind lane: re-validation", () => {
  const stale: { readonly name: string; readonly change: (world: World) => void }[] = [
    { name: "a node is gone (A6)", change: ({ cache }) => cache.nodes.delete("n1") },
    {
      name: "a node is not usable (E1)",
      change: ({ cache }) => cache.nodes.set("n1", { uid: "x", isUsable: false, isOverfull: false }),
    },
    {
      name: "somebody else took the room",
      change: ({ cache }) => cache.nodes.set("n1", { uid: "x", isUsable: true, isOverfull: true }),
    },
    { name: "a pod is gone", change: ({ api }) => api.pods.delete("ns/b-1") },
    { name: "a pod was replaced (C5)", change: ({ api }) => (api.pods.get("ns/b-1")!.uid = "new") },
    { name: "a pod is bound", change: ({ api }) => (api.pods.get("ns/b-1")!.node = "n9") },
    { name: "a pod is being deleted", change: ({ api }) => (api.pods.get("ns/b-1")!.isDeleting = true) },
    { name: "a pod is gated", change: ({ api }) => (api.pods.get("ns/b-1")!.isGated = true) },
    { name: "a pod is finished", change: ({ api }) => (api.pods.get("ns/b-1")!.phase = "Failed") },
    { name: "a pod changed groups (C6)", change: ({ api }) => (api.pods.get("ns/b-1")!.job = "gang-label:ns/z") },
    {
      name: "a pod belongs to another scheduler (I-12)",
      change: ({ api }) => (api.pods.get("ns/b-1")!.schedulerName = "default-scheduler"),
    },
  ];
  for (const { name, change } of stale) {
    it(`nothing of a group is sent when ${name}`, async () => {
      const world = makeWorld({ bindConcurrency: 1 });
      world.committer.submit(plan([...gang(world, "a", 1), ...gang(world, "b", 3)]));
      change(world);
      await world.env.advance(1_000);
      assert.deepEqual(binds(world), ["a-0"]);
      assert.deepEqual(inWords(world.outcomes), ["bound 201", "dropped stale ×3"]);
      assert.isFalse(world.cache.assumed.has("uid of ns/b-0"));
      assert.isTrue(world.committer.isSettled);
    });
  }

  it("what comes to light half way stops the rest of the group", async () => {
    const world = makeWorld({ bindConcurrency: 2 });
    world.committer.submit(plan(gang(world, "a", 6)));
    world.cache.nodes.delete("n4");
    await world.env.advance(1_000);
    assert.deepEqual(binds(world), ["a-0", "a-1", "a-2", "a-3"]);
    assert.deepEqual(inWords(world.outcomes).at(-1), "dropped stale ×2");
    assert.deepEqual([...world.cache.assumed.keys()].length, 4);
  });

  it("a bind that waited for its turn is checked again when it is sent", async () => {
    const world = makeWorld({ qps: 1, burst: 1 });
    world.committer.submit(plan([...gang(world, "a", 1), ...gang(world, "b", 1)]));
    world.cache.nodes.clear();
    await world.env.advance(5_000);
    assert.deepEqual(binds(world), ["a-0"]);
  });
});

describe("bind lane: one member fails", () => {
  const failAt = (world: World, pod: string, code: number): void => {
    world.api.fault = ({ verb, object }) =>
      verb === "bind" && object === `ns/${pod}` ? { kind: "status", code, when: "before" } : undefined;
  };

  it("refused: the rest of the group is dropped once nothing of it is in flight (C1)", async () => {
    const world = makeWorld({ bindConcurrency: 3 });
    failAt(world, "a-1", 422);
    world.api.latencyMs = () => (world.api.sent.length === 1 ? 50 : 2); // a-0 answers last
    world.committer.submit(plan([...gang(world, "a", 6), ...gang(world, "b", 2)]));
    await world.env.advance(10);
    assert.isTrue(world.cache.assumed.has("uid of ns/a-5"), "still assumed while a-0 is in flight");
    await world.env.advance(1_000);
    assert.deepEqual(binds(world), ["a-0", "a-1", "a-2", "b-0", "b-1"]);
    const words = inWords(world.outcomes);
    assert.deepEqual(words.toSorted(), [
      ...["bound 201", "bound 201", "bound 201", "bound 201"],
      ...["dropped group failed ×3", "refused 422"],
    ]);
    assert.isFalse(world.cache.assumed.has("uid of ns/a-5"));
  });

  it("refused: the message names verb and resource (A9), and the pod says it", async () => {
    const world = makeWorld();
    failAt(world, "a-0", 403);
    world.committer.submit(plan(gang(world, "a", 1)));
    await world.env.advance(1_000);
    const refused = world.outcomes.find((outcome) => outcome.kind === "refused");
    assert.deepInclude(refused, {
      code: 403,
      reason: "Reason403",
      message: "create pods/binding in namespace ns was refused: 403: scripted 403",
    });
    const condition = world.api.pods.get("ns/a-0")!.conditions.at(-1);
    assert.deepInclude(condition, { type: "PodScheduled", status: "False", reason: "SchedulerError" });
  });

  it("refused: the same group is not sent again before its back-off, which doubles", async () => {
    const world = makeWorld();
    failAt(world, "a-0", 422);
    const group = gang(world, "a", 1);
    const sentAtMs: number[] = [];
    for (let second = 0; second < 200; second++) {
      const before = binds(world).length;
      world.committer.submit(plan(group, { cycle: second }));
      assert.equal(world.cache.assumed.size, binds(world).length - before, "what is not sent is not assumed");
      await world.env.advance(1_000);
      if (before < binds(world).length) sentAtMs.push(second);
    }
    const gaps = sentAtMs.slice(1).map((at, i) => at - sentAtMs[i]!);
    assert.isAtLeast(gaps.length, 2);
    gaps.forEach((gap, i) => assert.isTrue(10 * 2 ** i <= gap && gap <= 20 * 2 ** i + 1, `gap ${i}: ${gap} s`));

    // Once it has been bound, everything begins anew.
    assert.isTrue(world.committer.backingOff.jobs.has(group[0]!.job));
    world.api.fault = () => undefined;
    await world.env.advance(200_000);
    world.committer.submit(plan(group));
    await world.env.advance(1_000);
    assert.equal(boundCount(world), 1);
    assert.isFalse(world.committer.backingOff.jobs.has(group[0]!.job));
  });

  const lost = [
    { name: "a gang at its minimum: the rest would be part of a gang", minimum: 6, planned: 6, sent: 4 },
    { name: "a gang with one to spare goes on", minimum: 5, planned: 6, sent: 6 },
    { name: "a repair goes on: each member brings it nearer", minimum: 9, planned: 6, sent: 6 },
    { name: "a bag of solo pods goes on", minimum: 0, planned: 6, sent: 6 },
  ];
  for (const c of lost) {
    it(`lost: ${c.name}`, async () => {
      const world = makeWorld({ bindConcurrency: 3 });
      failAt(world, "a-1", 404);
      world.committer.submit(plan(gang(world, "a", 6, c)));
      await world.env.advance(1_000);
      assert.equal(binds(world).length, c.sent);
      const dropped = world.outcomes.filter((outcome) => outcome.kind === "dropped").flatMap((drop) => drop.binds);
      assert.equal(dropped.length, 6 - c.sent);
    });
  }

  it("a bag of solo pods is as many batches: what fails is one pod, and nothing waits for it", async () => {
    const world = makeWorld({ bindConcurrency: 1 });
    failAt(world, "a-1", 422);
    world.committer.submit(plan(gang(world, "a", 4, { minimum: 0 })));
    await world.env.advance(1_000);
    assert.deepEqual(inWords(world.outcomes), ["bound 201", "refused 422", "bound 201", "bound 201"]);
  });

  it("what a later plan put on top of a failed group is dropped too", async () => {
    const world = makeWorld({ bindConcurrency: 1 });
    failAt(world, "a-0", 404);
    const all = gang(world, "a", 4, { minimum: 2, planned: 2 });
    world.committer.submit(plan([...all.slice(0, 2), ...gang(world, "b", 1)]));
    world.committer.submit(plan(all.slice(2), { cycle: 2 }));
    await world.env.advance(1_000);
    assert.deepEqual(binds(world), ["a-0", "b-0"]);
    assert.deepEqual(inWords(world.outcomes).toSorted(), [
      ...["bound 201", "dropped group failed ×1", "dropped group failed ×2", "lost 404"],
    ]);
  });
});

describe("committer: broken plans", () => {
  it("takes on nothing of a plan that evicts, nominates or binds a pod twice (I-5)", async () => {
    const world = makeWorld();
    const group = gang(world, "a", 2);
    const { task, uid, job, node } = group[0]!;
    const evict: Intent = {
      kind: "evict",
      task,
      uid,
      job,
      group: "ns/a",
      node,
      action: "preempt",
      for: "b",
      reason: "",
    };
    const nominate: Intent = { kind: "nominate", task, uid, job, group: "ns/a", node };
    for (const intents of [
      [...group, evict],
      [...group, nominate],
      [...group, group[0]!],
    ]) {
      assert.throws(() => world.committer.submit({ ...plan([]), intents }), InvariantViolation);
    }
    assert.equal(world.cache.assumed.size, 0);
    assert.equal(world.api.sent.length, 0);

    world.committer.submit(plan(group));
    assert.throws(() => world.committer.submit(plan(group, { cycle: 2 })), InvariantViolation, "ns/a-0");
    await world.env.advance(100);
    assert.equal(binds(world).length, 2);
  });

  it("a live view that lags behind does not make two binds of one", async () => {
    const world = makeWorld();
    const group = gang(world, "a", 1);
    const asBefore: LivePod = { ...world.api.pods.get("ns/a-0")! };
    world.cache.stalePod = () => asBefore;
    world.committer.submit(plan(group));
    await world.env.advance(100);
    world.cache.forget(group[0]!.uid); // as after a restart
    world.committer.submit(plan([{ ...group[0]!, node: "n5" }], { cycle: 2 }));
    await world.env.advance(100);
    const kinds = world.outcomes.map((outcome: Outcome) => outcome.kind);
    assert.deepEqual(kinds, ["bound", "conflict_foreign"]);
    assert.equal(world.api.pods.get("ns/a-0")!.bindCount, 1);
  });
});
