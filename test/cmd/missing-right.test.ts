// A right to write that is missing: said once a minute, and not ready, until a bind shows that it is there.

import { assert } from "chai";
import { lacksRight } from "../../cmd/missing-right.ts";
import { OutcomeLog } from "../../cmd/outcome-log.ts";
import { Readiness } from "../../cmd/readiness.ts";
import type { Outcome } from "../../src/commit/index.ts";
import type { Bind } from "../../src/model/index.ts";
import { createLogger, createMetrics } from "../../src/telemetry/index.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

/** As kube-apiserver 1.36 writes them, behind the words of commit. */
const missing =
  'create pods/binding in namespace ml was refused: 403: pods "p" is forbidden: User "s" cannot create resource "pods/binding" in API group "" in the namespace "ml"';
const terminating =
  'create pods/binding in namespace ml was refused: 403: pods "p" is forbidden: unable to create new content in namespace ml because it is being terminated';

const bind: Bind = {
  ...{ kind: "bind", task: "ml/p", uid: "uid-p", job: "solo:ml/p", group: "ml/p", node: "n1", priority: 0 },
  mark: { cycleId: "x-1", planned: 1, minimum: 1 },
};

function refused(code: number, message: string): Outcome {
  return { kind: "refused", bind, cycle: 1, code, reason: "Forbidden", message };
}

describe("a missing right", () => {
  const cases = [
    { name: "RBAC", code: 403, message: missing, isLack: true },
    { name: "a token that is not known", code: 401, message: "401: Unauthorized", isLack: true },
    { name: "a namespace that is being deleted", code: 403, message: terminating, isLack: false },
    { name: "an object that is not valid", code: 422, message: 'cannot create resource "x"', isLack: false },
    { name: "no answer", code: undefined, message: "", isLack: false },
  ];
  for (const { name, code, message, isLack } of cases) {
    it(`${isLack ? "is" : "is not"}: ${name}`, () => assert.equal(lacksRight(code, message), isLack));
  }

  it("is one line a minute for each kind of write, however many pods it concerns", async () => {
    const env = new VirtualEnv();
    const levels: number[] = [];
    const sink = { write: (line: string) => levels.push((JSON.parse(line) as { level: number }).level) };
    const logger = createLogger({ level: "info", format: "json", sink, wallMs: () => 0 });
    const log = new OutcomeLog(env.clock, logger, createMetrics());
    const status = { kind: "status", write: "condition", object: "ml/p", result: "refused", code: 403 } as const;
    for (let second = 0; second < 90; second++) {
      log.note(refused(403, missing));
      log.note({ ...status, message: missing });
      await env.advance(1_000);
    }
    assert.deepEqual(levels, [40, 40, 40, 40]);
    log.note(refused(403, terminating));
    log.note(refused(403, terminating));
    assert.lengthOf(levels, 6);
  });

  it("is not ready until a bind succeeds, or none was tried for a long time", async () => {
    const env = new VirtualEnv();
    const watches = { isSynced: true, isSettled: true, problems: [], lastActivityMs: () => env.clock.nowMs() };
    const readiness = new Readiness(env, watches);
    const problems = (): readonly string[] => readiness.checks.flatMap(({ problem }) => problem() ?? []);
    readiness.noteOutcome(refused(403, terminating));
    assert.deepEqual(problems(), []);

    readiness.noteOutcome(refused(403, missing));
    assert.deepEqual(problems(), ["cannot create pods/binding (forbidden)"]);
    readiness.noteOutcome({ kind: "bound", bind, cycle: 2, code: 201, latencyMs: 1, queuedMs: 0 });
    assert.deepEqual(problems(), []);

    readiness.noteOutcome(refused(401, "401: Unauthorized"));
    await env.advance(899_000);
    assert.lengthOf(problems(), 1);
    await env.advance(1_000);
    assert.deepEqual(problems(), []);
  });
});
