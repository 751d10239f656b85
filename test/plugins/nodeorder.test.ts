import { assert } from "chai";
import type { Arguments, Node, ResourceVector, Shape } from "../../src/model/index.ts";
import { FIRST_DIMENSIONS } from "../../src/model/index.ts";
import { binpack } from "../../src/plugins/binpack.ts";
import { nodeorder } from "../../src/plugins/nodeorder/index.ts";
import type { NodeOrder, PluginFactory } from "../../src/session/index.ts";
import { GIB, nodeWith, openSession } from "../support/scenario.ts";
import { nodeOf, requestsOf, shapeOf } from "../support/session-world.ts";
import { hooksOf, IDLE, roomOn, scoresOf } from "./questions.ts";

/** The order of that name, as the plugin gives it for these arguments. */
function orderOf(plugin: PluginFactory, name: string, values: Arguments = new Map()): NodeOrder {
  const order = hooksOf(plugin, values).nodeOrders?.find((one) => one.name === name);
  if (order === undefined) throw new Error(`no order ${name}`);
  return order;
}

// NodeResourcesFit, weights 1 and 1: least = mean of floor((capacity - requested) * 100 / capacity), most = mean of
// floor(requested * 100 / capacity), each mean rounded down; requests of 0 count as 100m and 200 MiB.
describe("least and most requested", () => {
  const cases: readonly {
    readonly name: string;
    readonly allocatable?: ResourceVector;
    readonly running?: ResourceVector;
    readonly requests: ResourceVector;
    readonly least: number;
    readonly most: number;
  }[] = [
    { name: "a quarter of cpu, half of memory", requests: requestsOf(1000, 8 * GIB), least: 62, most: 37 }, // (75 + 50) / 2
    {
      name: "beside a pod",
      running: requestsOf(1000, 4 * GIB),
      requests: requestsOf(1000, 4 * GIB),
      least: 50,
      most: 50,
    },
    { name: "all of it", requests: requestsOf(4000, 16 * GIB), least: 0, most: 100 },
    {
      name: "rounded down per resource, then in the mean",
      allocatable: [3000, 3 * GIB, 10],
      requests: requestsOf(1000, GIB),
      least: 66,
      most: 33,
    },
    {
      name: "nothing requested counts as 100m and 200Mi",
      allocatable: [1000, 2000 * 2 ** 20, 10],
      requests: requestsOf(0, 0),
      least: 90,
      most: 10,
    },
    {
      name: "pods without requests are told apart from no pods",
      allocatable: [1000, 2000 * 2 ** 20, 10],
      running: requestsOf(0, 0),
      requests: requestsOf(0, 0),
      least: 80,
      most: 20,
    },
    {
      name: "overcommitted cpu scores 0",
      running: requestsOf(3500, 0),
      requests: requestsOf(1000, 8 * GIB - 200 * 2 ** 20),
      least: 25,
      most: 25,
    },
    {
      name: "a resource that the node lacks is left out",
      allocatable: [4000, 0, 10],
      requests: requestsOf(1000, 0),
      least: 75,
      most: 25,
    },
    { name: "a node without both scores 0", allocatable: [0, 0, 10], requests: requestsOf(0, 0), least: 0, most: 0 },
  ];
  for (const c of cases) {
    it(`${c.name}: ${String(c.least)} and ${String(c.most)}`, () => {
      const node = nodeOf("n", 0, { allocatable: c.allocatable ?? nodeWith("n").allocatable });
      const room = roomOn(node, c.running === undefined ? [] : [shapeOf({ requests: c.running })]);
      const shape = shapeOf({ requests: c.requests });
      const scores = ["LeastRequested", "MostRequested"].map((name) =>
        scoresOf(orderOf(nodeorder, name), shape, [{ node, room }]),
      );
      assert.deepEqual(scores, [[c.least], [c.most]]);
    });
  }
});

