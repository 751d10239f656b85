// With `freeze`, everything in a snapshot is deeply frozen, in the first one and in every later one.

import { assert } from "chai";
import type { Snapshot } from "../../src/model/index.ts";
import { Random } from "../support/random.ts";
import { newCache } from "./objects.ts";
import { randomHistory } from "./random-history.ts";

describe("frozen snapshots", () => {
  it("are frozen to the last leaf", () => {
    const cache = newCache({ freeze: true });
    const random = new Random(3);
    for (const event of randomHistory(random, 300).events) {
      cache.enqueue(event);
      if (random.chance(0.1)) assert.deepEqual(unfrozen(cache.advance()), []);
    }
  });

  it("canary: the same search finds what is not frozen", () => {
    const cache = newCache({ freeze: false });
    for (const event of randomHistory(new Random(3), 100).events) cache.enqueue(event);
    assert.isNotEmpty(unfrozen(cache.advance()));
  });

  it("refuse to be written, Maps and Sets too", () => {
    const snapshot = newCache({ freeze: true }).advance();
    assert.throws(() => (snapshot.jobs as Map<string, unknown>[])[0]?.set("a", 1));
    assert.throws(() => (snapshot.pendingJobs as Set<string>).add("a"));
    assert.throws(() => (snapshot.queues as Map<string, unknown>).delete("default"));
    assert.throws(() => (snapshot.nodes as unknown[]).push([]));
    assert.throws(() => ((snapshot as { generation: number }).generation = 7));
  });
});

function unfrozen(snapshot: Snapshot): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null || seen.has(value) || value instanceof Float64Array) return;
    seen.add(value);
    if (!Object.isFrozen(value)) found.push(path);
    const parts =
      value instanceof Map || value instanceof Set ? [...(value as Iterable<unknown>)] : Object.entries(value);
    parts.forEach((part, i) =>
      visit(part instanceof Array ? part[1] : part, `${path}.${part instanceof Array ? String(part[0]) : String(i)}`),
    );
  };
  visit(snapshot, "snapshot");
  return found;
}
