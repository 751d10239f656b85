// PodBook: every pod, the group it belongs to, the room it holds, and what we assume of it. Maintained per event: a pod
// that merely runs costs nothing.
//
// An assumption ends by evidence only: the watch shows the pod on a node, leaving or gone, or the API server refused.

import { OWN_PODS, type Bind, type Evict, type Node, type Shape, type Task } from "../model/index.ts";
import type { Claim } from "../dialects/index.ts";
import type { QueuedEvent } from "./event-queue.ts";
import { Interner } from "./interner.ts";
import type { NodeBook, Occupant } from "./node-book.ts";
import type { ClassBook } from "./class-book.ts";
import { isFinished, projectPod, type PodReading, type PodRecord } from "./project-pod.ts";
import type { Usage } from "./project-shape.ts";
import { equalMaps } from "./project-node.ts";
import { shown } from "./unreadable.ts";

export interface PodEntry {
  readonly record: PodRecord;
  /** A bind that was sent or is queued, and the node as it was when that was planned. */
  readonly bind?: Bind | undefined;
  readonly plannedOn?: Node | undefined;
  readonly isEvicting: boolean;
  readonly occupant?: Occupant | undefined;
  /** Undefined: not ours, or leaving before it was placed. */
  readonly task?: Task | undefined;
  /** Why it cannot be scheduled as it is. */
  readonly problem?: string | undefined;
}

export class PodBook {
  readonly #reading: PodReading;
  readonly #nodes: NodeBook;
  readonly #classes: ClassBook;
  readonly #isSelected: (namespace: string) => boolean;
  readonly #entries = new Map<string, PodEntry>();
  readonly #members = new Map<string, Map<string, PodEntry>>();
  readonly #jobsByOwner = new Map<string, Map<string, number>>();
  readonly #usages = new Interner<Usage>();
  /** Key of the pod by UID, of those we assume something of. */
  readonly #assumed = new Map<string, string>();
  /** Why pods cannot be read, by key. */
  readonly problems = new Map<string, string>();
  /** Keys of groups whose members changed. */
  readonly dirtyJobs = new Set<string>();

  constructor(reading: PodReading, nodes: NodeBook, classes: ClassBook, isSelected: (namespace: string) => boolean) {
    this.#reading = reading;
    this.#nodes = nodes;
    this.#classes = classes;
    this.#isSelected = isSelected;
  }

  get assumedCount(): number {
    return this.#assumed.size;
  }

  get(key: string): PodEntry | undefined {
    return this.#entries.get(key);
  }

  /** All pods that name this group, those of other schedulers too. */
  membersOf(job: string): Iterable<PodEntry> {
    return this.#members.get(job)?.values() ?? [];
  }

  /** Groups with a pod that this owner controls. */
  jobsOfOwner(uid: string): Iterable<string> {
    return this.#jobsByOwner.get(uid)?.keys() ?? [];
  }

  apply(event: QueuedEvent): void {
    const before = this.#entries.get(event.key);
    if (event.type === "delete") {
      if (before !== undefined) this.#drop(before);
      return;
    }
    const isSame = before?.record.uid === event.uid;
    if (before !== undefined && !isSame) this.#drop(before);
    const projected = projectPod(event, this.#reading);
    const usage = this.#usages.hold(projected.usage);
    // Equal parts stay the same objects: less to compare later, less to keep.
    const claim = isSame && equalClaims(before.record.claim, projected.claim) ? before.record.claim : projected.claim;
    const shape = projected.isAddressedToUs ? (usage as Shape) : undefined;
    const record: PodRecord = { ...projected, claim, usage, shape };
    if (record.problem === undefined) this.problems.delete(record.key);
    else this.problems.set(record.key, record.problem);
    const kept = isSame ? before : undefined;
    // Evidence: it is on a node, whichever; it is leaving.
    const isBindKnown = record.node !== "";
    this.#set(
      {
        record,
        bind: isBindKnown ? undefined : kept?.bind,
        plannedOn: isBindKnown ? undefined : kept?.plannedOn,
        isEvicting: !record.isDeleting && (kept?.isEvicting ?? false),
      },
      kept,
    );
    if (kept !== undefined) this.#usages.release(kept.record.usage);
  }

  /** The room counts as used, and the task as bound; nothing happens if the pod is no longer that one. */
  assumeBind(bind: Bind): void {
    const entry = this.#entries.get(bind.task);
    if (entry?.record.uid !== bind.uid || entry.record.node !== "") return;
    this.#set({ ...entry, bind, plannedOn: this.#nodes.get(bind.node) }, entry);
  }

