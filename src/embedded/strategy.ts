// Strategies: how kinds differ in being written (pkg/registry/*/strategy.go): who keeps the status, who counts generations,
// who may be updated without a resourceVersion, what a deletion answers with.

import { isEqual, objectOf, objectsOf, without, type JsonObject } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { qualityOfService } from "./pod-quality.ts";
import type { ApiObject, Kind } from "./types.ts";

export interface Strategy {
  readonly allowsUnconditionalUpdate: boolean;
  /** An update of what does not exist creates it. */
  readonly createsOnUpdate: boolean;
  readonly hasGeneration: boolean;
  /** An object that is gone at once is the answer to its deletion; else a Status is. */
  readonly returnsDeleted: boolean;
  /** Without a propagation policy, dependents stay. */
  readonly orphansByDefault: boolean;
}

const CREATED_ON_UPDATE = new Set(["/events", "/services", "coordination.k8s.io/leases"]);
const WITH_GENERATION = new Set([
  "/pods",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "apps/daemonsets",
  "batch/jobs",
  "policy/poddisruptionbudgets",
  "scheduling.k8s.io/priorityclasses",
  "storage.k8s.io/csidrivers",
  "apiextensions.k8s.io/customresourcedefinitions",
]);
const RETURNED_WHEN_DELETED = new Set([
  "/pods",
  "/services",
  "/serviceaccounts",
  "/persistentvolumes",
  "/persistentvolumeclaims",
  "/resourcequotas",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
]);
const CONDITIONAL = new Set([
  "coordination.k8s.io/leases",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/volumeattachments",
]);

export function strategyOf(kind: Kind): Strategy {
  const storage = storageOf(kind);
  return {
    allowsUnconditionalUpdate:
      kind.isCustom !== true && !CONDITIONAL.has(storage) && kind.plural !== "customresourcedefinitions",
    createsOnUpdate: CREATED_ON_UPDATE.has(storage) || kind.group === "rbac.authorization.k8s.io",
    hasGeneration: kind.isCustom === true || WITH_GENERATION.has(storage),
    returnsDeleted: RETURNED_WHEN_DELETED.has(storage),
    orphansByDefault: storage === "batch/jobs",
  };
}

/** A new object, its status as the server begins it; `metadata` has its UID. */
export function preparedForCreate(kind: Kind, object: ApiObject): ApiObject {
  const storage = storageOf(kind);
  const labelled = storage === "batch/jobs" ? withJobSelector(object) : object;
  if (!hasStatus(kind)) return labelled;
  const initial = INITIAL_STATUS.get(storage);
  if (initial !== undefined) return { ...labelled, status: initial(labelled) };
  return without(labelled, "status");
}

/** Everything but the status, which stays as it was. */
export function preparedForUpdate(kind: Kind, sent: ApiObject, current: ApiObject): ApiObject {
  if (!hasStatus(kind)) return sent;
  const { status } = current;
  return status === undefined ? without(sent, "status") : { ...sent, status };
}

/** The status, and of built-in kinds labels, annotations and finalizers too. */
export function preparedForStatus(kind: Kind, sent: ApiObject, current: ApiObject): ApiObject {
  const { ownerReferences } = current.metadata;
  const metadata =
    kind.isCustom === true
      ? current.metadata
      : { ...without(sent.metadata, "ownerReferences"), ...(ownerReferences === undefined ? {} : { ownerReferences }) };
  const { status } = sent;
  const rest = { ...without(current, "status"), metadata } as ApiObject;
  return status === undefined ? rest : { ...rest, status };
}

/** Whether the wish has changed, and not just the word about it. */
export function isNewGeneration(kind: Kind, object: ApiObject, current: ApiObject): boolean {
  if (!strategyOf(kind).hasGeneration) return false;
  if (kind.isCustom !== true) return !isEqual(object["spec"], current["spec"]);
  const ignored = hasStatus(kind) ? ["metadata", "status"] : ["metadata"];
  return !isEqual(without(object, ...ignored), without(current, ...ignored));
}

function hasStatus(kind: Kind): boolean {
  return kind.subresources.includes("status");
}

const NO_NODE_INFO = Object.fromEntries(
  ["machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion"]
    .concat("kubeProxyVersion", "operatingSystem", "architecture")
    .map((field) => [field, ""]),
);

const INITIAL_STATUS: ReadonlyMap<string, (object: ApiObject) => JsonObject> = new Map<
  string,
  (object: ApiObject) => JsonObject
>([
  ["/pods", podStatus],
  [
    "/nodes",
    ({ status }) => ({
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: NO_NODE_INFO,
      ...objectOf(status),
    }),
  ],
  ["/namespaces", () => ({ phase: "Active" })],
  ["/services", () => ({ loadBalancer: {} })],
  ["/persistentvolumes", () => ({ phase: "Pending" })],
  ["/persistentvolumeclaims", () => ({ phase: "Pending" })],
  ["/resourcequotas", () => ({})],
  ["apps/deployments", () => ({})],
  ["apps/replicasets", () => ({ replicas: 0 })],
  ["apps/statefulsets", () => ({ replicas: 0, availableReplicas: 0 })],
  [
    "apps/daemonsets",
    () => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }),
  ],
  ["batch/jobs", () => ({})],
  [
    "policy/poddisruptionbudgets",
    () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  ],
]);

/** What waits behind a gate says so from the beginning. */
function podStatus({ metadata, ...pod }: ApiObject): JsonObject {
  const spec = objectOf(pod["spec"]);
  const qosClass = qualityOfService(spec);
  if (objectsOf(spec["schedulingGates"]).length === 0) return { phase: "Pending", qosClass };
  const condition = {
    type: "PodScheduled",
    status: "False",
    lastProbeTime: null,
    lastTransitionTime: metadata.creationTimestamp,
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  };
  return { phase: "Pending", conditions: [condition], qosClass };
}

/** A Job finds its pods by its own UID (pkg/registry/batch/job/strategy.go, generateSelector). */
function withJobSelector(job: ApiObject): ApiObject {
  const spec = objectOf(job["spec"]);
  if (spec["manualSelector"] === true) return job;
  const { uid = "", name } = job.metadata;
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template = objectOf(spec["template"]);
  const metadata = objectOf(template["metadata"]);
  const ownLabels = job.metadata.labels ?? {};
  const templateLabels = { ...objectOf(metadata["labels"]), ...labels };
  return {
    ...job,
    // A Job without labels of its own takes those of its template (pkg/apis/batch/v1 SetDefaults_Job).
    metadata: { ...job.metadata, labels: Object.keys(ownLabels).length === 0 ? templateLabels : ownLabels },
    spec: {
      ...spec,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { ...template, metadata: { ...metadata, labels: templateLabels } },
    },
  };
}
