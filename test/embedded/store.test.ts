// The store: one counter, frozen objects, hooks before and after, a history that can be forgotten.

import { assert } from "chai";
import { ApiFailure } from "../../src/embedded/failure.ts";
import { Kinds } from "../../src/embedded/kinds.ts";
import { Store } from "../../src/embedded/store.ts";
import { Table } from "../../src/embedded/table.ts";
import type { ApiObject, Write } from "../../src/embedded/types.ts";
import { seededRandom } from "../support/virtual-env.ts";

const kinds = new Kinds();
const configMaps = kinds.must("v1", "ConfigMap");
const pods = kinds.must("v1", "Pod");

function object(name: string, namespace = "default", data: object = {}): ApiObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

describe("the embedded store", () => {
  it("counts one resourceVersion over all kinds", () => {
    const store = new Store();
    const first = store.commit("create", configMaps, object("a"));
    const second = store.commit("create", pods, object("a"));
    assert.equal(Number(second.metadata.resourceVersion), Number(first.metadata.resourceVersion) + 1);
    assert.equal(store.resourceVersion, Number(second.metadata.resourceVersion));
  });

  it("freezes what it stores, to the bottom, and hands out that very object", () => {
    const store = new Store();
    const stored = store.commit("create", configMaps, object("a", "default", { list: [{ deep: 1 }] }));
    assert.strictEqual(store.get(configMaps, "default", "a"), stored);
    assert.isTrue(Object.isFrozen(stored) && Object.isFrozen(stored.metadata));
    const [item] = (stored["data"] as { list: object[] }).list;
    assert.isTrue(Object.isFrozen(item));
  });

  it("refuses to create what is there and to change what is not: that is a bug of the caller", () => {
    const store = new Store();
    store.commit("create", configMaps, object("a"));
    assert.throws(() => store.commit("create", configMaps, object("a")));
    assert.throws(() => store.commit("update", configMaps, object("b")));
    assert.throws(() => store.commit("delete", configMaps, object("b")));
  });

  it("a failure before the commit leaves everything as it was", () => {
    const store = new Store({
      hooks: {
        before: () => {
          throw new ApiFailure(500, "InternalError", "injected");
        },
      },
    });
    assert.throws(() => store.commit("create", configMaps, object("a")), "injected");
    assert.isUndefined(store.get(configMaps, "default", "a"));
    assert.equal(store.resourceVersion, 1);
    assert.isEmpty(store.history);
  });

  it("a failure after the commit loses the answer and not the write", () => {
    const heard: Write[] = [];
    const store = new Store({
      hooks: {
        after: () => {
          throw new ApiFailure(504, "Timeout", "injected");
        },
      },
    });
    store.subscribe((write) => heard.push(write));
    assert.throws(() => store.commit("create", configMaps, object("a")), "injected");
    assert.isDefined(store.get(configMaps, "default", "a"));
    assert.lengthOf(heard, 1);
  });

  it("listeners hear of writes in their order, also of those that a listener makes", () => {
    const store = new Store();
    const heard: string[] = [];
    store.subscribe(({ object: { metadata } }) => {
      if (metadata.name === "a") store.commit("create", configMaps, object("made-by-a-listener"));
    });
    store.subscribe(({ object: { metadata } }) => heard.push(metadata.name));
    store.commit("create", configMaps, object("a"));
    assert.deepEqual(heard, ["a", "made-by-a-listener"]);
  });

  it("reads how things were, until that is compacted", () => {
    const store = new Store();
    store.commit("create", configMaps, object("a", "default", { n: 1 }));
    store.commit("create", configMaps, object("b"));
    const then = store.resourceVersion;
    store.commit("update", configMaps, object("a", "default", { n: 2 }));
    store.commit("delete", configMaps, object("b"));
    store.commit("create", configMaps, object("c"));
    const names = (version: number) => [...store.entriesAt(configMaps, undefined, version)].map(([key]) => key);
    assert.deepEqual(names(then), ["default/a", "default/b"]);
    assert.equal(store.countAt(configMaps, undefined, then), 2);
    const [[, first] = []] = store.entriesAt(configMaps, undefined, then);
    assert.deepEqual(first?.["data"], { n: 1 });
    assert.deepEqual(names(store.resourceVersion), ["default/a", "default/c"]);
    store.compact(then + 1);
    assert.throws(() => names(then));
    assert.equal(store.compactedResourceVersion, then + 1);
  });

  it("forgets the oldest by itself when there is too much", () => {
    const store = new Store({ historyMax: 10 });
    for (let i = 0; i < 100; i++) store.commit("create", configMaps, object(`c-${i}`));
    assert.isAtMost(store.history.length, 20);
    assert.equal(store.history.at(-1)?.resourceVersion, store.resourceVersion);
    assert.equal(store.history[0]!.resourceVersion, store.compactedResourceVersion + 1);
  });
});

describe("property: a table", () => {
  it("gives keys in order, by prefix, from anywhere, with changes undone, as sorting all of them would", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const table = new Table();
      const plain = new Map<string, ApiObject>();
      for (let step = 0; step < 120; step++) {
        const key = `${["a", "a-b", "b"][Math.floor(random() * 3)]!}/${Math.floor(random() * 20)}`;
        if (random() < 0.35) {
          table.delete(key);
          plain.delete(key);
        } else {
          const value = object(key);
          table.set(key, value);
          plain.set(key, value);
        }
        if (random() < 0.3) compare(`SEED=${seed}`, table, plain, random);
      }
    }
  });

  function compare(seed: string, table: Table, plain: ReadonlyMap<string, ApiObject>, random: () => number): void {
    const prefix = ["", "a/", "b/"][Math.floor(random() * 3)]!;
    const after = random() < 0.5 ? "" : `a/${Math.floor(random() * 20)}`;
    const undone = new Map([
      ["a/3", undefined],
      ["a/new", object("new")],
      ["b/5", object("old")],
    ]);
    const before = new Map([...plain, ...undone]);
    for (const [what, put] of [
      [plain, undefined],
      [before, undone],
    ] as const) {
      const expected = [...what]
        .filter(([key, value]) => value !== undefined && key.startsWith(prefix) && after < key)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual([...table.entries(prefix, after, put)], expected as [string, ApiObject][], seed);
      assert.equal(table.count(prefix, after, put), expected.length, seed);
    }
  }
});
