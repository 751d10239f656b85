import { assert } from "chai";
import { describe, it } from "mocha";
import { bindsSent as binds, boundCount, gang, inWords, makeWorld, plan } from "./world.ts";

describe("bind lane: the API server is down (A3)", () => {
  for (const when of ["before", "after"] as const) {
    it(`in flight is parked, the rest is dropped, a GET decides when it is back: ${when} the binds took effect`, async () => {
      const world = makeWorld({ bindConcurrency: 8 });
      world.api.fault = () => ({ kind: "reset", when });
      world.committer.submit(plan([...gang(world, "a", 10), ...gang(world, "b", 10)]));
      await world.env.advance(900);
      const words = inWords(world.outcomes);
      assert.equal(words.filter((word) => word === "breaker open").length, 1);
      assert.equal(words.filter((word) => word === "parked").length, 8);
      assert.equal(world.committer.parkedBinds, 8);
      const dropped = words.filter((word) => word.startsWith("dropped")).toSorted();
      assert.deepEqual(dropped, ["dropped unreachable ×10", "dropped unreachable ×2"]);
      assert.equal(world.cache.assumed.size, 8, "unknown ones stay assumed");
      assert.isFalse(world.committer.isSettled);
      assert.isTrue(world.committer.queueIsFull, "nothing can be sent");
      assert.equal(world.committer.priorityFloor, Infinity);

      world.committer.submit(plan(gang(world, "c", 2), { cycle: 2 }));
      assert.equal(inWords(world.outcomes).at(-1), "dropped unreachable ×2");
      assert.equal(world.cache.assumed.size, 8, "and nothing new is assumed");

      world.api.fault = () => undefined;
      world.outcomes.length = 0;
      world.committer.reconcile();
      await world.env.advance(50);
      assert.isTrue(world.committer.isSettled);
      const resolved = inWords(world.outcomes);
      const expected = Array.from({ length: 8 }, () => (when === "after" ? "bound 0" : "dropped not executed ×1"));
      assert.deepEqual(resolved.toSorted(), [...expected, "breaker closed"].toSorted());
      world.cache.watch();
      assert.equal(world.cache.assumed.size, 0);
      assert.equal(boundCount(world), when === "after" ? 8 : 0);
    });
  }

  it("heals by itself when nobody calls reconcile", async () => {
    const world = makeWorld();
    world.api.fault = () => ({ kind: "reset", when: "after" });
    world.committer.submit(plan(gang(world, "a", 10)));
    await world.env.advance(60_000);
    assert.isFalse(world.committer.isSettled);
    const requests = world.api.sent.length;
    assert.isBelow(requests, 80, "it does not hammer");
    world.api.fault = () => undefined;
    await world.env.advance(31_000);
    assert.isTrue(world.committer.isSettled);
    assert.equal(boundCount(world), 10);
    assert.equal(inWords(world.outcomes).filter((word) => word === "breaker closed").length, 1);
  });

  it("a server that refuses some pods is not down: a lone 500 parks its pod, says why, and is asked again", async () => {
    const world = makeWorld();
    world.api.fault = ({ verb, object }) =>
      verb === "bind" && object === "ns/a-0" ? { kind: "status", code: 500, when: "before" } : undefined;
    world.committer.submit(plan([...gang(world, "a", 1), ...gang(world, "b", 50)]));
    await world.env.advance(20_000);
    assert.equal(boundCount(world), 50);
    assert.equal(world.committer.parkedBinds, 1);
    assert.equal(world.api.pods.get("ns/a-0")!.conditions.at(-1)?.reason, "SchedulerError");
    await world.env.advance(20_000);
    assert.isTrue(world.committer.isSettled, "found unbound: forgotten");
    assert.isFalse(world.cache.assumed.has("uid of ns/a-0"));
    assert.isTrue(world.committer.backingOff.jobs.has("gang-label:ns/a"), "and left alone for a while");
  });
});

describe("bind lane: 429 (A7)", () => {
  it("holds the whole client, not one request; at most 30 s", async () => {
    const world = makeWorld({ bindConcurrency: 4 });
    let isFirst = true;
    world.api.fault = () => {
      if (!isFirst) return undefined;
      isFirst = false;
      return { kind: "status", code: 429, when: "before", retryAfterMs: 900_000 };
    };
    world.committer.submit(plan(gang(world, "a", 20)));
    await world.env.advance(29_000);
    const early = binds(world).length;
    assert.isAtMost(early, 7, "those in flight, and what their answers let out before the 429 was there");
    await world.env.advance(10_000);
    assert.equal(boundCount(world), 20);
    assert.equal(binds(world).length, 21);
    assert.isTrue(world.api.sent.slice(early).every(({ atMs }) => atMs >= 30_000));
  });
});

describe("bind lane: leadership and stopping", () => {
  it("is asked right before each request: what is not sent is forgotten", async () => {
    const world = makeWorld({ bindConcurrency: 2 });
    world.committer.submit(plan([...gang(world, "a", 4), ...gang(world, "b", 4)]));
    world.mayWrite = false;
    await world.env.advance(1_000);
    assert.deepEqual(binds(world), ["a-0", "a-1"]);
    world.cache.watch();
    assert.equal(world.cache.assumed.size, 0);
    world.committer.submit(plan(gang(world, "c", 1)));
    assert.equal(inWords(world.outcomes).at(-1), "dropped may not write ×1");
  });

  it("finishes the group that is being sent, and begins no other (C3)", async () => {
    const world = makeWorld({ bindConcurrency: 2 });
    world.committer.submit(plan([...gang(world, "a", 10), ...gang(world, "b", 4)]));
    let stoppedAtMs: number | undefined;
    void world.committer.stop(5_000).then(() => (stoppedAtMs = world.env.clock.nowMs()));
    await world.env.advance(10_000);
    assert.equal(binds(world).length, 10);
    assert.equal(boundCount(world), 10);
    assert.isBelow(stoppedAtMs!, 100);
    world.cache.watch();
    assert.equal(world.cache.assumed.size, 0);
    world.committer.submit(plan(gang(world, "c", 1)));
    assert.equal(inWords(world.outcomes).at(-1), "dropped stopping ×1");
    assert.equal(world.env.timerCount, 0);
  });

  it("ends within the deadline when the server hangs, or holds us", async () => {
    for (const code of ["hang", 429] as const) {
      const world = makeWorld({ bindConcurrency: 2 });
      world.api.fault = () =>
        code === "hang"
          ? { kind: "hang", when: "before" }
          : { kind: "status", code, when: "before", retryAfterMs: 30_000 };
      world.committer.submit(plan(gang(world, "a", 10)));
      let stoppedAtMs: number | undefined;
      await world.env.advance(10);
      void world.committer.stop(5_000).then(() => (stoppedAtMs = world.env.clock.nowMs()));
      await world.env.advance(60_000);
      assert.isAtMost(stoppedAtMs!, 5_010);
      assert.equal(binds(world).length, 2);
      assert.equal(world.cache.assumed.size, code === "hang" ? 2 : 0, "unknown ones stay assumed");
      assert.equal(world.env.timerCount, 0);
    }
  });
});
