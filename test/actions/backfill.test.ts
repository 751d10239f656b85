import { gang, nodeWith, solo } from "../support/scenario.ts";
import type { MemberFacts } from "../support/scenario.ts";
import { requestsOf, shapeOf } from "../support/session-world.ts";
import { checkGolden, policyWith } from "./scenarios.ts";

const BEST_EFFORT: MemberFacts = { shape: shapeOf({ requests: requestsOf(0, 0) }) };

describe("backfill: what requests nothing but its slot", () => {
  checkGolden([
    {
      name: "a solo pod fits where no cpu is left",
      golden: "backfill-solo",
      nodes: [nodeWith("n1", { cpuMilli: 1000 })],
      jobs: [solo("ns/full", { on: "n1" }), solo("ns/free", BEST_EFFORT)],
    },
    {
      name: "it comes after everybody with requests, whatever its priority",
      golden: "backfill-after-allocate",
      nodes: [nodeWith("n1", { podSlots: 1 })],
      jobs: [solo("ns/free", { ...BEST_EFFORT, priority: 9 }, { priority: 9 }), solo("ns/asks")],
    },
    {
      name: "surplus members of a gang that runs",
      golden: "backfill-surplus",
      nodes: [nodeWith("n1", { podSlots: 3 })],
      jobs: [gang("ns/g", { members: [{ on: "n1" }, BEST_EFFORT, BEST_EFFORT, BEST_EFFORT], minAvailable: 1 })],
    },
    {
      name: "surplus members of a gang that was placed in this session",
      golden: "backfill-surplus-of-new-gang",
      nodes: [nodeWith("n1")],
      jobs: [gang("ns/g", { members: [{}, {}, BEST_EFFORT], minAvailable: 2 })],
    },
    {
      name: "members that a gang needs are none of its business",
      golden: "backfill-leaves-gangs",
      nodes: [nodeWith("n1", { cpuMilli: 500 })],
      jobs: [gang("ns/g", { members: [{}, BEST_EFFORT] })],
    },
    {
      name: "without the action such pods hear that nobody places them",
      golden: "backfill-without-the-action",
      nodes: [nodeWith("n1")],
      jobs: [solo("ns/free", BEST_EFFORT), gang("ns/g", { members: [{ on: "n1" }, BEST_EFFORT], minAvailable: 1 })],
      options: { policy: policyWith("enqueue", "allocate") },
    },
    {
      name: "a slot that is being freed is promised, and kept from those behind",
      golden: "backfill-pipelined",
      nodes: [nodeWith("n1", { podSlots: 1 })],
      jobs: [
        solo("ns/old", { on: "n1", status: "Releasing" }),
        solo("ns/first", BEST_EFFORT, { createdMs: 1 }),
        solo("ns/second", BEST_EFFORT, { createdMs: 2 }),
      ],
    },
  ]);
});
