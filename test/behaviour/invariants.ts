// Invariants: what holds in every case. The output is replayed over the input, cycle by cycle, and every broken rule is a
// problem, named by the invariant that it breaks.

import { FINISHED, hostPorts, misplaced, portsClash, type Budget, type InputPod, type InputWorld } from "./input.ts";
import type { Output, OutputCycle, OutputEviction } from "./output.ts";

/** What is true about a group, independent of what the program reads. */
export interface Gang {
  readonly min: number;
  readonly members: readonly string[];
  readonly priority?: number;
}

export type Gangs = Readonly<Record<string, Gang>>;

// Rule 18 of the contract: the reasons a pod may wait for; behind a scheduling gate nothing of ours is written.
const REASONS = new Set([
  "Unschedulable",
  "WaitingForMembers",
  "QueueLimit",
  "WaitingForVictims",
  "SchedulerError",
  "InvalidGroup",
]);
const GATED_REASONS = new Set(["SchedulingGated", "InvalidGroup"]);

type Report = (invariant: string, text: string) => void;

export function checkInvariants(
  output: Output,
  world: InputWorld,
  { gangs = {}, skip = [] }: { readonly gangs?: Gangs | undefined; readonly skip?: readonly string[] | undefined },
): string[] {
  const problems: string[] = [];
  const report: Report = (name, text) => {
    if (!skip.includes(name)) problems.push(`${name}: ${text}`);
  };
  const replay = new Replay(world, gangs, report);
  for (const [index, cycle] of output.cycles.entries()) replay.cycle(cycle, index + 1);
  replay.end(output);
  checkRest(output, report);
  checkReasons(output, replay, report);
  return problems;
}

class Replay {
  readonly pods: Map<string, InputPod>;
  readonly placed = new Map<string, string>();
  readonly gone = new Set<string>();

  readonly #world: InputWorld;
  readonly #gangs: ReadonlyMap<string, Gang>;
  readonly #gangOf: ReadonlyMap<string, Gang & { readonly name: string }>;
  readonly #report: Report;
  readonly #budgets: (Budget & { left: number })[];
  readonly #evictions: (OutputEviction & { readonly cycle: number })[] = [];
  readonly #boundGroups = new Set<string>();
  #leaving = new Set<string>();
  #heldBefore: ReadonlyMap<string, number>;

  constructor(world: InputWorld, gangs: Gangs, report: Report) {
    this.#world = world;
    this.#report = report;
    this.#gangs = new Map(Object.entries(gangs));
    this.#gangOf = new Map(
      [...this.#gangs].flatMap(([name, gang]) => gang.members.map((member) => [member, { name, ...gang }])),
    );
    this.#budgets = world.budgets.map((budget) => ({ ...budget, left: budget.allowed }));
    this.pods = new Map(world.pods);
    for (const pod of this.pods.values())
      if (pod.node !== undefined && !FINISHED.has(pod.phase)) this.placed.set(pod.id, pod.node);
    this.#heldBefore = this.#held();
  }

