// The engine and its naive twin give the same plans, cold and warm, whatever the slots; and a planted bug is found.

import { assert } from "chai";
import { ACTIONS } from "../../src/actions/index.ts";
import { ALWAYS, PLUGINS } from "../../src/plugins/index.ts";
import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Memory, Node, Shape, Snapshot } from "../../src/model/index.ts";
import { Engine, SessionRunner } from "../../src/session/index.ts";
import type { CandidateSet, NodeFinder, SessionResult, Tables } from "../../src/session/index.ts";
import { NaiveFinder } from "../support/naive-finder.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import {
  clusterWhim,
  insideOneOf,
  randomlyChanged,
  randomWorld,
  restricting,
  zoneLimit,
} from "../support/random-world.ts";
import { canonical, policyOf, snapshotOf, withBinds } from "../support/session-world.ts";
import type { World } from "../support/session-world.ts";

const TEST_PLUGINS = [zoneLimit, clusterWhim, restricting, insideOneOf("rack", ["r1", "r2"])];
const TABLES: Tables = {
  actions: ACTIONS,
  plugins: new Map([...PLUGINS, ...TEST_PLUGINS.map((plugin) => [plugin.name, plugin] as const)]),
  always: ALWAYS,
};

const WORLDS = 10_000;
const SESSIONS = 3;

describe("engine and naive twin", () => {
  it(`give the same plan on ${String(WORLDS)} random worlds, cold and warm`, function () {
    this.timeout(300_000);
    forEachSeed(WORLDS, (random) => {
      comparePlans(random, () => new Engine());
    });
  });

  it("canary: an engine that forgets to hear of touched rooms is found out", () => {
    class Deaf extends Engine {
      override touched(): void {
        // planted bug: the touch log stays empty inside a session
      }
    }
    assert.isDefined(firstFailure(200, (random) => comparePlans(random, () => new Deaf())));
  });

  it("canary: an engine that breaks ties by slot is found out", () => {
    class BySlot extends Engine {
      #snapshot: Snapshot | undefined;
      override open(context: Parameters<NodeFinder["open"]>[0]): void {
        this.#snapshot = context.snapshot;
        super.open(context);
      }
      override best(shape: Shape, candidates: CandidateSet): Node | undefined {
        const best = super.best(shape, candidates);
        const twin = this.#snapshot?.nodes.flat().find((node) => node !== undefined && candidates.includes(node));
        return best !== undefined && twin?.allocatable.join() === best.allocatable.join() ? twin : best;
      }
    }
    assert.isDefined(firstFailure(200, (random) => comparePlans(random, () => new BySlot())));
  });
});

/** A few sessions on one changing world, decided by a warm engine, a cold one, the twin, and an engine that sees other slots. */
function comparePlans(random: Random, engine: () => NodeFinder): void {
  const policy = policyOf(randomTiers(random));
  const warm = new SessionRunner(policy, TABLES, engine());
  const naive = new SessionRunner(policy, TABLES, new NaiveFinder());
  let world = randomWorld(random);
  let memory: Memory = EMPTY_MEMORY;
  for (let session = 1; session <= SESSIONS; session++) {
    const decide = (runner: SessionRunner, seen: World): SessionResult =>
      runner.run({
        snapshot: snapshotOf(seen, session),
        memory,
        nowMs: session * 1000,
        cycleIntervalMs: 1000,
        cycleId: `c${String(session)}`,
      });
    const expected = decide(naive, world);
    const text = canonical(expected);
    assert.equal(canonical(decide(warm, world)), text, `warm, session ${String(session)}`);
    assert.equal(
      canonical(decide(new SessionRunner(policy, TABLES, engine()), reslotted(random, world))),
      text,
      `cold and reslotted, session ${String(session)}`,
    );
    memory = expected.memory;
    world = randomlyChanged(random, withBinds(world, expected.plan));
  }
}

function randomTiers(random: Random): readonly (readonly string[])[] {
  const extra = TEST_PLUGINS.map(({ name }) => name).filter(() => random.chance(0.25));
  const orders = random.pick([["nodeorder"], ["nodeorder", "binpack"], ["binpack"], []]);
  const gang = random.chance(0.9) ? ["gang"] : [];
  const exclusive = random.chance(0.1) ? ["exclusive"] : [];
  return [
    ["priority", ...gang, "conformance"],
    ["predicates", ...exclusive, ...orders, ...extra],
  ];
}

function reslotted(random: Random, world: World): World {
  const slots = random.shuffled(Array.from({ length: 300 }, (_, slot) => slot));
  return {
    jobs: random.shuffled(world.jobs),
    nodes: random.shuffled(world.nodes.map((node, index) => ({ ...node, slot: slots[index] ?? 0 }))),
  };
}
