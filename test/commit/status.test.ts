import { assert } from "chai";
import { describe, it } from "mocha";
import { gistOf } from "../../src/commit/pod-condition.ts";
import type { GroupPhase, GroupStatus, WaitCondition } from "../../src/model/index.ts";
import { gang, makeWorld, plan } from "./world.ts";
import type { World } from "./world.ts";

const NO_CPU = "0/5 nodes are available: 5 Insufficient cpu.";

function condition(world: World, name: string, message: string, rest: Partial<WaitCondition> = {}): WaitCondition {
  const task = `ns/${name}`;
  const { uid } = world.api.pods.get(task) ?? world.api.addPod(task);
  return { task, uid, reason: "Unschedulable", message, ...rest };
}

function status(group: string, phase: GroupPhase, rest: Partial<GroupStatus> = {}): GroupStatus {
  const name = `ns/${group}`;
  return { job: `volcano:${name}`, group: name, dialect: "volcano", groupUid: `uid of ${name}`, phase, ...rest };
}

function say(world: World, ...conditions: WaitCondition[]): void {
  world.committer.submit(plan([], { conditions }));
}

const sentBy = (world: World, verb: string): typeof world.api.sent =>
  world.api.sent.filter((request) => request.verb === verb);
const written = (world: World, name: string): string[] =>
  (world.api.pods.get(`ns/${name}`)?.conditions ?? []).map(({ message }) => message);

describe("conditions: the write", () => {
  it("is a strategic merge patch of the status, with the UID", async () => {
    const world = makeWorld();
    say(world, condition(world, "a-0", NO_CPU));
    await world.env.advance(1_000);
    const { request } = sentBy(world, "condition")[0]!;
    assert.deepInclude(request, {
      method: "PATCH",
      path: "/api/v1/namespaces/ns/pods/a-0/status",
      contentType: "application/strategic-merge-patch+json",
    });
    assert.deepEqual(request.body, {
      metadata: { uid: "uid of ns/a-0" },
      status: {
        conditions: [
          {
            ...{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: NO_CPU },
            ...{ lastProbeTime: null, lastTransitionTime: "2030-01-01T00:00:00Z" },
          },
        ],
      },
    });
  });

  it("keeps the time of the transition when only the reason changes", async () => {
    const world = makeWorld();
    say(world, condition(world, "a-0", NO_CPU));
    await world.env.advance(5_000);
    say(world, condition(world, "a-0", "queue q is full", { reason: "QueueLimit" }));
    await world.env.advance(1_000);
    const times = sentBy(world, "condition").map(({ request }) => JSON.stringify(request.body).includes("00:00:00Z"));
    assert.deepEqual(times, [true, true]);
  });

  const dropped: { readonly name: string; readonly change: (world: World) => void }[] = [
    { name: "bound meanwhile", change: ({ api }) => (api.pods.get("ns/a-0")!.node = "n3") },
    { name: "gone", change: ({ api }) => api.pods.delete("ns/a-0") },
    { name: "replaced", change: ({ api }) => (api.pods.get("ns/a-0")!.uid = "new") },
    { name: "being deleted", change: ({ api }) => (api.pods.get("ns/a-0")!.isDeleting = true) },
    { name: "gated", change: ({ api }) => (api.pods.get("ns/a-0")!.isGated = true) },
    { name: "of another scheduler (I-12)", change: ({ api }) => (api.pods.get("ns/a-0")!.schedulerName = "other") },
  ];
  for (const { name, change } of dropped) {
    it(`is not sent for a pod that is ${name}`, async () => {
      const world = makeWorld();
      const waiting = condition(world, "a-0", NO_CPU);
      change(world);
      say(world, waiting);
      await world.env.advance(1_000);
      assert.deepEqual(world.api.log(), []);
      assert.deepInclude(world.outcomes[0], { kind: "status", result: "stale" });
      assert.equal(world.committer.queuedStatuses, 0);
    });
  }

  it("a pod that is being bound loses its queued condition", async () => {
    const world = makeWorld({ statusQps: 1 });
    const group = gang(world, "a", 5);
    say(world, ...group.map(({ task }) => condition(world, task.slice(3), NO_CPU)));
    await world.env.advance(10);
    assert.equal(sentBy(world, "condition").length, 1);
    world.committer.submit(plan(group));
    await world.env.advance(10_000);
    assert.equal(sentBy(world, "condition").length, 1);
    assert.isTrue(world.api.pods.values().every(({ node }) => node !== ""));
  });

  it("a bind waits for a condition of the same pod that is in flight, so that it cannot overwrite PodScheduled=True", async () => {
    const world = makeWorld();
    world.api.latencyMs = () => (world.api.sent.length === 1 ? 500 : 2);
    const group = gang(world, "a", 2);
    say(world, condition(world, "a-0", NO_CPU));
    world.committer.submit(plan(group));
    await world.env.advance(1_000);
    assert.deepEqual(world.api.log(), ["condition ns/a-0", "bind ns/a-1", "bind ns/a-0"]);
    assert.isAtLeast(world.api.sent[2]!.atMs, 500);
  });
});

