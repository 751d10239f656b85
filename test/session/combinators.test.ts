// How several plugins' answers become one: each combinator, over plugins in tiers, with switches.

import { assert } from "chai";
import { FITS, misfit } from "../../src/model/index.ts";
import type { Switch } from "../../src/model/index.ts";
import { combineHooks } from "../../src/session/index.ts";
import type { CombinedHooks, Hooks, VictimUnit } from "../../src/session/index.ts";
import { gang, openSession } from "../support/scenario.ts";
import { requestsOf, shapeOf } from "../support/session-world.ts";

const SHAPE = shapeOf({ requests: requestsOf(0, 0) });
const [LEFT, RIGHT] = [gang("ns/left", { members: 1 }), gang("ns/right", { members: 1 })];
const VIEW = openSession({ nodes: [], jobs: [] });

/** Plugins by tier, each with its hooks and the switches that are off. */
function combined(...tiers: readonly (readonly (Hooks & { readonly off?: Switch })[])[]): CombinedHooks {
  return combineHooks(
    tiers.map((tier) =>
      tier.map(({ off, ...hooks }, place) => ({
        policy: { name: `p${String(place)}`, arguments: new Map(), disabled: new Set(off === undefined ? [] : [off]) },
        plugin: { onSessionOpen: () => hooks },
      })),
    ),
    VIEW,
  );
}

describe("first difference: who goes first", () => {
  const by = (answer: number): Hooks => ({ jobOrder: () => answer });
  const cases = [
    { name: "nobody has an opinion", hooks: combined([by(0)], [by(0)]), answer: 0 },
    { name: "the earlier tier", hooks: combined([by(-1)], [by(5)]), answer: -1 },
    { name: "the later tier where the earlier sees no difference", hooks: combined([by(0)], [by(5)]), answer: 5 },
    { name: "the earlier plugin of a tier", hooks: combined([by(0), by(2), by(-3)]), answer: 2 },
    {
      name: "a plugin that is switched off is not asked",
      hooks: combined([{ ...by(-1), off: "JobOrder" }, by(4)]),
      answer: 4,
    },
    { name: "another switch does not matter", hooks: combined([{ ...by(-1), off: "TaskOrder" }, by(4)]), answer: -1 },
    { name: "no plugin at all", hooks: combined([{}]), answer: 0 },
  ];
  for (const c of cases) it(c.name, () => assert.equal(c.hooks.jobOrder(LEFT, RIGHT), c.answer));
});

describe("all must agree: ready and pipelined", () => {
  const says = (answer: boolean): Hooks => ({ jobReady: () => answer, jobPipelined: () => answer });
  const cases = [
    { name: "nobody asked", hooks: combined([{}]), answer: true },
    { name: "one of a later tier disagrees", hooks: combined([says(true)], [says(false)]), answer: false },
    { name: "all agree", hooks: combined([says(true)], [says(true)]), answer: true },
  ];
  for (const c of cases) {
    it(c.name, () => {
      assert.equal(c.hooks.jobReady(LEFT), c.answer);
      assert.equal(c.hooks.jobPipelined(LEFT), c.answer);
    });
  }
  it("each has its own switch", () => {
    const hooks = combined([{ ...says(false), off: "JobReady" }]);
    assert.deepEqual([hooks.jobReady(LEFT), hooks.jobPipelined(LEFT)], [true, false]);
  });
});

describe("first refusal: valid, enqueueable, prefilter", () => {
  const refusing = (message: string): Hooks => ({
    jobValid: () => ({ reason: "QueueLimit", message }),
    jobEnqueueable: () => ({ reason: "QueueLimit", message }),
    prefilter: () => ({ kind: "refuse", reasons: [message] }),
  });
  const silent: Hooks = {
    jobValid: () => undefined,
    jobEnqueueable: () => undefined,
    prefilter: () => ({ kind: "pass" }),
  };
  it("the first that refuses gives the words", () => {
    const hooks = combined([silent], [refusing("a"), refusing("b")]);
    assert.equal(hooks.jobValid(LEFT)?.message, "a");
    assert.equal(hooks.jobEnqueueable(LEFT)?.message, "a");
    assert.deepEqual(hooks.prefilter(SHAPE), { kind: "refuse", reasons: ["a"] });
  });
  it("nobody refuses", () => {
    const hooks = combined([silent], [{}]);
    assert.deepEqual(
      [hooks.jobValid(LEFT), hooks.jobEnqueueable(LEFT), hooks.prefilter(SHAPE)],
      [undefined, undefined, { kind: "pass" }],
    );
  });
  const only = (reason: string, ...nodes: readonly string[]): Hooks => ({
    prefilter: () => ({ kind: "restrict", nodes: new Set(nodes), reason }),
  });
  it("restrictions intersect", () => {
    const hooks = combined([only("x", "n1", "n2")], [silent, only("y", "n2", "n3")]);
    assert.deepEqual(hooks.prefilter(SHAPE), { kind: "restrict", nodes: new Set(["n2"]), reason: "y" });
  });
  it("a refusal wins over a restriction before it", () => {
    assert.equal(combined([only("x", "n1"), refusing("a")]).prefilter(SHAPE).kind, "refuse");
  });
});

