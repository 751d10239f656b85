// Scenario: clusters and groups from the few facts that a test is about, one session over them, and its outcome in words.

import { ACTIONS } from "../../src/actions/index.ts";
import { EMPTY_MEMORY, PODS } from "../../src/model/index.ts";
import type { Job, Memory, Node, Plan, Policy, Shape, Snapshot, Task, TaskStatus } from "../../src/model/index.ts";
import { ALWAYS, PLUGINS } from "../../src/plugins/index.ts";
import { Engine, Session, SessionRunner } from "../../src/session/index.ts";
import type { NodeFinder, PluginFactory, SessionInput, SessionResult, Tables } from "../../src/session/index.ts";
import { jobOf, nodeOf, policyOf, requestsOf, shapeOf, snapshotOf, taskOf } from "./session-world.ts";
import type { World } from "./session-world.ts";

export const GIB = 2 ** 30;

export interface NodeFacts extends Partial<Omit<Node, "allocatable">> {
  readonly cpuMilli?: number;
  readonly memoryGib?: number;
  readonly podSlots?: number;
}

/** A node of 4 cores, 16 GiB and 110 pod slots, unless the facts say otherwise. */
export function nodeWith(name: string, facts: NodeFacts = {}): Node {
  const { cpuMilli = 4000, memoryGib = 16, podSlots = 110, ...partial } = facts;
  const allocatable = [cpuMilli, memoryGib * GIB];
  allocatable[PODS] = podSlots;
  return nodeOf(name, 0, { allocatable, ...partial });
}

/** Nodes with a slot each, in the given order. */
export function inSlots(nodes: readonly Node[]): readonly Node[] {
  return nodes.map((node, slot) => ({ ...node, slot }));
}

export interface MemberFacts {
  readonly cpuMilli?: number;
  readonly shape?: Shape;
  /** The node that it is bound to. */
  readonly on?: string;
  /** Pending, or Bound where `on` is given, unless said otherwise. */
  readonly status?: TaskStatus;
  readonly role?: string;
  readonly priority?: number;
  readonly createdMs?: number;
  readonly waiting?: Task["waiting"];
}

export interface GangFacts extends Partial<Omit<Job, "tasks" | "name">> {
  /** A number of equal members, or each by its facts. */
  readonly members: number | readonly MemberFacts[];
  /** Of members that do not say; 1000 by default. */
  readonly cpuMilli?: number;
}

/** A gang of the gang-label dialect that needs all its members, unless the facts say otherwise. */
export function gang(name: string, facts: GangFacts): Job {
  const { members, cpuMilli = 1000, ...partial } = facts;
  const key = partial.key ?? `${partial.dialect ?? "gang-label"}:${name}`;
  const list = typeof members === "number" ? Array.from({ length: members }, (): MemberFacts => ({})) : members;
  const tasks = list.map((member, index) => memberOf(`${name}-${String(index)}`, key, index, { cpuMilli, ...member }));
  return jobOf(name, tasks, { key, ...partial });
}

/** A pod in no group. */
export function solo(name: string, member: MemberFacts = {}, partial: Partial<Job> = {}): Job {
  const key = `solo:${name}`;
  return jobOf(name, [memberOf(name, key, -1, member)], { key, dialect: "solo", minAvailable: 1, ...partial });
}

function memberOf(taskKey: string, job: string, index: number, member: MemberFacts): Task {
  const { cpuMilli = 1000, shape = shapeOf({ requests: requestsOf(cpuMilli, 0) }), on = "", ...partial } = member;
  return taskOf(taskKey, job, shape, { status: on === "" ? "Pending" : "Bound", node: on, index, ...partial });
}

export function tablesWith(extra: readonly PluginFactory[] = []): Tables {
  return {
    actions: ACTIONS,
    plugins: new Map([...PLUGINS, ...extra.map((plugin) => [plugin.name, plugin] as const)]),
    always: ALWAYS,
  };
}

