import { gang, nodeWith, solo } from "../support/scenario.ts";
import type { MemberFacts } from "../support/scenario.ts";
import { requestsOf, shapeOf } from "../support/session-world.ts";
import { checkGolden, nodesWithIdle } from "./scenarios.ts";

const BEST_EFFORT: MemberFacts = { shape: shapeOf({ requests: requestsOf(0, 0) }) };
const leaving: MemberFacts = { on: "n1", status: "Releasing" };

describe("allocate: who goes first (contract rule 17)", () => {
  checkGolden([
    {
      name: "priority, then degraded, then below the minimum, then surplus, then creation and name",
      golden: "allocate-order",
      nodes: nodesWithIdle(100_000),
      jobs: [
        gang("ns/surplus", { members: [{ on: "n1" }, {}], minAvailable: 1, createdMs: 1 }),
        gang("ns/young", { members: 1, createdMs: 9 }),
        gang("ns/old-b", { members: 1, createdMs: 5 }),
        gang("ns/old-a", { members: 1, createdMs: 5 }),
        gang("ns/degraded", { members: [{ on: "n1" }, {}], createdMs: 9 }),
        gang("ns/urgent", { members: 1, priority: 10, createdMs: 9 }),
        solo("ns/solo", {}, { createdMs: 6 }),
      ],
    },
    {
      name: "tasks: priority, then role, index, creation and name as the cache ordered them",
      golden: "allocate-task-order",
      nodes: nodesWithIdle(100_000),
      jobs: [gang("ns/g", { members: [{}, { priority: 5 }, {}, { priority: 9 }] })],
    },
    {
      name: "a group takes its minimum, and the rest only after others have theirs",
      golden: "allocate-surplus-after-minimum",
      nodes: nodesWithIdle(4000),
      jobs: [
        gang("ns/first", { members: 4, minAvailable: 2, createdMs: 1 }),
        gang("ns/second", { members: 1, minAvailable: 1, createdMs: 2 }),
      ],
    },
  ]);
});

describe("allocate: whole or not at all", () => {
  checkGolden([
    {
      name: "a gang that does not fit leaves its room to those behind, and every member hears why",
      golden: "allocate-gang-too-big",
      nodes: nodesWithIdle(2000, 1000),
      jobs: [gang("ns/big", { members: 4, priority: 1 }), gang("ns/small", { members: 2 }), solo("ns/one")],
    },
    {
      name: "a degraded gang gets what it lacks or nothing",
      golden: "allocate-degraded",
      nodes: nodesWithIdle(2000, 1000),
      jobs: [
        gang("ns/short", { members: [{ on: "n1" }, { cpuMilli: 1000 }, { cpuMilli: 1500 }], priority: 1 }),
        gang("ns/cured", { members: [{ on: "n1" }, {}] }),
      ],
    },
    {
      name: "best-effort members of a gang are placed with it",
      golden: "allocate-gang-with-best-effort",
      nodes: [nodeWith("n1", { cpuMilli: 1000, podSlots: 2 }), nodeWith("n2", { cpuMilli: 0, podSlots: 1 })],
      jobs: [gang("ns/g", { members: [{}, BEST_EFFORT, BEST_EFFORT] })],
    },
    {
      name: "a gang whose best-effort members have no slot is not placed at all",
      golden: "allocate-gang-without-slot",
      nodes: [nodeWith("n1", { cpuMilli: 1000, podSlots: 2 })],
      jobs: [gang("ns/g", { members: [{}, BEST_EFFORT, BEST_EFFORT] })],
    },
    {
      name: "a bag of solo pods takes what it can",
      golden: "allocate-bag",
      nodes: nodesWithIdle(2000),
      jobs: [gang("ns/bag", { members: 3, minAvailable: 0 })],
    },
  ]);
});

describe("allocate: room that is being freed", () => {
  checkGolden([
    {
      name: "a pipelined pod keeps its room from those behind",
      golden: "allocate-pipelined-solo",
      nodes: nodesWithIdle(1000),
      jobs: [solo("ns/old", leaving), solo("ns/first", {}, { createdMs: 1 }), solo("ns/second", {}, { createdMs: 2 })],
    },
    {
      name: "a held gang keeps also the idle room that it counted on",
      golden: "allocate-held-gang",
      nodes: nodesWithIdle(1000, 1000),
      jobs: [solo("ns/old", leaving), gang("ns/g", { members: 2, priority: 1 }), solo("ns/behind")],
    },
    {
      name: "a held gang keeps no more than its minimum",
      golden: "allocate-held-minimum",
      nodes: nodesWithIdle(3000, 1000),
      jobs: [
        solo("ns/old", { ...leaving, cpuMilli: 3000 }),
        gang("ns/g", { members: 4, minAvailable: 2, priority: 1 }),
        solo("ns/behind", { cpuMilli: 2000 }),
      ],
    },
    {
      name: "idle room before room that is being freed",
      golden: "allocate-idle-first",
      nodes: nodesWithIdle(9000, 1000),
      jobs: [solo("ns/old", { ...leaving, cpuMilli: 9000 }), solo("ns/p")],
    },
  ]);
});