  assumeEvict(evict: Evict): void {
    const entry = this.#entries.get(evict.task);
    if (entry?.record.uid !== evict.uid || entry.record.isDeleting) return;
    this.#set({ ...entry, isEvicting: true }, entry);
  }

  forget(uid: string): void {
    const entry = this.#entries.get(this.#assumed.get(uid) ?? "");
    if (entry === undefined) return;
    this.#set({ ...entry, bind: undefined, plannedOn: undefined, isEvicting: false }, entry);
  }

  /** The node as it was when the assumed bind of this pod was planned. */
  plannedOn(uid: string): Node | undefined {
    return this.#entries.get(this.#assumed.get(uid) ?? "")?.plannedOn;
  }

  /** Whether its node has too little room for it by now; false for a pod of which nothing is assumed. */
  isOverfull(uid: string): boolean {
    const occupant = this.#entries.get(this.#assumed.get(uid) ?? "")?.occupant;
    return occupant !== undefined && this.#nodes.isOverfull(occupant);
  }

  /** Derives again what depends on facts beside the pods that `concerns` picks: classes, namespaces. */
  refresh(concerns: (record: PodRecord) => boolean): void {
    for (const entry of this.#entries.values()) if (concerns(entry.record)) this.#set(entry, entry);
  }

  #set(wanted: Omit<PodEntry, "occupant" | "task" | "problem">, before: PodEntry | undefined): void {
    const { record } = wanted;
    const isOurs = record.isAddressedToUs && this.#isSelected(record.namespace);
    const entry: PodEntry = {
      ...wanted,
      occupant: this.#occupantOf(wanted, isOurs, before?.occupant),
      task: isOurs ? this.#taskOf(wanted, before?.task) : undefined,
      problem: record.problem ?? this.#classProblem(record),
    };
    if (entry.occupant !== before?.occupant) {
      if (before?.occupant !== undefined) this.#nodes.take(before.occupant);
      if (entry.occupant !== undefined) this.#nodes.put(entry.occupant);
    }
    this.#entries.set(record.key, entry);
    if (entry.bind !== undefined || entry.isEvicting) this.#assumed.set(record.uid, record.key);
    else this.#assumed.delete(record.uid);
    if (before === undefined) this.#count(record, 1);
    else if (before.record.job !== record.job || before.record.ownerUid !== record.ownerUid) {
      this.#unlink(before.record);
      this.#count(record, 1);
    }
    this.#link(entry, before);
  }

  #drop(entry: PodEntry): void {
    const { record } = entry;
    if (entry.occupant !== undefined) this.#nodes.take(entry.occupant);
    this.#entries.delete(record.key);
    this.#assumed.delete(record.uid);
    this.problems.delete(record.key);
    this.#unlink(record);
    if (isMember(record)) this.dirtyJobs.add(record.job);
    this.#usages.release(record.usage);
  }

  #link(entry: PodEntry, before: PodEntry | undefined): void {
    const { record } = entry;
    if (before !== undefined && (before.record.job !== record.job || isMember(before.record) !== isMember(record))) {
      this.dirtyJobs.add(before.record.job);
    }
    if (!isMember(record)) {
      if (before !== undefined && isMember(before.record)) this.#leave(before.record);
      return;
    }
    const there = this.#members.get(record.job);
    if (there === undefined) this.#members.set(record.job, new Map([[record.key, entry]]));
    else there.set(record.key, entry);
    if (before === undefined || !equalForJob(entry, before)) this.dirtyJobs.add(record.job);
  }

  #unlink(record: PodRecord): void {
    this.#count(record, -1);
    this.#leave(record);
  }

  #leave(record: PodRecord): void {
    const there = this.#members.get(record.job);
    if (there?.delete(record.key) === true && there.size === 0) this.#members.delete(record.job);
  }

  #count(record: PodRecord, by: 1 | -1): void {
    if (record.ownerUid === "") return;
    const jobs = this.#jobsByOwner.get(record.ownerUid) ?? new Map<string, number>();
    const count = (jobs.get(record.job) ?? 0) + by;
    if (count === 0) jobs.delete(record.job);
    else jobs.set(record.job, count);
    if (jobs.size === 0) this.#jobsByOwner.delete(record.ownerUid);
    else this.#jobsByOwner.set(record.ownerUid, jobs);
  }

  #occupantOf(entry: PodEntry, isOurs: boolean, before: Occupant | undefined): Occupant | undefined {
    const node = nodeOf(entry);
    if (node === "") return undefined;
    const { usage, isDeleting } = entry.record;
    const isReleasing = isDeleting || entry.isEvicting;
    const requests = chargeOf(usage, isOurs);
    if (
      before?.node === node &&
      before.requests === requests &&
      before.hostPorts === usage.hostPorts &&
      before.isReleasing === isReleasing
    ) {
      return before;
    }
    return { node, requests, hostPorts: usage.hostPorts, isReleasing };
  }

  #taskOf(entry: PodEntry, before: Task | undefined): Task | undefined {
    const { record } = entry;
    const status = statusOf(entry);
    if (status === undefined || record.shape === undefined) return undefined;
    const plan = record.plan ?? entry.bind?.mark;
    const { value, preemptionPolicy } = this.#classes.priorityOf(record);
    const task: Task = {
      key: record.key,
      uid: record.uid,
      job: record.job,
      status,
      node: nodeOf(entry),
      shape: record.shape,
      priority: value,
      priorityAnnotations: record.priorityAnnotations,
      preemptionPolicy,
      role: record.claim.role,
      index: record.index,
      createdMs: record.createdMs,
      ownerUid: record.ownerUid,
      isDisrupted: record.isDisrupted,
      ...(plan !== undefined && { plan }),
      waiting: record.waiting,
    };
    return before !== undefined && equalTasks(task, before) ? before : task;
  }

  #classProblem(record: PodRecord): string | undefined {
    if (!record.isAddressedToUs || record.priority !== undefined || record.priorityClassName === "") return undefined;
    if (this.#classes.get(record.priorityClassName) !== undefined) return undefined;
    return `spec.priorityClassName: there is no PriorityClass ${shown(record.priorityClassName)}`;
  }
}

