// HonestHistory: snapshots of a changing world whose versions change only when something really did, as the cache keeps them.
// `snapshotOf` alone is cautious: to it, every new snapshot may have changed anything, and so nothing is ever skipped.

import { amountOf, lookUp, nodesOf, PIPELINED, RELEASING, rowStart, pageOf, USED } from "../../src/model/index.ts";
import type { HostPort, Job, Node, Plan, Snapshot, Task, Versions } from "../../src/model/index.ts";
import { canonical, snapshotOf, withBinds } from "./session-world.ts";
import type { World } from "./session-world.ts";

export class HonestHistory {
  #world: World;
  #snapshot: Snapshot;

  constructor(world: World) {
    this.#world = world;
    this.#snapshot = snapshotOf(world, 1);
  }

  get world(): World {
    return this.#world;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** What the world has become. A job keeps its version, and the snapshot its versions, where nothing of theirs changed. */
  become(world: World): void {
    const before = new Map(this.#world.jobs.map((job) => [job.key, job]));
    const jobs = world.jobs.map((job) => withHonestVersion(before.get(job.key), job));
    this.#world = { ...world, jobs };
    const next = snapshotOf(this.#world, this.#snapshot.generation + 1);
    this.#snapshot = { ...next, versions: versionsBetween(this.#snapshot, next) };
  }
}

/** The world after the plan came true: binds on their nodes, conditions on the pods that wait. */
export function withPlan(world: World, plan: Plan): World {
  const byTask = new Map(plan.conditions.map(({ task, reason, message }) => [task, { reason, message }]));
  const told = (task: Task): Task => {
    const waiting = byTask.get(task.key);
    return waiting === undefined ? task : { ...task, waiting };
  };
  const bound = withBinds(world, plan);
  return { ...bound, jobs: bound.jobs.map((job) => ({ ...job, tasks: job.tasks.map(told) })) };
}

/** What our own condition writes change is no change (design: they never bump a version). */
function withHonestVersion(before: Job | undefined, job: Job): Job {
  if (before === undefined) return job;
  const content = (one: Job): string =>
    canonical({ ...one, version: 0, tasks: one.tasks.map((task) => ({ ...task, waiting: undefined })) });
  return { ...job, version: content(before) === content(job) ? before.version : before.version + 1 };
}

function versionsBetween(before: Snapshot, now: Snapshot): Versions {
  const pairs = pairsOf(before, now);
  const isMore = (from: Standing | undefined, to: Standing | undefined): boolean =>
    to !== undefined && Array.from({ length: now.stride }, (_, i) => i).some((i) => isMoreOf(from, to, i));
  const bump = (version: number, isChanged: boolean): number => version + Number(isChanged);
  const { freed, taken, constraints, queues } = before.versions;
  return {
    freed: bump(
      freed,
      pairs.some(([from, to]) => isMore(from, to) || hasLostPort(from, to)),
    ),
    taken: bump(
      taken,
      pairs.some(([from, to]) => isMore(to, from) || hasLostPort(to, from)),
    ),
    constraints: bump(
      constraints,
      pairs.some(([from, to]) => from?.constraints !== to?.constraints),
    ),
    queues: bump(queues, canonical(before.queues) !== canonical(now.queues)),
  };
}

interface Standing {
  readonly idle: readonly number[];
  readonly future: readonly number[];
  readonly ports: readonly HostPort[];
  readonly constraints: string;
}

function isMoreOf(from: Standing | undefined, to: Standing, dimension: number): boolean {
  return (
    amountOf(from?.idle ?? [], dimension) < amountOf(to.idle, dimension) ||
    amountOf(from?.future ?? [], dimension) < amountOf(to.future, dimension)
  );
}

function hasLostPort(from: Standing | undefined, to: Standing | undefined): boolean {
  const count = (standing: Standing | undefined, port: HostPort): number =>
    standing?.ports.filter((one) => canonical(one) === canonical(port)).length ?? 0;
  return to !== undefined && (from?.ports ?? []).some((port) => count(to, port) < count(from, port));
}

function pairsOf(before: Snapshot, now: Snapshot): readonly (readonly [Standing | undefined, Standing | undefined])[] {
  const [left, right] = [before, now].map((snapshot) => {
    return new Map([...nodesOf(snapshot)].map((node) => [node.name, standingOf(snapshot, node)]));
  });
  const names = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
  return [...names].map((name) => [left?.get(name), right?.get(name)]);
}

function standingOf(snapshot: Snapshot, node: Node): Standing {
  const page = snapshot.rows[pageOf(node.slot)];
  const cell = (block: number, dimension: number): number =>
    page?.[rowStart(node.slot, snapshot.stride) + block * snapshot.stride + dimension] ?? 0;
  const dimensions = Array.from({ length: snapshot.stride }, (_, dimension) => dimension);
  const idle = dimensions.map((dimension) => amountOf(node.allocatable, dimension) - cell(USED, dimension));
  const future = idle.map((amount, dimension) => amount + cell(RELEASING, dimension) - cell(PIPELINED, dimension));
  const { labels, taints, unschedulable, isReady } = node;
  const constraints = canonical({ labels, taints, unschedulable, isReady });
  return { idle, future, ports: lookUp(snapshot.hostPorts, node.name) ?? [], constraints };
}
