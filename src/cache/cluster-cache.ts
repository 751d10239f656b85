// ClusterCache: what reflectors tell goes in, one frozen Snapshot a cycle comes out. Events are queued in O(1) and applied
// together; what did not change is the same object as before, and a Snapshot that was handed out never changes.

import {
  Dimensions,
  type Bind,
  type Dialect,
  type Evict,
  type LabelSelector,
  type Snapshot,
  type Versions,
  matchesSelector,
  type LivePod,
  type LiveNode,
} from "../model/index.ts";
import { ClassBook } from "./class-book.ts";
import { emptyState, StateWriter, type ClusterState } from "./cluster-state.ts";
import { EventQueue, type QueuedEvent } from "./event-queue.ts";
import type { CacheEvent } from "./events.ts";
import { JobBook } from "./job-book.ts";
import { couldHelp } from "./news.ts";
import { NodeBook } from "./node-book.ts";
import { PodBook } from "./pod-book.ts";
import { isNoWorse, projectNode, type NodeFacts } from "./project-node.ts";
import { sketchPod, type PodReading } from "./project-pod.ts";
import { textMapOf } from "./read.ts";
import { Unreadable } from "./unreadable.ts";

export interface CacheOptions {
  /** Pods that name one of these are ours; all others are usage. */
  readonly schedulerNames: readonly string[];
  readonly gangLabel: string;
  readonly minAvailableAnnotation: string;
  /** The enabled ones; `solo` always is. */
  readonly dialects: readonly Dialect[];
  /** Sizes of groups come from Job, ReplicaSet and StatefulSet where they are visible. */
  readonly useOwners: boolean;
  /** Configured queues; `default` and `root` always exist. */
  readonly queues: readonly { readonly name: string; readonly weight: number }[];
  readonly unknownQueue: "default" | "wait";
  readonly adoptEmptyVolcano: boolean;
  readonly nodeSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  /** Deep-freezes what is published. */
  readonly freeze: boolean;
}

export class ClusterCache {
  readonly #options: CacheOptions;
  readonly #dimensions = new Dimensions();
  readonly #queue = new EventQueue();
  readonly #reading: PodReading;
  readonly #classes = new ClassBook();
  readonly #nodes = new NodeBook();
  readonly #pods: PodBook;
  readonly #jobs: JobBook;
  readonly #writer: StateWriter;
  /** Labels of namespaces; only kept where a selector asks for them. */
  readonly #namespaces = new Map<string, ReadonlyMap<string, string>>();
  readonly #nodeProblems = new Map<string, string>();
  /** Objects that we failed on, `resource key`, with the reason. */
  readonly #failures = new Map<string, string>();
  /** Queued events that nobody has looked at for news. */
  #unexamined: QueuedEvent[] = [];
  #hasNews = false;
  #state: ClusterState;
  #snapshot: Snapshot;

