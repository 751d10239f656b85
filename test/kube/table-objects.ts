// Objects that are hard to put into a row: nodes, Jobs, volumes and the rest, with fields left out and filled in.

import type { PrinterColumn } from "../../src/embedded/tables.ts";
import { tablePods } from "./table-pods.ts";
import { condition, held, past, seed, type Seed } from "./table-seeds.ts";

const template = {
  metadata: { labels: { app: "x" } },
  spec: {
    containers: [
      { name: "main", image: "busybox" },
      { name: "log", image: "fluent:1" },
    ],
    restartPolicy: "Always",
    nodeSelector: { b: "2", a: "1" },
  },
};
const selector = {
  matchLabels: { app: "x" },
  matchExpressions: [
    { key: "tier", operator: "NotIn", values: ["z", "y"] },
    { key: "app", operator: "Exists" },
    { key: "gone", operator: "DoesNotExist" },
    { key: "one", operator: "In", values: ["a"] },
  ],
};
const labelledTemplate = { ...template, metadata: { labels: { app: "x", one: "a" } } };

const jobs: readonly Seed[] = [
  job("new", { completions: 3, parallelism: 2 }),
  job("suspended", { suspend: true }, { conditions: [condition("Suspended", "True")] }),
  job(
    "started",
    { completions: 4 },
    { startTime: past, succeeded: 1, active: 1, ready: 0, uncountedTerminatedPods: {} },
  ),
  job("no-completions", { parallelism: 3 }, { startTime: past, active: 3, ready: 0 }),
  { ...job("deleted", {}, undefined, held), isDeleted: true },
];

