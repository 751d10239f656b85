// What must hold for any history: arrival does not matter, the rows are true, and a published snapshot never changes.

import { assert } from "chai";
import type { CacheEvent, CacheOptions, ClusterCache, KubeObject } from "../../src/cache/index.ts";
import {
  compareText,
  nodesOf,
  NANO,
  OVERSIZED,
  parseQuantity,
  parseSelector,
  type Bind,
  type Evict,
  type Snapshot,
} from "../../src/model/index.ts";
import { firstFailure, forEachSeed, Random } from "../support/random.ts";
import { canonical, canonicalRows, type CanonicalNode } from "./canonical.ts";
import { newCache, OURS } from "./objects.ts";
import { interleaved, randomHistory, type History } from "./random-history.ts";

const LENGTH = 120;

describe("property: cache", () => {
  it("any order and any splitting of one history end in the same snapshot", () => {
    forEachSeed(60, (random) => checkOrder(random, (events) => events));
  });

  it("canary: the same check catches an event that gets lost", () => {
    const losing = (events: readonly CacheEvent[]): readonly CacheEvent[] => events.slice(0, -3);
    assert.isDefined(firstFailure(30, (random) => checkOrder(random, losing)));
  });

  it("rows are what a naive sum over the raw objects gives, with assumptions made and forgotten", () => {
    forEachSeed(60, (random) => checkRows(random, (event) => event));
  });

  it("canary: the same check catches a deletion that gets lost", () => {
    const deaf = (event: CacheEvent): CacheEvent | undefined =>
      event.type === "delete" && event.resource === "pods" ? undefined : event;
    assert.isDefined(firstFailure(30, (random) => checkRows(random, deaf)));
  });

  it("a published snapshot never changes, frozen or not", () => {
    forEachSeed(8, (random) => {
      const cache = newCache({ ...randomOptions(random), freeze: random.chance(0.3) });
      const kept: { snapshot: Snapshot; copy: string }[] = [];
      for (const event of randomHistory(random, LENGTH).events) {
        cache.enqueue(event);
        if (!random.chance(0.2)) continue;
        const snapshot = cache.advance();
        kept.push({ snapshot, copy: everything(snapshot) });
      }
      for (const { snapshot, copy } of kept) assert.equal(everything(snapshot), copy);
    });
  });

  it("canary: the same comparison catches one written number", () => {
    const cache = newCache({ freeze: false });
    const events = randomHistory(new Random(1), LENGTH).events;
    for (const event of events) cache.enqueue(event);
    const snapshot = cache.advance();
    const copy = everything(snapshot);
    snapshot.rows[0]![3] = 17;
    assert.notEqual(everything(snapshot), copy);
  });
});

function checkOrder(random: Random, damage: (events: readonly CacheEvent[]) => readonly CacheEvent[]): void {
  const options = randomOptions(random);
  const history: History = randomHistory(random, LENGTH);
  const expected = canonical(run(options, history.events, () => true));
  assert.deepEqual(canonical(run(options, history.final, () => false)), expected, "the final objects at once");
  const shuffled = random.shuffled(history.final);
  assert.deepEqual(
    canonical(run(options, shuffled, () => random.chance(0.3))),
    expected,
    "the final objects, shuffled",
  );
  const delivered = damage(interleaved(random, history.events));
  assert.deepEqual(canonical(run(options, delivered, () => random.chance(0.3))), expected, "another delivery");
}

function run(options: Partial<CacheOptions>, events: readonly CacheEvent[], isAdvancing: () => boolean): Snapshot {
  const cache = newCache(options);
  for (const event of events) {
    cache.enqueue(event);
    if (isAdvancing()) cache.advance();
  }
  const snapshot = cache.advance();
  assert.strictEqual(cache.advance(), snapshot, "nothing new, the same object");
  return snapshot;
}

function randomOptions(random: Random): Partial<CacheOptions> {
  return {
    useOwners: random.chance(0.5),
    adoptEmptyVolcano: random.chance(0.3),
    unknownQueue: random.pick(["default", "wait"]),
    ...(random.chance(0.3) && { nodeSelector: parseSelector("pool=batch") }),
    ...(random.chance(0.3) && { namespaceSelector: parseSelector("team in (ours)") }),
  };
}

// The naive twin of the rows.

interface Truth {
  readonly objects: Map<string, KubeObject>;
  /** Node by UID of the pods whose bind is assumed. */
  readonly binds: Map<string, string>;
  readonly evicted: Set<string>;
}

function checkRows(random: Random, deliver: (event: CacheEvent) => CacheEvent | undefined): void {
  const cache = newCache();
  const truth: Truth = { objects: new Map(), binds: new Map(), evicted: new Set() };
  for (const event of randomHistory(random, LENGTH).events) {
    const delivered = deliver(event);
    if (delivered !== undefined) cache.enqueue(delivered);
    tell(truth, event);
    if (random.chance(0.5)) continue;
    const snapshot = cache.advance();
    assert.deepEqual(askedRows(snapshot), naiveRows(truth));
    assert.equal(cache.assumedCount, new Set([...truth.binds.keys(), ...truth.evicted]).size);
    assumeSomething(random, cache, truth, snapshot);
    assert.deepEqual(askedRows(cache.advance()), naiveRows(truth));
  }
}