export interface RunOptions {
  readonly policy?: Policy;
  readonly extraPlugins?: readonly PluginFactory[];
  readonly memory?: Memory;
  readonly nowMs?: number;
  readonly cycleIntervalMs?: number;
  readonly finder?: NodeFinder;
  readonly priorityFloor?: number;
  readonly backingOff?: ReadonlySet<string>;
}

export function inputOf(snapshot: Snapshot, options: RunOptions): SessionInput {
  const { memory = EMPTY_MEMORY, nowMs = 1000, cycleIntervalMs = 1000, priorityFloor, backingOff } = options;
  return { snapshot, memory, nowMs, cycleIntervalMs, cycleId: "c1", priorityFloor, backingOff };
}

/** One session over the world, by the built-in policy unless the options say otherwise. */
export function runOn(world: World, options: RunOptions = {}): SessionResult {
  const { policy = policyOf(), extraPlugins = [], finder = new Engine() } = options;
  return new SessionRunner(policy, tablesWith(extraPlugins), finder).run(inputOf(snapshotOf(world, 1), options));
}

/** A session that is open, before any action. */
export function openSession(world: World, options: RunOptions = {}): Session {
  return openOn(snapshotOf(world, 1), options);
}

export function openOn(snapshot: Snapshot, options: RunOptions = {}): Session {
  const { policy = policyOf(), extraPlugins = [], finder = new Engine() } = options;
  const { plugins, always } = tablesWith(extraPlugins);
  const tiers = policy.tiers.map((tier) =>
    tier.map((entry) => {
      const factory = plugins.get(entry.name);
      if (factory === undefined) throw new Error(`no plugin ${entry.name}`);
      return { policy: entry, plugin: factory.create(entry.arguments) };
    }),
  );
  const last = always.map(({ name, create }) => ({
    policy: { name, arguments: new Map(), disabled: new Set<never>() },
    plugin: create(new Map()),
  }));
  return new Session(inputOf(snapshot, options), policy, [...tiers, last], finder);
}

/** `task node` in decision order. */
export function bindsIn(plan: Plan): readonly string[] {
  return plan.intents.flatMap((intent) => (intent.kind === "bind" ? [`${intent.task} ${intent.node}`] : []));
}

/** `task node` in decision order. */
export function pipelinedIn(plan: Plan): readonly string[] {
  return plan.decisions.flatMap((decision) =>
    decision.kind === "pipeline" ? [`${decision.task} ${decision.node}`] : [],
  );
}

/** `reason: message` by task. */
export function waitingIn(plan: Plan): Readonly<Record<string, string>> {
  return Object.fromEntries(plan.conditions.map(({ task, reason, message }) => [task, `${reason}: ${message}`]));
}

/** The whole outcome of a session in words, for golden files. */
export function outcomeInWords({ plan, memory }: SessionResult): string {
  const decided = plan.decisions.map((decision) => {
    switch (decision.kind) {
      case "bind":
      case "pipeline":
        return `${decision.kind} ${decision.task} on ${decision.node} (${decision.action})`;
      case "evict":
        return `evict ${decision.task} from ${decision.node} for ${decision.for}`;
      case "discard":
        return `discard ${decision.group} at ${decision.stage}: ${decision.reason}: ${decision.message}`;
      case "warning":
        return `warning ${decision.group}: ${decision.message}`;
      case "waiting for members":
        return `waiting for members ${decision.group}: ${String(decision.have)} of ${String(decision.want)}`;
    }
  });
  const conditions = plan.conditions.map(({ task, reason, message }) => `${task} ${reason}: ${message}`);
  const phases = plan.groupStatuses.map(
    ({ group, phase, hasNoPods }) => `${group} ${phase}${hasNoPods === true ? ", no pods yet" : ""}`,
  );
  const remembered = [...memory.jobs].map(([key, { isAdmitted, verdict }]) => {
    return `${key} ${isAdmitted ? "admitted" : "not admitted"}, ${verdict?.reason ?? "no verdict"}`;
  });
  return [
    ...section("decisions", decided),
    ...section("conditions", conditions),
    ...section("phases", phases),
    ...section("memory", remembered),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`${title}:`, ...(lines.length === 0 ? ["  (none)"] : lines.map((line) => `  ${line}`)), ""];
}
