// Expectations: what one case wants of its output, all about the state after the last cycle unless it says otherwise.

import { FINISHED, type InputWorld } from "./input.ts";
import type { Output, OutputCycle } from "./output.ts";

export interface SetExpectation {
  readonly exactly?: readonly string[];
  readonly count?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly of?: readonly string[];
  readonly noneOf?: readonly string[];
  readonly action?: string;
}

type OneOrMany<T> = T | readonly T[];
type ByName<T> = Readonly<Record<string, T>>;
type GroupExpectations = ByName<Readonly<Record<string, unknown>>>;
type PendingExpectations = ByName<{ readonly reason?: string; readonly message?: string }>;

export interface Expectation {
  readonly bound?: OneOrMany<SetExpectation>;
  readonly evicted?: OneOrMany<SetExpectation>;
  readonly onNode?: ByName<OneOrMany<string>>;
  readonly placed?: ByName<OneOrMany<string>>;
  readonly groups?: GroupExpectations;
  readonly pending?: PendingExpectations;
  readonly firstCycle?: {
    readonly binds?: readonly string[];
    readonly evictions?: readonly string[];
    readonly pipelined?: readonly string[];
    readonly groups?: GroupExpectations;
    readonly pending?: PendingExpectations;
  };
  readonly bindOrder?: readonly string[];
  readonly spread?: { readonly pods: readonly string[]; readonly maxPerNode: number };
  readonly together?: readonly string[];
  readonly oneOf?: readonly Expectation[];
  readonly cyclesAtMost?: number;
  readonly stable?: boolean;
  readonly onlyPods?: boolean;
}

export function checkExpectations(output: Output, world: InputWorld, expect: Expectation): string[] {
  const [first, last] = [output.cycles.at(0)!, output.cycles.at(-1)!];
  const placements = new Map(Object.entries(output.placements));
  const evictions = output.cycles.flatMap((cycle) => cycle.evictions);
  const binds = output.cycles.flatMap((cycle) => cycle.binds);
  const bound = [...world.pods.values()].filter(
    ({ id, node, phase }) => node === undefined && !FINISHED.has(phase) && placements.has(id),
  );
  const foreign = bound.filter(({ isOurs }) => !isOurs).map(({ id }) => id);
  const problems = foreign.length === 0 ? [] : [`pods of another scheduler are bound: ${show(foreign)}`];

  if (expect.bound !== undefined)
    problems.push(
      ...checkSet(
        "bound",
        bound.map(({ id }) => id),
        expect.bound,
      ),
    );
  if (expect.evicted !== undefined) {
    problems.push(...checkSet("evicted", [...new Set(evictions.map(({ pod }) => pod))], expect.evicted));
    for (const { action: wanted } of listOf(expect.evicted)) {
      const others = evictions.filter(({ action }) => wanted !== undefined && action !== wanted);
      for (const { pod, action } of others) problems.push(`${pod} is evicted by ${action}, expected ${wanted!}`);
    }
  }
  for (const [id, wanted] of Object.entries({ ...expect.onNode, ...expect.placed })) {
    const node = placements.get(id);
    if (node === undefined || !listOf(wanted).includes(node))
      problems.push(`${id} is on ${node ?? "no node"}, expected ${listOf(wanted).join(" or ")}`);
  }
  problems.push(...checkGroups(last, expect.groups), ...checkPending(last, expect.pending));
  const { firstCycle = {} } = expect;
  const atFirst = [...checkGroups(first, firstCycle.groups), ...checkPending(first, firstCycle.pending)];
  problems.push(...atFirst.map((problem) => `first cycle: ${problem}`));
  for (const key of ["binds", "evictions", "pipelined"] as const) {
    const [actual, wanted] = [first[key].map(({ pod }) => pod), firstCycle[key]];
    if (wanted !== undefined && show(actual) !== show(wanted))
      problems.push(`first cycle: ${key} ${show(actual)}, expected ${show(wanted)}`);
  }
  problems.push(
    ...checkBindOrder(
      binds.map(({ pod }) => pod),
      expect.bindOrder ?? [],
    ),
  );
  if (expect.spread !== undefined) {
    const { pods, maxPerNode } = expect.spread;
    const perNode = Map.groupBy(
      pods.filter((id) => placements.has(id)),
      (id) => placements.get(id)!,
    );
    for (const [node, all] of perNode)
      if (maxPerNode < all.length) problems.push(`${all.length} of the pods share ${node}, at most ${maxPerNode} may`);
  }
  if (expect.together !== undefined && new Set(expect.together.map((id) => placements.get(id))).size !== 1) {
    problems.push(`${show(expect.together)} are not on one node`);
  }
  if (expect.cyclesAtMost !== undefined) {
    const lastChange = output.cycles.findLastIndex((cycle) => 0 < cycle.binds.length + cycle.evictions.length) + 1;
    if (expect.cyclesAtMost < lastChange)
      problems.push(`something still changed in cycle ${lastChange}, expected rest after ${expect.cyclesAtMost}`);
  }
  if (expect.stable !== undefined && output.stable !== expect.stable) problems.push(`stable is ${output.stable}`);
  if (expect.onlyPods === true) {
    const strangers = [...new Set([...placements.keys(), ...binds.map(({ pod }) => pod)])].filter(
      (id) => !world.pods.has(id),
    );
    if (0 < strangers.length) problems.push(`pods that are not in the input: ${show(strangers)}`);
  }
  if (expect.oneOf !== undefined) {
    const tries = expect.oneOf.map((alternative) => checkExpectations(output, world, alternative));
    if (tries.every((problemsOfOne) => 0 < problemsOfOne.length)) {
      problems.push(`none of the allowed outcomes: ${tries.map(([problem]) => problem).join(" | ")}`);
    }
  }
  return problems;
}