/** Solo pods of other schedulers are in no group; those in gangs are watched, because a gang may not be divided. */
function isMember(record: PodRecord): boolean {
  return record.isAddressedToUs || record.claim.dialect !== "solo";
}

function nodeOf({ record, bind }: PodEntry): string {
  return isFinished(record) ? "" : record.node || (bind?.node ?? "");
}

function statusOf(entry: PodEntry): Task["status"] | undefined {
  const { record } = entry;
  if (record.phase === "Succeeded" || record.phase === "Failed") return record.phase;
  if (nodeOf(entry) !== "") return record.isDeleting || entry.isEvicting ? "Releasing" : "Bound";
  if (record.isDeleting) return undefined;
  return record.isGated ? "Gated" : "Pending";
}

const foreignCharges = new WeakMap<Usage, Occupant["requests"]>();

/** Only ours count as own pods: one of ours in a namespace that is not selected does not. */
function chargeOf(usage: Usage, isOurs: boolean): Occupant["requests"] {
  if (isOurs || usage.requests[OWN_PODS] === 0) return usage.requests;
  const known = foreignCharges.get(usage);
  if (known !== undefined) return known;
  const charge = usage.requests.map((amount, dimension) => (dimension === OWN_PODS ? 0 : amount));
  foreignCharges.set(usage, charge);
  return charge;
}

function equalForJob(left: PodEntry, right: PodEntry): boolean {
  return (
    left.task === right.task &&
    left.problem === right.problem &&
    left.record.job === right.record.job &&
    left.record.schedulerName === right.record.schedulerName &&
    isFinished(left.record) === isFinished(right.record) &&
    equalClaims(left.record.claim, right.record.claim)
  );
}

function equalClaims(left: Claim, right: Claim): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function equalTasks(left: Task, right: Task): boolean {
  return (
    left.uid === right.uid &&
    left.job === right.job &&
    left.status === right.status &&
    left.node === right.node &&
    left.shape === right.shape &&
    left.priority === right.priority &&
    equalMaps(left.priorityAnnotations, right.priorityAnnotations) &&
    left.preemptionPolicy === right.preemptionPolicy &&
    left.role === right.role &&
    left.index === right.index &&
    left.createdMs === right.createdMs &&
    left.ownerUid === right.ownerUid &&
    left.isDisrupted === right.isDisrupted &&
    left.plan?.cycleId === right.plan?.cycleId &&
    left.plan?.planned === right.plan?.planned &&
    left.plan?.minimum === right.plan?.minimum &&
    left.waiting.reason === right.waiting.reason &&
    left.waiting.message === right.waiting.message
  );
}
