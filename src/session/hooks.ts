// Hooks: every question that the session asks plugins, each with its contract. combinators.ts says how several answers become one.

import type { Compare, Fit, Job, Node, Queue, ResourceVector, Shape, Task, WaitReason } from "../model/index.ts";

/**
 * What an answer depends on, beside the shape.
 * - `static`: the node object. Cached across sessions until the node object changes.
 * - `node`: also the node's room. Asked again when the room was touched.
 * - `domain`: also counters per value of the node labels that `topologyKeys` names. Asked once per class of nodes, whenever the shape is used.
 * - `cluster`: anything. Asked for every node, whenever the shape is used.
 */
export type DependsOn = "static" | "node" | "domain" | "cluster";

/** One node's room right now. A window that the engine moves from node to node: read it, never keep it. */
export interface Room {
  /** Free for a newcomer: neither used nor promised. In a look at future room, what is releasing counts as free. */
  idle(dimension: number): number;
  allocatable(dimension: number): number;
  used(dimension: number): number;
  /** Whether one of these ports is in use on the node, trial placements included. */
  hasPortConflict(shape: Shape): boolean;
}

export interface Predicate {
  /** The name of the kube-scheduler plugin that it mirrors, where there is one. */
  readonly name: string;
  readonly dependsOn: DependsOn;
  /** Node labels whose counters it reads; with `domain` only. */
  readonly topologyKeys?: (shape: Shape) => readonly string[];
  /** False: `check` would fit on every node. Asked once per shape. */
  readonly appliesTo?: (shape: Shape) => boolean;
  readonly check: (shape: Shape, node: Node, room: Room) => Fit;
}

export interface NodeOrder {
  readonly name: string;
  readonly dependsOn: DependsOn;
  readonly topologyKeys?: (shape: Shape) => readonly string[];
  /** A positive integer, so that totals are exact. */
  readonly weight: number;
  readonly appliesTo?: (shape: Shape) => boolean;
  /** An integer. Without `normalize`: 0 to 100, higher is better. */
  readonly score: (shape: Shape, node: Node, room: Room) => number;
  /** Raw score to 0..100, given the extremes over the nodes that are feasible now. */
  readonly normalize?: (raw: number, min: number, max: number) => number;
}

/** Refuses a shape on all nodes, or restricts it to nodes by name, before any node is looked at. */
export type Prefilter = (shape: Shape) => PrefilterResult;
export type PrefilterResult =
  | { readonly kind: "pass" }
  | { readonly kind: "refuse"; readonly reasons: readonly string[] }
  | { readonly kind: "restrict"; readonly nodes: ReadonlySet<string>; readonly reason: string };

/** Nodes that a whole group must be placed inside; tried in order, each under a checkpoint. */
export interface CandidateSet {
  /** Stable name of the set: equal names mean equal sets on an unchanged cluster. */
  readonly name: string;
  readonly includes: (node: Node) => boolean;
}

/** Why a group may not go on, or undefined where nothing speaks against it. */
export interface Refused {
  readonly reason: WaitReason;
  readonly message: string;
  readonly have?: number;
  readonly want?: number;
}

/** What may be evicted as one. */
export interface VictimUnit {
  readonly kind: "surplus" | "whole" | "solo";
  readonly job: Job;
  readonly tasks: readonly Task[];
}

/** Read-only view of the session's book that plugins decide on. */
export interface SessionView {
  /** Resource names by dimension. */
  readonly dimensions: readonly string[];
  readonly queues: ReadonlyMap<string, Queue>;
  /** Live, not releasing tasks that hold room now, trial placements included, plus finished ones that count. */
  occupiedCount(job: Job): number;
  /** `occupiedCount`, plus tasks that were promised releasing room. */
  promisedCount(job: Job): number;
  /** As above, of one role; finished ones do not count. */
  occupiedInRole(job: Job, role: string): number;
  promisedInRole(job: Job, role: string): number;
  /** Requests of the job's tasks that hold room now. */
  heldBy(job: Job): ResourceVector;
}

export interface Hooks {
  /** Which queue, job, task goes first; 0 is no opinion. Combined by `firstDifference`. */
  readonly queueOrder?: Compare<Queue>;
  readonly jobOrder?: Compare<Job>;
  readonly taskOrder?: Compare<Task>;
  /** May the job be tried at all? Combined by `firstRefusal`. */
  readonly jobValid?: (job: Job) => Refused | undefined;
  /** Do enough tasks hold room for the job to run? Combined by `all`. */
  readonly jobReady?: (job: Job) => boolean;
  /** Do enough tasks hold room, or the promise of it? Combined by `all`. */
  readonly jobPipelined?: (job: Job) => boolean;
  /** May a pending group be let in? Combined by `firstRefusal`; no hook lets everybody in. */
  readonly jobEnqueueable?: (job: Job) => Refused | undefined;
  /** Combined: the first refusal wins, restrictions intersect. */
  readonly prefilter?: Prefilter;
  /** Combined by `everyMustPass`: the first misfit's reasons. */
  readonly predicates?: readonly Predicate[];
  /** Combined by `weightedSum`. */
  readonly nodeOrders?: readonly NodeOrder[];
  /** The node sets that a job must be placed inside. Combined by `firstOpinion`; all abstain: one set of all nodes. */
  readonly candidateSets?: (job: Job) => readonly CandidateSet[] | "abstain";
  /** Units that may be evicted for `preemptor`. Combined by `intersectionOverAllTiers`: every filter must agree. */
  readonly victims?: (preemptor: Job, units: readonly VictimUnit[]) => readonly VictimUnit[] | "abstain";
  /** Every change of the book, undo included, for counters. Combined by `all are told`. */
  readonly onPlaced?: (task: Task, node: Node) => void;
  readonly onRemoved?: (task: Task, node: Node) => void;
}
