// The messages that kubectl sends as protobuf, field by field as k8s.io/api 0.36 numbers them (generated.proto). Status is not
// listed: nobody creates an object with one. Go writes empty texts, zeros and false for fields that are not pointers; these
// readers leave them out, as Go's JSON does.

import { textOf } from "./json.ts";
import { bytesOf, integerOf, readMessage, type FieldReader, type Message } from "./protobuf.ts";

/** Undefined for what is not listed. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  return kind === "DeleteOptions" ? deleteOptions : kinds.get(`${apiVersion} ${kind}`);
}

const decoder = new TextDecoder();

const text: FieldReader = (value) => decoder.decode(bytesOf(value)) || undefined;
const texts: FieldReader = (value, before) => [...listOf(before), decoder.decode(bytesOf(value))];
const base64: FieldReader = (value) => Buffer.from(bytesOf(value)).toString("base64");
/** Of a pointer: 0 is said, not left out. */
const integer: FieldReader = (value) => integerOf(value);
const count: FieldReader = (value) => integerOf(value) || undefined;
const boolean: FieldReader = (value) => integerOf(value) !== 0;
const flag: FieldReader = (value) => integerOf(value) !== 0 || undefined;
const one =
  (name: string, inner: Message): FieldReader =>
  (value) =>
    readMessage(value, inner, name);
const many =
  (name: string, inner: Message): FieldReader =>
  (value, before) => [...listOf(before), readMessage(value, inner, name)];

/** Entries come one by one, each a message of key and value. */
const mapOf =
  (read: FieldReader): FieldReader =>
  (value, before) => {
    const entry = readMessage(value, messageWith([1, "key", asText], [2, "value", read]), "map entry");
    return { ...(before as object | undefined), [textOf(entry["key"])]: entry["value"] ?? "" };
  };
const asText: FieldReader = (value) => decoder.decode(bytesOf(value));

const time: FieldReader = (value) => {
  const { seconds } = readMessage(value, messageWith([1, "seconds", integer], [2, "nanos", count]), "Time");
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
};

const intOrString: FieldReader = (value) => {
  const parts = readMessage(
    value,
    messageWith([1, "type", integer], [2, "number", integer], [3, "text", asText]),
    "IntOrString",
  );
  return parts["type"] === 1 ? parts["text"] : parts["number"];
};

const quantity: FieldReader = (value) => readMessage(value, messageWith([1, "string", asText]), "Quantity")["string"];

function messageWith(...fields: readonly (readonly [number: number, name: string, read: FieldReader])[]): Message {
  return new Map(fields.map(([number, name, read]) => [number, [name, read]]));
}

function listOf(before: unknown): readonly unknown[] {
  return Array.isArray(before) ? before : [];
}

const ownerReference = messageWith(
  [1, "kind", text],
  [3, "name", text],
  [4, "uid", text],
  [5, "apiVersion", text],
  [6, "controller", boolean],
  [7, "blockOwnerDeletion", boolean],
);
const objectMeta = messageWith(
  [1, "name", text],
  [2, "generateName", text],
  [3, "namespace", text],
  [5, "uid", text],
  [6, "resourceVersion", text],
  [7, "generation", count],
  [8, "creationTimestamp", time],
  [9, "deletionTimestamp", time],
  [10, "deletionGracePeriodSeconds", integer],
  [11, "labels", mapOf(asText)],
  [12, "annotations", mapOf(asText)],
  [13, "ownerReferences", many("OwnerReference", ownerReference)],
  [14, "finalizers", texts],
);
const metadata = [1, "metadata", one("ObjectMeta", objectMeta)] as const;
const labelRequirement = messageWith([1, "key", text], [2, "operator", text], [3, "values", texts]);
const labelSelector = one(
  "LabelSelector",
  messageWith(
    [1, "matchLabels", mapOf(asText)],
    [2, "matchExpressions", many("LabelSelectorRequirement", labelRequirement)],
  ),
);
const preconditions = messageWith([1, "uid", text], [2, "resourceVersion", text]);
const deleteOptions = messageWith(
  [1, "gracePeriodSeconds", integer],
  [2, "preconditions", one("Preconditions", preconditions)],
  [3, "orphanDependents", boolean],
  [4, "propagationPolicy", text],
  [5, "dryRun", texts],
);

const objectReference = messageWith(
  [1, "kind", text],
  [2, "namespace", text],
  [3, "name", text],
  [4, "uid", text],
  [5, "apiVersion", text],
  [6, "resourceVersion", text],
  [7, "fieldPath", text],
);
const localReference = messageWith([1, "name", text]);

const containerPort = messageWith(
  [1, "name", text],
  [2, "hostPort", count],
  [3, "containerPort", count],
  [4, "protocol", text],
  [5, "hostIP", text],
);
const container = messageWith(
  [1, "name", text],
  [2, "image", text],
  [3, "command", texts],
  [4, "args", texts],
  [6, "ports", many("ContainerPort", containerPort)],
  [14, "imagePullPolicy", text],
);
const podSpec = messageWith(
  [2, "containers", many("Container", container)],
  [3, "restartPolicy", text],
  [10, "nodeName", text],
);
const podTemplate = one("PodTemplateSpec", messageWith(metadata, [2, "spec", one("PodSpec", podSpec)]));

