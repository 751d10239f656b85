// Runs one session: a pure function of (Snapshot, Memory, configuration, logical time). Everything that lives longer only saves time.

import type { Arguments, JobMemory, Memory, Plan, Policy } from "../model/index.ts";
import { invariant, InvariantViolation } from "../model/index.ts";
import type { TieredPlugin } from "./combinators.ts";
import { Engine } from "./engine.ts";
import type { NodeFinder } from "./finder.ts";
import { settledAtMs } from "./gates.ts";
import { planOf, rememberedVerdict } from "./plan-of.ts";
import type { Action, PluginFactory } from "./plugin.ts";
import { Session } from "./session.ts";
import type { SessionInput } from "./session.ts";
import { standingRefusal } from "./skip.ts";

/** The tables that names in a configuration are looked up in. */
export interface Tables {
  readonly actions: ReadonlyMap<string, Action>;
  readonly plugins: ReadonlyMap<string, PluginFactory>;
  /** Policy that no configuration can leave out; asked after all tiers. */
  readonly always: readonly PluginFactory[];
}

/** When the passing of time alone can change a decision. */
export interface Timer {
  readonly kind: "settle";
  readonly job: string;
  /** Logical time. */
  readonly atMs: number;
}

export interface SessionResult {
  readonly plan: Plan;
  readonly memory: Memory;
  /** Future ones only, in no particular order. */
  readonly timers: readonly Timer[];
  /** The first of them; Infinity where there is none. */
  readonly nextTimerMs: number;
  /** Jobs placed by the retry of an unchanged refusal: a bug in the hints, never expected. */
  readonly skipMissed: number;
}

/** A configuration made runnable. Lives until the configuration changes. */
export class SessionRunner {
  readonly policy: Policy;
  readonly #actions: readonly { readonly action: Action; readonly values: Arguments }[];
  readonly #tiers: readonly (readonly TieredPlugin[])[];
  readonly #finder: NodeFinder;

  /** `policy` names only what is in `tables`; anything else is a bug of whoever checked it and throws InvariantViolation. */
  constructor(policy: Policy, tables: Tables, finder: NodeFinder = new Engine()) {
    this.policy = policy;
    this.#finder = finder;
    this.#actions = policy.actions.map((entry) => {
      const action = tables.actions.get(entry.name);
      invariant(action !== undefined, `no action ${entry.name}`);
      return { action, values: entry.arguments };
    });
    const configured = policy.tiers.map((tier) =>
      tier.map((entry) => {
        const factory = tables.plugins.get(entry.name);
        invariant(factory !== undefined, `no plugin ${entry.name}`);
        return { policy: entry, plugin: factory.create(entry.arguments) };
      }),
    );
    const always = tables.always.map(({ name, create }) => ({
      policy: { name, arguments: new Map(), disabled: new Set<never>() },
      plugin: create(new Map()),
    }));
    this.#tiers = [...configured, always];
  }

  /**
   * Throws InvariantViolation where anything inside throws: the cycle is then over and nothing of it is committed.
   * `onPhase` is called as each phase ends (`open`, each action, `close`): the edge measures, the session has no clock.
   */
  run(input: SessionInput, onPhase: (phase: string) => void = () => undefined): SessionResult {
    try {
      return this.#run(input, onPhase);
    } catch (error) {
      this.#finder.forget(); // whatever broke, the next session starts fresh
      if (error instanceof InvariantViolation) throw error;
      throw new InvariantViolation(`an action or plugin threw: ${String(error)}`, error);
    }
  }

  #run(input: SessionInput, onPhase: (phase: string) => void): SessionResult {
    const session = new Session(input, this.policy, this.#tiers, this.#finder);
    onPhase("open");
    for (const { action, values } of this.#actions) {
      action.execute(session, values);
      onPhase(action.name);
    }
    const timers = timersOf(session);
    const result = {
      plan: planOf(session),
      memory: memoryOf(session),
      timers,
      nextTimerMs: timers.reduce((first, { atMs }) => Math.min(first, atMs), Infinity),
      skipMissed: skipMissedOf(session),
    };
    onPhase("close");
    return result;
  }
}

/** Only jobs that still have something pending are remembered. */
function memoryOf(session: Session): Memory {
  const jobs = new Map<string, JobMemory>();
  for (const { job, memory } of session.pending.values()) {
    const isDone = 0 < job.tasks.length && session.waitingTasks(job).length === 0;
    if (isDone) continue;
    const verdict = rememberedVerdict(session, job);
    const refusedAt = standingRefusal(session, job, memory);
    const isAdmitted = session.isAdmitted(job);
    jobs.set(job.key, { ...memory, isAdmitted, verdict, refusedAt });
  }
  return { cycle: session.input.memory.cycle + 1, jobs };
}

function timersOf(session: Session): readonly Timer[] {
  return [...session.pending.values()].flatMap(({ job, memory }) => {
    const atMs = settledAtMs(job, memory, session.policy, session.input);
    return atMs === undefined || atMs <= session.input.nowMs ? [] : [{ kind: "settle" as const, job: job.key, atMs }];
  });
}

function skipMissedOf(session: Session): number {
  const placed = new Set(session.recorder.binds.map(({ job }) => job.key));
  return [...session.pending.values()].filter(({ job, memory }) => {
    const refusal = memory.refusedAt;
    if (refusal === undefined || !placed.has(job.key) || !refusal.isOneShape) return false;
    return session.isUnchangedSince(job, refusal);
  }).length;
}
