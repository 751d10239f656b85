import { assert } from "chai";
import {
  add,
  CPU,
  FIRST_DIMENSIONS,
  MEMORY,
  OWN_PODS,
  PODS,
  SCORED_CPU,
  SCORED_MEMORY,
} from "../../src/model/index.ts";
import type { ResourceVector } from "../../src/model/index.ts";
import { ALWAYS } from "../../src/plugins/index.ts";
import { resourcesFit } from "../../src/plugins/resources-fit.ts";
import { GIB, nodeWith, openSession } from "../support/scenario.ts";
import { nodeOf, requestsOf, shapeOf } from "../support/session-world.ts";
import { answerOf, hooksOf, IDLE, roomOn } from "./questions.ts";

const GPU = FIRST_DIMENSIONS.length; // the first dimension that a cluster adds; unnamed in an empty one

describe("the fit of resources", () => {
  const gpus = (count: number): ResourceVector => {
    const vector = Array.from({ length: GPU + 1 }, () => 0);
    vector[GPU] = count;
    return vector;
  };
  const cases: readonly {
    readonly name: string;
    readonly allocatable?: ResourceVector;
    readonly running?: readonly ResourceVector[];
    readonly leaving?: readonly ResourceVector[];
    readonly requests: ResourceVector;
    readonly answer: string;
  }[] = [
    {
      name: "exactly what is idle fits",
      running: [requestsOf(3000, 0)],
      requests: requestsOf(1000, 0),
      answer: "fits",
    },
    {
      name: "one thousandth of a core too much does not",
      running: [requestsOf(3000, 0)],
      requests: requestsOf(1001, 0),
      answer: "Insufficient cpu (curable)",
    },
    {
      name: "one byte too much does not",
      running: [requestsOf(0, 15 * GIB)],
      requests: requestsOf(0, GIB + 1),
      answer: "Insufficient memory (curable)",
    },
    {
      name: "every resource that is short is named, in the order of the dimensions",
      running: [requestsOf(4000, 16 * GIB)],
      requests: requestsOf(1, 1),
      answer: "Insufficient cpu, Insufficient memory (curable)",
    },
    { name: "more than the node has cannot be cured", requests: requestsOf(4001, 0), answer: "Insufficient cpu" },
    {
      name: "one of two that cannot be cured makes both incurable",
      running: [requestsOf(0, 16 * GIB)],
      requests: requestsOf(4001, GIB),
      answer: "Insufficient cpu, Insufficient memory",
    },
    { name: "0 of a resource that the node lacks fits", requests: add(requestsOf(1, 0), gpus(0)), answer: "fits" },
    {
      name: "1 of a resource that the node lacks does not",
      requests: add(requestsOf(1, 0), gpus(1)),
      answer: "Insufficient unknown resource",
    },
    {
      name: "0 of a resource that is overcommitted fits",
      running: [requestsOf(5000, 0)],
      requests: requestsOf(0, GIB),
      answer: "fits",
    },
    {
      name: "no pods in allocatable: too many pods",
      allocatable: [4000, GIB],
      requests: requestsOf(1, 0),
      answer: "Too many pods",
    },
    {
      name: "no pod slot is left",
      allocatable: [4000, GIB, 1],
      running: [requestsOf(0, 0)],
      requests: requestsOf(0, 0),
      answer: "Too many pods (curable)",
    },
    {
      name: "what is leaving is not free yet",
      leaving: [requestsOf(4000, 0)],
      requests: requestsOf(1, 0),
      answer: "Insufficient cpu (curable)",
    },
    { name: "infinitely much fits nowhere", requests: requestsOf(Infinity, 0), answer: "Insufficient cpu" },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const node = nodeOf("n", 0, { allocatable: c.allocatable ?? nodeWith("n").allocatable });
      const room = roomOn(
        node,
        (c.running ?? []).map((requests) => shapeOf({ requests })),
        (c.leaving ?? []).map((requests) => shapeOf({ requests })),
      );
      assert.equal(answerOf(resourcesFit, shapeOf({ requests: c.requests }), node, room), c.answer);
    });
  }

  it("dimensions of our own book-keeping are never short and never named", () => {
    const node = nodeOf("n", 0, { allocatable: [4000, GIB, 10] });
    for (const dimension of [OWN_PODS, SCORED_CPU, SCORED_MEMORY]) {
      assert.isAbove(IDLE.requests[dimension] ?? 0, 0);
      assert.equal(node.allocatable[dimension] ?? 0, 0);
    }
    assert.equal(answerOf(resourcesFit, IDLE, node), "fits");
    const full = shapeOf({ requests: requestsOf(5000, 2 * GIB) });
    assert.equal(answerOf(resourcesFit, full, node), "Insufficient cpu, Insufficient memory");
  });

  it("an extended resource is named as the cluster names it", () => {
    const session = openSession({ nodes: [], jobs: [] });
    const view = Object.create(session, {
      dimensions: { value: [...FIRST_DIMENSIONS, "nvidia.com/gpu"] },
    }) as typeof session;
    const [predicate] = resourcesFit.create(new Map()).onSessionOpen(view).predicates ?? [];
    const node = nodeWith("n");
    const fit = predicate?.check(shapeOf({ requests: add(requestsOf(0, 0), gpus(1)) }), node, roomOn(node));
    assert.deepInclude(fit, { kind: "misfit", reasons: ["Insufficient nvidia.com/gpu"] });
  });

  it("equal shortages are one value, so that nodes can be counted by it", () => {
    const [predicate] = hooksOf(resourcesFit).predicates ?? [];
    const [first, second] = [nodeWith("n"), nodeWith("m")];
    const shape = shapeOf({ requests: requestsOf(9000, 0) });
    const fit = predicate?.check(shape, first, roomOn(first));
    assert.equal(fit?.kind, "misfit");
    assert.strictEqual(fit, predicate?.check(shape, second, roomOn(second)));
  });

  it("a field that cannot be honoured refuses the pod by its name, before any node", () => {
    const { prefilter } = hooksOf(resourcesFit);
    assert.deepEqual(prefilter?.(IDLE), { kind: "pass" });
    assert.deepEqual(prefilter?.(shapeOf({ ...IDLE, unsupported: ["spec.resourceClaims", "spec.volumes[0].csi"] })), {
      kind: "refuse",
      reasons: [
        "spec.resourceClaims is not supported by this version of the scheduler",
        "spec.volumes[0].csi is not supported by this version of the scheduler",
      ],
    });
  });

  it("no configuration can leave it out", () => {
    assert.include(ALWAYS, resourcesFit);
    assert.deepEqual(
      [CPU, MEMORY, PODS].map((dimension) => FIRST_DIMENSIONS[dimension]),
      ["cpu", "memory", "pods"],
    );
  });
});
