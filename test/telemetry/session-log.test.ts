// The log of a session, word for word: what an operator reads is a promise.

import { readFileSync, writeFileSync } from "node:fs";
import { assert } from "chai";
import type { Decision, Plan } from "../../src/model/index.ts";
import { createLogger, logSession } from "../../src/telemetry/index.ts";
import type { LogLevel } from "../../src/telemetry/index.ts";

const golden = new URL("../golden/session-log.jsonl", import.meta.url);

const decisions: readonly Decision[] = [
  { kind: "bind", action: "allocate", task: "ml/train-0", group: "ml/train", node: "n1" },
  { kind: "bind", action: "backfill", task: "ml/filler", group: "ml/filler", node: "n2" },
  { kind: "pipeline", action: "allocate", task: "ml/next-0", group: "ml/next", node: "n1" },
  {
    kind: "evict",
    action: "preempt",
    task: "ml/low-0",
    group: "ml/low",
    node: "n1",
    for: "ml/train",
    reason: "room for a group of higher priority",
  },
  {
    kind: "discard",
    group: "ml/big",
    stage: "allocate",
    reason: "Unschedulable",
    message: "0/2 nodes are available: 2 Insufficient cpu.",
    isNew: true,
  },
  { kind: "discard", group: "ml/old", stage: "allocate", reason: "Unschedulable", message: "as before", isNew: false },
  { kind: "waiting for members", group: "ml/half", have: 1, want: 3, isNew: true, message: "1 of 3 members exist" },
  { kind: "waiting for members", group: "ml/slow", have: 2, want: 3, isNew: false, message: "2 of 3 members exist" },
];

const plan: Plan = {
  cycle: 42,
  intents: [],
  conditions: [],
  groupStatuses: [],
  decisions,
  counts: { pendingGroups: 7, podsConsidered: 9, bound: 2, evicted: 1, pipelined: 1, skippedAsUnchanged: 3 },
};

function linesAt(level: LogLevel, format: "json" | "pretty" = "json"): string {
  let text = "";
  const logger = createLogger({
    level,
    format,
    sink: { write: (line) => (text += line) },
    wallMs: () => 1_900_000_000_000,
  });
  const phaseMs = new Map([
    ["snapshot", 1.23456],
    ["open", 0.5],
    ["allocate", 12],
    ["commit", 0.0004],
  ]);
  logSession(logger, { plan, trigger: "interval", phaseMs });
  return text;
}

describe("session log", () => {
  it("is the golden text at debug", () => {
    const text = linesAt("debug");
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });

  it("leaves out at info what was said before", () => {
    const messages = linesAt("info")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string; group?: string })
      .map(({ msg, group }) => [msg, group]);
    assert.deepEqual(messages, [
      ["bind", "ml/train"],
      ["bind", "ml/filler"],
      ["evict", "ml/low"],
      ["discard", "ml/big"],
      ["waiting for members", "ml/half"],
      ["session", undefined],
    ]);
  });

  it("names the cycle on every line", () => {
    for (const line of linesAt("debug").trimEnd().split("\n")) {
      assert.equal((JSON.parse(line) as { cycle: number }).cycle, 42);
    }
  });

  it("is readable on a terminal", () => {
    assert.deepEqual(linesAt("info", "pretty").split("\n").slice(0, 4), [
      "17:46:40.000 info  bind cycle=42 group=ml/train pod=ml/train-0 node=n1 action=allocate",
      "17:46:40.000 info  bind cycle=42 group=ml/filler pod=ml/filler node=n2 action=backfill",
      '17:46:40.000 info  evict cycle=42 group=ml/low pod=ml/low-0 node=n1 action=preempt for=ml/train reason="room for a group of higher priority"',
      '17:46:40.000 info  discard cycle=42 group=ml/big stage=allocate reason=Unschedulable message="0/2 nodes are available: 2 Insufficient cpu."',
    ]);
  });
});
