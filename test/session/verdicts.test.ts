// Why pods wait, word for word.

import { assert } from "chai";
import type { Job, Node, Policy } from "../../src/model/index.ts";
import { gang, inSlots, nodeWith, runOn, solo, waitingIn } from "../support/scenario.ts";
import type { MemberFacts } from "../support/scenario.ts";
import { policyOf, requestsOf, shapeOf } from "../support/session-world.ts";

const TAINTS: Node["taints"] = [{ key: "dedicated", value: "x", effect: "NoSchedule" }];
const BEST_EFFORT = shapeOf({ requests: requestsOf(0, 0) });

/** Nodes n1, n2, …, of which the last `tainted` have a taint; the others have `idleMilli`. */
function nodes(
  count: number,
  options: { readonly idleMilli?: number; readonly tainted?: number; readonly podSlots?: number } = {},
): readonly Node[] {
  const { idleMilli = 1000, tainted = 0, podSlots = 110 } = options;
  return inSlots(
    Array.from({ length: count }, (_, index) =>
      nodeWith(`n${String(index + 1)}`, {
        cpuMilli: idleMilli,
        podSlots,
        taints: count - tainted <= index ? TAINTS : [],
      }),
    ),
  );
}

const big: MemberFacts = { cpuMilli: 9000 };
const leaving: MemberFacts = { on: "n1", status: "Releasing" };
const gpu = shapeOf({ requests: requestsOf(500, 0), unsupported: ["spec.resourceClaims"] });

