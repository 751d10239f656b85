// World: a Committer with a scripted API server, a virtual clock and a cache by hand, for the tests of this folder.
// The cache's live view is what the API holds, at once, unless a test freezes it.

import { Committer } from "../../src/commit/index.ts";
import type { CommitCache, Outcome } from "../../src/commit/index.ts";
import type { LiveNode, LivePod } from "../../src/model/index.ts";
import type { CommitterOptions } from "../../src/commit/index.ts";
import { assertNever } from "../../src/model/index.ts";
import type { Bind, Plan } from "../../src/model/index.ts";
import { ScriptedApi } from "../support/scripted-api.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

export class HandCache implements CommitCache {
  readonly nodes = new Map<string, LiveNode>();
  /** Node by UID. */
  readonly assumed = new Map<string, string>();
  /** Set to make the live view differ from what the API holds. */
  stalePod: (key: string) => LivePod | undefined;
  readonly #api: ScriptedApi;

  constructor(api: ScriptedApi) {
    this.#api = api;
    this.stalePod = (key) => this.#api.pods.get(key);
  }

  livePod(key: string): LivePod | undefined {
    return this.stalePod(key);
  }

  liveNode(name: string): LiveNode | undefined {
    return this.nodes.get(name);
  }

  assumeBind(bind: Bind): void {
    if (this.assumed.has(bind.uid)) throw new Error(`${bind.task} is assumed twice`);
    this.assumed.set(bind.uid, bind.node);
  }

  assumeEvict(): void {
    throw new Error("nothing is evicted here");
  }

  /** Throws for a pod that still waits and of which nothing is assumed: commit forgets what it took on, once. */
  forget(uid: string): void {
    if (this.assumed.delete(uid)) return;
    for (const pod of this.#api.pods.values()) {
      if (pod.uid === uid && pod.node === "") throw new Error(`${uid} is forgotten without being assumed`);
    }
  }

  /** The watch shows where pods are by now: of those nothing is assumed any more. */
  watch(): void {
    for (const pod of this.#api.pods.values()) if (pod.node !== "") this.assumed.delete(pod.uid);
  }
}

export interface World {
  readonly env: VirtualEnv;
  readonly api: ScriptedApi;
  readonly cache: HandCache;
  readonly committer: Committer;
  readonly outcomes: Outcome[];
  /** Cleared: this process may not write any more. */
  mayWrite: boolean;
}

export function makeWorld(options: Partial<CommitterOptions> & { readonly seed?: number } = {}): World {
  const env = new VirtualEnv({ seed: options.seed ?? 1 });
  const api = new ScriptedApi(env);
  const cache = new HandCache(api);
  for (let i = 0; i < 10; i++)
    cache.nodes.set(`n${String(i)}`, { uid: `uid of n${String(i)}`, isUsable: true, isOverfull: false });
  const outcomes: Outcome[] = [];
  const world: World = {
    ...{ env, api, cache, outcomes },
    mayWrite: true,
    committer: new Committer({
      ...{ client: api, env, cache, schedulerNames: ["batch-scheduler"] },
      ...{ bindConcurrency: 64, qps: 0, burst: 0, statusQps: 50 },
      mayWrite: () => world.mayWrite,
      onOutcome: (outcome) => outcomes.push(outcome),
      ...options,
    }),
  };
  return world;
}

/** Pods `ns/<group>-0…`, and the binds that a plan would hold for them, on n0, n1, … in turn. */
export function gang(
  world: World,
  group: string,
  size: number,
  options: { readonly minimum?: number; readonly planned?: number; readonly priority?: number } = {},
): Bind[] {
  return Array.from({ length: size }, (_, i) => {
    const task = `ns/${group}-${String(i)}`;
    const { uid, job } = world.api.pods.get(task) ?? world.api.addPod(task);
    const mark = { cycleId: "c1", planned: options.planned ?? size, minimum: options.minimum ?? size };
    const node = `n${String(i % 10)}`;
    return { kind: "bind", task, uid, job, group: `ns/${group}`, node, mark, priority: options.priority ?? 0 };
  });
}

export function plan(binds: readonly Bind[], rest: Partial<Plan> = {}): Plan {
  const counts = { pendingGroups: 0, podsConsidered: 0, bound: 0, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 };
  return { cycle: 1, intents: binds, conditions: [], groupStatuses: [], decisions: [], counts, ...rest };
}

/** Names of the pods whose bind was sent, in order. */
export function bindsSent({ api }: World): string[] {
  return api.sent.filter(({ verb }) => verb === "bind").map(({ object }) => object.replace("ns/", ""));
}

export function boundCount({ api }: World): number {
  return [...api.pods.values()].filter(({ node }) => node !== "").length;
}

/** `bound`, `lost 404`, `dropped stale ×3`, … without status writes. */
export function inWords(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => {
    switch (outcome.kind) {
      case "bound":
      case "lost":
      case "refused":
        return [`${outcome.kind} ${String(outcome.code)}`];
      case "dropped":
        return [`dropped ${outcome.why} ×${String(outcome.binds.length)}`];
      case "breaker":
        return [`breaker ${outcome.isOpen ? "open" : "closed"}`];
      case "status":
        return [];
      case "conflict_foreign":
      case "unknown":
      case "parked":
      case "held":
        return [outcome.kind];
      default:
        return assertNever(outcome);
    }
  });
}
