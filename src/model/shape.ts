// Shape: tasks that ask the same question of every node. What a predicate or a node order may know about a task is here, and nothing else.

import type { ResourceVector } from "./resources.ts";

export interface Shape {
  /** Canonical text of all that follows: equal text, equal answers on every node. */
  readonly signature: string;
  /** Pod requests including overhead, init containers and sidecars (KEP-753), one `pods` slot, one own pod. */
  readonly requests: ResourceVector;
  /** True for a pod that asks for nothing but its slot (Volcano: BestEffort). */
  readonly isBestEffort: boolean;
  /** Every pair must be a label of the node. */
  readonly nodeSelector: ReadonlyMap<string, string>;
  /** requiredDuringSchedulingIgnoredDuringExecution: terms are alternatives. Absent: no demand; empty: matches nothing. */
  readonly requiredNodeTerms?: readonly NodeSelectorTerm[];
  readonly preferredNodeTerms: readonly WeightedNodeTerm[];
  readonly tolerations: readonly Toleration[];
  readonly hostPorts: readonly HostPort[];
  /** Container images, normalised (`name:tag`), with duplicates; for ImageLocality. */
  readonly images: readonly string[];
  /** Fields of the pod that this version cannot honour (`spec.volumes[0].persistentVolumeClaim`, …): never placed, never ignored. Sorted. */
  readonly unsupported: readonly string[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions: readonly Requirement[];
  /** Only `metadata.name` exists. */
  readonly matchFields: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values: readonly string[];
}

export interface WeightedNodeTerm {
  readonly weight: number;
  readonly term: NodeSelectorTerm;
}

export interface Toleration {
  /** Empty: every key. */
  readonly key: string;
  readonly operator: "Equal" | "Exists";
  readonly value: string;
  /** Empty: every effect. */
  readonly effect: string;
}

export interface HostPort {
  readonly protocol: string;
  /** `0.0.0.0` is the wildcard, and the only one. */
  readonly ip: string;
  readonly port: number;
}