  constructor(options: CacheOptions) {
    this.#options = options;
    const schedulerNames = new Set(options.schedulerNames);
    const enabled = new Set(options.dialects);
    const isSelected = (namespace: string): boolean => this.#isNamespaceSelected(namespace);
    this.#reading = { schedulerNames, enabled, settings: options, dimensions: this.#dimensions };
    this.#pods = new PodBook(this.#reading, this.#nodes, this.#classes, isSelected);
    const jobOptions = { ...options, schedulerNames, dialects: enabled, isSelected };
    this.#jobs = new JobBook(jobOptions, this.#pods, this.#classes, this.#dimensions);
    this.#writer = new StateWriter(options.freeze);
    this.#state = emptyState(this.#jobs.queues);
    const { rows, stride } = this.#nodes.publish(this.#dimensions.names.length).rows;
    this.#snapshot = this.#frozen({
      ...this.#state,
      generation: 0,
      dimensions: [...this.#dimensions.names],
      rows,
      stride,
      versions: { freed: 0, taken: 0, constraints: 0, queues: 0 },
    });
  }

  /** Queues what a reflector saw; the newest per object wins. O(1), never throws. */
  enqueue(event: CacheEvent): void {
    const queued = this.#queue.add(event);
    if (queued !== undefined && !this.#hasNews) this.#unexamined.push(queued);
  }

  /** Whether something is queued that could let something be scheduled: no heartbeats, none of our own status writes. */
  get hasNews(): boolean {
    while (!this.#hasNews) {
      const event = this.#unexamined.pop();
      if (event === undefined) return false;
      this.#hasNews = this.#isNews(event);
    }
    this.#unexamined = [];
    return true;
  }

  /** Objects that cannot be read, such as `nodes name` or `pods ns/name`, with the reason. */
  get quarantined(): ReadonlyMap<string, string> {
    const all = new Map(this.#failures);
    for (const [name, reason] of this.#nodeProblems) all.set(`nodes ${name}`, reason);
    for (const [key, reason] of this.#pods.problems) all.set(`pods ${key}`, reason);
    return all;
  }

  get assumedCount(): number {
    return this.#pods.assumedCount;
  }

  /** Applies everything that is queued or assumed; the same Snapshot where that changed nothing. */
  advance(): Snapshot {
    for (const event of this.#queue.drain()) this.#applySafely(event);
    this.#unexamined = [];
    this.#hasNews = false;
    const jobs = this.#jobs.publish();
    const nodes = this.#nodes.publish(this.#dimensions.names.length);
    const before = this.#snapshot;
    this.#state = this.#writer.apply(this.#state, nodes, jobs);
    const state = this.#state;
    const { rows, stride } = nodes.rows;
    const areDimensionsSame = before.dimensions.length === this.#dimensions.names.length;
    const versions = nextVersions(before.versions, {
      freed: nodes.rows.isFreed || 0 < nodes.hostPorts.size,
      taken: nodes.rows.isTaken || 0 < nodes.hostPorts.size,
      constraints: nodes.areConstraintsChanged,
      queues: jobs.queues !== undefined,
    });
    if (
      state.nodes === before.nodes &&
      state.slotByNode === before.slotByNode &&
      state.hostPorts === before.hostPorts &&
      state.jobs === before.jobs &&
      state.queues === before.queues &&
      rows === before.rows &&
      areDimensionsSame
    ) {
      return before;
    }
    this.#snapshot = this.#frozen({
      ...state,
      generation: before.generation + 1,
      dimensions: areDimensionsSame ? before.dimensions : [...this.#dimensions.names],
      rows,
      stride,
      versions,
    });
    return this.#snapshot;
  }

  /** The pod as its newest queued event shows it, else as the state does; never what is only assumed. */
  livePod(key: string): LivePod | undefined {
    const queued = this.#queue.get("pods", key);
    if (queued?.type === "delete") return undefined;
    const found = queued === undefined ? this.#pods.get(key)?.record : sketchPod(queued, this.#reading);
    if (found === undefined) return undefined;
    const { uid, node, isDeleting, isGated, phase, schedulerName, job } = found;
    return { uid, node, isDeleting, isGated, phase, schedulerName, job };
  }

  /**
   * The node as its newest queued event shows it, else as the state does. Usable: it can be read, is selected, and is Ready
   * and not cordoned. For a pod whose bind is assumed, named by `uid`: nothing that keeps pods off has come up since that
   * was planned, so that a pod that tolerates a cordon or a taint may go where it was planned to. Overfull: somebody else has
   * taken, as of the last cycle, what the pod was promised.
   */
  liveNode(name: string, uid?: string): LiveNode | undefined {
    const queued = this.#queue.get("nodes", name);
    if (queued?.type === "delete") return undefined;
    const facts = queued === undefined ? this.#nodes.get(name) : this.#readNode(queued).facts;
    if (facts === undefined)
      return queued === undefined ? undefined : { uid: queued.uid, isUsable: false, isOverfull: false };
    const plannedOn = uid === undefined ? undefined : this.#pods.plannedOn(uid);
    const isUsable = plannedOn === undefined ? facts.isReady && !facts.unschedulable : isNoWorse(facts, plannedOn);
    return { uid: facts.uid, isUsable, isOverfull: uid !== undefined && this.#pods.isOverfull(uid) };
  }

  /** From the next snapshot on the room is used and the task Bound, until the watch tells or the bind is forgotten. */
  assumeBind(bind: Bind): void {
    this.#pods.assumeBind(bind);
  }

  /** From the next snapshot on the task is Releasing, until the watch tells or the eviction is forgotten. */
  assumeEvict(evict: Evict): void {
    this.#pods.assumeEvict(evict);
  }

  /** What was assumed of this pod will not happen. */
  forget(uid: string): void {
    this.#pods.forget(uid);
  }

  /** An object that we fail on is looked at by the next cycle. */
  #isNews(event: QueuedEvent): boolean {
    try {
      return couldHelp(event, this.#pods, this.#jobs, this.#classes, {
        reading: this.#reading,
        nodeNow: (name) => this.#nodes.get(name),
        nodeNext: (next) => this.#readNode(next).facts,
        isSelected: (namespace) => this.#isNamespaceSelected(namespace),
        hasNamespaceSelector: this.#options.namespaceSelector !== undefined,
      });
    } catch {
      return true;
    }
  }

  /** One object that we fail on must not stop the others: it stays as it was and is listed as quarantined. */
  #applySafely(event: QueuedEvent): void {
    const id = `${event.resource} ${event.key}`;
    try {
      this.#apply(event);
      this.#failures.delete(id);
    } catch (error) {
      this.#failures.set(id, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #apply(event: QueuedEvent): void {
    switch (event.resource) {
      case "namespaces":
        this.#applyNamespace(event);
        break;
      case "priorityclasses":
        if (this.#classes.apply(event)) {
          this.#pods.refresh(({ isAddressedToUs, priority, preemptionPolicy }) => {
            return isAddressedToUs && (priority === undefined || preemptionPolicy === undefined);
          });
          this.#jobs.refreshClasses();
        }
        break;
      case "volcanoqueues":
        this.#jobs.applyQueue(event);
        break;
      case "jobs":
      case "replicasets":
      case "statefulsets":
        this.#jobs.applyOwner(event);
        break;
      case "volcanojobs":
        this.#jobs.applyVolcanoJob(event);
        break;
      case "volcanopodgroups":
        this.#jobs.applyGroupObject(event);
        break;
      case "nodes":
        this.#applyNode(event);
        break;
      case "pods":
        this.#pods.apply(event);
        break;
    }
  }

  #applyNamespace(event: QueuedEvent): void {
    if (this.#options.namespaceSelector === undefined) return;
    const wasSelected = this.#isNamespaceSelected(event.key);
    if (event.type === "delete") this.#namespaces.delete(event.key);
    else this.#namespaces.set(event.key, textMapOf(event.object.metadata.labels));
    if (wasSelected === this.#isNamespaceSelected(event.key)) return;
    this.#pods.refresh(({ namespace }) => namespace === event.key);
    this.#jobs.refreshNamespace(event.key);
  }

  #applyNode(event: QueuedEvent): void {
    const { facts, problem } = event.type === "delete" ? {} : this.#readNode(event);
    if (problem === undefined) this.#nodeProblems.delete(event.key);
    else this.#nodeProblems.set(event.key, problem);
    if (facts === undefined) this.#nodes.remove(event.key);
    else this.#nodes.set(facts);
  }

  /** No facts: the node is not selected, or cannot be read. */
  #readNode(event: QueuedEvent): { readonly facts?: NodeFacts; readonly problem?: string } {
    const { nodeSelector } = this.#options;
    try {
      const facts = projectNode(event.object, event.uid, this.#dimensions);
      return nodeSelector === undefined || matchesSelector(nodeSelector, facts.labels) ? { facts } : {};
    } catch (error) {
      if (error instanceof Unreadable) return { problem: error.message };
      throw error;
    }
  }

  #isNamespaceSelected(namespace: string): boolean {
    const selector = this.#options.namespaceSelector;
    if (selector === undefined) return true;
    const labels = this.#namespaces.get(namespace);
    return labels !== undefined && matchesSelector(selector, labels);
  }

  #frozen(snapshot: Snapshot): Snapshot {
    if (!this.#options.freeze) return snapshot;
    Object.freeze(snapshot.dimensions);
    Object.freeze(snapshot.versions);
    return Object.freeze(snapshot);
  }
}

/** Counts what changed; the same object where nothing did. */
function nextVersions(before: Versions, changed: { readonly [name in keyof Versions]: boolean }): Versions {
  if (!changed.freed && !changed.taken && !changed.constraints && !changed.queues) return before;
  return {
    freed: before.freed + Number(changed.freed),
    taken: before.taken + Number(changed.taken),
    constraints: before.constraints + Number(changed.constraints),
    queues: before.queues + Number(changed.queues),
  };
}
