// What reflectors tell the cache, and which resources there are.

/** An object as the API server sends it; everything below metadata.name is read defensively. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller?: boolean;
    }[];
    readonly finalizers?: readonly string[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface CacheEvent {
  readonly resource: ResourceName;
  readonly type: "upsert" | "delete";
  readonly object: KubeObject;
}

/** `base` resources are needed to be ready; `optional` ones are used when they are served and allowed. */
export interface Resource {
  readonly name: ResourceName;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly need: "base" | "optional";
}

export type ResourceName =
  | "nodes"
  | "pods"
  | "namespaces"
  | "priorityclasses"
  | "jobs"
  | "replicasets"
  | "statefulsets"
  | "volcanopodgroups"
  | "volcanoqueues"
  | "volcanojobs";

export const RESOURCES: readonly Resource[] = [
  { name: "nodes", group: "", version: "v1", plural: "nodes", kind: "Node", isNamespaced: false, need: "base" },
  { name: "pods", group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true, need: "base" },
  {
    name: "namespaces",
    group: "",
    version: "v1",
    plural: "namespaces",
    kind: "Namespace",
    isNamespaced: false,
    need: "base",
  },
  {
    name: "priorityclasses",
    group: "scheduling.k8s.io",
    version: "v1",
    plural: "priorityclasses",
    kind: "PriorityClass",
    isNamespaced: false,
    need: "base",
  },
  { name: "jobs", group: "batch", version: "v1", plural: "jobs", kind: "Job", isNamespaced: true, need: "optional" },
  {
    name: "replicasets",
    group: "apps",
    version: "v1",
    plural: "replicasets",
    kind: "ReplicaSet",
    isNamespaced: true,
    need: "optional",
  },
  {
    name: "statefulsets",
    group: "apps",
    version: "v1",
    plural: "statefulsets",
    kind: "StatefulSet",
    isNamespaced: true,
    need: "optional",
  },
  {
    name: "volcanopodgroups",
    group: "scheduling.volcano.sh",
    version: "v1beta1",
    plural: "podgroups",
    kind: "PodGroup",
    isNamespaced: true,
    need: "optional",
  },
  {
    name: "volcanoqueues",
    group: "scheduling.volcano.sh",
    version: "v1beta1",
    plural: "queues",
    kind: "Queue",
    isNamespaced: false,
    need: "optional",
  },
  {
    name: "volcanojobs",
    group: "batch.volcano.sh",
    version: "v1alpha1",
    plural: "jobs",
    kind: "Job",
    isNamespaced: true,
    need: "optional",
  },
];
