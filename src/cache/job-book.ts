// JobBook: the groups, built anew when something that they are made of changed, and only then.

import type { GroupContext } from "../dialects/index.ts";
import type { Dialect, Dimensions, Job, Queue } from "../model/index.ts";
import { buildJob, type JobFacts, type JobSource } from "./build-job.ts";
import type { ClassBook } from "./class-book.ts";
import type { QueuedEvent } from "./event-queue.ts";
import type { ResourceName } from "./events.ts";
import type { PodBook } from "./pod-book.ts";
import { equalMaps, equalVectors } from "./project-node.ts";
import {
  projectGroupObject,
  projectOwner,
  projectQueue,
  projectVolcanoJob,
  type GroupObjectFacts,
  type OwnerFacts,
  type VolcanoJobFacts,
} from "./project-objects.ts";
import { toVector } from "./project-requests.ts";
import { quantitiesOf } from "./read.ts";
import { Unreadable } from "./unreadable.ts";

export interface JobBookOptions {
  readonly schedulerNames: ReadonlySet<string>;
  readonly dialects: ReadonlySet<Dialect>;
  readonly useOwners: boolean;
  readonly queues: readonly { readonly name: string; readonly weight: number }[];
  readonly unknownQueue: "default" | "wait";
  readonly adoptEmptyVolcano: boolean;
  readonly isSelected: (namespace: string) => boolean;
}

export interface JobChanges {
  readonly jobs: ReadonlyMap<string, Job | undefined>;
  /** The queues, if they changed. */
  readonly queues: ReadonlyMap<string, Queue> | undefined;
}

/** The dialect whose groups these objects are. */
const DIALECT_OF: ReadonlyMap<ResourceName, Dialect> = new Map([["volcanopodgroups", "volcano"]]);

export class JobBook {
  readonly #options: JobBookOptions;
  readonly #pods: PodBook;
  readonly #classes: ClassBook;
  readonly #dimensions: Dimensions;
  readonly #jobs = new Map<string, Job>();
  readonly #dirty = new Set<string>();
  /** By job key. */
  readonly #objects = new Map<string, GroupObjectFacts>();
  readonly #owners = new Map<string, OwnerFacts>();
  readonly #ownersByUid = new Map<string, number>();
  readonly #volcanoJobs = new Map<string, VolcanoJobFacts>();
  readonly #dirtyVolcanoJobs = new Set<string>();
  readonly #queueObjects = new Map<string, Queue>();
  #queues: ReadonlyMap<string, Queue>;
  #isQueueDirty = false;
  #tick = 0;

  constructor(options: JobBookOptions, pods: PodBook, classes: ClassBook, dimensions: Dimensions) {
    this.#options = options;
    this.#pods = pods;
    this.#classes = classes;
    this.#dimensions = dimensions;
    this.#queues = this.#allQueues();
  }

  get queues(): ReadonlyMap<string, Queue> {
    return this.#queues;
  }

  objectOf(job: string): GroupObjectFacts | undefined {
    return this.#objects.get(job);
  }

  ownerOf(resource: ResourceName, key: string): OwnerFacts | undefined {
    return this.#owners.get(`${resource} ${key}`);
  }

  volcanoJobOf(key: string): VolcanoJobFacts | undefined {
    return this.#volcanoJobs.get(key);
  }

  queueObjectOf(name: string): Queue | undefined {
    return this.#queueObjects.get(name);
  }

  applyQueue(event: QueuedEvent): void {
    if (event.type === "delete") this.#queueObjects.delete(event.key);
    else this.#queueObjects.set(event.key, projectQueue(event.object));
    this.#isQueueDirty = true;
  }