function checkSet(what: "bound" | "evicted", actual: readonly string[], wanted: OneOrMany<SetExpectation>): string[] {
  return listOf(wanted).flatMap(({ exactly, count, atLeast, atMost, of, noneOf }, _, all) => {
    const problems: string[] = [];
    const pool = of === undefined ? actual : actual.filter((id) => of.includes(id));
    const label = of === undefined ? "" : ` of ${6 < of.length ? `${of.length} pods` : show(of)}`;
    const found = `${what} ${pool.length}${label}`;
    if (exactly !== undefined && show(actual) !== show(exactly))
      problems.push(`${what} ${show(actual)}, expected exactly ${show(exactly)}`);
    if (count !== undefined && pool.length !== count) problems.push(`${found}, expected ${count}`);
    if (atLeast !== undefined && pool.length < atLeast) problems.push(`${found}, expected at least ${atLeast}`);
    if (atMost !== undefined && atMost < pool.length) problems.push(`${found}, expected at most ${atMost}`);
    const forbidden = actual.filter((id) => noneOf?.includes(id));
    if (0 < forbidden.length) problems.push(`${what} ${show(forbidden)}, which must not be`);
    // Whoever names the pods that may be evicted means that no other is.
    const outside = actual.filter((id) => of?.includes(id) === false);
    if (what === "evicted" && 0 < outside.length && all.length === 1) problems.push(`${what} also ${show(outside)}`);
    return problems;
  });
}

function checkGroups({ groups }: OutputCycle, expected: GroupExpectations = {}): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const group = groups.find((one) => one.group === name);
    if (group === undefined) return [`group ${name} is not listed`];
    const fields = new Map<string, unknown>(Object.entries(group));
    const text = `${group.reason ?? ""} ${group.message ?? ""}`.trim();
    return Object.entries(wanted).flatMap(([key, value]) => {
      if (key === "reason" && value === true) return text === "" ? [`group ${name} gives no reason`] : [];
      if (key === "text")
        return new RegExp(String(value), "s").test(text)
          ? []
          : [`group ${name} says "${text}", expected /${String(value)}/`];
      const [actual, expectedText] = [JSON.stringify(fields.get(key)), JSON.stringify(value)];
      return actual === expectedText ? [] : [`group ${name}: ${key} is ${actual}, expected ${expectedText}`];
    });
  });
}

function checkPending({ pending }: OutputCycle, expected: PendingExpectations = {}): string[] {
  return Object.entries(expected).flatMap(([id, wanted]) => {
    const entry = pending.find(({ pod }) => pod === id);
    if (entry === undefined) return [`${id} is not listed as pending`];
    const { reason = "", message = "" } = entry;
    const problems = reason === "" || message === "" ? [`${id} is pending without reason and message`] : [];
    if (wanted.reason !== undefined && reason !== wanted.reason)
      problems.push(`${id}: reason ${reason}, expected ${wanted.reason}`);
    if (wanted.message !== undefined && !new RegExp(wanted.message, "s").test(message))
      problems.push(`${id}: "${message}", expected /${wanted.message}/`);
    return problems;
  });
}

function checkBindOrder(binds: readonly string[], wanted: readonly string[]): string[] {
  const places = wanted.map((id) => binds.indexOf(id));
  const isRight = places.every((place, i) => 0 <= place && (i === 0 || places[i - 1]! < place));
  return isRight ? [] : [`binds in the order [${binds.join(" ")}], expected [${wanted.join(" ")}] in this order`];
}

function listOf<T>(value: OneOrMany<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Sorted: equal texts, equal sets. */
function show(ids: readonly string[]): string {
  return `[${[...ids].sort().join(" ")}]`;
}
