// Job: the unit that is scheduled together, made from one group of whatever dialect. Operators know it as a group.

import type { ResourceVector } from "./resources.ts";
import type { Task } from "./task.ts";

/** Dialects in which a pod can name a group, in the order of precedence. */
export const GROUP_DIALECTS = [
  "native",
  "volcano",
  "kai",
  "coscheduling",
  "koordinator",
  "kube-batch",
  "godel",
  "kueue",
  "yunikorn",
  "kubenexus",
  "gang-label",
  "annotation",
] as const;

/** `solo`: the pod names no group and is its own. */
export type Dialect = (typeof GROUP_DIALECTS)[number] | "solo";

export type GroupPhase = "Pending" | "Inqueue" | "Running" | "Unknown" | "Completed";

/** What a dialect says of a group, before anybody counts its members: the normal form. */
export interface PodGroup {
  readonly dialect: Dialect;
  readonly namespace: string;
  readonly name: string;
  readonly minimum: Minimum;
  /** Minimum per role, in the order that orders the tasks; empty where there is none. */
  readonly minByRole: ReadonlyMap<string, number>;
  /** Wait limit in milliseconds, where the dialect has one. */
  readonly waitTimeoutMs?: number;
  /** Rank of the group object's class, where it names one. */
  readonly priority?: number;
  readonly preemptionPolicy?: "PreemptLowerPriority" | "Never";
  /** Name of the queue that it asks for; absent: none was named. */
  readonly queue?: string;
  /** Resources that must be free (or entitled to) before pods are asked for; Volcano's minResources. */
  readonly minResources?: ResourceVector;
  /** Phase in the group object's status, where its API has one. */
  readonly phase?: GroupPhase;
  /** Creation of the group object; absent for dialects without one. */
  readonly createdMs?: number;
  /** UID of the group object; absent for dialects without one. */
  readonly uid?: string;
}

/** `count`: an integer. `percent`: of the expected or existing members, rounded up. `whole`: all of them. `none`: a bag of solo pods. */
export type Minimum =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "percent"; readonly percent: number }
  | { readonly kind: "whole" }
  | { readonly kind: "none" };

export interface Job {
  /** `dialect:namespace/name`: two groups of different dialects may share a name. */
  readonly key: string;
  /** `namespace/name`, as logs, messages and reports write it. */
  readonly name: string;
  readonly namespace: string;
  readonly dialect: Dialect;
  /** Resolved queue: the named one where it exists, else `default` (rule 8). */
  readonly queue: string;
  /** Set where the group must wait for a queue that does not exist. */
  readonly unknownQueue?: string;
  /** Priority of the group object, else the highest of its live tasks. */
  readonly priority: number;
  /** Resolved minimum; latched from the plan mark once a member is bound. 0 is a bag of solo pods. */
  readonly minAvailable: number;
  readonly minByRole: ReadonlyMap<string, number>;
  readonly minResources?: ResourceVector;
  readonly waitTimeoutMs?: number;
  /** Set where the size is unknown until its membership has settled (dialects.md, settle time). */
  readonly settle?: Settle;
  /** Phase in the group object's status, where its API has one. */
  readonly phase?: GroupPhase;
  /** Group object, else oldest task. Milliseconds since 1970. */
  readonly createdMs: number;
  readonly groupUid?: string;
  /** Live and finished tasks that are ours, in the order priority of rule 17 falls back to: role, index, creation, name. */
  readonly tasks: readonly Task[];
  /** Succeeded tasks that count towards the minimum (rule 10). */
  readonly succeededCounted: number;
  /** The group object that its tasks name does not exist: `podgroups.scheduling.volcano.sh "ns/name"`. */
  readonly missingObject?: string;
  /** Why the whole group is put aside; one sentence for its owner. */
  readonly quarantine?: string;
  /** What its owner should know though the group goes on; one sentence each. */
  readonly warnings?: readonly string[];
  /** Changes whenever a member appears or goes; compared for equality only. */
  readonly membership: number;
  /** Changes whenever anything above changes; compared for equality only. */
  readonly version: number;
}

/** `expected`: the size its owner promises; absent: wait until no member has appeared for the settle time. */
export interface Settle {
  readonly expected?: number;
}

export interface Queue {
  readonly name: string;
  readonly weight: number;
  /** False while its status.state is set and not `Open`. */
  readonly isOpen: boolean;
  readonly createdMs: number;
}