  applyOwner(event: QueuedEvent): void {
    const key = `${event.resource} ${event.key}`;
    const before = this.#owners.get(key);
    const now = event.type === "delete" ? undefined : projectOwner(event);
    if (before?.uid === now?.uid && before?.expected === now?.expected) return;
    if (now === undefined) this.#owners.delete(key);
    else this.#owners.set(key, now);
    for (const owner of [before, now]) {
      if (owner === undefined) continue;
      this.#ownersByUid.delete(owner.uid);
      for (const job of this.#pods.jobsOfOwner(owner.uid)) this.#dirty.add(job);
    }
    if (now?.expected !== undefined) this.#ownersByUid.set(now.uid, now.expected);
  }

  applyVolcanoJob(event: QueuedEvent): void {
    const before = this.#volcanoJobs.get(event.key);
    const now = event.type === "delete" ? undefined : projectVolcanoJob(event);
    if (before?.uid === now?.uid && before?.schedulerName === now?.schedulerName) return;
    if (now === undefined) this.#volcanoJobs.delete(event.key);
    else this.#volcanoJobs.set(event.key, now);
    this.#dirtyVolcanoJobs.add(event.key);
  }

  applyGroupObject(event: QueuedEvent): void {
    const dialect = DIALECT_OF.get(event.resource);
    if (dialect === undefined) return;
    const key = `${dialect}:${event.key}`;
    const now = event.type === "delete" ? undefined : projectGroupObject(event);
    if (this.#objects.get(key)?.signature === now?.signature) return;
    if (now === undefined) this.#objects.delete(key);
    else this.#objects.set(key, now);
    this.#dirty.add(key);
  }

  /** Classes changed: groups that name one are read again. */
  refreshClasses(): void {
    for (const key of this.#objects.keys()) this.#dirty.add(key);
  }

  /** A namespace came into the selection or left it. */
  refreshNamespace(namespace: string): void {
    for (const [key, object] of this.#objects) if (object.namespace === namespace) this.#dirty.add(key);
  }

  /** Builds what changed since the last call. */
  publish(): JobChanges {
    const queues = this.#publishQueues();
    this.#spreadVolcanoJobs();
    for (const key of this.#pods.dirtyJobs) this.#dirty.add(key);
    this.#pods.dirtyJobs.clear();
    const jobs = new Map<string, Job | undefined>();
    for (const key of this.#dirty) {
      const before = this.#jobs.get(key);
      const now = this.#versioned(this.#build(key), before);
      if (now === before) continue;
      if (now === undefined) this.#jobs.delete(key);
      else this.#jobs.set(key, now);
      jobs.set(key, now);
    }
    this.#dirty.clear();
    return { jobs, queues };
  }

  #publishQueues(): ReadonlyMap<string, Queue> | undefined {
    if (!this.#isQueueDirty) return undefined;
    this.#isQueueDirty = false;
    const queues = this.#allQueues();
    if (equalQueues(queues, this.#queues)) return undefined;
    const areNamesEqual =
      queues.size === this.#queues.size && [...queues.keys()].every((name) => this.#queues.has(name));
    if (!areNamesEqual) for (const key of this.#jobs.keys()) this.#dirty.add(key);
    this.#queues = queues;
    return queues;
  }

  /** Configured ones, `default` and `root`; an object of the same name is newer knowledge. */
  #allQueues(): ReadonlyMap<string, Queue> {
    const queues = new Map<string, Queue>();
    for (const name of ["default", "root"]) queues.set(name, { name, weight: 1, isOpen: true, createdMs: 0 });
    for (const { name, weight } of this.#options.queues) queues.set(name, { name, weight, isOpen: true, createdMs: 0 });
    for (const [name, queue] of this.#queueObjects) queues.set(name, queue);
    return queues;
  }

  #spreadVolcanoJobs(): void {
    if (this.#dirtyVolcanoJobs.size === 0) return;
    for (const [key, { volcanoJob }] of this.#objects) {
      if (volcanoJob !== undefined && this.#dirtyVolcanoJobs.has(volcanoJob.key)) this.#dirty.add(key);
    }
    this.#dirtyVolcanoJobs.clear();
  }

  #build(key: string): JobFacts | undefined {
    const colon = key.indexOf(":");
    const slash = key.indexOf("/", colon);
    const namespace = key.slice(colon + 1, slash);
    const object = this.#objects.get(key);
    return buildJob({
      key,
      dialect: key.slice(0, colon) as Dialect,
      namespace,
      name: key.slice(slash + 1),
      members: [...this.#pods.membersOf(key)],
      object,
      isAdopted: object !== undefined && this.#isAdopted(object),
      queues: this.#queues,
      unknownQueue: this.#options.unknownQueue,
      expectedOf: (uid) => (this.#options.useOwners ? this.#ownersByUid.get(uid) : undefined),
      ...this.#readers,
    });
  }

  readonly #readers: Pick<JobSource, "priorityClass" | "resources"> = {
    priorityClass: (name) => this.#classes.get(name),
    resources: (amounts) => this.#resources(amounts),
  };

  #resources(amounts: unknown): ReturnType<GroupContext["resources"]> {
    try {
      return toVector(quantitiesOf(amounts, "minResources"), this.#dimensions);
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  /** A group without pods is ours if the Volcano Job that owns it says so, or if we were told to take all. */
  #isAdopted(object: GroupObjectFacts): boolean {
    if (!this.#options.dialects.has("volcano") || !this.#options.isSelected(object.namespace)) return false;
    if (this.#options.adoptEmptyVolcano) return true;
    const owner = object.volcanoJob === undefined ? undefined : this.#volcanoJobs.get(object.volcanoJob.key);
    return (
      owner?.uid === object.volcanoJob?.uid &&
      owner !== undefined &&
      this.#options.schedulerNames.has(owner.schedulerName)
    );
  }

  /** The same object where nothing changed. */
  #versioned(facts: JobFacts | undefined, before: Job | undefined): Job | undefined {
    if (facts === undefined) return undefined;
    if (before !== undefined && equalJobs(facts, before)) return before;
    this.#tick += 1;
    const membership = before !== undefined && equalMembers(facts, before) ? before.membership : this.#tick;
    return { ...facts, membership, version: this.#tick };
  }
}

function equalQueues(left: ReadonlyMap<string, Queue>, right: ReadonlyMap<string, Queue>): boolean {
  return (
    left.size === right.size &&
    [...left].every(([name, queue]) => JSON.stringify(queue) === JSON.stringify(right.get(name)))
  );
}

function equalMembers(left: JobFacts, right: Job): boolean {
  if (left.tasks.length !== right.tasks.length) return false;
  if (left.tasks.every(({ uid }, index) => uid === right.tasks[index]?.uid)) return true;
  const uids = new Set(right.tasks.map(({ uid }) => uid));
  return left.tasks.every(({ uid }) => uids.has(uid));
}

function equalJobs(left: JobFacts, right: Job): boolean {
  return (
    left.queue === right.queue &&
    left.unknownQueue === right.unknownQueue &&
    left.priority === right.priority &&
    left.minAvailable === right.minAvailable &&
    equalMaps(left.minByRole, right.minByRole) &&
    equalVectors(left.minResources ?? [], right.minResources ?? []) &&
    (left.minResources === undefined) === (right.minResources === undefined) &&
    left.waitTimeoutMs === right.waitTimeoutMs &&
    (left.settle === undefined) === (right.settle === undefined) &&
    left.settle?.expected === right.settle?.expected &&
    left.phase === right.phase &&
    left.createdMs === right.createdMs &&
    left.groupUid === right.groupUid &&
    left.succeededCounted === right.succeededCounted &&
    left.missingObject === right.missingObject &&
    left.quarantine === right.quarantine &&
    JSON.stringify(left.warnings) === JSON.stringify(right.warnings) &&
    left.tasks.length === right.tasks.length &&
    left.tasks.every((task, index) => task === right.tasks[index])
  );
}