describe("conditions: which are worth a write", () => {
  const gists = [
    { left: NO_CPU, right: "0/7 nodes are available: 7 Insufficient cpu.", isSame: true },
    {
      left: "0/9 nodes are available: 4 Insufficient cpu, 5 Insufficient memory.",
      right: "0/19 nodes are available: 10 Insufficient cpu, 9 Insufficient memory.",
      isSame: true,
    },
    {
      left: "0/9 nodes are available: 12 x, 4 y.", // sorted as text, counts change the order
      right: "0/9 nodes are available: 2 y, 3 x.",
      isSame: true,
    },
    { left: NO_CPU, right: "0/5 nodes are available: 5 Insufficient memory.", isSame: false },
    { left: NO_CPU, right: "0/5 nodes are available: 4 Insufficient cpu, 1 Insufficient memory.", isSame: false },
    { left: "waits for group ns/a-1", right: "waits for group ns/a-2", isSame: false },
    { left: "have 2, want 4", right: "have 3, want 4", isSame: true },
  ];
  for (const { left, right, isSame } of gists) {
    it(`"${left}" ${isSame ? "says as much as" : "is not"} "${right}"`, () => {
      const [first, second] = [left, right].map((message) => gistOf({ reason: "Unschedulable", message }));
      assert.equal(first === second, isSame);
      assert.notEqual(first, gistOf({ reason: "QueueLimit", message: left }));
    });
  }

  it("another reason or predicate at once; other counts once a minute, the latest; the same never", async () => {
    const world = makeWorld();
    const messages = new Map([
      [0, NO_CPU],
      [1, NO_CPU],
      [5, "0/6 nodes are available: 6 Insufficient cpu."],
      [9, "0/7 nodes are available: 7 Insufficient cpu."],
      [100, "0/7 nodes are available: 7 Insufficient memory."],
    ]);
    const writtenAt: number[] = [];
    for (let second = 0; second < 140; second++) {
      const message = messages.get(second);
      if (message !== undefined) say(world, condition(world, "a-0", message));
      const before = written(world, "a-0").length;
      await world.env.advance(1_000);
      if (before < written(world, "a-0").length) writtenAt.push(second);
    }
    assert.deepEqual(written(world, "a-0"), [NO_CPU, messages.get(9), messages.get(100)]);
    assert.deepEqual(writtenAt, [0, 60, 100]);
  });

  it("back to what stands there cancels what waits to say otherwise", async () => {
    const world = makeWorld();
    say(world, condition(world, "a-0", NO_CPU));
    await world.env.advance(1_000);
    say(world, condition(world, "a-0", "0/6 nodes are available: 6 Insufficient cpu."));
    say(world, condition(world, "a-0", NO_CPU));
    await world.env.advance(120_000);
    assert.deepEqual(written(world, "a-0"), [NO_CPU]);
  });

  it("one that another writer undid is written again after a minute", async () => {
    const world = makeWorld();
    for (let second = 0; second < 130; second++) {
      say(world, condition(world, "a-0", NO_CPU));
      await world.env.advance(1_000);
    }
    assert.equal(written(world, "a-0").length, 3);
  });
});