describe("preferred node affinity", () => {
  const preferring = (...terms: readonly (readonly [number, string])[]): Shape =>
    shapeOf({
      ...IDLE,
      preferredNodeTerms: terms.map(([weight, zone]) => ({
        weight,
        term: { matchExpressions: [{ key: "zone", operator: "In", values: [zone] }], matchFields: [] },
      })),
    });
  const cases: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly zones: string;
    readonly scores: number[];
  }[] = [
    {
      name: "the highest sum is 100, the others their share of it",
      shape: preferring([30, "a"], [10, "b"]),
      zones: "abc",
      scores: [100, 33, 0],
    },
    {
      name: "weights of all terms that match are summed",
      shape: preferring([30, "a"], [10, "a"], [20, "b"]),
      zones: "ab",
      scores: [100, 50],
    },
    { name: "nobody matches: all 0", shape: preferring([30, "x"]), zones: "ab", scores: [0, 0] },
    { name: "equal sums are all 100", shape: preferring([1, "a"], [1, "b"]), zones: "ab", scores: [100, 100] },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const nodes = Array.from(c.zones).map((zone) => ({
        node: nodeWith(zone, { labels: new Map([["zone", zone]]) }),
      }));
      assert.deepEqual(scoresOf(orderOf(nodeorder, "NodeAffinity"), c.shape, nodes), c.scores);
    });
  }

  it("an empty term prefers nothing", () => {
    const shape = shapeOf({
      ...IDLE,
      preferredNodeTerms: [{ weight: 5, term: { matchExpressions: [], matchFields: [] } }],
    });
    assert.deepEqual(scoresOf(orderOf(nodeorder, "NodeAffinity"), shape, [{ node: nodeWith("n") }]), [0]);
  });

  it("is not asked for a pod that prefers nothing", () => {
    assert.isFalse(orderOf(nodeorder, "NodeAffinity").appliesTo?.(IDLE));
  });
});

describe("PreferNoSchedule taints", () => {
  const soft = (...keys: readonly string[]): Node["taints"] =>
    keys.map((key) => ({ key, value: "", effect: "PreferNoSchedule" }));
  const tolerating = (key: string, effect: string): Shape =>
    shapeOf({ ...IDLE, tolerations: [{ key, operator: "Exists", value: "", effect }] });
  const cases: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly taints: Node["taints"][];
    readonly scores: number[];
  }[] = [
    {
      name: "fewer are better, in shares of the most",
      shape: IDLE,
      taints: [soft(), soft("a"), soft("a", "b", "c")],
      scores: [100, 67, 0],
    },
    { name: "none anywhere: all 100", shape: IDLE, taints: [soft(), soft()], scores: [100, 100] },
    { name: "the same number everywhere: all 0", shape: IDLE, taints: [soft("a"), soft("b")], scores: [0, 0] },
    {
      name: "a tolerated one does not count",
      shape: tolerating("a", "PreferNoSchedule"),
      taints: [soft("a"), soft("b")],
      scores: [100, 0],
    },
    {
      name: "tolerated for every effect does not count",
      shape: tolerating("a", ""),
      taints: [soft("a"), soft("b")],
      scores: [100, 0],
    },
    {
      name: "tolerated for NoSchedule alone counts",
      shape: tolerating("a", "NoSchedule"),
      taints: [soft("a"), soft()],
      scores: [0, 100],
    },
    {
      name: "NoSchedule taints do not count",
      shape: IDLE,
      taints: [[{ key: "a", value: "", effect: "NoSchedule" }], soft("b")],
      scores: [100, 0],
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const nodes = c.taints.map((taints, index) => ({ node: nodeWith(`n${String(index)}`, { taints }) }));
      assert.deepEqual(scoresOf(orderOf(nodeorder, "TaintToleration"), c.shape, nodes), c.scores);
    });
  }
});

