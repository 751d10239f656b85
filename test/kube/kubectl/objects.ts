// What the steps put on both servers.

export const team = "team";

export function pod(name: string, more: { readonly metadata?: object; readonly spec?: object } = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: team, labels: { app: name }, ...more.metadata },
    spec: podSpec(more.spec),
  };
}

export function podSpec(more: object = {}): object {
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name: "main",
        image: "busybox",
        command: ["sleep", "1"],
        resources: { requests: { cpu: "250m", memory: "64Mi" } },
      },
    ],
    ...more,
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: team, labels: { tier: name } }, data };
}

export function deployment(name: string, replicas: number): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: team },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec({ nodeName: "node-0" }) },
    },
  };
}

export function job(name: string, nodeName?: string): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: team },
    spec: {
      completions: 2,
      parallelism: 2,
      template: { spec: podSpec({ restartPolicy: "Never", ...(nodeName !== undefined && { nodeName }) }) },
    },
  };
}

export function budget(name: string, minAvailable: number): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: team },
    spec: { minAvailable, selector: { matchLabels: { app: name } } },
  };
}

export function event(name: string, about: string, more: object): object {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: team },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: team, name: about, uid: `$(uid pod/${about})` },
    source: { component: "batch-scheduler" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    count: 1,
    ...more,
  };
}

export const priorityClass = {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name: "urgent" },
  value: 1000,
  description: "first of all",
};

export const widgetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: {
      plural: "widgets",
      singular: "widget",
      kind: "Widget",
      listKind: "WidgetList",
      shortNames: ["wi"],
      categories: ["all"],
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size" },
          { name: "Phase", type: "string", jsonPath: ".status.phase" },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          { name: "Note", type: "string", jsonPath: ".spec.note", priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { size: { type: "integer" }, note: { type: "string" } } },
              status: { type: "object", properties: { phase: { type: "string" } } },
            },
          },
        },
      },
    ],
  },
};

export function widget(name: string, spec: object): object {
  return { apiVersion: "example.com/v1", kind: "Widget", metadata: { name, namespace: team }, spec };
}

/** Asks whether the service account may do something to pods of the namespace. */
export function accessReview(serviceAccount: string, verb: string): object {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${team}:${serviceAccount}`,
      resourceAttributes: { namespace: team, verb, resource: "pods" },
    },
  };
}