describe("status lane: rates and answers", () => {
  it("statusQps, first in first out, the latest of each pod", async () => {
    const world = makeWorld({ statusQps: 10 });
    for (const message of ["old", "new"]) {
      say(world, ...Array.from({ length: 41 }, (_, i) => condition(world, `p-${String(i)}`, message)));
    }
    await world.env.advance(4_100);
    assert.isAtMost(Math.abs(sentBy(world, "condition").length - 41), 1);
    await world.env.advance(10_000);
    assert.deepEqual(written(world, "p-40"), ["new"]);
    assert.isAtMost(
      sentBy(world, "condition").filter(({ request }) => JSON.stringify(request.body).includes("old")).length,
      1,
    );
  });

  it("at most one for twenty binds while binds are queued, and all of them afterwards", async () => {
    const world = makeWorld({ statusQps: 0, bindConcurrency: 8 });
    say(world, condition(world, "first-0", NO_CPU));
    await world.env.advance(10);
    const bound = gang(world, "a", 2_000);
    world.committer.submit(plan(bound));
    say(world, ...Array.from({ length: 200 }, (_, i) => condition(world, `p-${String(i)}`, NO_CPU)));
    while (world.committer.queuedBinds > 0) await world.env.advance(1);
    const during = sentBy(world, "condition").length - 1;
    assert.isAtMost(during, 2_000 * 0.05 + 4, "four may leave in the moment when the last bind does");
    assert.isAtLeast(during, 90, "and it does get its share");
    await world.env.advance(1_000);
    assert.equal(sentBy(world, "condition").length, 201);
  });

  it("404 and 409 are dropped, 5xx tried three times, 429 waits for all, 403 left for a minute", async () => {
    const attempts = async (code: number): Promise<{ sent: number; results: string[] }> => {
      const world = makeWorld();
      world.api.fault = () => ({ kind: "status", code, when: "before", retryAfterMs: 5_000 });
      say(world, condition(world, "a-0", NO_CPU));
      await world.env.advance(14_000);
      say(world, condition(world, "a-0", NO_CPU));
      await world.env.advance(14_000);
      const results = world.outcomes.flatMap((outcome) => (outcome.kind === "status" ? [outcome.result] : []));
      return { sent: world.api.sent.length, results };
    };
    assert.deepEqual(await attempts(404), { sent: 2, results: ["stale", "stale"] });
    assert.deepEqual(await attempts(409), { sent: 2, results: ["stale", "stale"] });
    assert.deepEqual(await attempts(500), { sent: 6, results: ["failed", "failed"] });
    assert.deepEqual(await attempts(403), { sent: 1, results: ["refused"] });
    const held = await attempts(429);
    assert.isAtMost(held.sent, 6);
    assert.deepEqual(held.results, []);
  });

  it("a pod that was replaced when the patch arrives keeps its own condition", async () => {
    const world = makeWorld();
    say(world, condition(world, "a-0", NO_CPU)); // on its way
    world.api.pods.get("ns/a-0")!.uid = "new";
    await world.env.advance(1_000);
    assert.equal(sentBy(world, "condition").length, 1);
    assert.deepInclude(world.outcomes.at(-1), { kind: "status", result: "stale", code: 422 });
    assert.deepEqual(written(world, "a-0"), []);
  });

  it("a 429 to a status write holds the binds too", async () => {
    const world = makeWorld();
    world.api.fault = ({ verb }) =>
      verb === "condition" && world.api.sent.length === 1
        ? { kind: "status", code: 429, when: "before", retryAfterMs: 5_000 }
        : undefined;
    say(world, condition(world, "p-0", NO_CPU));
    await world.env.advance(100);
    world.committer.submit(plan(gang(world, "a", 2)));
    await world.env.advance(4_000);
    assert.equal(world.api.sent.length, 1);
    await world.env.advance(10_000);
    assert.equal(sentBy(world, "bind").length, 2);
    assert.equal(written(world, "p-0").length, 1);
  });
});

describe("group phases", () => {
  const phases = (world: World): string[] =>
    sentBy(world, "phase").map(({ request, atMs }) => {
      const body = request.body as { status: { phase: string } };
      return `${body.status.phase} at ${String(Math.floor(atMs / 1000))}`;
    });

  it("is a merge patch of the object itself, with the UID", async () => {
    const world = makeWorld();
    world.committer.submit(plan([], { groupStatuses: [status("g", "Running")] }));
    await world.env.advance(1_000);
    const { request } = sentBy(world, "phase")[0]!;
    assert.deepInclude(request, {
      method: "PATCH",
      path: "/apis/scheduling.volcano.sh/v1beta1/namespaces/ns/podgroups/g",
      contentType: "application/merge-patch+json",
    });
    assert.deepEqual(request.body, { metadata: { uid: "uid of ns/g" }, status: { phase: "Running" } });
  });

  it("Inqueue and Running within 2 s are one write", async () => {
    const world = makeWorld();
    world.committer.submit(plan([], { groupStatuses: [status("g", "Inqueue")] }));
    await world.env.advance(1_000);
    world.committer.submit(plan([], { groupStatuses: [status("g", "Running")] }));
    await world.env.advance(10_000);
    assert.deepEqual(phases(world), ["Running at 1"]);
  });

  it("Inqueue alone is written after 2 s, also when every plan repeats it", async () => {
    const world = makeWorld();
    for (let second = 0; second < 6; second++) {
      world.committer.submit(plan([], { groupStatuses: [status("g", "Inqueue")] }));
      await world.env.advance(1_000);
    }
    assert.deepEqual(phases(world), ["Inqueue at 2"]);
  });

  it("Inqueue of a group without pods is written at once", async () => {
    const world = makeWorld();
    world.committer.submit(plan([], { groupStatuses: [status("g", "Inqueue", { hasNoPods: true })] }));
    await world.env.advance(1_000);
    assert.deepEqual(phases(world), ["Inqueue at 0"]);
  });

  it("a refused one is left for a minute; dialects without a phase are passed over", async () => {
    const world = makeWorld();
    world.api.fault = () => ({ kind: "status", code: 403, when: "before" });
    for (let second = 0; second < 50; second++) {
      const solo = status("s", "Running", { dialect: "solo" });
      world.committer.submit(plan([], { groupStatuses: [status("g", "Running"), solo] }));
      await world.env.advance(1_000);
    }
    assert.deepEqual(phases(world), ["Running at 0"]);
    const refused = world.outcomes.find((outcome) => outcome.kind === "status");
    assert.deepInclude(refused, { write: "phase", result: "refused", code: 403 });
  });
});
