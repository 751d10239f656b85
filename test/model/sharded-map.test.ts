// ShardedMap: a map, except that replacing an entry shares everything it does not touch.

import { assert } from "chai";
import {
  emptyShardedMap,
  entriesOf,
  lookUp,
  sizeOf,
  valuesOf,
  withChanges,
  type ShardedMap,
} from "../../src/model/index.ts";
import { forEachSeed } from "../support/random.ts";

describe("sharded map", () => {
  it("starts empty", () => {
    assert.equal(sizeOf(emptyShardedMap()), 0);
    assert.isUndefined(lookUp(emptyShardedMap(), "constructor"));
  });

  it("holds names from the prototype of an object", () => {
    const map = withChanges(
      emptyShardedMap<number>(),
      new Map([
        ["constructor", 1],
        ["__proto__", 2],
        ["", 3],
      ]),
    );
    assert.deepEqual(
      ["constructor", "__proto__", "", "toString"].map((key) => lookUp(map, key)),
      [1, 2, 3, undefined],
    );
  });

  it("is the same object where nothing changes", () => {
    const map = withChanges(emptyShardedMap<number>(), new Map([["a", 1]]));
    assert.strictEqual(withChanges(map, new Map()), map);
  });

  it("copies the shard of a changed key and no other", () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `ns/pod-${String(i)}`);
    const before = withChanges(emptyShardedMap<number>(), new Map(keys.map((key, i) => [key, i])));
    const after = withChanges(before, new Map([["ns/pod-7", -1]]));
    assert.equal(after.filter((shard, i) => shard !== before[i]).length, 1);
    assert.equal(lookUp(before, "ns/pod-7"), 7);
    assert.equal(lookUp(after, "ns/pod-7"), -1);
  });

  it("spreads names that differ in one digit over all shards", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `ns/pod-${String(i)}`);
    const map = withChanges(emptyShardedMap<number>(), new Map(keys.map((key) => [key, 0])));
    const sizes = map.map((shard) => shard.size);
    assert.isAbove(Math.min(...sizes), 20);
    assert.isBelow(Math.max(...sizes), 250);
  });

  it("property: equals a Map under any changes, and earlier versions stay as they were", () => {
    forEachSeed(100, (random) => {
      let map: ShardedMap<number> = emptyShardedMap();
      const twin = new Map<string, number>();
      const kept: { map: ShardedMap<number>; twin: Map<string, number> }[] = [];
      for (let round = 0; round < 10; round++) {
        const changes = new Map<string, number | undefined>();
        for (let i = random.integer(0, 20); 0 < i; i--) {
          changes.set(`k${String(random.integer(0, 40))}`, random.chance(0.4) ? undefined : random.integer(0, 9));
        }
        map = withChanges(map, changes);
        for (const [key, value] of changes)
          if (value === undefined) twin.delete(key);
          else twin.set(key, value);
        kept.push({ map, twin: new Map(twin) });
      }
      for (const one of kept) {
        assert.deepEqual(new Map(entriesOf(one.map)), one.twin);
        assert.equal(sizeOf(one.map), one.twin.size);
        assert.sameMembers([...valuesOf(one.map)], [...one.twin.values()]);
        for (const [key, value] of one.twin) assert.equal(lookUp(one.map, key), value);
      }
    });
  });
});
