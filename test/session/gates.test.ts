// What keeps a group from being placed before any room is looked at, on a cluster with room for all.

import { assert } from "chai";
import type { Job, Memory, Policy, Queue } from "../../src/model/index.ts";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { SessionResult } from "../../src/session/index.ts";
import { bindsIn, gang, inSlots, nodeWith, runOn, waitingIn } from "../support/scenario.ts";
import type { GangFacts, RunOptions } from "../support/scenario.ts";
import { policyOf } from "../support/session-world.ts";

const NODES = inSlots([nodeWith("n1", { cpuMilli: 100_000 })]);
const QUEUES: readonly Queue[] = [
  { name: "default", weight: 1, isOpen: true, createdMs: 0 },
  { name: "closed", weight: 1, isOpen: false, createdMs: 0 },
];
const WITHOUT_ENQUEUE: Policy = { ...policyOf(), actions: policyOf().actions.filter(({ name }) => name !== "enqueue") };

function decide(job: Job, options: RunOptions = {}): SessionResult {
  return runOn({ nodes: NODES, jobs: [job], queues: QUEUES }, options);
}

describe("gates", () => {
  const missingObject = 'podgroups.scheduling.volcano.sh "ns/g"';
  const cases: readonly {
    readonly name: string;
    readonly group: Partial<GangFacts>;
    readonly stage: string;
    readonly waiting: string;
  }[] = [
    {
      name: "a quarantined group",
      group: { quarantine: "the minimum `x` is no number" },
      stage: "quarantine",
      waiting: "InvalidGroup: the minimum `x` is no number",
    },
    {
      name: "a group object that does not exist",
      group: { missingObject },
      stage: "members",
      waiting:
        'WaitingForMembers: waiting for the group object podgroups.scheduling.volcano.sh "ns/g", which does not exist',
    },
    {
      name: "an unknown queue",
      group: { unknownQueue: "gone" },
      stage: "queue",
      waiting: 'QueueLimit: queue "gone" does not exist',
    },
    {
      name: "a closed queue",
      group: { queue: "closed" },
      stage: "queue",
      waiting: 'QueueLimit: queue "closed" is not open: it starts nothing new',
    },
    {
      name: "quarantine before everything else",
      group: { quarantine: "bad", missingObject, unknownQueue: "gone" },
      stage: "quarantine",
      waiting: "InvalidGroup: bad",
    },
    {
      name: "members before the queue",
      group: { missingObject, queue: "closed" },
      stage: "members",
      waiting: `WaitingForMembers: waiting for the group object ${missingObject}, which does not exist`,
    },
    {
      name: "missing members",
      group: { minAvailable: 3 },
      stage: "members",
      waiting: "WaitingForMembers: waiting for members: 2 of 3 are there",
    },
    {
      name: "a closed queue before missing members",
      group: { minAvailable: 3, queue: "closed" },
      stage: "queue",
      waiting: 'QueueLimit: queue "closed" is not open: it starts nothing new',
    },
  ];
  for (const c of cases) {
    for (const [order, policy] of [
      ["with enqueue", policyOf()],
      ["without enqueue", WITHOUT_ENQUEUE],
    ] as const) {
      it(`${c.name}, ${order}: every member waits, nothing is bound`, () => {
        const job = gang("ns/g", { members: 2, ...c.group });
        const { plan, memory } = decide(job, { policy });
        assert.deepEqual(bindsIn(plan), []);
        assert.deepEqual(waitingIn(plan), { "ns/g-0": c.waiting, "ns/g-1": c.waiting });
        assert.equal(memory.jobs.get(job.key)?.verdict?.stage, c.stage);
      });
    }
  }

  it("a degraded group in a closed queue starts nothing either", () => {
    const { plan } = decide(gang("ns/g", { members: [{ on: "n1" }, {}], queue: "closed" }));
    assert.deepEqual(bindsIn(plan), []);
  });

  it("a group whose queue is absent from the snapshot is nobody's to stop", () => {
    assert.lengthOf(bindsIn(decide(gang("ns/g", { members: 2, queue: "constructor" })).plan), 2);
  });

  it("the gate that opened is forgotten", () => {
    const closed = decide(gang("ns/g", { members: 2, queue: "closed" }));
    const { plan, memory } = decide(gang("ns/g", { members: 2 }), { memory: closed.memory, nowMs: 2000 });
    assert.lengthOf(bindsIn(plan), 2);
    assert.isUndefined(memory.jobs.get("gang-label:ns/g"));
  });

  it("a priority floor leaves what is not above it as it was, in silence", () => {
    const low = decide(gang("ns/g", { members: 2, priority: 5 }), { priorityFloor: 5 });
    assert.deepEqual([low.plan.intents, low.plan.conditions, low.plan.counts.podsConsidered], [[], [], 0]);
    assert.lengthOf(bindsIn(decide(gang("ns/g", { members: 2, priority: 6 }), { priorityFloor: 5 }).plan), 2);
  });
});

