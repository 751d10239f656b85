// What became of binds, in log lines and numbers.

import { assert } from "chai";
import { OutcomeLog } from "../../cmd/outcome-log.ts";
import { SessionMetrics } from "../../cmd/session-metrics.ts";
import type { Outcome } from "../../src/commit/index.ts";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Bind, JobMemory, Memory, Plan } from "../../src/model/index.ts";
import type { SessionReport } from "../../src/scheduler.ts";
import { createLogger, createMetrics } from "../../src/telemetry/index.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

function bindOf(name: string): Bind {
  const mark = { cycleId: "x-1", planned: 2, minimum: 2 };
  const common = { kind: "bind", priority: 0, mark, node: "n1", job: "gang-label:ns/g", group: "ns/g" } as const;
  return { ...common, task: `ns/${name}`, uid: `uid-${name}` };
}

const bind = bindOf("p");
const named = { cycle: 7, group: "ns/g", pod: "ns/p", node: "n1" };

describe("outcomes of binds", () => {
  const cases: readonly {
    readonly outcome: Outcome;
    readonly line: object;
    /** Text of the metric that has counted it. */
    readonly metric: string;
  }[] = [
    {
      outcome: { kind: "bound", bind, cycle: 7, code: 201, latencyMs: 3, queuedMs: 1 },
      line: { level: 20, ...named, code: 201, latencyMs: 3, queuedMs: 1, msg: "bound" },
      metric: 'bind_request_seconds_count{code="201"} 1',
    },
    {
      outcome: { kind: "refused", bind, cycle: 7, code: 422, reason: "Invalid", message: "no" },
      line: { level: 40, ...named, code: 422, reason: "Invalid", message: "no", msg: "bind refused" },
      metric: 'bind_failures_total{outcome="refused"} 1',
    },
    {
      outcome: { kind: "lost", bind, cycle: 7, code: 404, message: "gone" },
      line: { level: 30, ...named, code: 404, message: "gone", msg: "bind lost" },
      metric: 'bind_failures_total{outcome="lost"} 1',
    },
    {
      outcome: { kind: "conflict_foreign", bind, cycle: 7, node: "n2" },
      line: { level: 40, ...named, boundTo: "n2", msg: "bind conflict" },
      metric: "conflicts_total 1",
    },
    {
      outcome: { kind: "unknown", bind, cycle: 7, message: "reset" },
      line: { level: 40, ...named, message: "reset", msg: "bind outcome unknown" },
      metric: "unknown_outcomes_total 1",
    },
    {
      outcome: {
        kind: "dropped",
        job: bind.job,
        group: bind.group,
        cycle: 7,
        binds: [bind, bind],
        why: "stale",
        message: "the node is gone",
      },
      line: {
        level: 30,
        cycle: 7,
        group: "ns/g",
        pods: 2,
        why: "stale",
        message: "the node is gone",
        msg: "binds dropped",
      },
      metric: 'bind_failures_total{outcome="dropped"} 2',
    },
    {
      outcome: { kind: "status", write: "condition", object: "ns/p", result: "refused", code: 403, message: "no" },
      line: {
        level: 40,
        write: "condition",
        object: "ns/p",
        result: "refused",
        code: 403,
        message: "no",
        msg: "status write",
      },
      metric: 'status_writes_total{write="condition",result="refused"} 1',
    },
  ];
  for (const { outcome, line, metric } of cases) {
    it(outcome.kind, async () => {
      const lines: string[] = [];
      const sink = { write: (text: string) => lines.push(text) };
      const metrics = createMetrics();
      const logger = createLogger({ level: "debug", format: "json", sink, wallMs: () => 0 });
      new OutcomeLog(new VirtualEnv().clock, logger, metrics).note(outcome);
      assert.lengthOf(lines, 1);
      const { time, ...rest } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
      assert.equal(time, 0);
      assert.deepEqual(rest, line);
      assert.include(await metrics.text(), `batch_scheduler_${metric}\n`);
    });
  }
});

describe("time from a complete group to its last bind", () => {
  const members: JobMemory = {
    firstSeenMs: 0,
    membership: 1,
    membershipSinceMs: 1_000,
    isAdmitted: true,
    verdict: undefined,
    refusedAt: undefined,
  };

  function report(binds: readonly Bind[], memoryBefore: Memory): SessionReport {
    const counts = { pendingGroups: 1, podsConsidered: 2, bound: 2, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 };
    const plan: Plan = { cycle: 1, intents: binds, conditions: [], groupStatuses: [], decisions: [], counts };
    const snapshot = { nodeCount: 0, jobs: [] } as unknown as SessionReport["snapshot"];
    const rest = {
      timers: [],
      nextTimerMs: Infinity,
      skipMissed: 0,
      trigger: "interval",
      phaseMs: new Map<string, number>(),
    };
    return { plan, memory: EMPTY_MEMORY, memoryBefore, snapshot, ...rest };
  }

  it("is measured when every planned member is bound, and not when one was lost", async () => {
    const env = new VirtualEnv();
    const metrics = createMetrics();
    const numbers = new SessionMetrics(env, metrics, false);
    const [one, other] = [bindOf("1"), bindOf("2")];
    const before: Memory = { cycle: 0, jobs: new Map([[one.job, members]]) };
    const isBound = (of: Bind): void => {
      numbers.outcome({ kind: "bound", bind: of, cycle: 1, code: 201, latencyMs: 1, queuedMs: 0 });
    };
    await env.advance(3_000);
    numbers.session(report([one, other], before));
    isBound(one);
    assert.include(await metrics.text(), "batch_scheduler_group_wait_seconds_count 0");
    await env.advance(500);
    isBound(other);
    const text = await metrics.text();
    assert.include(text, "batch_scheduler_group_wait_seconds_count 1");
    assert.include(text, "batch_scheduler_group_wait_seconds_sum 2.5");

    numbers.session(report([one, other], before));
    numbers.outcome({ kind: "lost", bind: one, cycle: 2, code: 404, message: "gone" });
    isBound(other);
    assert.include(await metrics.text(), "batch_scheduler_group_wait_seconds_count 1");
  });
});
