// ApplyCases: server-side applies one after the other and what they lead to, tried on kube-apiserver 1.36. Every row begins
// without the object and is a series of requests, so that the same rows can be put to another server.

export interface ApplyStep {
  /** Applies as this manager. */
  readonly as?: string;
  readonly force?: boolean;
  /** A JSON merge patch instead, of the manager `editor`. */
  readonly edit?: unknown;
  readonly object?: unknown;
  readonly status: number;
  readonly message?: string;
  readonly at?: readonly string[];
  readonly expected?: unknown;
  /** FieldsV1 of some managers; null for one that is gone. */
  readonly owns?: Readonly<Record<string, unknown>>;
}

export interface ApplyCase {
  readonly name: string;
  /** Created with POST before the steps. */
  readonly created?: unknown;
  readonly steps: readonly ApplyStep[];
}

export const APPLY_PATH = "/apis/apps/v1/namespaces/default/deployments";

interface Options {
  readonly labels?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  readonly containers?: readonly unknown[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly pod?: Readonly<Record<string, unknown>>;
}

const FIRST = { name: "first", image: "one" };
const SECOND = { name: "second", image: "two" };

function deployment({ labels, replicas, containers = [FIRST], spec = {}, pod = {} }: Options = {}): unknown {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "applied", ...(labels === undefined ? {} : { labels }) },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...spec,
      selector: { matchLabels: { app: "x" } },
      template: { metadata: { labels: { app: "x" } }, spec: { containers, ...pod } },
    },
  };
}

const NAMES = ["spec", "template", "spec", "containers", "*", "name"];
const CONTAINER = ["spec", "template", "spec", "containers", "0"];

function ownedTemplate(containers: unknown): unknown {
  return { "f:metadata": { "f:labels": { "f:app": {} } }, "f:spec": { "f:containers": containers } };
}

const OWNS_FIRST = { 'k:{"name":"first"}': { ".": {}, "f:image": {}, "f:name": {} } };

