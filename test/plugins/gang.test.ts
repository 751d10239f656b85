import { assert } from "chai";
import type { Job } from "../../src/model/index.ts";
import { gang as gangPlugin } from "../../src/plugins/gang.ts";
import { gang, openSession, inSlots, nodeWith } from "../support/scenario.ts";
import type { GangFacts, MemberFacts } from "../support/scenario.ts";

const PENDING: MemberFacts = {};
const BOUND: MemberFacts = { on: "n1" };
const LEAVING: MemberFacts = { on: "n1", status: "Releasing" };
const GATED: MemberFacts = { status: "Gated" };
const SUCCEEDED: MemberFacts = { status: "Succeeded" };

describe("gang: may a group be tried at all", () => {
  const cases: readonly {
    readonly name: string;
    readonly group: GangFacts;
    readonly refused?: { readonly have: number; readonly want: number; readonly message: string };
  }[] = [
    { name: "all members are there", group: { members: 3 } },
    {
      name: "one is missing",
      group: { members: 2, minAvailable: 3 },
      refused: { have: 2, want: 3, message: "waiting for members: 2 of 3 are there" },
    },
    { name: "bound members count", group: { members: [BOUND, PENDING], minAvailable: 2 } },
    {
      name: "finished members that count do",
      group: { members: [SUCCEEDED, PENDING], minAvailable: 2, succeededCounted: 1 },
    },
    {
      name: "finished members of an earlier run do not",
      group: { members: [SUCCEEDED, PENDING], minAvailable: 2 },
      refused: { have: 1, want: 2, message: "waiting for members: 1 of 2 are there" },
    },
    {
      name: "gated and leaving members do not",
      group: { members: [GATED, LEAVING, PENDING], minAvailable: 2 },
      refused: { have: 1, want: 2, message: "waiting for members: 1 of 2 are there" },
    },
    {
      name: "a role is short though the sum is there",
      group: {
        members: [{ role: "worker" }, { role: "worker" }],
        minAvailable: 2,
        minByRole: new Map([["master", 1]]),
      },
      refused: { have: 0, want: 1, message: 'waiting for members of role "master": 0 of 1 are there' },
    },
    {
      name: "every role has its minimum",
      group: {
        members: [{ role: "master" }, { role: "worker", on: "n1" }],
        minAvailable: 2,
        minByRole: new Map([
          ["master", 1],
          ["worker", 1],
        ]),
      },
    },
    {
      name: "a role called constructor is a role like any other",
      group: { members: [PENDING], minAvailable: 1, minByRole: new Map([["constructor", 1]]) },
      refused: { have: 0, want: 1, message: 'waiting for members of role "constructor": 0 of 1 are there' },
    },
    { name: "a bag of solo pods asks for nobody", group: { members: 1, minAvailable: 0 } },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const job = gang("ns/g", c.group);
      const answer = hooksOver([job]).jobValid?.(job);
      assert.deepEqual(answer, c.refused === undefined ? undefined : { reason: "WaitingForMembers", ...c.refused });
    });
  }
});

