// Dialect: one way in which a pod says which group it belongs to. Every dialect is two pure functions: what one pod
// claims, and what its claims and the group object (where there is one) amount to in the normal form.

import type { Dialect, Minimum, PodGroup, ResourceVector } from "../model/index.ts";

/** What a dialect may know of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What one pod says of its group; equal pods of one group say the same. */
export interface Claim {
  readonly dialect: Dialect;
  /** Name of the group; the namespace is the pod's. */
  readonly group: string;
  readonly role: string;
  /** The minimum, where pods carry it. */
  readonly minimum?: Minimum;
  readonly queue?: string;
  /** Why what the pod says is not valid: the whole group is put aside. */
  readonly problem?: string;
  readonly warnings?: readonly string[];
}

/** An object that describes a group, with its status; everything in it is read defensively. */
export interface GroupObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** 0 where it does not say. */
  readonly createdMs: number;
  readonly annotations: ReadonlyMap<string, string>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

export interface MemberClaim {
  /** Name of the pod. */
  readonly pod: string;
  readonly claim: Claim;
}

export interface GroupContext {
  readonly namespace: string;
  readonly name: string;
  /** Of the live members that are not leaving, sorted by pod. May be empty. */
  readonly members: readonly MemberClaim[];
  /** Members that its owner promises, else that exist: what percentages are of. */
  readonly size: number;
  readonly object: GroupObject | undefined;
  /** The PriorityClass of this name. */
  priorityClass(name: string): PriorityClass | undefined;
  /** A map of quantities as a vector; undefined where one is invalid or negative. */
  resources(amounts: unknown): ResourceVector | undefined;
}

export interface PriorityClass {
  readonly value: number;
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
}

export interface GroupReading {
  readonly group: PodGroup;
  /** The minimum follows the number of members: they must settle first, and it is latched at the first bind. */
  readonly dependsOnSize: boolean;
  /** The group object that should be there and is not. */
  readonly missingObject?: string;
  /** Why the group is put aside; the first problem found. */
  readonly problem?: string;
  readonly warnings?: readonly string[];
}

/** Keys that flags can change. */
export interface DialectSettings {
  readonly gangLabel: string;
  readonly minAvailableAnnotation: string;
}

export interface DialectDefinition {
  readonly name: Dialect;
  /** Groups of an unknown queue wait; of the other dialects they fall back to `default` (contract rule 8). */
  readonly waitsForQueue: boolean;
  /** Undefined: the pod does not speak this dialect. */
  claimOf(pod: PodFacts, settings: DialectSettings): Claim | undefined;
  read(context: GroupContext): GroupReading;
}