export const APPLY_CASES: readonly ApplyCase[] = [
  {
    name: "creates, and owns what was applied",
    steps: [
      {
        as: "one",
        object: deployment({ labels: { a: "1" }, replicas: 0 }),
        status: 201,
        at: ["spec", "replicas"],
        expected: 0,
        owns: {
          one: {
            "f:metadata": { "f:labels": { "f:a": {} } },
            "f:spec": { "f:replicas": {}, "f:selector": {}, "f:template": ownedTemplate(OWNS_FIRST) },
          },
        },
      },
      {
        as: "one",
        object: deployment({ labels: { a: "1" }, replicas: 0 }),
        status: 200,
        at: ["spec", "replicas"],
        expected: 0,
      },
    ],
  },
  {
    name: "another value is a conflict, the same value is shared",
    steps: [
      { as: "one", object: deployment({ labels: { a: "1" }, replicas: 0 }), status: 201 },
      {
        as: "two",
        object: deployment({ labels: { a: "1" }, replicas: 1 }),
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
      },
      {
        as: "two",
        object: deployment({ labels: { a: "2" }, replicas: 1 }),
        status: 409,
        message: 'Apply failed with 2 conflicts: conflicts with "one":\n- .metadata.labels.a\n- .spec.replicas',
      },
      {
        as: "two",
        object: deployment({ labels: { a: "1" } }),
        status: 200,
        owns: {
          two: {
            "f:metadata": { "f:labels": { "f:a": {} } },
            "f:spec": { "f:selector": {}, "f:template": ownedTemplate(OWNS_FIRST) },
          },
        },
      },
    ],
  },
  {
    name: "force takes fields over",
    steps: [
      { as: "one", object: deployment({ replicas: 0 }), status: 201 },
      {
        as: "two",
        force: true,
        object: deployment({ replicas: 1 }),
        status: 200,
        at: ["spec", "replicas"],
        expected: 1,
        owns: { one: { "f:spec": { "f:selector": {}, "f:template": ownedTemplate(OWNS_FIRST) } } },
      },
      {
        as: "one",
        object: deployment({ replicas: 0 }),
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "two": .spec.replicas',
      },
    ],
  },
  {
    name: "what is no longer applied goes, unless another owns it",
    steps: [
      {
        as: "one",
        object: deployment({ labels: { a: "1", b: "2" }, replicas: 0, containers: [FIRST, SECOND] }),
        status: 201,
      },
      { as: "two", object: deployment({ labels: { a: "1" } }), status: 200 },
      { as: "one", object: deployment({ replicas: 0 }), status: 200, at: ["metadata", "labels"], expected: { a: "1" } },
      { as: "one", object: deployment({ replicas: 0 }), status: 200, at: NAMES, expected: ["first"] },
      { as: "two", object: deployment(), status: 200, at: ["metadata", "labels"], expected: null },
    ],
  },
  {
    name: "items of lists by their keys",
    steps: [
      {
        as: "one",
        object: deployment({
          replicas: 0,
          containers: [
            {
              ...FIRST,
              env: [{ name: "A", value: "1" }],
              ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }],
            },
          ],
        }),
        status: 201,
        owns: {
          one: {
            "f:spec": {
              "f:replicas": {},
              "f:selector": {},
              "f:template": ownedTemplate({
                'k:{"name":"first"}': {
                  ".": {},
                  "f:env": { 'k:{"name":"A"}': { ".": {}, "f:name": {}, "f:value": {} } },
                  "f:image": {},
                  "f:name": {},
                  "f:ports": {
                    'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
                    'k:{"containerPort":80,"protocol":"UDP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
                  },
                },
              }),
            },
          },
        },
      },
      {
        as: "two",
        object: deployment({ containers: [{ ...FIRST, env: [{ name: "B", value: "2" }] }] }),
        status: 200,
        at: [...CONTAINER, "env"],
        expected: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
      {
        as: "one",
        object: deployment({ replicas: 0 }),
        status: 200,
        at: [...CONTAINER, "env"],
        expected: [{ name: "B", value: "2" }],
      },
      {
        as: "one",
        object: deployment({ replicas: 0 }),
        status: 200,
        at: [...CONTAINER, "ports"],
        expected: null,
      },
    ],
  },
  {
    name: "the order applied, with others' items as early as may be",
    steps: [
      { as: "one", object: deployment({ replicas: 0, containers: [FIRST, SECOND] }), status: 201 },
      {
        as: "two",
        object: deployment({ containers: [{ name: "third", image: "x" }, SECOND] }),
        status: 200,
        at: NAMES,
        expected: ["first", "third", "second"],
      },
      {
        as: "one",
        object: deployment({ replicas: 0, containers: [SECOND, FIRST] }),
        status: 200,
        at: NAMES,
        expected: ["third", "second", "first"],
      },
    ],
  },
  {
    name: "lists and maps that are owned as a whole",
    steps: [
      {
        as: "one",
        object: deployment({
          replicas: 0,
          pod: { nodeSelector: { a: "1" }, tolerations: [{ key: "a", operator: "Exists" }] },
        }),
        status: 201,
      },
      {
        as: "two",
        object: deployment({ pod: { nodeSelector: { b: "1" }, tolerations: [{ key: "b", operator: "Exists" }] } }),
        status: 409,
        message:
          'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.template.spec.nodeSelector\n- .spec.template.spec.tolerations',
      },
      {
        as: "two",
        force: true,
        object: deployment({ pod: { nodeSelector: { b: "1" } } }),
        status: 200,
        at: ["spec", "template", "spec", "nodeSelector"],
        expected: { b: "1" },
      },
    ],
  },
  {
    name: "edits take fields, and conflict with what is applied later",
    steps: [
      { as: "one", object: deployment({ replicas: 0, labels: { a: "1" } }), status: 201 },
      {
        edit: { spec: { replicas: 2 }, metadata: { labels: { q: "r" } } },
        status: 200,
        owns: {
          one: {
            "f:metadata": { "f:labels": { "f:a": {} } },
            "f:spec": { "f:selector": {}, "f:template": ownedTemplate(OWNS_FIRST) },
          },
          editor: { "f:metadata": { "f:labels": { "f:q": {} } }, "f:spec": { "f:replicas": {} } },
        },
      },
      {
        as: "one",
        object: deployment({ replicas: 0, labels: { a: "1" } }),
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "editor" using apps/v1: .spec.replicas',
      },
      { as: "one", object: deployment(), status: 200, at: ["metadata", "labels"], expected: { q: "r" } },
      {
        edit: { metadata: { labels: { q: null } } },
        status: 200,
        owns: { editor: { "f:spec": { "f:replicas": {} } } },
      },
    ],
  },
  {
    name: "what was there before the first apply is somebody's",
    created: deployment({ replicas: 0, labels: { a: "1" } }),
    steps: [
      { edit: { metadata: { managedFields: [{}] } }, status: 200 },
      {
        as: "one",
        object: deployment({ replicas: 2, labels: { a: "1" } }),
        status: 409,
        message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
      },
      { as: "one", object: deployment({ replicas: 0 }), status: 200, at: ["metadata", "labels"], expected: { a: "1" } },
    ],
  },
  {
    name: "what is no such object",
    steps: [
      {
        as: "one",
        object: "x",
        status: 400,
        message:
          "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}",
      },
      { as: "one", object: { kind: "Deployment" }, status: 400, message: "invalid object type: /, Kind=Deployment" },
      {
        as: "one",
        object: { apiVersion: "v1", kind: "Pod" },
        status: 400,
        message: "invalid object type: /v1, Kind=Pod",
      },
      {
        as: "one",
        object: { apiVersion: "apps/v1", kind: "Deployment", metadata: { managedFields: [] } },
        status: 400,
        message: "metadata.managedFields must be nil",
      },
      {
        as: "one",
        object: deployment({ containers: [FIRST, FIRST] }),
        status: 500,
        message:
          'failed to create typed patch object (/applied; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="first"]',
      },
      {
        object: deployment(),
        status: 422,
        message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      },
    ],
  },
];