describe("why pods wait", () => {
  const NO_ROOM = "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint(s).";
  const cases: readonly {
    readonly name: string;
    readonly nodes: readonly Node[];
    readonly jobs: readonly Job[];
    readonly policy?: Policy;
    readonly waiting: Readonly<Record<string, string>>;
  }[] = [
    {
      name: "a solo pod: the reasons of all nodes, sorted",
      nodes: nodes(5, { tainted: 3 }),
      jobs: [solo("ns/p", { cpuMilli: 2000 })],
      waiting: { "ns/p": `Unschedulable: ${NO_ROOM}` },
    },
    {
      name: "no nodes at all",
      nodes: [],
      jobs: [solo("ns/p")],
      waiting: { "ns/p": "Unschedulable: 0/0 nodes are available." },
    },
    {
      name: "a node with two reasons counts under both",
      nodes: inSlots([nodeWith("n1", { cpuMilli: 1000, memoryGib: 1 })]),
      jobs: [solo("ns/p", { shape: shapeOf({ requests: requestsOf(2000, 2 * 2 ** 30) }) })],
      waiting: { "ns/p": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory." },
    },
    {
      name: "a gang: every member, also those that would fit alone, with how many fit",
      nodes: nodes(2, { tainted: 1 }),
      jobs: [gang("ns/g", { members: 2 })],
      waiting: {
        "ns/g-0":
          "Unschedulable: 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). The group needs 2 members, 1 fit.",
        "ns/g-1":
          "Unschedulable: 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). The group needs 2 members, 1 fit.",
      },
    },
    {
      name: "a gang with roles names them",
      nodes: nodes(1, { idleMilli: 2000 }),
      jobs: [
        gang("ns/g", {
          members: [{ role: "master", cpuMilli: 9000 }, { role: "worker" }],
          minByRole: new Map([
            ["master", 1],
            ["worker", 1],
          ]),
        }),
      ],
      waiting: {
        "ns/g-0":
          "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. The group needs 2 members (master 1, worker 1), 1 fit.",
        "ns/g-1":
          "Unschedulable: The group needs 2 members (master 1, worker 1), 1 fit. 0/1 nodes are available: 1 Insufficient cpu.",
      },
    },
    {
      name: "a degraded gang counts what it holds",
      nodes: nodes(1, { idleMilli: 1000 }),
      jobs: [gang("ns/g", { members: [{ on: "n1" }, {}] })],
      waiting: {
        "ns/g-1": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. The group needs 2 members, 1 fit.",
      },
    },
    {
      name: "surplus of a gang that runs: only the nodes",
      nodes: nodes(1, { idleMilli: 1000 }),
      jobs: [gang("ns/g", { members: [{ on: "n1" }, {}], minAvailable: 1 })],
      waiting: { "ns/g-1": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu." },
    },
    {
      name: "members of two shapes, each with its own nodes",
      nodes: nodes(1, { idleMilli: 1000 }),
      jobs: [
        gang("ns/g", {
          members: [{ on: "n1" }, {}, { shape: shapeOf({ requests: requestsOf(1, 17 * 2 ** 30) }) }],
          minAvailable: 1,
        }),
      ],
      waiting: {
        "ns/g-1": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.",
        "ns/g-2": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.",
      },
    },
    {
      name: "surplus with requests and without: each is told what keeps it",
      nodes: nodes(1, { idleMilli: 1000, podSlots: 1 }),
      jobs: [gang("ns/g", { members: [{ on: "n1" }, { cpuMilli: 500 }, { shape: BEST_EFFORT }], minAvailable: 1 })],
      waiting: {
        "ns/g-1": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu, 1 Too many pods.",
        "ns/g-2": "Unschedulable: 0/1 nodes are available: 1 Too many pods.",
      },
    },
    {
      name: "a field that cannot be honoured",
      nodes: nodes(3),
      jobs: [solo("ns/p", { shape: gpu })],
      waiting: {
        "ns/p":
          "Unschedulable: 0/3 nodes are available: spec.resourceClaims is not supported by this version of the scheduler.",
      },
    },
    {
      name: "a pod promised room that is being freed",
      nodes: nodes(1),
      jobs: [solo("ns/old", leaving), solo("ns/p")],
      waiting: { "ns/p": "WaitingForVictims: waiting for room that is being freed on node n1" },
    },
    {
      name: "a gang of which one member is promised such room: its siblings wait with it",
      nodes: nodes(2),
      jobs: [solo("ns/old", leaving), gang("ns/g", { members: 2 })],
      waiting: {
        "ns/g-0": "WaitingForVictims: waiting for room that is being freed on node n2",
        "ns/g-1": "WaitingForVictims: waiting for room that is being freed on node n1",
      },
    },
    {
      name: "members that a promised gang does not need: why it waits as a whole",
      nodes: nodes(1),
      jobs: [solo("ns/old", leaving), gang("ns/g", { members: 2, minAvailable: 1 })],
      waiting: {
        "ns/g-0": "WaitingForVictims: waiting for room that is being freed on node n1",
        "ns/g-1": "WaitingForVictims: room for 1 members is promised and still being freed",
      },
    },
    {
      name: "surplus that is promised such room",
      nodes: nodes(1, { idleMilli: 2000 }),
      jobs: [solo("ns/old", leaving), gang("ns/g", { members: [{ on: "n1" }, {}], minAvailable: 1 })],
      waiting: { "ns/g-1": "WaitingForVictims: waiting for room that is being freed on node n1" },
    },
    {
      name: "a configuration that places nobody says so",
      nodes: nodes(1),
      jobs: [solo("ns/p")],
      policy: { ...policyOf(), actions: [{ name: "backfill", arguments: new Map() }] },
      waiting: {
        "ns/p":
          "Unschedulable: no action of the scheduler configuration places this pod (allocate for pods with requests, backfill for pods without)",
      },
    },
    {
      name: "a gated pod is told nothing",
      nodes: nodes(1),
      jobs: [gang("ns/g", { members: [{ status: "Gated" }, big], minAvailable: 1 })],
      waiting: { "ns/g-1": "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu." },
    },
    {
      name: "what the pod's condition says already is not said again",
      nodes: nodes(5, { tainted: 3 }),
      jobs: [solo("ns/p", { cpuMilli: 2000, waiting: { reason: "Unschedulable", message: NO_ROOM } })],
      waiting: {},
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const { plan } = runOn({ nodes: c.nodes, jobs: c.jobs }, c.policy === undefined ? {} : { policy: c.policy });
      assert.deepEqual(waitingIn(plan), c.waiting);
    });
  }
});

describe("the verdict that memory keeps of a group", () => {
  const cases: readonly { readonly name: string; readonly jobs: readonly Job[]; readonly verdict: string }[] = [
    {
      name: "surplus that is promised room which is being freed",
      jobs: [solo("ns/old", leaving), gang("ns/g", { members: [{ on: "n1" }, {}], minAvailable: 1 })],
      verdict: "WaitingForVictims: room for 1 members is promised and still being freed",
    },
    {
      name: "a gang without room",
      jobs: [gang("ns/g", { members: [big, big] })],
      verdict: "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. The group needs 2 members, 0 fit.",
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const { memory } = runOn({ nodes: nodes(1, { idleMilli: 2000 }), jobs: c.jobs });
      const verdict = memory.jobs.get("gang-label:ns/g")?.verdict;
      assert.equal(`${verdict?.reason ?? ""}: ${verdict?.message ?? ""}`, c.verdict);
    });
  }
});

describe("the decision that the log shows of a refusal", () => {
  it("is new when the words change, not when only the numbers do", () => {
    const job = gang("ns/g", { members: [big, big] });
    const first = runOn({ nodes: nodes(1), jobs: [job] });
    const isNew = (cluster: readonly Node[], version: number): unknown => {
      const { plan } = runOn({ nodes: cluster, jobs: [{ ...job, version }] }, { memory: first.memory });
      const [decision] = plan.decisions;
      return decision?.kind === "discard" ? decision.isNew : decision;
    };
    const [decision] = first.plan.decisions;
    assert.deepInclude(decision, { kind: "discard", group: "ns/g", stage: "allocate", isNew: true });
    assert.isFalse(isNew(nodes(7), 2));
    assert.isTrue(isNew(nodes(7, { tainted: 7 }), 3));
  });
});