const servicePort = messageWith(
  [1, "name", text],
  [2, "protocol", text],
  [3, "port", count],
  [4, "targetPort", intOrString],
  [5, "nodePort", count],
);
const serviceSpec = messageWith(
  [1, "ports", many("ServicePort", servicePort)],
  [2, "selector", mapOf(asText)],
  [3, "clusterIP", text],
  [4, "type", text],
  [10, "externalName", text],
);
const deploymentSpec = messageWith(
  [1, "replicas", integer],
  [2, "selector", labelSelector],
  [3, "template", podTemplate],
  [5, "minReadySeconds", count],
);
const jobSpec = messageWith(
  [1, "parallelism", integer],
  [2, "completions", integer],
  [3, "activeDeadlineSeconds", integer],
  [4, "selector", labelSelector],
  [6, "template", podTemplate],
  [7, "backoffLimit", integer],
);
const budgetSpec = messageWith(
  [1, "minAvailable", intOrString],
  [2, "selector", labelSelector],
  [3, "maxUnavailable", intOrString],
  [4, "unhealthyPodEvictionPolicy", text],
);
const quotaSpec = messageWith([1, "hard", mapOf(quantity)], [2, "scopes", texts]);

const policyRule = messageWith(
  [1, "verbs", texts],
  [2, "apiGroups", texts],
  [3, "resources", texts],
  [4, "resourceNames", texts],
  [5, "nonResourceURLs", texts],
);
const subject = messageWith([1, "kind", text], [2, "apiGroup", text], [3, "name", text], [4, "namespace", text]);
const roleRef = messageWith([1, "apiGroup", text], [2, "kind", text], [3, "name", text]);
const aggregation = messageWith([
  1,
  "clusterRoleSelectors",
  (value, before) => [...listOf(before), labelSelector(value, undefined)],
]);
const rules = [2, "rules", many("PolicyRule", policyRule)] as const;
const binding = messageWith(
  metadata,
  [2, "subjects", many("Subject", subject)],
  [3, "roleRef", one("RoleRef", roleRef)],
);

const resourceAttributes = messageWith(
  [1, "namespace", text],
  [2, "verb", text],
  [3, "group", text],
  [4, "version", text],
  [5, "resource", text],
  [6, "subresource", text],
  [7, "name", text],
);
const pathAttributes = messageWith([1, "path", text], [2, "verb", text]);
const accessReviewSpec = messageWith(
  [1, "resourceAttributes", one("ResourceAttributes", resourceAttributes)],
  [2, "nonResourceAttributes", one("NonResourceAttributes", pathAttributes)],
);
const boundReference = messageWith([1, "kind", text], [2, "apiVersion", text], [3, "name", text], [4, "uid", text]);
const tokenSpec = messageWith(
  [1, "audiences", texts],
  [3, "boundObjectRef", one("BoundObjectReference", boundReference)],
  [4, "expirationSeconds", integer],
);

const kinds: ReadonlyMap<string, Message> = new Map([
  ["v1 Namespace", messageWith(metadata, [2, "spec", one("NamespaceSpec", messageWith([1, "finalizers", texts]))])],
  [
    "v1 ConfigMap",
    messageWith(metadata, [2, "data", mapOf(asText)], [3, "binaryData", mapOf(base64)], [4, "immutable", boolean]),
  ],
  [
    "v1 Secret",
    messageWith(
      metadata,
      [2, "data", mapOf(base64)],
      [3, "type", text],
      [4, "stringData", mapOf(asText)],
      [5, "immutable", boolean],
    ),
  ],
  [
    "v1 ServiceAccount",
    messageWith(
      metadata,
      [2, "secrets", many("ObjectReference", objectReference)],
      [3, "imagePullSecrets", many("LocalObjectReference", localReference)],
      [4, "automountServiceAccountToken", boolean],
    ),
  ],
  ["v1 Service", messageWith(metadata, [2, "spec", one("ServiceSpec", serviceSpec)])],
  ["v1 ResourceQuota", messageWith(metadata, [2, "spec", one("ResourceQuotaSpec", quotaSpec)])],
  ["v1 Binding", messageWith(metadata, [2, "target", one("ObjectReference", objectReference)])],
  ["apps/v1 Deployment", messageWith(metadata, [2, "spec", one("DeploymentSpec", deploymentSpec)])],
  ["batch/v1 Job", messageWith(metadata, [2, "spec", one("JobSpec", jobSpec)])],
  ["policy/v1 PodDisruptionBudget", messageWith(metadata, [2, "spec", one("PodDisruptionBudgetSpec", budgetSpec)])],
  ["policy/v1 Eviction", messageWith(metadata, [2, "deleteOptions", one("DeleteOptions", deleteOptions)])],
  [
    "scheduling.k8s.io/v1 PriorityClass",
    messageWith(
      metadata,
      [2, "value", integer],
      [3, "globalDefault", flag],
      [4, "description", text],
      [5, "preemptionPolicy", text],
    ),
  ],
  ["rbac.authorization.k8s.io/v1 Role", messageWith(metadata, rules)],
  [
    "rbac.authorization.k8s.io/v1 ClusterRole",
    messageWith(metadata, rules, [3, "aggregationRule", one("AggregationRule", aggregation)]),
  ],
  ["rbac.authorization.k8s.io/v1 RoleBinding", binding],
  ["rbac.authorization.k8s.io/v1 ClusterRoleBinding", binding],
  [
    "authorization.k8s.io/v1 SelfSubjectAccessReview",
    messageWith(metadata, [2, "spec", one("SelfSubjectAccessReviewSpec", accessReviewSpec)]),
  ],
  ["authentication.k8s.io/v1 SelfSubjectReview", messageWith(metadata)],
  ["authentication.k8s.io/v1 TokenRequest", messageWith(metadata, [2, "spec", one("TokenRequestSpec", tokenSpec)])],
]);