/** Without what only scores read; requests.test.ts has that. */
function askedRows(snapshot: Snapshot): Record<string, CanonicalNode> {
  const isAsked = ([name]: [string, number]): boolean => !name.startsWith("batch-scheduler/scored-");
  const asked = (amounts: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(amounts).filter(isAsked));
  return Object.fromEntries(
    Object.entries(canonicalRows(snapshot)).map(([name, row]) => [
      name,
      { ...row, used: asked(row.used), releasing: asked(row.releasing) },
    ]),
  );
}

function tell(truth: Truth, event: CacheEvent): void {
  const id = `${event.resource} ${event.object.metadata.name}`;
  const { uid = "", deletionTimestamp } = event.object.metadata;
  if (event.type === "delete") truth.objects.delete(id);
  else truth.objects.set(id, event.object);
  if (event.resource !== "pods") return;
  if (event.type === "delete" || event.object.spec?.["nodeName"] !== undefined) truth.binds.delete(uid);
  if (event.type === "delete" || deletionTimestamp !== undefined) truth.evicted.delete(uid);
}

function assumeSomething(random: Random, cache: ClusterCache, truth: Truth, snapshot: Snapshot): void {
  const pods = [...truth.objects].filter(([id]) => id.startsWith("pods "));
  const nodes = [...nodesOf(snapshot)];
  if (pods.length === 0 || nodes.length === 0) return;
  const [, target] = random.pick(pods);
  const uid = target.metadata.uid ?? "";
  const reference = { task: `x/${target.metadata.name}`, uid, job: "", group: "" };
  if (random.chance(0.3)) {
    cache.forget(uid);
    truth.binds.delete(uid);
    truth.evicted.delete(uid);
  } else if (target.spec?.["nodeName"] === undefined) {
    const node = random.pick(nodes).name;
    const mark = { cycleId: "c", planned: 1, minimum: 1 };
    cache.assumeBind({ kind: "bind", ...reference, node, mark, priority: 0 } satisfies Bind);
    truth.binds.set(uid, node);
  } else if (target.metadata.deletionTimestamp === undefined) {
    const node = target.spec["nodeName"] as string;
    cache.assumeEvict({ kind: "evict", ...reference, node, action: "preempt", for: "", reason: "" } satisfies Evict);
    truth.evicted.add(uid);
  }
}

function naiveRows(truth: Truth): Record<string, CanonicalNode> {
  const rows: [string, CanonicalNode][] = [];
  for (const [id, { metadata, status }] of truth.objects) {
    if (!id.startsWith("nodes ")) continue;
    const allocatable = amountsOf(status?.["allocatable"]);
    if (allocatable === undefined) continue;
    const used: Record<string, number> = {};
    const releasing: Record<string, number> = {};
    for (const pod of truth.objects.values()) {
      if (pod.status?.["phase"] === undefined || pod.status["allocatable"] !== undefined) continue;
      const uid = pod.metadata.uid ?? "";
      if ((pod.spec?.["nodeName"] ?? truth.binds.get(uid)) !== metadata.name) continue;
      if (["Succeeded", "Failed"].includes(pod.status["phase"] as string) || pod.spec?.["containers"] === undefined)
        continue;
      const containers = pod.spec["containers"] as { resources: { requests: Record<string, string> } }[];
      const asked = amountsOf(containers[0]!.resources.requests) ?? {};
      const isOurs = pod.spec["schedulerName"] === OURS;
      const held: Record<string, number> = { ...asked, pods: 1, ...(isOurs && { "batch-scheduler/own-pods": 1 }) };
      const isLeaving = pod.metadata.deletionTimestamp !== undefined || truth.evicted.has(uid);
      for (const [name, amount] of Object.entries(held)) {
        if (amount === 0) continue;
        used[name] = (used[name] ?? 0) + Math.min(amount, OVERSIZED);
        if (isLeaving) releasing[name] = (releasing[name] ?? 0) + Math.min(amount, OVERSIZED);
      }
    }
    rows.push([metadata.name, { allocatable, used, releasing, pipelined: {} }]);
  }
  return Object.fromEntries(rows.sort(([left], [right]) => compareText(left, right)));
}

/** Undefined where one is invalid. */
function amountsOf(raw: unknown): Record<string, number> | undefined {
  const result: Record<string, number> = {};
  for (const [name, text] of Object.entries(raw as Record<string, string>)) {
    const nano = parseQuantity(text);
    if (nano === undefined || nano < 0n) return undefined;
    const unit = name === "cpu" ? NANO / 1000n : NANO;
    const whole = (nano + unit - 1n) / unit;
    result[name] = whole > 2n ** 53n - 1n ? Infinity : Number(whole);
  }
  return result;
}

function everything(snapshot: Snapshot): string {
  return JSON.stringify(snapshot, (_key, value: unknown) => {
    if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
    if (value instanceof Float64Array) return [...value];
    return value === Infinity ? "Infinity" : value;
  });
}
