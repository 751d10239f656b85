import { assert } from "chai";
import { applyJsonPatch } from "../../src/embedded/json-patch.ts";
import { applyMergePatch, mergePatchBetween } from "../../src/embedded/merge-patch.ts";
import { structureOf } from "../../src/embedded/kind-structures.ts";
import { applyStrategicMerge } from "../../src/embedded/strategic-merge.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";

describe("property: patches", () => {
  const checkDifference = (random: Random, patchBetween: typeof mergePatchBetween): void => {
    const [from, to] = [randomObject(random, 3), randomObject(random, 3)];
    assert.deepEqual(applyMergePatch(from, patchBetween(from, to)), to);
  };

  it("a merge patch of the difference leads from one document to the other", () => {
    forEachSeed(1_000, (random) => {
      checkDifference(random, mergePatchBetween);
    });
  });

  it("canary: the check fails when removals are forgotten", () => {
    const failure = firstFailure(100, (random) => {
      checkDifference(random, (_, to) => to);
    });
    assert.isDefined(failure);
  });

  it("a merge patch applied twice does what it does once", () => {
    forEachSeed(500, (random) => {
      const [document, patch] = [randomObject(random, 3), randomObject(random, 3, 0.3)];
      const once = applyMergePatch(document, patch);
      assert.deepEqual(applyMergePatch(once, patch), once);
    });
  });

  it("a strategic merge patch without lists and directives is a merge patch", () => {
    const structure = structureOf({ group: "", kind: "ConfigMap" });
    forEachSeed(500, (random) => {
      const [document, patch] = [randomObject(random, 2), randomObject(random, 2, 0.3)];
      assert.deepEqual(applyStrategicMerge(document, patch, structure), applyMergePatch(document, patch));
    });
  });

  it("a JSON patch of random operations does what a plain list of them does in place", () => {
    forEachSeed(500, (random) => {
      const twin: Record<string, number[]> = { x: [1, 2], y: [] };
      const operations = Array.from({ length: 12 }, () => randomOperation(random, twin));
      assert.deepEqual(applyJsonPatch({ x: [1, 2], y: [] }, operations), twin);
    });
  });
});

describe("merge patch", () => {
  it("takes any name of a field for a name", () => {
    const patch = JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 2}}') as unknown;
    const document: unknown = JSON.parse('{"__proto__": {"c": 3}}');
    assert.deepEqual(
      JSON.stringify(applyMergePatch(document, patch)),
      '{"__proto__":{"c":3,"a":1},"constructor":{"b":2}}',
    );
  });
});

function randomObject(random: Random, depth: number, nullChance = 0): Readonly<Record<string, unknown>> {
  const keys = ["a", "b", "c", "__proto__"].filter(() => random.chance(0.6));
  return Object.fromEntries(
    keys.map((key) => [key, random.chance(nullChance) ? null : randomValue(random, depth, nullChance)]),
  );
}

function randomValue(random: Random, depth: number, nullChance: number): unknown {
  if (0 < depth && random.chance(0.5)) return randomObject(random, depth - 1, nullChance);
  return nullChance === 0 && random.chance(0.3) ? [random.integer(0, 2)] : random.integer(0, 2);
}

/** Carries it out in `twin` as well. */
function randomOperation(random: Random, twin: Record<string, number[]>): unknown {
  const key = random.pick(["x", "y"]);
  const list = twin[key]!;
  const index = random.integer(0, list.length);
  const value = random.integer(0, 9);
  if (index === list.length || random.chance(0.4)) {
    list.splice(index, 0, value);
    return {
      op: "add",
      path: `/${key}/${random.chance(0.5) && index === list.length - 1 ? "-" : String(index)}`,
      value,
    };
  }
  if (random.chance(0.4)) {
    list[index] = value;
    return { op: "replace", path: `/${key}/${String(index)}`, value };
  }
  const [removed = 0] = list.splice(index, 1);
  if (random.chance(0.5)) return { op: "remove", path: `/${key}/${String(index)}` };
  twin["x"]!.push(removed);
  return { op: "move", from: `/${key}/${String(index)}`, path: "/x/-" };
}
