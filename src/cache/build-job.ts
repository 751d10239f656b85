// The members of a group, its object and its owner -> Job. Pure, and independent of the order of the members.

import {
  dialectOf,
  listed,
  resolveMinimum,
  type GroupContext,
  type GroupReading,
  type MemberClaim,
} from "../dialects/index.ts";
import { compareText, type Dialect, type Job, type Queue, type Settle, type Task } from "../model/index.ts";
import type { PodEntry } from "./pod-book.ts";
import type { GroupObjectFacts } from "./project-objects.ts";
import { isFinished } from "./project-pod.ts";

/** A Job before it is compared with the last one. */
export type JobFacts = Omit<Job, "membership" | "version">;

export interface JobSource extends Pick<GroupContext, "priorityClass" | "resources"> {
  readonly key: string;
  readonly dialect: Dialect;
  readonly namespace: string;
  readonly name: string;
  readonly members: readonly PodEntry[];
  readonly object: GroupObjectFacts | undefined;
  /** The group object is ours although it has no pods. */
  readonly isAdopted: boolean;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly unknownQueue: "default" | "wait";
  /** The pods that this owner promises. */
  expectedOf(ownerUid: string): number | undefined;
}

/** Undefined: nothing here is ours to schedule. */
export function buildJob(source: JobSource): JobFacts | undefined {
  const ours = source.members.filter(({ task }) => task !== undefined);
  const tasks = ours.map(({ task }) => task!);
  const live = tasks.filter(isLive);
  const isEmpty = source.members.length === 0 && source.object !== undefined && source.isAdopted;
  const isKept = source.object !== undefined && 0 < tasks.length;
  if (live.length === 0 && !isKept && !isEmpty) return undefined;

  const staying = ours.filter(({ task }) => isLive(task!) && task!.status !== "Releasing");
  const claims = staying.map(({ record }): MemberClaim => ({ pod: record.name, claim: record.claim }));
  claims.sort((left, right) => compareText(left.pod, right.pod));
  // What the object's creation decides does not depend on the size, so that this first reading is good enough for it.
  const createdMs = source.object?.createdMs ?? 0;
  const succeededCounted = tasks.filter((task) => countsAsSucceeded(task, live, createdMs)).length;
  const expected = expectedSize(live, source);
  const size = expected ?? staying.length + succeededCounted;
  const reading = dialectOf(source.dialect).read({
    namespace: source.namespace,
    name: source.name,
    members: claims,
    size,
    object: source.object,
    priorityClass: source.priorityClass,
    resources: source.resources,
  });
  const { group } = reading;
  const minimum = minimumOf(reading, size, live);
  const quarantine = quarantineOf(source, reading);
  const queue = queueOf(source, group.queue ?? "default");
  const warnings = warningsOf(reading, staying, queue.warning);

  return {
    key: source.key,
    name: `${source.namespace}/${source.name}`,
    namespace: source.namespace,
    dialect: source.dialect,
    queue: queue.name,
    ...(queue.unknown !== undefined && { unknownQueue: queue.unknown }),
    priority: group.priority ?? highestPriority(live),
    minAvailable: minimum.minAvailable,
    minByRole: group.minByRole,
    ...(group.minResources !== undefined && { minResources: group.minResources }),
    ...(group.waitTimeoutMs !== undefined && { waitTimeoutMs: group.waitTimeoutMs }),
    ...(minimum.isOpen && { settle: settleOf(expected) }),
    ...(group.phase !== undefined && { phase: group.phase }),
    createdMs: group.createdMs ?? oldest(0 < live.length ? live : tasks),
    ...(group.uid !== undefined && { groupUid: group.uid }),
    tasks: tasks.sort(taskOrder(group.minByRole)),
    succeededCounted,
    ...(reading.missingObject !== undefined && { missingObject: reading.missingObject }),
    ...(quarantine !== undefined && { quarantine }),
    ...(0 < warnings.length && { warnings }),
  };
}

export function isLive(task: Task): boolean {
  return task.status !== "Succeeded" && task.status !== "Failed";
}

/** Contract rule 10: a rerun of a job does not count its last run. */
function countsAsSucceeded(task: Task, live: readonly Task[], groupCreatedMs: number): boolean {
  if (task.status !== "Succeeded" || task.isDisrupted) return false;
  if (task.ownerUid !== "") return live.some(({ ownerUid }) => ownerUid === task.ownerUid);
  // Timestamps have seconds: a pod of the same second came after the object that one file made with it.
  return 0 < groupCreatedMs && groupCreatedMs <= task.createdMs;
}

