import { assert } from "chai";
import type { Job } from "../../src/model/index.ts";
import { place } from "../../src/session/index.ts";
import { sessionState } from "../support/naive-book.ts";
import { insideOneOf } from "../support/random-world.ts";
import { gang, inSlots, nodeWith, openSession, solo } from "../support/scenario.ts";
import type { GangFacts, MemberFacts } from "../support/scenario.ts";
import { policyOf, requestsOf, shapeOf } from "../support/session-world.ts";

interface Case {
  readonly name: string;
  /** `name rack idle-milli leaving-milli pod-slots`; a node without rack: `-`. */
  readonly nodes: readonly string[];
  /** `only`: the nodes that a member may go to. */
  readonly group: Omit<GangFacts, "members"> & {
    readonly members: number | readonly (MemberFacts & { readonly only?: readonly string[] })[];
  };
  readonly outcome: "ready" | "pipelined" | "refused";
  /** `task>node` where allocated, `task~node` where promised, by the number of the task, in order. */
  readonly operations: readonly string[];
}

const RACKS = policyOf([
  ["priority", "gang"],
  ["predicates", "nodeorder", "inside-one-rack"],
]);

describe("place: inside one of several candidate sets", () => {
  check(RACKS, [
    {
      name: "the first set that fits is taken, though the second is emptier",
      nodes: ["a r1 2000 0", "b r2 9000 0"],
      group: { members: 2 },
      outcome: "ready",
      operations: ["0>a", "1>a"],
    },
    {
      name: "the second set where the first is too small",
      nodes: ["a r1 1000 0", "b r2 2000 0"],
      group: { members: 2 },
      outcome: "ready",
      operations: ["0>b", "1>b"],
    },
    {
      name: "nodes of one set together",
      nodes: ["a r1 1000 0", "b r2 1000 0", "c r2 1000 0"],
      group: { members: 2 },
      outcome: "ready",
      operations: ["0>b", "1>c"],
    },
    {
      name: "never a part in each set",
      nodes: ["a r1 1000 0", "b r2 1000 0"],
      group: { members: 2 },
      outcome: "refused",
      operations: [],
    },
    {
      name: "never on a node of no set",
      nodes: ["a r1 1000 0", "b r2 1000 0", "c - 9000 0"],
      group: { members: 2 },
      outcome: "refused",
      operations: [],
    },
    {
      name: "ready in the second beats pipelined in the first",
      nodes: ["a r1 1000 1000", "b r2 2000 0"],
      group: { members: 2 },
      outcome: "ready",
      operations: ["0>b", "1>b"],
    },
    {
      name: "pipelined in the first where the second refuses",
      nodes: ["a r1 1000 1000", "b r2 1000 0"],
      group: { members: 2 },
      outcome: "pipelined",
      operations: ["0>a", "1~a"],
    },
    {
      name: "pipelined in the first of two that would be",
      nodes: ["a r1 0 2000", "b r2 1000 1000"],
      group: { members: 2 },
      outcome: "pipelined",
      operations: ["0~a", "1~a"],
    },
    {
      name: "pipelined in the second where the first refuses",
      nodes: ["a r1 1000 0", "b r2 1000 1000"],
      group: { members: 2 },
      outcome: "pipelined",
      operations: ["0>b", "1~b"],
    },
    {
      name: "a group of one goes anywhere",
      nodes: ["a r1 0 0", "c - 1000 0"],
      group: { members: 1 },
      outcome: "ready",
      operations: ["0>c"],
    },
  ]);
});

