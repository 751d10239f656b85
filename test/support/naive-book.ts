// NaiveBook: the plain twin of Ledger and Rooms. Keeps a list of what stands and sums everything anew when asked.

import { add, amountOf } from "../../src/model/index.ts";
import type { HostPort, Job, Node, ResourceVector, Shape, Task } from "../../src/model/index.ts";
import type { Session } from "../../src/session/index.ts";
import type { World } from "./session-world.ts";

export interface NaiveOperation {
  readonly kind: "allocate" | "pipeline" | "evict";
  readonly task: Task;
  readonly job: Job;
  readonly node: Node;
}

/** Everything that a session can be asked about its book, in words. */
export interface BookState {
  readonly nodes: readonly {
    readonly node: string;
    readonly used: ResourceVector;
    readonly idle: ResourceVector;
    readonly future: ResourceVector;
    /** Signatures of the shapes whose ports are taken. */
    readonly conflicts: readonly string[];
  }[];
  readonly jobs: readonly {
    readonly job: string;
    readonly occupied: number;
    readonly promised: number;
    readonly occupiedByRole: readonly number[];
    readonly promisedByRole: readonly number[];
    readonly held: ResourceVector;
    readonly pending: readonly string[];
  }[];
  readonly operationCount: number;
}

const ROLES = ["", "master", "worker"];
const DIMENSIONS = 8;

export function naiveState(world: World, operations: readonly NaiveOperation[]): BookState {
  const all = world.jobs.flatMap(({ tasks }) => tasks);
  const touched = new Set(operations.map(({ task }) => task.key));
  const doing = (kind: NaiveOperation["kind"], job?: Job): readonly Task[] =>
    operations.filter((one) => one.kind === kind && (job === undefined || one.job === job)).map(({ task }) => task);
  const on = (node: Node, kind: NaiveOperation["kind"]): readonly Task[] =>
    operations.filter((one) => one.kind === kind && one.node === node).map(({ task }) => task);
  const shapes = shapesOf(world);

  const nodes = world.nodes.map((node) => {
    const there = all.filter((task) => task.node === node.name && ["Bound", "Releasing"].includes(task.status));
    const used = sum([...there, ...on(node, "allocate")]);
    const releasing = sum([...there.filter(({ status }) => status === "Releasing"), ...on(node, "evict")]);
    const pipelined = sum(on(node, "pipeline"));
    const idle = wide(node.allocatable).map((amount, i) => amount - amountOf(used, i));
    const future = idle.map((amount, i) => amount + amountOf(releasing, i) - amountOf(pipelined, i));
    const ports = [...there, ...on(node, "allocate"), ...on(node, "pipeline")].flatMap(({ shape }) => shape.hostPorts);
    return {
      node: node.name,
      used,
      idle: idle.map((amount, i) => Math.min(amount, amountOf(future, i))),
      future,
      conflicts: shapes.filter((shape) => clashes(ports, shape)).map(({ signature }) => signature),
    };
  });

  const jobs = world.jobs.map((job) => {
    const staying = job.tasks.filter((task) => task.status === "Bound" && !touched.has(task.key));
    const holding = [...staying, ...doing("allocate", job)];
    const promised = doing("pipeline", job);
    return {
      job: job.key,
      occupied: holding.length + job.succeededCounted,
      promised: promised.length,
      occupiedByRole: ROLES.map((role) => holding.filter((task) => task.role === role).length),
      promisedByRole: ROLES.map((role) => promised.filter((task) => task.role === role).length),
      held: sum(holding),
      pending: job.tasks
        .filter((task) => task.status === "Pending" && !touched.has(task.key))
        .map(({ key }) => key)
        .sort(),
    };
  });
  return { nodes, jobs, operationCount: operations.length };
}

/** The same, as the session itself answers. */
export function sessionState(session: Session, world: World): BookState {
  const read = (amount: (dimension: number) => number): ResourceVector =>
    Array.from({ length: DIMENSIONS }, (_, dimension) => amount(dimension));
  return {
    nodes: world.nodes.map((node) => ({
      node: node.name,
      used: read((dimension) => session.rooms.at(node).used(dimension)),
      idle: read((dimension) => session.rooms.at(node).idle(dimension)),
      future: read((dimension) => session.rooms.at(node, true).idle(dimension)),
      conflicts: shapesOf(world)
        .filter((shape) => session.rooms.at(node).hasPortConflict(shape))
        .map(({ signature }) => signature),
    })),
    jobs: world.jobs.map((job) => ({
      job: job.key,
      occupied: session.occupiedCount(job),
      promised: session.promisedCount(job) - session.occupiedCount(job),
      occupiedByRole: ROLES.map((role) => session.occupiedInRole(job, role)),
      promisedByRole: ROLES.map((role) => session.promisedInRole(job, role) - session.occupiedInRole(job, role)),
      held: wide(session.heldBy(job)),
      pending: session
        .pendingTasks(job)
        .map(({ key }) => key)
        .sort(),
    })),
    operationCount: session.ledger.operationCount,
  };
}

/** Same protocol and port, and the same address or 0.0.0.0 on either side. */
export function clashes(taken: readonly HostPort[], { hostPorts }: Shape): boolean {
  return taken.some((one) =>
    hostPorts.some(
      (other) =>
        one.port === other.port &&
        one.protocol === other.protocol &&
        (one.ip === other.ip || one.ip === "0.0.0.0" || other.ip === "0.0.0.0"),
    ),
  );
}

function shapesOf(world: World): readonly Shape[] {
  const bySignature = new Map(
    world.jobs.flatMap(({ tasks }) => tasks.map(({ shape }) => [shape.signature, shape] as const)),
  );
  return [...bySignature.values()].sort((left, right) => (left.signature < right.signature ? -1 : 1));
}

function sum(tasks: readonly Task[]): ResourceVector {
  return wide(tasks.reduce<ResourceVector>((total, { shape }) => add(total, shape.requests), []));
}

function wide(vector: ResourceVector): number[] {
  return Array.from({ length: DIMENSIONS }, (_, dimension) => amountOf(vector, dimension));
}
