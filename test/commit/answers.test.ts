import { assert } from "chai";
import { describe, it } from "mocha";
import { ANSWERS, rowOf } from "../../src/commit/answers.ts";
import { TransportError } from "../../src/kube/client.ts";
import type { Fault } from "../support/scripted-api.ts";
import { gang, inWords, makeWorld, plan } from "./world.ts";

interface Case {
  readonly name: string;
  /** Of the first binding. */
  readonly fault?: Fault;
  /** Of every binding. */
  readonly faults?: Fault;
  /** What happens to the pod once it was sent, before it takes effect. */
  readonly pod?: { uid?: string; node?: string; isDeleting?: boolean; isGated?: boolean } | "gone";
  readonly sent: string[];
  readonly outcomes: string[];
  readonly isAssumed: boolean;
  readonly isBound: boolean;
  /** Default 10 s. */
  readonly withinMs?: number;
}

const cases: readonly Case[] = [
  { name: "201", sent: ["bind"], outcomes: ["bound 201"], isAssumed: true, isBound: true },

  // A4, A5
  {
    name: "409, bound to our node by an earlier request",
    pod: { node: "n0" },
    sent: ["bind", "get"],
    outcomes: ["bound 409"],
    isAssumed: true,
    isBound: true,
  },
  {
    name: "409, bound to another node",
    pod: { node: "n7" },
    sent: ["bind", "get"],
    outcomes: ["conflict_foreign"],
    isAssumed: false,
    isBound: true,
  },
  {
    name: "409, being deleted",
    pod: { isDeleting: true },
    sent: ["bind", "get"],
    outcomes: ["lost 409"],
    isAssumed: false,
    isBound: false,
  },
  {
    name: "409, gated",
    pod: { isGated: true },
    sent: ["bind", "get"],
    outcomes: ["lost 409"],
    isAssumed: false,
    isBound: false,
  },
  {
    name: "409, another pod of that name",
    pod: { uid: "new" },
    sent: ["bind", "get"],
    outcomes: ["lost 409"],
    isAssumed: false,
    isBound: false,
  },
  { name: "404", pod: "gone", sent: ["bind"], outcomes: ["lost 404"], isAssumed: false, isBound: false },

  // A7
  {
    name: "429",
    fault: { kind: "status", code: 429, when: "before", retryAfterMs: 2_000 },
    sent: ["bind", "bind"],
    outcomes: ["held", "bound 201"],
    isAssumed: true,
    isBound: true,
  },

  // A8, each before and after it took effect
  ...[500, 502, 503, 504, 507].flatMap((code): Case[] => [
    {
      name: `${String(code)} before`,
      fault: { kind: "status", code, when: "before" },
      sent: ["bind", "get", "bind"],
      outcomes: ["unknown", "bound 201"],
      isAssumed: true,
      isBound: true,
    },
    {
      name: `${String(code)} after`,
      fault: { kind: "status", code, when: "after" },
      sent: ["bind", "get"],
      outcomes: ["unknown", `bound ${String(code)}`],
      isAssumed: true,
      isBound: true,
    },
  ]),
  {
    name: "reset before",
    fault: { kind: "reset", when: "before" },
    sent: ["bind", "get", "bind"],
    outcomes: ["unknown", "bound 201"],
    isAssumed: true,
    isBound: true,
  },
  {
    name: "reset after",
    fault: { kind: "reset", when: "after" },
    sent: ["bind", "get"],
    outcomes: ["unknown", "bound 0"],
    isAssumed: true,
    isBound: true,
  },
  {
    name: "timeout before",
    fault: { kind: "hang", when: "before" },
    sent: ["bind", "get", "bind"],
    outcomes: ["unknown", "bound 201"],
    isAssumed: true,
    isBound: true,
    withinMs: 20_000,
  },
  {
    name: "timeout after",
    fault: { kind: "hang", when: "after" },
    sent: ["bind", "get"],
    outcomes: ["unknown", "bound 0"],
    isAssumed: true,
    isBound: true,
    withinMs: 20_000,
  },
  {
    name: "reset, and the pod is gone",
    fault: { kind: "reset", when: "before" },
    pod: "gone",
    sent: ["bind", "get"],
    outcomes: ["unknown", "lost 0"],
    isAssumed: false,
    isBound: false,
  },
  {
    name: "500 every time: three tries, then parked, still assumed",
    faults: { kind: "status", code: 500, when: "before" },
    sent: ["bind", "get", "bind", "get", "bind", "get"],
    outcomes: ["unknown", "unknown", "unknown", "parked"],
    isAssumed: true,
    isBound: false,
  },

  // A3: not sent is not unknown
  {
    name: "not sent",
    fault: { kind: "not sent" },
    sent: ["bind", "bind"],
    outcomes: ["bound 201"],
    isAssumed: true,
    isBound: true,
  },
  {
    name: "not sent every time: the breaker opens at the fifth",
    faults: { kind: "not sent" },
    sent: ["bind", "bind", "bind", "bind", "bind"],
    outcomes: ["breaker open", "dropped unreachable ×1"],
    isAssumed: false,
    isBound: false,
  },

  // A9, A10, and what nobody has thought of: never again unchanged
  ...[400, 401, 403, 405, 413, 422, 302].map((code): Case => ({
    name: String(code),
    faults: { kind: "status", code, when: "before" },
    sent: ["bind"],
    outcomes: [`refused ${String(code)}`],
    isAssumed: false,
    isBound: false,
  })),
];

describe("answers to a bind", () => {
  for (const c of cases) {
    it(c.name, async () => {
      const world = makeWorld();
      const { api, cache, committer, env, outcomes } = world;
      const binds = gang(world, "a", 1);
      const bind = binds[0]!;
      let bindings = 0;
      api.fault = ({ verb }) => {
        if (verb !== "bind") return undefined;
        const pod = api.pods.get(bind.task);
        if (bindings === 0 && c.pod === "gone") api.pods.delete(bind.task);
        else if (bindings === 0 && pod !== undefined) Object.assign(pod, c.pod);
        bindings += 1;
        return c.faults ?? (bindings === 1 ? c.fault : undefined);
      };

      committer.submit(plan(binds));
      assert.isTrue(cache.assumed.has(bind.uid), "assumed at once");
      await env.advance(c.withinMs ?? 10_000);

      assert.deepEqual(
        api.log().filter((line) => !line.startsWith("condition")),
        c.sent.map((verb) => `${verb} ns/a-0`),
      );
      assert.deepEqual(inWords(outcomes), c.outcomes);
      assert.equal(cache.assumed.has(bind.uid), c.isAssumed);
      assert.equal((api.pods.get(bind.task)?.node ?? "") !== "", c.isBound);
      assert.equal(committer.isSettled, !c.outcomes.includes("parked"));
    });
  }

  it("every answer has exactly one row before the catch-alls", () => {
    const statuses = Array.from({ length: 600 }, (_, i) => i);
    for (const status of statuses) {
      const answer = { kind: "response", response: { status, body: undefined } } as const;
      const specific = ANSWERS.slice(0, -2).filter((row) => row.matches(answer));
      assert.isAtMost(specific.length, 1, String(status));
    }
    for (const wasSent of [true, false]) {
      const answer = { kind: "none", error: new TransportError("", wasSent) } as const;
      assert.equal(ANSWERS.slice(0, -1).filter((row) => row.matches(answer)).length, 1);
      assert.equal(rowOf(answer).executed, wasSent ? "unknown" : "no");
    }
  });
});