describe("settle time", () => {
  interface Step {
    readonly atMs: number;
    readonly members: number;
    readonly isPlaced: boolean;
    /** When the passing of time alone may place it. */
    readonly timerMs?: number;
  }
  const cases: readonly {
    readonly name: string;
    readonly cycleIntervalMs?: number;
    readonly gang?: Partial<Policy["gang"]>;
    readonly expected?: number;
    readonly steps: readonly Step[];
  }[] = [
    {
      name: "two cycle intervals after the last member appeared",
      cycleIntervalMs: 5000,
      steps: [
        { atMs: 100, members: 2, isPlaced: false, timerMs: 10_100 },
        { atMs: 10_099, members: 2, isPlaced: false, timerMs: 10_100 },
        { atMs: 10_100, members: 2, isPlaced: true },
      ],
    },
    {
      name: "but at least 2 s",
      cycleIntervalMs: 250,
      steps: [
        { atMs: 0, members: 2, isPlaced: false, timerMs: 2000 },
        { atMs: 1999, members: 2, isPlaced: false, timerMs: 2000 },
        { atMs: 2000, members: 2, isPlaced: true },
      ],
    },
    {
      name: "as configured",
      gang: { settleMs: 500 },
      steps: [
        { atMs: 0, members: 2, isPlaced: false, timerMs: 500 },
        { atMs: 500, members: 2, isPlaced: true },
      ],
    },
    { name: "0: at once", gang: { settleMs: 0 }, steps: [{ atMs: 0, members: 2, isPlaced: true }] },
    {
      name: "a new member starts it again",
      steps: [
        { atMs: 0, members: 2, isPlaced: false, timerMs: 2000 },
        { atMs: 1500, members: 3, isPlaced: false, timerMs: 3500 },
        { atMs: 2000, members: 3, isPlaced: false, timerMs: 3500 },
        { atMs: 3500, members: 3, isPlaced: true },
      ],
    },
    {
      name: "never later than the maximum after the first",
      gang: { settleMs: 2000, settleMaxMs: 3000 },
      steps: [
        { atMs: 0, members: 1, isPlaced: false, timerMs: 2000 },
        { atMs: 1500, members: 2, isPlaced: false, timerMs: 3000 },
        { atMs: 2900, members: 3, isPlaced: false, timerMs: 3000 },
        { atMs: 3000, members: 4, isPlaced: true },
      ],
    },
    { name: "an expected size is not waited for", expected: 2, steps: [{ atMs: 0, members: 2, isPlaced: true }] },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const policy = { ...policyOf(), gang: { ...policyOf().gang, ...c.gang } };
      let memory: Memory = EMPTY_MEMORY;
      for (const step of c.steps) {
        const settle = c.expected === undefined ? {} : { expected: c.expected };
        const job = gang("ns/g", { members: step.members, settle, membership: step.members, version: step.members });
        const { cycleIntervalMs = 1000 } = c;
        const result = decide(job, { policy, memory, nowMs: step.atMs, cycleIntervalMs });
        const timers = step.timerMs === undefined ? [] : [{ kind: "settle", job: job.key, atMs: step.timerMs }];
        assert.deepEqual(result.timers, timers as typeof result.timers, `timers at ${String(step.atMs)}`);
        assert.equal(result.nextTimerMs, step.timerMs ?? Infinity);
        assert.lengthOf(bindsIn(result.plan), step.isPlaced ? step.members : 0, `binds at ${String(step.atMs)}`);
        memory = result.memory;
      }
    });
  }

  it("is said in words while it lasts, with `have` and `want` for the log", () => {
    const { plan } = decide(gang("ns/g", { members: 2, settle: {} }));
    const message = "waiting for the group to settle: 2 members so far, and nothing says how many will come";
    assert.deepEqual(Object.values(waitingIn(plan)), [
      `WaitingForMembers: ${message}`,
      `WaitingForMembers: ${message}`,
    ]);
    assert.deepInclude(plan.decisions[0], { kind: "waiting for members", group: "ns/g", have: 2, want: 2 });
  });

  it("a group that is not of unknown size has no timer", () => {
    assert.deepEqual(decide(gang("ns/g", { members: 1, minAvailable: 2 })).timers, []);
  });
});
