// The kinds of kube-apiserver that are served, with the names, short names and categories that kubectl learns from discovery.

import type { Kind } from "./types.ts";

interface Row {
  readonly short?: string;
  readonly categories?: readonly string[];
  readonly subresources?: readonly string[];
  readonly plural?: string;
}

const all: Row["categories"] = ["all"];

export const BUILT_IN_KINDS: readonly Kind[] = [
  cluster("", "v1", "Namespace", { short: "ns", subresources: ["status", "finalize"] }),
  cluster("", "v1", "Node", { short: "no", subresources: ["status"] }),
  namespaced("", "v1", "Pod", {
    short: "po",
    categories: all,
    subresources: ["status", "binding", "eviction"],
  }),
  namespaced("", "v1", "Event", { short: "ev" }),
  namespaced("", "v1", "Service", { short: "svc", categories: all, subresources: ["status"] }),
  namespaced("", "v1", "ServiceAccount", { short: "sa", subresources: ["token"] }),
  namespaced("", "v1", "ConfigMap", { short: "cm" }),
  namespaced("", "v1", "Secret"),
  cluster("", "v1", "PersistentVolume", { short: "pv", subresources: ["status"] }),
  namespaced("", "v1", "PersistentVolumeClaim", { short: "pvc", subresources: ["status"] }),
  namespaced("", "v1", "ResourceQuota", { short: "quota", subresources: ["status"] }),
  namespaced("", "v1", "LimitRange", { short: "limits" }),
  namespaced("apps", "v1", "Deployment", { short: "deploy", categories: all, subresources: ["status", "scale"] }),
  namespaced("apps", "v1", "ReplicaSet", { short: "rs", categories: all, subresources: ["status", "scale"] }),
  namespaced("apps", "v1", "StatefulSet", { short: "sts", categories: all, subresources: ["status", "scale"] }),
  namespaced("apps", "v1", "DaemonSet", { short: "ds", categories: all, subresources: ["status"] }),
  namespaced("batch", "v1", "Job", { categories: all, subresources: ["status"] }),
  namespaced("policy", "v1", "PodDisruptionBudget", { short: "pdb", subresources: ["status"] }),
  cluster("scheduling.k8s.io", "v1", "PriorityClass", { short: "pc", plural: "priorityclasses" }),
  namespaced("coordination.k8s.io", "v1", "Lease"),
  namespaced("events.k8s.io", "v1", "Event", { short: "ev" }),
  namespaced("rbac.authorization.k8s.io", "v1", "Role"),
  namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding"),
  cluster("rbac.authorization.k8s.io", "v1", "ClusterRole"),
  cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"),
  cluster("storage.k8s.io", "v1", "StorageClass", { short: "sc", plural: "storageclasses" }),
  cluster("storage.k8s.io", "v1", "CSINode"),
  cluster("storage.k8s.io", "v1", "CSIDriver"),
  namespaced("storage.k8s.io", "v1", "CSIStorageCapacity", { plural: "csistoragecapacities" }),
  cluster("storage.k8s.io", "v1", "VolumeAttachment", { subresources: ["status"] }),
  cluster("apiextensions.k8s.io", "v1", "CustomResourceDefinition", {
    short: "crd,crds",
    categories: ["api-extensions"],
    subresources: ["status"],
  }),
  cluster("authentication.k8s.io", "v1", "TokenReview"),
  cluster("authentication.k8s.io", "v1", "SelfSubjectReview"),
  cluster("authorization.k8s.io", "v1", "SubjectAccessReview"),
  cluster("authorization.k8s.io", "v1", "SelfSubjectAccessReview"),
];

function namespaced(group: string, version: string, kind: string, row: Row = {}): Kind {
  return kindOf(group, version, kind, true, row);
}

function cluster(group: string, version: string, kind: string, row: Row = {}): Kind {
  return kindOf(group, version, kind, false, row);
}

function kindOf(group: string, version: string, kind: string, isNamespaced: boolean, row: Row): Kind {
  const singular = kind.toLowerCase();
  return {
    group,
    version,
    plural: row.plural ?? `${singular}s`,
    singular,
    kind,
    shortNames: row.short?.split(",") ?? [],
    categories: row.categories ?? [],
    isNamespaced,
    subresources: row.subresources ?? [],
  };
}
