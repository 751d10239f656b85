// Defaults: what kube-apiserver fills in where a manifest is silent (pkg/apis/*/v1/defaults.go), as far as kubectl shows it,
// controllers count on it or scheduling reads it. What is there already is kept, also where it is of a wrong type.

import { customKindOf } from "./custom-kinds.ts";
import { withSchema } from "./custom-schema.ts";
import { checkFieldTypes } from "./field-types.ts";
import { isObject, objectOf, objectsOf, type JsonObject } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { withPodDefaults, withTemplateDefaults } from "./pod-defaults.ts";
import { withCanonicalQuantities } from "./quantities.ts";
import type { ApiObject, Kind } from "./types.ts";

/** Throws ApiFailure 400 for fields of wrong types. */
export function withDefaults(kind: Kind, object: ApiObject): ApiObject {
  checkFieldTypes(kind, object);
  const custom = customKindOf(kind);
  if (custom !== undefined) return withSchema(custom.schema, object) as ApiObject;
  const fill = DEFAULTS.get(storageOf(kind));
  return withCanonicalQuantities(kind, fill === undefined ? object : fill(object));
}

type Fill = (object: ApiObject) => ApiObject;

const DEFAULTS: ReadonlyMap<string, Fill> = new Map<string, Fill>([
  ["/pods", (pod) => ({ ...pod, spec: withPodDefaults(pod["spec"]) })],
  [
    "/namespaces",
    (namespace) => ({
      ...namespace,
      metadata: {
        ...namespace.metadata,
        labels: { ...namespace.metadata.labels, "kubernetes.io/metadata.name": namespace.metadata.name },
      },
      spec: { finalizers: ["kubernetes"], ...objectOf(namespace["spec"]) },
    }),
  ],
  ["/secrets", (secret) => ({ ...secret, type: secret["type"] ?? "Opaque" })],
  ["/services", (service) => withSpec(service, serviceSpec)],
  [
    "/persistentvolumes",
    (volume) => withSpec(volume, () => ({ persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" })),
  ],
  ["/persistentvolumeclaims", (claim) => withSpec(claim, () => ({ volumeMode: "Filesystem" }))],
  [
    "scheduling.k8s.io/priorityclasses",
    (priority) => ({ value: 0, preemptionPolicy: "PreemptLowerPriority", ...priority }),
  ],
  [
    "storage.k8s.io/storageclasses",
    (storage) => ({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate", ...storage }),
  ],
  ["batch/jobs", (job) => withTemplate(withSpec(job, jobSpec))],
  [
    "apps/deployments",
    (deployment) =>
      withTemplate(
        withSpec(deployment, ({ strategy }) => ({
          replicas: 1,
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
          strategy: rollingUpdate(strategy, { maxUnavailable: "25%", maxSurge: "25%" }),
        })),
      ),
  ],
  ["apps/replicasets", (replicaSet) => withTemplate(withSpec(replicaSet, () => ({ replicas: 1 })))],
  [
    "apps/statefulsets",
    (set) =>
      withTemplate(
        withSpec(set, ({ updateStrategy }) => ({
          replicas: 1,
          serviceName: "",
          podManagementPolicy: "OrderedReady",
          updateStrategy: rollingUpdate(updateStrategy, { partition: 0 }),
          revisionHistoryLimit: 10,
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        })),
      ),
  ],
  [
    "apps/daemonsets",
    (set) =>
      withTemplate(
        withSpec(set, ({ updateStrategy }) => ({
          updateStrategy: rollingUpdate(updateStrategy, { maxUnavailable: 1, maxSurge: 0 }),
          revisionHistoryLimit: 10,
        })),
      ),
  ],
  ["rbac.authorization.k8s.io/rolebindings", withSubjectGroups],
  ["rbac.authorization.k8s.io/clusterrolebindings", withSubjectGroups],
]);

/** `fill` gives what the spec lacks; a field that it always decides wins over what was sent by being merged in it. */
function withSpec(object: ApiObject, fill: (spec: JsonObject) => JsonObject): ApiObject {
  const { spec } = object;
  if (spec !== undefined && !isObject(spec)) return object;
  const sent = objectOf(spec);
  const filled = fill(sent);
  const merged = Object.entries(filled).filter(
    ([field]) => sent[field as "_"] === undefined || FILLED_DEEPLY.has(field),
  );
  return { ...object, spec: { ...sent, ...Object.fromEntries(merged) } };
}

/** Fields whose filling contains what was sent. */
const FILLED_DEEPLY = new Set(["strategy", "updateStrategy", "ports"]);

function withTemplate(object: ApiObject): ApiObject {
  const spec = objectOf(object["spec"]);
  if (!isObject(spec["template"])) return object;
  const template = spec["template"];
  return { ...object, spec: { ...spec, template: { ...template, spec: withTemplateDefaults(template["spec"]) } } };
}

function rollingUpdate(strategy: unknown, parameters: JsonObject): JsonObject {
  const { type = "RollingUpdate", ...rest } = objectOf(strategy);
  if (type !== "RollingUpdate") return { type, ...rest };
  return { ...rest, type, rollingUpdate: { ...parameters, ...objectOf(rest["rollingUpdate"]) } };
}

/** One pod at a time until one has succeeded; with a parallelism alone, a work queue. */
function jobSpec({ completions, parallelism, podFailurePolicy }: JsonObject): JsonObject {
  return {
    ...(completions === undefined && parallelism === undefined ? { completions: 1 } : {}),
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
  };
}

function serviceSpec(spec: JsonObject): JsonObject {
  return {
    type: "ClusterIP",
    sessionAffinity: "None",
    internalTrafficPolicy: "Cluster",
    ipFamilyPolicy: "SingleStack",
    ipFamilies: ["IPv4"],
    ...(spec["ports"] === undefined
      ? {}
      : { ports: objectsOf(spec["ports"]).map((port) => ({ protocol: "TCP", targetPort: port["port"], ...port })) }),
  };
}

function withSubjectGroups(binding: ApiObject): ApiObject {
  if (!Array.isArray(binding["subjects"])) return binding;
  const subjects = objectsOf(binding["subjects"]).map((subject) =>
    subject["kind"] === "ServiceAccount" || subject["apiGroup"] !== undefined
      ? subject
      : { apiGroup: "rbac.authorization.k8s.io", ...subject },
  );
  return { ...binding, subjects };
}