describe("weights of nodeorder", () => {
  const weights = (values: Arguments): readonly (readonly [string, number])[] =>
    (hooksOf(nodeorder, values).nodeOrders ?? []).map(({ name, weight }) => [name, weight] as const);

  it("defaults are those of kube-scheduler", () => {
    const defaults = new Map(Object.entries(nodeorder.arguments).map(([name, spec]) => [name, spec.default]));
    assert.deepEqual(weights(defaults), [
      ["LeastRequested", 1],
      ["MostRequested", 0],
      ["NodeAffinity", 2],
      ["TaintToleration", 3],
      ["Binpack", 0],
    ]);
  });

  it("a session opened with the defaults asks no order of weight 0", () => {
    const session = openSession({ nodes: [], jobs: [] });
    assert.notInclude(
      session.hooks.nodeOrders.map(({ weight }) => weight),
      0,
    );
  });

  it("arguments set them", () => {
    const set = weights(
      new Map([
        ["leastrequested.weight", 0],
        ["binpack.weight", 7],
      ]),
    );
    assert.deepEqual(
      set.filter(([name]) => name === "Binpack" || name === "LeastRequested"),
      [
        ["LeastRequested", 0],
        ["Binpack", 7],
      ],
    );
  });
});

// Volcano's binpack: sum of weight * (used + requested) * 100 / capacity over the requested resources, over the sum of weights.
describe("binpack", () => {
  const GPU = FIRST_DIMENSIONS.length;
  const withGpus = (requests: ResourceVector, count: number): ResourceVector => [
    ...requests,
    ...Array.from({ length: GPU - requests.length }, () => 0),
    count,
  ];
  const allocatable = withGpus([4000, 16 * GIB, 110], 8);
  const cases: readonly {
    readonly name: string;
    readonly running?: ResourceVector;
    readonly requests: ResourceVector;
    readonly values?: Record<string, number | string>;
    readonly score: number;
  }[] = [
    { name: "the mean used share, pod included", requests: requestsOf(1000, 8 * GIB), score: 37 }, // (25 + 50) / 2
    { name: "what runs already counts", running: requestsOf(1000, 0), requests: requestsOf(1000, 8 * GIB), score: 50 },
    {
      name: "a resource that is not requested does not count",
      running: requestsOf(0, 16 * GIB),
      requests: requestsOf(1000, 0),
      score: 25,
    },
    { name: "weights inside the score", requests: requestsOf(1000, 8 * GIB), values: { "binpack.cpu": 3 }, score: 31 }, // (3*25 + 50) / 4
    {
      name: "a weight of 0 leaves a resource out",
      requests: requestsOf(1000, 8 * GIB),
      values: { "binpack.cpu": 0 },
      score: 50,
    },
    { name: "a resource that nobody named counts 0", requests: withGpus(requestsOf(1000, 0), 8), score: 25 },
    {
      name: "a named resource counts with its weight",
      requests: withGpus(requestsOf(1000, 0), 8),
      values: { "binpack.resources": "example.com/x, nvidia.com/gpu", "binpack.resources.nvidia.com/gpu": 2 },
      score: 75, // (25 + 2*100) / 3
    },
    { name: "nothing requested scores 0", requests: requestsOf(0, 0), score: 0 },
    {
      name: "an overcommitted resource adds nothing",
      running: requestsOf(4000, 0),
      requests: requestsOf(1000, 8 * GIB),
      score: 25,
    },
  ];
  for (const c of cases) {
    it(`${c.name}: ${String(c.score)}`, () => {
      const node = nodeOf("n", 0, { allocatable });
      const room = roomOn(node, c.running === undefined ? [] : [shapeOf({ requests: c.running })]);
      const session = openSession({ nodes: [], jobs: [] });
      const view = Object.create(session, {
        dimensions: { value: [...FIRST_DIMENSIONS, "nvidia.com/gpu"] },
      }) as typeof session;
      const [order] = binpack.create(new Map(Object.entries(c.values ?? {}))).onSessionOpen(view).nodeOrders ?? [];
      if (order === undefined) throw new Error("no order");
      assert.deepEqual(scoresOf(order, shapeOf({ requests: c.requests }), [{ node, room }]), [c.score]);
    });
  }

  it("binpack.weight is the weight among the other scores", () => {
    assert.equal(orderOf(binpack, "Binpack", new Map([["binpack.weight", 5]])).weight, 5);
    assert.equal(orderOf(binpack, "Binpack").weight, 1);
  });
});
