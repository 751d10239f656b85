import { assert } from "chai";
import type { Job } from "../../src/model/index.ts";
import type { PluginFactory } from "../../src/session/index.ts";
import { gang, inSlots, runOn } from "../support/scenario.ts";
import { policyOf } from "../support/session-world.ts";
import { checkGolden, nodesWithIdle, policyWith } from "./scenarios.ts";

const volcano = (name: string, partial: Partial<Job> & { readonly members?: number } = {}): Job =>
  gang(name, { members: 2, dialect: "volcano", groupUid: `uid-${name}`, phase: "Pending", ...partial });

/** Lets in nobody of priority 0, as a quota would. */
const noPriorityNoEntry: PluginFactory = {
  name: "no-entry",
  arguments: {},
  create: () => ({
    onSessionOpen: () => ({
      jobEnqueueable: ({ priority }) =>
        priority === 0 ? { reason: "QueueLimit", message: "the quota is used up" } : undefined,
    }),
  }),
};
const withQuota = {
  ...policyOf([
    ["priority", "gang", "no-entry"],
    ["predicates", "nodeorder"],
  ]),
};

describe("enqueue", () => {
  checkGolden([
    {
      name: "a group without pods is let in, and shows it at once",
      golden: "enqueue-empty-group",
      nodes: nodesWithIdle(4000),
      jobs: [volcano("ns/empty", { members: 0, minAvailable: 3 })],
    },
    {
      name: "a group that waits for members is let in all the same: its controller may be waiting for that",
      golden: "enqueue-members-missing",
      nodes: nodesWithIdle(4000),
      jobs: [volcano("ns/short", { members: 1, minAvailable: 3 })],
    },
    {
      name: "a group that a plugin keeps out costs nothing more; others go on",
      golden: "enqueue-kept-out",
      nodes: nodesWithIdle(4000),
      jobs: [volcano("ns/out"), volcano("ns/in", { priority: 1 })],
      options: { policy: withQuota, extraPlugins: [noPriorityNoEntry] },
    },
    {
      name: "without the action everybody is in, whatever a plugin says of entry",
      golden: "enqueue-without-the-action",
      nodes: nodesWithIdle(4000),
      jobs: [volcano("ns/g"), volcano("ns/empty", { members: 0, minAvailable: 1 })],
      options: {
        policy: { ...withQuota, actions: policyWith("allocate", "backfill").actions },
        extraPlugins: [noPriorityNoEntry],
      },
    },
    {
      name: "defects and closed queues are said at the door",
      golden: "enqueue-gates",
      nodes: nodesWithIdle(4000),
      jobs: [
        volcano("ns/lost", { unknownQueue: "gone" }),
        volcano("ns/bad", { quarantine: "minMember is no number" }),
        volcano("ns/empty", { members: 0, minAvailable: 1, unknownQueue: "gone" }),
      ],
    },
  ]);

  const admitted: readonly { readonly name: string; readonly job: Job; readonly isIn: boolean }[] = [
    { name: "a pending group is not", job: volcano("ns/g"), isIn: false },
    { name: "a group whose object says Inqueue is", job: volcano("ns/g", { phase: "Inqueue" }), isIn: true },
    { name: "a group with a bound member is", job: gang("ns/g", { members: [{ on: "n1" }, {}] }), isIn: true },
  ];
  for (const c of admitted) {
    it(`who is in before it is asked: ${c.name}`, () => {
      const world = { nodes: inSlots(nodesWithIdle(4000)), jobs: [c.job] };
      const { plan } = runOn(world, { policy: withQuota, extraPlugins: [noPriorityNoEntry] });
      assert.equal(plan.intents.length > 0, c.isIn);
    });
  }

  it("who was let in once stays in", () => {
    const world = { nodes: inSlots(nodesWithIdle(0)), jobs: [volcano("ns/g")] };
    const { memory } = runOn(world);
    const grown = { ...world, nodes: inSlots(nodesWithIdle(4000)), jobs: [volcano("ns/g", { version: 2 })] };
    const options = { policy: withQuota, extraPlugins: [noPriorityNoEntry] };
    assert.lengthOf(runOn(grown, { ...options, memory }).plan.intents, 2);
    assert.lengthOf(runOn(grown, options).plan.intents, 0, "a stranger is kept out");
  });
});
