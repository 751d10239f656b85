// What commit would not send now is not planned, takes no room from others, and keeps the reason that it has.

import { assert } from "chai";
import { bindsIn, gang, inSlots, nodeWith, runOn, waitingIn } from "../support/scenario.ts";
import type { RunOptions } from "../support/scenario.ts";

describe("jobs that commit would not take on", () => {
  /** Room for one of the two. */
  const world = (waiting = { reason: "", message: "" }) => ({
    nodes: inSlots([nodeWith("n1", { cpuMilli: 2000 })]),
    jobs: [
      gang("ml/first", { members: [{ waiting }, { waiting }], priority: 5, createdMs: 1 }),
      gang("ml/second", { members: 2, priority: 3, createdMs: 2 }),
    ],
  });
  const first = ["ml/first-0 n1", "ml/first-1 n1"];
  const second = ["ml/second-0 n1", "ml/second-1 n1"];

  const cases: readonly { name: string; options: RunOptions; binds: readonly string[] }[] = [
    { name: "none is kept out", options: {}, binds: first },
    { name: "one was refused not long ago", options: { backingOff: new Set(["gang-label:ml/first"]) }, binds: second },
    { name: "another one was", options: { backingOff: new Set(["gang-label:ml/second"]) }, binds: first },
    { name: "the floor is below both", options: { priorityFloor: 2 }, binds: first },
    { name: "the floor is between them", options: { priorityFloor: 3 }, binds: first },
    { name: "the floor is above both", options: { priorityFloor: Infinity }, binds: [] },
    {
      name: "one is above the floor, and was refused not long ago",
      options: { priorityFloor: 3, backingOff: new Set(["gang-label:ml/first"]) },
      binds: [],
    },
  ];
  for (const { name, options, binds } of cases) {
    it(name, () => assert.deepEqual(bindsIn(runOn(world(), options).plan), binds));
  }

  it("what was said about a refused bind stays until the group is tried again", () => {
    const said = { reason: "SchedulerError", message: "binding to node n1 failed" };
    const refused = runOn(world(said), { backingOff: new Set(["gang-label:ml/first"]) });
    assert.deepEqual(waitingIn(refused.plan), {});
    const again = runOn(world(said), { memory: refused.memory });
    assert.deepEqual(bindsIn(again.plan), first);
  });
});