  cycle(cycle: OutputCycle, number: number): void {
    const at = `cycle ${number}`;
    this.#leave();
    // A pod that the input shows as terminating holds its room in the first cycle; afterwards it may or may not have left.
    if (number === 2) for (const pod of this.pods.values()) if (pod.isDeleting) this.placed.delete(pod.id);
    const boundGangs = this.#bind(cycle, at);
    const evictedGangs = this.#evict(cycle, at, number);
    const held = this.#held();
    for (const [name, gang] of this.#gangs) {
      const [before, after] = [this.#heldBefore.get(name) ?? 0, held.get(name) ?? 0];
      if (boundGangs.has(name) && after < gang.min)
        this.#report("gang", `${at}: ${name} is bound to ${after} of at least ${gang.min}`);
      if (evictedGangs.has(name) && gang.min <= before && 0 < after && after < gang.min) {
        this.#report("gang", `${at}: evictions leave ${name} with ${after} of at least ${gang.min}`);
      }
    }
    this.#heldBefore = held;
  }

  /** After the last cycle: evictions had a purpose, and the placements tell the same story as the decisions. */
  end({ placements }: Output): void {
    this.#leave();
    for (const { pod, action, cycle, for: group } of this.#evictions) {
      if (!["preempt", "reclaim"].includes(action) || this.#boundGroups.has(group)) continue;
      this.#report("purpose", `cycle ${cycle}: ${pod} is evicted for ${group}, which is never bound`);
    }
    const counts = ([id, node]: readonly [string, string]): boolean =>
      this.#world.nodes.has(node) && this.pods.get(id)?.isDeleting !== true;
    const inWords = ([id, node]: readonly [string, string]): string => `${id}@${node}`;
    const expected = [...this.placed].filter(counts).map(inWords);
    const told = Object.entries(placements)
      .filter((entry) => counts(entry) && !FINISHED.has(this.pods.get(entry[0])?.phase ?? ""))
      .map(inWords);
    const missing = expected.filter((one) => !told.includes(one)).sort();
    const extra = told.filter((one) => !expected.includes(one)).sort();
    if (missing.length + extra.length === 0) return;
    this.#report(
      "placements",
      `placements and the decisions differ: missing [${missing.join(" ")}], extra [${extra.join(" ")}]`,
    );
  }

  /** Names of the gangs that got members. */
  #bind(cycle: OutputCycle, at: string): ReadonlySet<string> {
    const newcomers = new Map<string, InputPod[]>();
    const gangs = new Set<string>();
    const wrong = (text: string): void => this.#report("binds", `${at}: ${text}`);
    for (const { pod: id, node: nodeName, group } of cycle.binds) {
      this.#boundGroups.add(group);
      const pod = this.#find(id);
      const node = this.#world.nodes.get(nodeName);
      if (pod === undefined) wrong(`${id} is not in the input`);
      else if (node === undefined) wrong(`${id} -> ${nodeName}, which does not exist`);
      if (pod === undefined || node === undefined) continue;
      if (this.placed.has(id)) wrong(`${id} is on a node already`);
      if (this.gone.has(id)) wrong(`${id} was evicted and has no controller`);
      if (!pod.isOurs) wrong(`${id} belongs to another scheduler`);
      if (pod.isGated) wrong(`${id} is behind a scheduling gate`);
      if (pod.isDeleting) wrong(`${id} is being deleted`);
      if (FINISHED.has(pod.phase)) wrong(`${id} has finished`);
      const violated = misplaced(pod, node);
      if (violated !== undefined) this.#report("constraints", `${at}: ${id} -> ${nodeName} violates ${violated}`);
      const ports = hostPorts(pod.spec);
      for (const [other, where] of this.placed) {
        if (where !== nodeName || other === id) continue;
        const clashes = hostPorts(this.pods.get(other)?.spec ?? {}).some((theirs) =>
          ports.some((ours) => portsClash(theirs, ours)),
        );
        if (clashes) this.#report("constraints", `${at}: ${id} -> ${nodeName} clashes with a host port of ${other}`);
      }
      this.placed.set(id, nodeName);
      for (const budget of this.#budgets) if (budget.covers(pod)) budget.left++;
      newcomers.set(nodeName, [...(newcomers.get(nodeName) ?? []), pod]);
      const gang = this.#gangOf.get(id);
      if (gang !== undefined) gangs.add(gang.name);
    }
    for (const [nodeName, pods] of newcomers) this.#checkCapacity(at, nodeName, pods);
    return gangs;
  }

  /** Of what the newcomers ask for; a node may be overcommitted in anything else. */
  #checkCapacity(at: string, nodeName: string, newcomers: readonly InputPod[]): void {
    const used = new Map<string, number>();
    for (const [id, where] of this.placed) {
      if (where !== nodeName) continue;
      for (const [name, value] of this.pods.get(id)?.requests ?? []) used.set(name, (used.get(name) ?? 0) + value);
    }
    const wanted = new Set(
      newcomers.flatMap(({ requests }) => [...(requests ?? [])].filter(([, value]) => 0 < value).map(([name]) => name)),
    );
    for (const name of wanted) {
      const [holds, of] = [used.get(name) ?? 0, this.#world.nodes.get(nodeName)?.allocatable.get(name) ?? 0];
      if (of < holds) this.#report("capacity", `${at}: ${nodeName} holds ${holds / 1000} ${name} of ${of / 1000}`);
    }
  }

  /** Names of the gangs that lost members. */
  #evict(cycle: OutputCycle, at: string, number: number): ReadonlySet<string> {
    const gangs = new Set<string>();
    const wrong = (text: string): void => this.#report("evictions", `${at}: ${text}`);
    for (const eviction of cycle.evictions) {
      const { pod: id, node, action } = eviction;
      this.#evictions.push({ ...eviction, cycle: number });
      const where = this.placed.get(id);
      if (where === undefined) wrong(`${id} is on no node`);
      else if (where !== node) wrong(`${id} is on ${where}, not on ${node}`);
      if (this.#leaving.has(id)) wrong(`${id} is evicted twice`);
      if (cycle.binds.some(({ pod }) => pod === id)) wrong(`${id} is bound and evicted in one cycle`);
      const victim = this.pods.get(id);
      if (victim?.isOurs !== true) wrong(`${id} belongs to another scheduler`);
      const [rank, preemptor] = [this.#rankOfVictim(id), this.#rankOfPreemptor(eviction.for)];
      if (action === "preempt" && preemptor !== undefined && preemptor <= rank) {
        this.#report("priority", `${at}: ${id} (${rank}) is evicted for ${eviction.for} (${preemptor})`);
      }
      if (victim !== undefined && !this.#leaving.has(id)) {
        for (const budget of this.#budgets) {
          if (budget.covers(victim) && --budget.left < 0)
            this.#report("budgets", `${at}: ${id} is evicted beyond what ${budget.id} allows`);
        }
      }
      this.#leaving.add(id);
      const gang = this.#gangOf.get(id);
      if (gang !== undefined) gangs.add(gang.name);
    }
    return gangs;
  }

  #leave(): void {
    for (const id of this.#leaving) {
      this.placed.delete(id);
      this.gone.add(id);
    }
    this.#leaving = new Set();
  }

  #held(): ReadonlyMap<string, number> {
    const isHeld = (id: string): boolean => this.placed.has(id) && !this.#leaving.has(id);
    return new Map([...this.#gangs].map(([name, gang]) => [name, gang.members.filter(isHeld).length]));
  }

  /** The pod, also one that a controller of the input made in place of another. */
  #find(id: string): InputPod | undefined {
    const known = this.pods.get(id);
    if (known !== undefined && !(this.gone.has(id) && known.owner !== undefined)) return known;
    const owner = [...this.#world.owners.values()].find(({ prefix }) => id.startsWith(prefix));
    if (owner === undefined) return known;
    const pod = owner.make(id.slice(id.indexOf("/") + 1));
    this.pods.set(id, pod);
    this.gone.delete(id);
    return pod;
  }

  #priorityOf(id: string): number {
    return this.pods.get(id)?.priority ?? 0;
  }

  #rankOfVictim(id: string): number {
    const gang = this.#gangOf.get(id);
    if (gang === undefined) return this.#priorityOf(id);
    return gang.priority ?? Math.max(...gang.members.map((member) => this.#priorityOf(member)));
  }

  #rankOfPreemptor(group: string): number | undefined {
    const gang = this.#gangs.get(group);
    if (gang === undefined) return this.pods.get(group)?.priority;
    const pending = gang.members.filter((member) => !this.placed.has(member));
    return gang.priority ?? Math.min(...pending.map((member) => this.#priorityOf(member)));
  }
}

function checkRest(output: Output, report: Report): void {
  if (!output.stable) report("stable", "the world did not come to rest");
  const tail = output.cycles.slice(1).slice(-3);
  if (tail.some(({ binds, evictions }) => 0 < binds.length + evictions.length))
    report("stable", "something changed in the last three cycles");
}

function checkReasons({ cycles }: Output, { pods, placed, gone }: Replay, report: Report): void {
  for (const [index, { pending, pipelined }] of cycles.entries()) {
    const promised = new Set(pipelined.map(({ pod }) => pod));
    for (const { pod: id, reason = "" } of pending) {
      const known = pods.get(id)?.isGated === true ? GATED_REASONS : REASONS;
      if (reason !== "" && !known.has(reason)) {
        report("reasons", `cycle ${index + 1}: ${id} waits for ${reason}, which is not a reason of the contract here`);
      } else if (promised.has(id) && reason !== "WaitingForVictims") {
        report("reasons", `cycle ${index + 1}: ${id} is pipelined and says ${reason}, not WaitingForVictims`);
      }
    }
  }
  const explained = new Set(
    (cycles.at(-1)?.pending ?? []).filter(({ reason = "" }) => reason !== "").map(({ pod }) => pod),
  );
  for (const pod of pods.values()) {
    const isWaiting =
      pod.isOurs &&
      !pod.isGated &&
      !pod.isDeleting &&
      !FINISHED.has(pod.phase) &&
      !placed.has(pod.id) &&
      !gone.has(pod.id);
    if (isWaiting && !explained.has(pod.id)) report("reasons", `${pod.id} is pending without a reason`);
  }
}
