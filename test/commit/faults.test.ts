// Property: whatever the API server answers and whoever else writes, each pod is bound at most once by us, every bind that
// was taken on ends in one outcome that is true, and nothing stays assumed that did not happen.

import { assert } from "chai";
import { describe, it } from "mocha";
import type { Outcome } from "../../src/commit/index.ts";
import { answerTo, rowOf } from "../../src/commit/answers.ts";
import { bindRequest } from "../../src/commit/bind-request.ts";
import type { Bind, Plan } from "../../src/model/index.ts";
import type { Random } from "../../src/env.ts";
import { seededRandom } from "../support/virtual-env.ts";
import type { Fault, SentRequest } from "../support/scripted-api.ts";
import { gang, makeWorld, plan } from "./world.ts";
import type { World } from "./world.ts";

type Terminal = Extract<Outcome, { kind: "bound" | "refused" | "lost" | "conflict_foreign" | "dropped" }>;

/** A scheduler's life: plans, submitted every second, while faults strike and others write; then a quiet minute. */
async function live(random: Random, world: World, submit: (plan: Plan) => void): Promise<Story> {
  const { api, cache, committer, env } = world;
  const dice = (sides: number): number => Math.floor(random() * sides);
  const groups = Array.from({ length: 1 + dice(6) }, (_, i) => {
    const size = 1 + dice(9);
    const minimum = dice(5) === 0 ? 0 : 1 + dice(size);
    return { name: `g${String(i)}`, size, minimum, priority: dice(3) };
  });
  for (const { name, size } of groups) gang(world, name, size);
  const faultiness = random() * random();
  api.latencyMs = () => 1 + dice(40);
  api.fault = (request) => (random() < faultiness ? randomFault(random, request) : undefined);

  const submitted: Submitted[] = [];
  const lateUids = new Set<string>();
  for (let cycle = 1; cycle <= 25; cycle++) {
    const isQuiet = 15 < cycle;
    if (isQuiet) api.fault = () => undefined;
    else if (dice(2) === 0) disturb(random, world, lateUids);
    cache.watch();
    const binds = groups.flatMap((group) => {
      const members = gang(world, group.name, group.size, group).filter(({ task, uid }) => {
        const pod = api.pods.get(task)!;
        return pod.node === "" && !pod.isDeleting && !pod.isGated && !cache.assumed.has(uid) && cache.nodes.size > 0;
      });
      return members.map((bind, i) => ({ ...bind, node: `n${String((i + cycle) % 10)}` }));
    });
    submitted.push(...binds.map((bind) => ({ bind, cycle })));
    submit(plan(binds, { cycle }));
    if (dice(4) === 0) committer.reconcile();
    await env.advance(isQuiet ? 60_000 : 1_000);
  }
  return { submitted, lateUids, outcomes: world.outcomes };
}

interface Submitted {
  readonly bind: Bind;
  readonly cycle: number;
}

interface Story {
  readonly submitted: readonly Submitted[];
  /** Pods whose bind took effect after a GET saw them unbound. */
  readonly lateUids: ReadonlySet<string>;
  readonly outcomes: readonly Outcome[];
}

function randomFault(random: Random, { verb }: SentRequest): Fault {
  const when = random() < 0.5 ? "before" : "after";
  const pick = Math.floor(random() * 10);
  if (pick < 2) return { kind: "reset", when };
  if (pick < 3) return { kind: "hang", when };
  if (pick < 4) return { kind: "not sent" };
  const codes = [400, 403, 409, 422, 429, 500, 502, 503, 504, 507];
  const code = codes[Math.floor(random() * codes.length)]!;
  // What says "not executed" is not a lie; and a GET does not say 404 of what is there.
  const isHonest = 500 <= code;
  return { kind: "status", code, when: isHonest && verb !== "get" ? when : "before", retryAfterMs: 500 };
}

/** Others write: delete, replace, gate, bind elsewhere, take nodes away; or one of our requests takes effect late. */
function disturb(random: Random, world: World, lateUids: Set<string>): void {
  const { api, cache, env } = world;
  const keys = [...api.pods.keys()];
  const key = keys[Math.floor(random() * keys.length)]!;
  const pod = api.pods.get(key)!;
  const isBound = pod.node !== "";
  switch (Math.floor(random() * 6)) {
    case 0:
      pod.isDeleting = true;
      break;
    case 1: // deleted, and made anew by its controller
      api.pods.delete(key);
      cache.assumed.delete(pod.uid); // the watch shows it gone
      api.addPod(key, { uid: `${pod.uid}'` });
      break;
    case 2:
      if (!isBound) pod.node = "foreign";
      break;
    case 3:
      cache.nodes.delete(`n${String(Math.floor(random() * 10))}`);
      break;
    case 4: {
      const planned = cache.assumed.get(pod.uid);
      if (planned === undefined || isBound || pod.isDeleting) return;
      lateUids.add(pod.uid);
      env.timers.after(random() * 900, () => {
        if (pod.node !== "" || pod.isDeleting) return;
        pod.node = planned;
        pod.bindCount += 1;
      });
      break;
    }
    default:
      pod.isGated = true;
      env.timers.after(2_000, () => (pod.isGated = false));
  }
}

