// The two structures that a session leans on for speed, each against the plain thing that it stands for.

import { assert } from "chai";
import { PriorityQueue } from "../../src/session/priority-queue.ts";
import { TouchLog } from "../../src/session/touch-log.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";

describe("priority queue", () => {
  it("takes what a sorted list would give, whatever is added meanwhile", () => {
    forEachSeed(300, (random) => {
      checkQueue(random, (left, right) => left - right);
    });
  });

  it("canary: the same check notices an order that changes its mind", () => {
    let asked = 0;
    assert.isDefined(
      firstFailure(50, (random) =>
        checkQueue(random, (left, right) => (++asked % 7 === 0 ? right - left : left - right)),
      ),
    );
  });
});

describe("touch log", () => {
  it("tells each touched slot once, from any place that it still covers", () => {
    forEachSeed(300, (random) => {
      const capacity = random.integer(1, 6);
      const log = new TouchLog();
      log.reset(capacity);
      const places: { readonly cursor: number; readonly touched: Set<number> }[] = [];
      for (let steps = random.integer(0, 120); steps > 0; steps--) {
        if (random.chance(0.2)) places.push({ cursor: log.end, touched: new Set() });
        const slot = random.integer(0, capacity - 1);
        log.add(slot);
        for (const { touched } of places) touched.add(slot);
      }
      for (const { cursor, touched } of places) {
        if (!log.covers(cursor)) continue;
        const told = [...log.since(cursor)];
        assert.sameMembers(told, [...touched]);
      }
      assert.isTrue(log.covers(log.end));
    });
  });

  it("covers at least four touches of every slot, and keeps no more than a few times that", () => {
    const log = new TouchLog();
    log.reset(10);
    for (let i = 0; i < 10_000; i++) log.add(i % 10);
    assert.isTrue(log.covers(log.end - 40));
    assert.isFalse(log.covers(log.end - 100));
  });

  it("covers nothing from before a reset", () => {
    const log = new TouchLog();
    log.reset(4);
    log.add(1);
    const cursor = log.end;
    log.reset(4);
    assert.isFalse(log.covers(cursor));
    assert.isTrue(log.covers(log.end));
    assert.deepEqual([...log.since(log.end)], []);
  });
});

/** Numbers are distinct: a queue need not keep equal ones in order. */
function checkQueue(random: Random, compare: (left: number, right: number) => number): void {
  const numbers = random.shuffled(Array.from({ length: 40 }, (_, index) => index));
  const plain = numbers.splice(0, random.integer(0, 20));
  const queue = new PriorityQueue<number>(compare, plain);
  const take = (): void => {
    plain.sort((left, right) => left - right);
    assert.equal(queue.take(), plain.shift());
  };
  while (numbers.length > 0) {
    if (random.chance(0.5)) {
      const added = numbers.pop() ?? 0;
      queue.add(added);
      plain.push(added);
    } else take();
  }
  for (let rest = plain.length; rest >= 0; rest--) take();
}