describe("gang: ready and pipelined", () => {
  const cases: readonly {
    readonly name: string;
    readonly group: GangFacts;
    /** What the session does to the pending members, in their order. */
    readonly trial?: readonly ("allocate" | "pipeline")[];
    readonly isReady: boolean;
    readonly isPipelined: boolean;
  }[] = [
    { name: "nothing placed", group: { members: 2 }, isReady: false, isPipelined: false },
    { name: "all allocated", group: { members: 2 }, trial: ["allocate", "allocate"], isReady: true, isPipelined: true },
    {
      name: "one of two promised",
      group: { members: 2 },
      trial: ["allocate", "pipeline"],
      isReady: false,
      isPipelined: true,
    },
    {
      name: "promises above the minimum",
      group: { members: 2, minAvailable: 1 },
      trial: ["allocate", "pipeline"],
      isReady: true,
      isPipelined: true,
    },
    {
      name: "bound members hold",
      group: { members: [BOUND, PENDING] },
      trial: ["allocate"],
      isReady: true,
      isPipelined: true,
    },
    {
      name: "leaving members do not",
      group: { members: [LEAVING, PENDING] },
      trial: ["allocate"],
      isReady: false,
      isPipelined: false,
    },
    {
      name: "finished members that count do",
      group: { members: [SUCCEEDED, PENDING], succeededCounted: 1 },
      trial: ["allocate"],
      isReady: true,
      isPipelined: true,
    },
    {
      name: "a bag of solo pods is always ready",
      group: { members: 2, minAvailable: 0 },
      isReady: true,
      isPipelined: true,
    },
    {
      name: "the sum is there, a role is not",
      group: {
        members: [{ role: "w" }, { role: "w" }, { role: "m" }],
        minAvailable: 2,
        minByRole: new Map([["m", 1]]),
      },
      trial: ["allocate", "allocate"],
      isReady: false,
      isPipelined: false,
    },
    {
      name: "a role that is promised its minimum",
      group: { members: [{ role: "w" }, { role: "m" }], minAvailable: 2, minByRole: new Map([["m", 1]]) },
      trial: ["allocate", "pipeline"],
      isReady: false,
      isPipelined: true,
    },
    {
      name: "roles have their minimum, the sum is not there",
      group: { members: [{ role: "m" }, { role: "w" }], minAvailable: 2, minByRole: new Map([["m", 1]]) },
      trial: ["allocate"],
      isReady: false,
      isPipelined: false,
    },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.isReady ? "ready" : "not ready"}, ${c.isPipelined ? "pipelined" : "not pipelined"}`, () => {
      const job = gang("ns/g", c.group);
      const [node] = inSlots([nodeWith("n1")]);
      const session = openSession({ nodes: node === undefined ? [] : [node], jobs: [job] });
      const statement = session.openStatement("test");
      session.pendingTasks(job).forEach((task, index) => {
        const kind = c.trial?.[index];
        if (kind !== undefined && node !== undefined) statement[kind](task, job, node);
      });
      assert.deepEqual(
        { isReady: session.isReady(job), isPipelined: session.isPipelined(job) },
        { isReady: c.isReady, isPipelined: c.isPipelined },
      );
    });
  }
});

describe("gang: who goes first", () => {
  const degraded = gang("ns/degraded", { members: [BOUND, PENDING] });
  const below = gang("ns/below", { members: 2 });
  const belowFinished = gang("ns/finished", {
    members: [SUCCEEDED, PENDING, PENDING],
    minAvailable: 3,
    succeededCounted: 1,
  });
  const surplus = gang("ns/surplus", { members: [BOUND, PENDING], minAvailable: 1 });
  const roleless = gang("ns/roleless", {
    members: [{ role: "w", on: "n1" }, { role: "m" }],
    minAvailable: 1,
    minByRole: new Map([["m", 1]]),
  });
  const bag = gang("ns/bag", { members: 1, minAvailable: 0 });
  const cases: readonly { readonly name: string; readonly first: Job; readonly then: Job }[] = [
    { name: "degraded before below the minimum", first: degraded, then: below },
    { name: "below the minimum before surplus", first: below, then: surplus },
    { name: "degraded before surplus", first: degraded, then: surplus },
    { name: "a missing role is degraded too", first: roleless, then: below },
    { name: "below the minimum before a bag of solo pods", first: below, then: bag },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const { jobOrder } = hooksOver([c.first, c.then]);
      assert.isBelow(jobOrder?.(c.first, c.then) ?? 0, 0);
      assert.isAbove(jobOrder?.(c.then, c.first) ?? 0, 0);
    });
  }

  it("members that finished make nobody degraded", () => {
    assert.equal(hooksOver([below, belowFinished]).jobOrder?.(below, belowFinished), 0);
  });
});

function hooksOver(jobs: readonly Job[]) {
  const session = openSession({ nodes: inSlots([nodeWith("n1")]), jobs });
  return gangPlugin.create(new Map()).onSessionOpen(session);
}