describe("first opinion: candidate sets", () => {
  const sets = (name: string): Hooks => ({ candidateSets: () => [{ name, includes: () => true }] });
  const names = (hooks: CombinedHooks): readonly string[] => hooks.candidateSets(LEFT).map(({ name }) => name);
  it("the first that does not abstain", () =>
    assert.deepEqual(names(combined([{ candidateSets: () => "abstain" }], [sets("a"), sets("b")])), ["a"]));
  it("all abstain: one set of all nodes", () =>
    assert.deepEqual(names(combined([{ candidateSets: () => "abstain" }])), [""]));
  it("no set at all is an opinion", () =>
    assert.deepEqual(names(combined([{ candidateSets: () => [] }], [sets("a")])), []));
});

describe("intersection over all tiers: victims", () => {
  const units = ["a", "b", "c"].map((name): VictimUnit => {
    const job = gang(`ns/${name}`, { members: 1 });
    return { kind: "whole", job, tasks: job.tasks };
  });
  const keeping = (...names: readonly string[]): Hooks => ({
    victims: (_preemptor, offered) => offered.filter(({ job }) => names.includes(job.name.slice(3))),
  });
  const cases: readonly { readonly name: string; readonly hooks: CombinedHooks; readonly left: readonly string[] }[] = [
    { name: "no filter: all may leave", hooks: combined([{}]), left: ["a", "b", "c"] },
    { name: "a veto of a later tier holds", hooks: combined([keeping("a", "b")], [keeping("b", "c")]), left: ["b"] },
    { name: "an empty answer is no abstention", hooks: combined([keeping()], [keeping("a")]), left: [] },
    { name: "who abstains vetoes nobody", hooks: combined([{ victims: () => "abstain" }, keeping("c")]), left: ["c"] },
    {
      name: "a filter cannot add what was not offered",
      hooks: combined([keeping("a")], [{ victims: () => units }]),
      left: ["a"],
    },
    {
      name: "a filter that is switched off vetoes nobody",
      hooks: combined([{ ...keeping(), off: "Preemptable" }]),
      left: ["a", "b", "c"],
    },
  ];
  for (const c of cases) {
    it(c.name, () =>
      assert.deepEqual(
        c.hooks.victims(LEFT, units).map(({ job }) => job.name.slice(3)),
        c.left,
      ),
    );
  }
});

describe("predicates and node orders", () => {
  const predicate = (name: string, dependsOn: "static" | "node" | "domain" | "cluster"): Hooks => ({
    predicates: [{ name, dependsOn, check: () => FITS }],
  });
  it("are asked in configured order, those that count neighbours after all others", () => {
    const hooks = combined(
      [predicate("a", "cluster"), predicate("b", "node")],
      [predicate("c", "domain"), predicate("d", "static")],
    );
    assert.deepEqual(
      hooks.predicates.map(({ name }) => name),
      ["b", "d", "a", "c"],
    );
  });
  it("a weight of 0 is not asked", () => {
    const order = (name: string, weight: number): Hooks => ({
      nodeOrders: [{ name, weight, dependsOn: "static", score: () => 1 }],
    });
    assert.deepEqual(
      combined([order("a", 0), order("b", 2)]).nodeOrders.map(({ name }) => name),
      ["b"],
    );
  });
  it("the switch of a plugin takes its prefilter and its predicates together", () => {
    const hooks = combined([
      { ...predicate("a", "node"), prefilter: () => ({ kind: "refuse", reasons: ["x"] }), off: "Predicate" },
    ]);
    assert.deepEqual([hooks.predicates.length, hooks.prefilter(SHAPE)], [0, { kind: "pass" }]);
  });
  it("a misfit is frozen: it is one value for many nodes", () => {
    const value = misfit(["a"], true);
    assert.isTrue(Object.isFrozen(value) && Object.isFrozen(value.reasons));
  });
});
