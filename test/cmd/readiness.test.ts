// Readiness and the log of problems, under a clock in the hands of the test.

import { assert } from "chai";
import { ProblemLog } from "../../cmd/problem-log.ts";
import { Readiness } from "../../cmd/readiness.ts";
import type { Watches } from "../../cmd/readiness.ts";
import type { Problem } from "../../src/cache/reflectors.ts";
import { createLogger } from "../../src/telemetry/index.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

function unreachable(resource: Problem["resource"]): Problem {
  return { resource, verb: "list", code: "unreachable", message: `cannot list ${resource}: nobody there` };
}

describe("log of problems", () => {
  function rig(): { env: VirtualEnv; problems: Problem[]; log: ProblemLog; lines: Record<string, unknown>[] } {
    const env = new VirtualEnv();
    const lines: Record<string, unknown>[] = [];
    const sink = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
    const problems: Problem[] = [];
    const logger = createLogger({ level: "info", format: "json", sink, wallMs: () => 0 });
    return { env, problems, lines, log: new ProblemLog(env, logger, () => problems) };
  }

  /** A look every second. */
  async function watch(env: VirtualEnv, log: ProblemLog, seconds: number): Promise<string[]> {
    const seen: string[] = [];
    for (let second = 0; second < seconds; second++) {
      seen.push(log.look());
      await env.advance(1_000);
    }
    return seen;
  }

  it("is one line a minute, however many resources fail", async () => {
    const { env, problems, log, lines } = rig();
    problems.push(unreachable("nodes"), unreachable("pods"));
    await watch(env, log, 181);
    assert.deepEqual(
      lines.map(({ msg, code, problem, resources }) => [msg, code, problem, resources]),
      Array.from({ length: 3 }, () => ["cannot read the cluster", "unreachable", "cannot list nodes: nobody there", 2]),
    );
  });

  it("names every right that is missing", async () => {
    const { env, problems, log, lines } = rig();
    for (const resource of ["nodes", "pods"] as const) {
      problems.push({ resource, verb: "watch", code: "forbidden", message: `cannot watch ${resource}: no` });
    }
    await watch(env, log, 2);
    assert.deepEqual(
      lines.map(({ problem }) => problem),
      ["cannot watch nodes: no; cannot watch pods: no"],
    );
  });

  it("says once when it is over, and a flapping server costs no more lines", async () => {
    const { env, problems, log, lines } = rig();
    for (let round = 0; round < 5; round++) {
      problems.push(unreachable("pods"));
      await watch(env, log, 3);
      problems.length = 0;
      assert.deepEqual(await watch(env, log, 2), ["cured", "well"]);
    }
    const warnings = lines.filter(({ msg }) => msg === "cannot read the cluster");
    assert.lengthOf(warnings, 1);
    assert.lengthOf(lines, 2);
  });

  it("a hiccup is no line", async () => {
    const { env, problems, log, lines } = rig();
    problems.push(unreachable("pods"));
    log.look();
    await env.advance(100);
    problems.length = 0;
    assert.equal(log.look(), "cured");
    assert.isEmpty(lines);
  });
});

describe("readiness", () => {
  function rig(): {
    env: VirtualEnv;
    watches: { -readonly [key in keyof Watches]: Watches[key] };
    readiness: Readiness;
  } {
    const env = new VirtualEnv();
    const watches = { isSynced: true, isSettled: true, problems: [], lastActivityMs: () => env.clock.nowMs() };
    return { env, watches, readiness: new Readiness(env, watches) };
  }
  function failing(readiness: Readiness): string[] {
    return readiness.checks.flatMap(({ name, problem }) => {
      const text = problem();
      return text === undefined ? [] : [`${name}: ${text}`];
    });
  }

  it("is ready when everything is listed and told", () => {
    const { readiness } = rig();
    assert.deepEqual(failing(readiness), []);
    assert.isTrue(readiness.isFresh);
  });

  it("is not before everything is listed", () => {
    const { watches, readiness } = rig();
    watches.isSynced = false;
    assert.deepEqual(failing(readiness), ["synced: not everything has been listed yet"]);
    assert.isFalse(readiness.isFresh);
  });

  it("names kinds, never what a server says", () => {
    const { watches, readiness } = rig();
    watches.problems = [{ resource: "pods", verb: "list", code: "forbidden" }];
    assert.deepEqual(failing(readiness), ["synced: cannot list pods (forbidden)"]);
    watches.problems = [{ resource: "jobs", verb: "list", code: "api" }];
    assert.deepEqual(failing(readiness), [], "an optional resource never holds it back");
  });

  it("waits for optional resources that do not answer, but not for ever", async () => {
    const { env, watches, readiness } = rig();
    watches.isSettled = false;
    assert.isFalse(readiness.isFresh);
    await env.advance(10_000);
    assert.isTrue(readiness.isFresh);
  });

  it("takes no decision on what nobody has told for two minutes", async () => {
    const { env, watches, readiness } = rig();
    watches.lastActivityMs = (resource) => (resource === "pods" ? 0 : env.clock.nowMs());
    await env.advance(120_000);
    assert.isTrue(readiness.isFresh);
    await env.advance(1);
    assert.isFalse(readiness.isFresh);
    assert.deepEqual(failing(readiness), ["fresh: nothing was heard of pods for two minutes"]);
  });

  it("gives up on three broken sessions in a row, until one succeeds", () => {
    const { readiness } = rig();
    readiness.sessionFailed();
    readiness.sessionFailed();
    assert.deepEqual(failing(readiness), []);
    readiness.sessionFailed();
    assert.deepEqual(failing(readiness), ["sessions: the last sessions broke an invariant"]);
    readiness.sessionSucceeded();
    assert.deepEqual(failing(readiness), []);
  });

  it("sees a stalled event loop", async () => {
    const { env, readiness } = rig();
    readiness.tick();
    await env.advance(1_100);
    readiness.tick();
    assert.deepEqual(failing(readiness), []);
    await env.advance(6_500);
    readiness.tick();
    assert.deepEqual(failing(readiness), ["event-loop: the process was stalled"]);
  });

  it("is not ready when it stops", () => {
    const { readiness } = rig();
    readiness.stop();
    assert.deepEqual(failing(readiness), ["running: stopping"]);
  });
});