/** What the one owner of all live members promises. */
function expectedSize(live: readonly Task[], source: JobSource): number | undefined {
  const owner = live[0]?.ownerUid ?? "";
  if (owner === "" || live.some(({ ownerUid }) => ownerUid !== owner)) return undefined;
  return source.expectedOf(owner);
}

/**
 * A minimum that follows the size is open until the first bind, and latched from then on: the mark of our binding tells
 * it, also after a restart.
 */
function minimumOf(
  reading: GroupReading,
  size: number,
  live: readonly Task[],
): { minAvailable: number; isOpen: boolean } {
  const minAvailable = resolveMinimum(reading.group.minimum, size);
  if (!reading.dependsOnSize) return { minAvailable, isOpen: false };
  const latched = live.flatMap(({ status, plan }) => (status === "Bound" && plan !== undefined ? [plan.minimum] : []));
  if (latched.length === 0) return { minAvailable, isOpen: true };
  return { minAvailable: latched.reduce((left, right) => Math.max(left, right)), isOpen: false };
}

function settleOf(expected: number | undefined): Settle {
  return expected === undefined ? {} : { expected };
}

/** The first reason to put the whole group aside, in an order of its own, so that it does not change with the members'. */
function quarantineOf(source: JobSource, reading: GroupReading): string | undefined {
  if (reading.problem !== undefined) return reading.problem;
  const present = source.members.filter(({ record }) => !isFinished(record));
  const unreadable = present.filter(({ task, problem }) => task !== undefined && problem !== undefined).sort(byName)[0];
  if (unreadable !== undefined) return `pod ${unreadable.record.name}: ${unreadable.problem!}`;
  return (
    disagreement(present, "schedulerName", ({ record }) => record.schedulerName) ??
    disagreement(present, "queue", ({ record }) => record.claim.queue)
  );
}

/** Members may leave a value out; two that name different ones contradict each other. */
function disagreement(
  members: readonly PodEntry[],
  word: string,
  valueOf: (member: PodEntry) => string | undefined,
): string | undefined {
  const stated = members.filter((member) => valueOf(member) !== undefined);
  const first = stated[0] && valueOf(stated[0]);
  if (stated.every((member) => valueOf(member) === first)) return undefined;
  const pods = new Map<string, string[]>();
  for (const member of stated.sort(byName)) {
    const value = valueOf(member)!;
    const names = pods.get(value);
    if (names === undefined) pods.set(value, [member.record.name]);
    else names.push(member.record.name);
  }
  const sides = [...pods].sort(([left], [right]) => compareText(left, right));
  return `members name different ${word}s: ${sides.map(([value, names]) => `${value} (${listed(names)})`).join(", ")}`;
}

/** Contract rule 8. */
function queueOf(source: JobSource, named: string): { name: string; unknown?: string; warning?: string } {
  if (source.queues.has(named)) return { name: named };
  if (dialectOf(source.dialect).waitsForQueue || source.unknownQueue === "wait")
    return { name: "default", unknown: named };
  return { name: "default", warning: `there is no queue ${JSON.stringify(named)}: default is used` };
}

function warningsOf(reading: GroupReading, staying: readonly PodEntry[], queueWarning: string | undefined): string[] {
  const warnings = new Set<string>(staying.flatMap(({ record }) => record.claim.warnings ?? []));
  for (const warning of reading.warnings ?? []) warnings.add(warning);
  if (queueWarning !== undefined) warnings.add(queueWarning);
  return [...warnings].sort(compareText);
}

function highestPriority(live: readonly Task[]): number {
  return live.reduce((highest, { priority }, index) => (index === 0 ? priority : Math.max(highest, priority)), 0);
}

function oldest(tasks: readonly Task[]): number {
  return tasks.reduce((earliest, { createdMs }, index) => (index === 0 ? createdMs : Math.min(earliest, createdMs)), 0);
}

function byName(left: PodEntry, right: PodEntry): number {
  return compareText(left.record.name, right.record.name);
}

/** Contract rule 17, after priority: role, index, creation, name. Roles of `minByRole` come first, in its order. */
function taskOrder(minByRole: ReadonlyMap<string, number>): (left: Task, right: Task) => number {
  const ranks = new Map([...minByRole.keys()].map((role, rank) => [role, rank]));
  const rankOf = (role: string): number => ranks.get(role) ?? ranks.size;
  return (left, right) =>
    rankOf(left.role) - rankOf(right.role) ||
    compareText(left.role, right.role) ||
    left.index - right.index ||
    left.createdMs - right.createdMs ||
    compareText(left.key, right.key);
}