const other: readonly Seed[] = [
  seed("v1", "Node", { metadata: { name: "plain" } }),
  seed(
    "v1",
    "Node",
    {
      metadata: {
        name: "full",
        labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "gpu" },
      },
      spec: { unschedulable: true },
    },
    {
      conditions: [condition("MemoryPressure", "False"), condition("Ready", "Unknown")],
      addresses: [
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "ExternalIP", address: "1.2.3.4" },
        { type: "InternalIP", address: "10.0.0.2" },
      ],
      nodeInfo: {
        kubeletVersion: "v1.36.3",
        osImage: "Linux",
        kernelVersion: "6.1",
        architecture: "arm64",
        containerRuntimeVersion: "containerd://2",
        bootID: "",
        machineID: "",
        systemUUID: "",
        kubeProxyVersion: "",
        operatingSystem: "linux",
      },
    },
  ),
  seed("v1", "Service", {
    metadata: { name: "cluster-ip" },
    spec: {
      selector: { b: "2", a: "1" },
      ports: [
        { name: "x", port: 80 },
        { name: "y", port: 53, protocol: "UDP" },
      ],
    },
  }),
  seed("v1", "Service", {
    metadata: { name: "headless" },
    spec: { clusterIP: "None", externalIPs: ["1.1.1.1", "2.2.2.2"] },
  }),
  seed("v1", "Service", { metadata: { name: "node-port" }, spec: { type: "NodePort", ports: [{ port: 80 }] } }),
  seed("v1", "Service", {
    metadata: { name: "waiting-balancer" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  }),
  seed(
    "v1",
    "Service",
    { metadata: { name: "balancer" }, spec: { type: "LoadBalancer", externalIPs: ["3.3.3.3"], ports: [{ port: 80 }] } },
    { loadBalancer: { ingress: [{ ip: "9.9.9.9" }, { hostname: "a.example.com" }] } },
  ),
  seed("v1", "Service", {
    metadata: { name: "external" },
    spec: { type: "ExternalName", externalName: "example.com" },
  }),
  seed("v1", "ConfigMap", { metadata: { name: "both" }, data: { a: "1" }, binaryData: { b: "AA==", c: "AA==" } }),
  seed("v1", "Secret", {
    metadata: { name: "typed" },
    type: "kubernetes.io/basic-auth",
    stringData: { username: "a", password: "b" },
  }),
  seed(
    "v1",
    "ResourceQuota",
    { metadata: { name: "quota" }, spec: { hard: { pods: "5", "limits.cpu": "2500m", "requests.memory": "2048Mi" } } },
    {
      hard: { pods: "5", "limits.cpu": "2500m", "requests.memory": "2048Mi" },
      used: { pods: "3", "limits.cpu": "0.5" },
    },
  ),
  seed("v1", "LimitRange", {
    metadata: { name: "limits" },
    spec: { limits: [{ type: "Container", default: { cpu: "1" } }] },
  }),
  seed("v1", "PersistentVolume", {
    metadata: { name: "volume" },
    spec: {
      capacity: { storage: "1.5Gi" },
      accessModes: ["ReadWriteMany", "ReadWriteOnce"],
      hostPath: { path: "/x" },
      storageClassName: "fast",
      claimRef: { namespace: "d", name: "c" },
    },
  }),
  {
    ...seed("v1", "PersistentVolume", {
      metadata: { name: "leaving", ...held },
      spec: {
        capacity: { storage: "1000" },
        accessModes: ["ReadWriteOncePod"],
        hostPath: { path: "/x" },
        volumeMode: "Block",
      },
    }),
    isDeleted: true,
  },
  seed("v1", "PersistentVolumeClaim", { metadata: { name: "waiting" }, spec: claim({}) }),
  seed(
    "v1",
    "PersistentVolumeClaim",
    {
      metadata: { name: "bound", annotations: { "volume.beta.kubernetes.io/storage-class": "old" } },
      spec: claim({ volumeName: "volume" }),
    },
    { phase: "Bound", accessModes: ["ReadOnlyMany"], capacity: { storage: "2048Mi" } },
  ),
  seed("v1", "Event", {
    metadata: { name: "old" },
    involvedObject: { kind: "Pod", namespace: "default", name: "p", fieldPath: "spec.containers{a}" },
    type: "Warning",
    reason: "Odd",
    message: " spaces around\n",
    source: { component: "kubelet", host: "n" },
    firstTimestamp: past,
    lastTimestamp: "2025-01-01T00:00:00Z",
    count: 4,
  }),
  seed("v1", "Event", { metadata: { name: "bare" }, involvedObject: { namespace: "default", kind: "Node" } }),
  seed("events.k8s.io/v1", "Event", {
    metadata: { name: "new" },
    regarding: { kind: "Pod", namespace: "default", name: "p" },
    type: "Normal",
    reason: "Scheduled",
    note: "placed",
    action: "Binding",
    eventTime: `${past.slice(0, -1)}.123456Z`,
    reportingController: "batch-scheduler",
    reportingInstance: "one",
    series: { count: 3, lastObservedTime: "2025-01-01T00:00:00.000000Z" },
  }),
  seed(
    "apps/v1",
    "Deployment",
    { metadata: { name: "web" }, spec: { selector, template: labelledTemplate } },
    { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  ),
  seed(
    "apps/v1",
    "ReplicaSet",
    { metadata: { name: "web" }, spec: { replicas: 4, selector, template: labelledTemplate } },
    { replicas: 3, readyReplicas: 2 },
  ),
  seed(
    "apps/v1",
    "StatefulSet",
    { metadata: { name: "db" }, spec: { replicas: 3, selector, serviceName: "x", template: labelledTemplate } },
    { replicas: 2, readyReplicas: 1 },
  ),
  seed(
    "apps/v1",
    "DaemonSet",
    { metadata: { name: "agent" }, spec: { selector, template: labelledTemplate } },
    {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      numberReady: 3,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
      numberMisscheduled: 0,
    },
  ),
  seed(
    "policy/v1",
    "PodDisruptionBudget",
    { metadata: { name: "count" }, spec: { minAvailable: 2, selector } },
    { disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 },
  ),
  seed("policy/v1", "PodDisruptionBudget", {
    metadata: { name: "percentage" },
    spec: { maxUnavailable: "25%", selector },
  }),
  seed("scheduling.k8s.io/v1", "PriorityClass", { metadata: { name: "high" }, value: 1000, preemptionPolicy: "Never" }),
  seed("scheduling.k8s.io/v1", "PriorityClass", { metadata: { name: "usual" }, value: -5, globalDefault: true }),
  seed("coordination.k8s.io/v1", "Lease", { metadata: { name: "held" }, spec: { holderIdentity: "me" } }),
  seed("coordination.k8s.io/v1", "Lease", { metadata: { name: "free" } }),
  seed("rbac.authorization.k8s.io/v1", "Role", { metadata: { name: "role" }, rules: [] }),
  seed("rbac.authorization.k8s.io/v1", "RoleBinding", {
    metadata: { name: "binding" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "role" },
    subjects: [
      { kind: "User", name: "u" },
      { kind: "User", name: "v" },
      { kind: "Group", name: "g" },
      { kind: "ServiceAccount", namespace: "n", name: "s" },
    ],
  }),
  seed("storage.k8s.io/v1", "StorageClass", {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "p",
    allowVolumeExpansion: true,
  }),
  seed("storage.k8s.io/v1", "StorageClass", {
    metadata: { name: "late" },
    provisioner: "p",
    reclaimPolicy: "Retain",
    volumeBindingMode: "WaitForFirstConsumer",
  }),
  seed("storage.k8s.io/v1", "CSINode", {
    metadata: { name: "plain" },
    spec: { drivers: [{ name: "d", nodeID: "n" }] },
  }),
  seed("storage.k8s.io/v1", "CSIDriver", { metadata: { name: "bare.example.com" }, spec: {} }),
  seed("storage.k8s.io/v1", "CSIDriver", {
    metadata: { name: "full.example.com" },
    spec: {
      attachRequired: false,
      podInfoOnMount: true,
      storageCapacity: true,
      tokenRequests: [{ audience: "a" }, { audience: "b" }],
      requiresRepublish: true,
      volumeLifecycleModes: ["Persistent", "Ephemeral"],
    },
  }),
  seed("storage.k8s.io/v1", "CSIStorageCapacity", { metadata: { name: "none" }, storageClassName: "late" }),
  seed("storage.k8s.io/v1", "CSIStorageCapacity", {
    metadata: { name: "some" },
    storageClassName: "late",
    capacity: "1024Gi",
  }),
  seed(
    "storage.k8s.io/v1",
    "VolumeAttachment",
    {
      metadata: { name: "attachment" },
      spec: { attacher: "d", nodeName: "plain", source: { persistentVolumeName: "volume" } },
    },
    { attached: true },
  ),
];

export const tableObjects: readonly Seed[] = [...tablePods, ...jobs, ...other];

export const widgetColumns: readonly PrinterColumn[] = [
  { name: "Size", type: "integer", jsonPath: ".spec.size" },
  { name: "Share", type: "number", jsonPath: ".spec.share" },
  { name: "Text", type: "string", jsonPath: ".spec.share", priority: 1 },
  { name: "On", type: "boolean", jsonPath: ".spec.on" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "When", type: "date", jsonPath: ".spec.when" },
  { name: "Ready", type: "string", jsonPath: '.spec.conditions[?(@.type=="Ready")].status' },
  { name: "First", type: "string", jsonPath: ".spec.conditions[*].type" },
  { name: "Second", type: "string", jsonPath: ".spec.conditions[1].type" },
  { name: "All", type: "string", jsonPath: ".spec.conditions" },
  { name: "Labels", type: "string", jsonPath: ".metadata.labels" },
  { name: "Dotted", type: "string", jsonPath: ".metadata.annotations.a\\.b/c" },
  { name: "Wrong", type: "integer", jsonPath: ".spec.when" },
  { name: "Nothing", type: "string", jsonPath: ".spec.nothing" },
];

export const widgetDefinition = customDefinition("Widget", widgetColumns);
export const gadgetDefinition = customDefinition("Gadget", undefined);

export const widgetObjects: readonly Seed[] = [
  seed("example.com/v1", "Widget", { metadata: { name: "empty" } }),
  seed("example.com/v1", "Widget", {
    metadata: { name: "full", labels: { b: "1", a: "2" }, annotations: { "a.b/c": "dotted" } },
    spec: {
      size: 3,
      share: 2.5,
      on: true,
      when: past,
      nothing: null,
      conditions: [
        { type: "Idle", status: "False" },
        { type: "Ready", status: "True" },
      ],
    },
  }),
  seed("example.com/v1", "Widget", {
    metadata: { name: "wrong" },
    spec: { size: 3.7, share: 4, on: "yes", when: "soon", conditions: { a: { type: "x" } } },
  }),
  seed("example.com/v1", "Gadget", { metadata: { name: "plain" } }),
];

function customDefinition(kind: string, columns: readonly PrinterColumn[] | undefined): object {
  const plural = `${kind.toLowerCase()}s`;
  const openAPIV3Schema = {
    type: "object",
    properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema }, additionalPrinterColumns: columns },
      ],
    },
  };
}

function job(name: string, spec: object, status?: object, metadata: object = {}): Seed {
  const podSpec = { ...template, spec: { ...template.spec, restartPolicy: "Never" } };
  return seed("batch/v1", "Job", { metadata: { name, ...metadata }, spec: { ...spec, template: podSpec } }, status);
}

function claim(more: object): object {
  return { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more };
}
