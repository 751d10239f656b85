// The small plugins: priority, conformance, exclusive, and the table of all of them.

import { assert } from "chai";
import { ACTIONS } from "../../src/actions/index.ts";
import { OWN_PODS } from "../../src/model/index.ts";
import { conformance } from "../../src/plugins/conformance.ts";
import { exclusive } from "../../src/plugins/exclusive.ts";
import { PLUGINS } from "../../src/plugins/index.ts";
import { priority } from "../../src/plugins/priority.ts";
import { gang, nodeWith, solo } from "../support/scenario.ts";
import { requestsOf, shapeOf } from "../support/session-world.ts";
import { answerOf, hooksOf, IDLE, roomOn } from "./questions.ts";

describe("priority", () => {
  const { jobOrder, taskOrder } = hooksOf(priority);
  const cases = [
    { left: 10, right: 0, first: "left" },
    { left: -5, right: 0, first: "right" },
    { left: 2_000_001_000, right: 1_000_000_000, first: "left" },
    { left: -2_147_483_648, right: 2_147_483_647, first: "right" },
    { left: 3, right: 3, first: "neither" },
  ];
  for (const c of cases) {
    it(`${String(c.left)} and ${String(c.right)}: ${c.first} first, job and task alike`, () => {
      const [left, right] = [c.left, c.right].map((value) => {
        const job = solo("ns/p", { priority: value }, { priority: value });
        return { job, task: job.tasks[0]! };
      });
      assert.equal(inWords(jobOrder?.(left!.job, right!.job)), c.first);
      assert.equal(inWords(taskOrder?.(left!.task, right!.task)), c.first);
    });
  }

  function inWords(order: number | undefined): string {
    return order === undefined ? "undefined" : order < 0 ? "left" : order > 0 ? "right" : "neither";
  }
});

describe("conformance: what the cluster needs is no victim", () => {
  const preemptor = gang("ns/high", { members: 1 });
  const cases: readonly {
    readonly name: string;
    readonly group: string;
    readonly priorities: readonly number[];
    readonly mayLeave: boolean;
  }[] = [
    { name: "anybody else's pods may leave", group: "ns/low", priorities: [0, 0], mayLeave: true },
    { name: "just below the system's priority", group: "ns/low", priorities: [1_999_999_999], mayLeave: true },
    { name: "system-cluster-critical", group: "ns/low", priorities: [2_000_000_000], mayLeave: false },
    { name: "one critical member protects its unit", group: "ns/low", priorities: [0, 2_000_001_000], mayLeave: false },
    { name: "kube-system", group: "kube-system/dns", priorities: [0], mayLeave: false },
    { name: "kube-public", group: "kube-public/a", priorities: [0], mayLeave: false },
    { name: "kube-node-lease", group: "kube-node-lease/a", priorities: [0], mayLeave: false },
    { name: "a namespace that only begins so", group: "kube-system-tools/a", priorities: [0], mayLeave: true },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.mayLeave ? "may leave" : "stays"}`, () => {
      const job = gang(c.group, { members: c.priorities.map((value) => ({ priority: value, on: "n1" })) });
      const unit = { kind: "whole" as const, job, tasks: job.tasks };
      assert.deepEqual(hooksOf(conformance).victims?.(preemptor, [unit]), c.mayLeave ? [unit] : []);
    });
  }
});

describe("exclusive: one pod of this scheduler a node", () => {
  const foreign = requestsOf(1000, 0).map((amount, dimension) => (dimension === OWN_PODS ? 0 : amount));
  const cases = [
    { name: "an empty node", running: [], answer: "fits" },
    {
      name: "a pod of ours",
      running: [requestsOf(0, 0)],
      answer: "node(s) already ran a pod of this scheduler (curable)",
    },
    { name: "pods of others do not count", running: [foreign, foreign], answer: "fits" },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.answer}`, () => {
      const node = nodeWith("n");
      const room = roomOn(
        node,
        c.running.map((requests) => shapeOf({ requests })),
      );
      assert.equal(answerOf(exclusive, IDLE, node, room), c.answer);
    });
  }

  it("one that is leaving still counts", () => {
    const node = nodeWith("n");
    assert.include(answerOf(exclusive, IDLE, node, roomOn(node, [], [IDLE])), "already ran");
  });
});

describe("the tables of what a configuration can name", () => {
  it("names are those that the factories carry", () => {
    for (const table of [PLUGINS, ACTIONS]) for (const [name, entry] of table) assert.equal(entry.name, name);
    assert.sameMembers(
      [...PLUGINS.keys()],
      ["priority", "gang", "conformance", "predicates", "nodeorder", "binpack", "exclusive"],
    );
    assert.sameMembers([...ACTIONS.keys()], ["enqueue", "allocate", "backfill"]);
  });
});