function check(world: World, { submitted, lateUids, outcomes }: Story): void {
  const { api, cache, committer } = world;
  assert.isTrue(committer.isSettled, "settled");
  for (const { verb, request, object } of api.sent) {
    if (verb !== "bind") continue;
    const { metadata } = request.body as { metadata: { uid?: string } };
    assert.match(metadata.uid ?? "", /^uid of /, `the bind of ${object} carries the UID`);
  }
  for (const [key, pod] of api.pods) assert.isAtMost(pod.bindCount, 1, `${key} is bound once`);

  // Each bind that was submitted has exactly one outcome.
  const ended = new Map<string, Terminal>();
  for (const outcome of outcomes) {
    if (!isTerminal(outcome)) continue;
    for (const bind of outcome.kind === "dropped" ? outcome.binds : [outcome.bind]) {
      const id = `${bind.uid} in cycle ${String(outcome.cycle)}`;
      assert.isFalse(ended.has(id), `${id} ended twice`);
      ended.set(id, outcome);
    }
  }
  const nodeByUid = new Map([...api.pods.values()].map(({ uid, node }) => [uid, node]));
  for (const { bind, cycle } of submitted) {
    const outcome = ended.get(`${bind.uid} in cycle ${String(cycle)}`);
    assert.isDefined(outcome, `${bind.task} of cycle ${String(cycle)} has no outcome`);
    const node = nodeByUid.get(bind.uid);
    if (node === undefined || lateUids.has(bind.uid)) continue; // gone by now, or no GET could know
    if (outcome.kind === "bound") assert.equal(node, bind.node, `${bind.task} is where we said`);
    const laterBound = submitted.some(
      (other) =>
        other.bind.uid === bind.uid &&
        cycle < other.cycle &&
        ended.get(`${bind.uid} in cycle ${String(other.cycle)}`)?.kind === "bound",
    );
    if (outcome.kind !== "bound" && !laterBound)
      assert.notEqual(node, bind.node, `${bind.task} was not said to be bound`);
  }
  assert.equal(ended.size, submitted.length, "no outcome without a bind");

  cache.watch();
  const left = [...cache.assumed.keys()].filter((uid) => nodeByUid.has(uid));
  assert.deepEqual(left, [], "assumed without being under way");
}

function isTerminal(outcome: Outcome): outcome is Terminal {
  return ["bound", "refused", "lost", "conflict_foreign", "dropped"].includes(outcome.kind);
}

/** What not to do: an answer that is no success is taken for "not executed". */
function naiveSubmit(world: World): (plan: Plan) => void {
  const send = async (bind: Bind, cycle: number): Promise<void> => {
    const { api, cache, outcomes } = world;
    cache.assumeBind(bind);
    const answer = await answerTo(api.request(bindRequest(bind, new AbortController().signal)));
    if (rowOf(answer).reaction === "done") {
      outcomes.push({ kind: "bound", bind, cycle, code: 201, latencyMs: 0, queuedMs: 0 });
    } else {
      cache.forget(bind.uid);
      const { job, group } = bind;
      outcomes.push({ kind: "dropped", job, group, cycle, binds: [bind], why: "unreachable", message: "" });
    }
  };
  return ({ intents, cycle }) => {
    for (const intent of intents) void send(intent as Bind, cycle);
  };
}

async function failureOf(
  seed: number,
  run: (random: Random, world: World) => Promise<void>,
): Promise<Error | undefined> {
  const random = seededRandom(seed);
  const world = makeWorld({ bindConcurrency: 1 + Math.floor(random() * 8), seed });
  try {
    await run(random, world);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

describe("property: any answers, any interference", function () {
  this.timeout(60_000);

  it("each pod is bound at most once, every outcome is true, no assumption is left over", async () => {
    const only = process.env["SEED"];
    const seeds = only === undefined ? Array.from({ length: 300 }, (_, i) => i + 1) : [Number(only)];
    const seen = new Set<string>();
    for (const seed of seeds) {
      const error = await failureOf(seed, async (random, world) => {
        check(world, await live(random, world, (next) => world.committer.submit(next)));
        for (const outcome of world.outcomes) seen.add(outcome.kind === "dropped" ? outcome.why : outcome.kind);
      });
      if (error !== undefined) throw new Error(`SEED=${String(seed)} replays: ${String(error)}`, { cause: error });
    }
    if (only !== undefined) return;
    const expected = ["bound", "refused", "lost", "conflict_foreign", "unknown", "parked", "held", "breaker", "status"];
    assert.includeMembers([...seen], [...expected, "stale", "group failed", "back-off", "unreachable", "not executed"]);
  });

  it("canary: the same check rejects a committer that takes no success for no effect", async () => {
    const errors: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      errors.push(
        String(
          await failureOf(seed, async (random, world) => check(world, await live(random, world, naiveSubmit(world)))),
        ),
      );
    }
    assert.isTrue(
      errors.some((error) => error.includes("was not said to be bound")),
      errors.join("\n"),
    );
  });
});
