// Types of fields that the server, the scheduler or kubectl work with; kube-apiserver's decoder refuses a wrong one with 400. Not
// all fields are here: the header of index.ts says so.

import { mistyped } from "./body.ts";
import { isObject, valueAt } from "./json.ts";
import { storageOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

type Type = "object" | "array" | "string" | "boolean" | "int32" | "int64";

/** Throws ApiFailure 400 for the first field of a wrong type. Null is as good as absent. */
export function checkFieldTypes(kind: Kind, object: ApiObject): void {
  if (kind.isCustom === true) return;
  const fields = FIELDS.get(storageOf(kind)) ?? [];
  for (const [path, type] of fields) {
    const value = valueAt(object, path);
    if (value !== undefined && value !== null && !isOf(type, value)) throw mistyped(kind, path.join("."), value, type);
  }
}

function isOf(type: Type, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "string":
    case "boolean":
      return typeof value === type;
    case "int32":
      return Number.isSafeInteger(value) && Math.abs(value as number) < 2 ** 31;
    case "int64":
      return Number.isSafeInteger(value);
  }
}

type Field = readonly [path: readonly string[], type: Type];

const POD_SPEC: readonly Field[] = [
  ...of(
    "array",
    "containers",
    "initContainers",
    "tolerations",
    "schedulingGates",
    "volumes",
    "topologySpreadConstraints",
  ),
  ...of("object", "affinity", "nodeSelector", "overhead", "securityContext", "resources"),
  ...of("string", "nodeName", "schedulerName", "restartPolicy", "priorityClassName", "serviceAccountName", "hostname"),
  ...of("boolean", "hostNetwork", "hostPID", "automountServiceAccountToken", "enableServiceLinks"),
  ...of("int64", "terminationGracePeriodSeconds", "activeDeadlineSeconds"),
  ...of("int32", "priority"),
];
const WHOLE = of("object", "spec", "status");
const WORKLOAD: readonly Field[] = [
  ...WHOLE,
  ...within(["spec"], of("object", "selector", "template")),
  ...within(["spec"], of("int32", "replicas", "parallelism", "completions", "backoffLimit", "minReadySeconds")),
  ...within(["spec", "template"], of("object", "metadata", "spec")),
  ...within(["spec", "template", "spec"], POD_SPEC),
];

const FIELDS: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  ["/pods", [...WHOLE, ...within(["spec"], POD_SPEC)]],
  ["/nodes", [...WHOLE, ...within(["spec"], [...of("boolean", "unschedulable"), ...of("array", "taints")])]],
  ["/namespaces", WHOLE],
  ["/services", WHOLE],
  ["/configmaps", of("object", "data", "binaryData")],
  ["/secrets", of("object", "data", "stringData")],
  ["/persistentvolumes", WHOLE],
  ["/persistentvolumeclaims", WHOLE],
  ["apps/deployments", WORKLOAD],
  ["apps/replicasets", WORKLOAD],
  ["apps/statefulsets", WORKLOAD],
  ["apps/daemonsets", WORKLOAD],
  ["batch/jobs", WORKLOAD],
  ["policy/poddisruptionbudgets", [...WHOLE, ...within(["spec"], of("object", "selector"))]],
  [
    "coordination.k8s.io/leases",
    [...WHOLE, ...within(["spec"], of("int32", "leaseDurationSeconds", "leaseTransitions"))],
  ],
  ["scheduling.k8s.io/priorityclasses", [...of("int32", "value"), ...of("boolean", "globalDefault")]],
]);

function of(type: Type, ...names: readonly string[]): readonly Field[] {
  return names.map((name) => [[name], type]);
}

function within(path: readonly string[], fields: readonly Field[]): readonly Field[] {
  return fields.map(([rest, type]) => [[...path, ...rest], type]);
}