describe("place: up to the minimum", () => {
  const master: MemberFacts = { role: "master", cpuMilli: 3000 };
  const worker: MemberFacts = { role: "worker", cpuMilli: 1000 };
  const oneMaster = new Map([["master", 1]]);
  check(policyOf(), [
    {
      name: "no more than the minimum, though there is room",
      nodes: ["a - 9000 0"],
      group: { members: 4, minAvailable: 2 },
      outcome: "ready",
      operations: ["0>a", "1>a"],
    },
    {
      name: "promises are no more than the minimum either",
      nodes: ["a - 0 9000"],
      group: { members: 4, minAvailable: 2 },
      outcome: "pipelined",
      operations: ["0~a", "1~a"],
    },
    {
      name: "promised first, then ready by smaller ones that are idle",
      nodes: ["a - 0 3000", "b - 2000 0"],
      group: { members: [{ cpuMilli: 3000 }, {}, {}], minAvailable: 2 },
      outcome: "ready",
      operations: ["0~a", "1>b", "2>b"],
    },
    {
      name: "a ready group takes all that it can",
      nodes: ["a - 2000 0"],
      group: { members: [{ on: "a" }, {}, {}, {}], minAvailable: 1 },
      outcome: "ready",
      operations: ["1>a", "2>a"],
    },
    {
      name: "a ready group that gets nothing more",
      nodes: ["a - 0 0"],
      group: { members: [{ on: "a" }, {}], minAvailable: 1 },
      outcome: "refused",
      operations: [],
    },
    {
      name: "a degraded group gets what it lacks",
      nodes: ["a - 9000 0"],
      group: { members: [{ on: "a" }, {}, {}], minAvailable: 2 },
      outcome: "ready",
      operations: ["1>a"],
    },
    {
      name: "one shape that fits nowhere is passed over",
      nodes: ["a - 2000 0"],
      group: { members: [{ cpuMilli: 5000 }, {}, { cpuMilli: 5000 }, {}], minAvailable: 2 },
      outcome: "ready",
      operations: ["1>a", "3>a"],
    },
    {
      name: "in a second attempt members that few nodes can take go first",
      nodes: ["a - 3000 0", "b - 1000 0"],
      group: { members: [{}, { cpuMilli: 3000 }] },
      outcome: "ready",
      operations: ["1>a", "0>b"],
    },
    {
      name: "how few is asked of the rooms as they were before the first attempt",
      nodes: ["a - 4000 0 1", "b - 2000 0 1", "c - 1000 0 1"],
      group: { members: [{ only: ["a", "c"] }, { only: ["a", "b"] }, { cpuMilli: 3000 }] },
      outcome: "ready",
      operations: ["2>a", "0>c", "1>b"],
    },
    {
      name: "what a role still needs goes first",
      nodes: ["a - 5000 0"],
      group: { members: [worker, worker, worker, master], minAvailable: 3, minByRole: oneMaster },
      outcome: "ready",
      operations: ["3>a", "0>a", "1>a"],
    },
    {
      name: "a role's minimum that does not fit refuses, though the sum would",
      nodes: ["a - 2000 0"],
      group: { members: [worker, worker, master], minAvailable: 2, minByRole: oneMaster },
      outcome: "refused",
      operations: [],
    },
    {
      name: "a role that is bound already needs nobody first",
      nodes: ["a - 2000 0"],
      group: { members: [{ ...master, on: "a" }, worker, worker, master], minAvailable: 3, minByRole: oneMaster },
      outcome: "ready",
      operations: ["1>a", "2>a"],
    },
    {
      name: "surplus of a role does not stand in for another role",
      nodes: ["a - 9000 0"],
      group: {
        members: [worker, worker, master, master],
        minAvailable: 3,
        minByRole: new Map([
          ["worker", 2],
          ["master", 1],
        ]),
      },
      outcome: "ready",
      operations: ["0>a", "1>a", "2>a"],
    },
    {
      name: "a role's minimum above the sum of the group is placed whole",
      nodes: ["a - 9000 0"],
      group: { members: 3, minAvailable: 1, minByRole: new Map([["", 3]]) },
      outcome: "ready",
      operations: ["0>a", "1>a", "2>a"],
    },
  ]);
});

describe("place: a set that is given up leaves no trace", () => {
  it("only the operations of the set that was taken stand, and after a discard none", () => {
    const job = gang("ns/g", { members: 3 });
    const nodes = [
      ...Array.from({ length: 2 }, (_, i) =>
        nodeWith(`a${String(i)}`, { cpuMilli: 1000, labels: new Map([["rack", "r1"]]) }),
      ),
      nodeWith("b", { cpuMilli: 3000, labels: new Map([["rack", "r2"]]) }),
    ];
    const world = { nodes: inSlots(nodes), jobs: [job] };
    const session = openSession(world, { policy: RACKS, extraPlugins: [insideOneOf("rack", ["r1", "r2"])] });
    const before = sessionState(session, world);
    const statement = session.openStatement("test");
    assert.equal(place(session, statement, job, session.pendingTasks(job)).outcome, "ready");
    assert.deepEqual(
      statement.operations.map(({ node }) => node.name),
      ["b", "b", "b"],
    );
    assert.deepEqual(sessionState(session, world).nodes.slice(0, 2), before.nodes.slice(0, 2));
    statement.discard();
    assert.deepEqual(sessionState(session, world), before);
  });
});

function check(policy: typeof RACKS, cases: readonly Case[]): void {
  for (const c of cases) {
    it(c.name, () => {
      const { members } = c.group;
      const job = gang("ns/g", {
        ...c.group,
        members: typeof members === "number" ? members : members.map(restricted),
      });
      const leaving: Job[] = [];
      const nodes = c.nodes.map((text) => {
        const [name = "", rack = "", idle, leavingMilli, podSlots = "110"] = text.split(" ");
        const onNode = job.tasks.filter((task) => task.node === name);
        const bound = onNode.reduce((sum, { shape }) => sum + (shape.requests[0] ?? 0), 0);
        if (leavingMilli !== "0")
          leaving.push(solo(`ns/old-${name}`, { cpuMilli: Number(leavingMilli), on: name, status: "Releasing" }));
        return nodeWith(name, {
          cpuMilli: Number(idle) + Number(leavingMilli) + bound,
          podSlots: Number(podSlots),
          labels: new Map(rack === "-" ? [] : [["rack", rack]]),
        });
      });
      const session = openSession(
        { nodes: inSlots(nodes), jobs: [job, ...leaving] },
        { policy, extraPlugins: [insideOneOf("rack", ["r1", "r2"])] },
      );
      const statement = session.openStatement("test");
      const placed = place(session, statement, job, session.pendingTasks(job));
      const operations = statement.operations.map(({ kind, task, node }) => {
        return `${String(task.index)}${kind === "allocate" ? ">" : "~"}${node.name}`;
      });
      assert.deepEqual({ outcome: placed.outcome, operations }, { outcome: c.outcome, operations: c.operations });
      if (c.outcome !== "refused") assert.equal(placed.placedCount, operations.length);
    });
  }
}

function restricted({ only, ...member }: MemberFacts & { readonly only?: readonly string[] }): MemberFacts {
  if (only === undefined) return member;
  const matchFields = [{ key: "metadata.name", operator: "In" as const, values: only }];
  const requests = requestsOf(member.cpuMilli ?? 1000, 0);
  return { ...member, shape: shapeOf({ requests, requiredNodeTerms: [{ matchExpressions: [], matchFields }] }) };
}
