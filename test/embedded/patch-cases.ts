// PatchCases: patches and what they lead to, tried on kube-apiserver 1.36. Every row is a request to an API server that has the
// object of its base, so that the same rows can be put to another one.
// Long because: a table of data rows, one per rule of the four patch types.

export interface PatchCase {
  readonly name: string;
  readonly base: keyof typeof BASES;
  readonly type: "json" | "merge" | "strategic";
  readonly patch: unknown;
  /** Where to look in the object afterwards, and what is there; null for nothing. */
  readonly at?: readonly string[];
  readonly expected?: unknown;
  /** The answer where it is no success. */
  readonly status?: number;
  readonly message?: string;
}

export const MEDIA_TYPES = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

export const PATHS = {
  deployment: "/apis/apps/v1/namespaces/default/deployments",
  configMap: "/api/v1/namespaces/default/configmaps",
  owned: "/api/v1/namespaces/default/configmaps",
} as const;

const UNFIT = "the server rejected our request due to an error in our request";

export const BASES = {
  configMap: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "patched", finalizers: ["example.com/a", "example.com/b", "example.com/c"] },
    data: { a: "1", b: "2" },
  },
  /** Its owners do not exist: a garbage collector removes it before long. */
  owned: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "patched",
      ownerReferences: [
        { apiVersion: "v1", kind: "ConfigMap", name: "one", uid: "u1" },
        { apiVersion: "v1", kind: "ConfigMap", name: "two", uid: "u2" },
      ],
    },
  },
  deployment: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "patched",
      labels: { a: "1", b: "2" },
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "x" } },
      template: {
        metadata: { labels: { app: "x" } },
        spec: {
          containers: [
            {
              name: "first",
              image: "one",
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              args: ["x", "y"],
              ports: [{ containerPort: 80, name: "http" }],
              volumeMounts: [{ mountPath: "/data", name: "data" }],
            },
            { name: "second", image: "two" },
          ],
          hostAliases: [{ ip: "10.0.0.1", hostnames: ["one"] }],
          imagePullSecrets: [{ name: "s1" }],
          nodeSelector: { zone: "a", rack: "b" },
          tolerations: [{ key: "old", operator: "Exists" }],
          topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" }],
          volumes: [
            { name: "data", emptyDir: {} },
            { name: "more", emptyDir: {} },
          ],
        },
      },
    },
  },
} as const;

const POD = ["spec", "template", "spec"];
const CONTAINERS = [...POD, "containers", "*", "name"];

/** A strategic merge patch of the pod template of the deployment. */
function pod(spec: unknown): Pick<PatchCase, "base" | "type" | "patch"> {
  return { base: "deployment", type: "strategic", patch: { spec: { template: { spec } } } };
}

function strategic(patch: unknown): Pick<PatchCase, "base" | "type" | "patch"> {
  return { base: "configMap", type: "strategic", patch };
}

function merge(patch: unknown): Pick<PatchCase, "base" | "type" | "patch"> {
  return { base: "configMap", type: "merge", patch };
}

function json(...patch: readonly unknown[]): Pick<PatchCase, "base" | "type" | "patch"> {
  return { base: "configMap", type: "json", patch };
}

const DATA = { at: ["data"] };
const FINALIZERS = { at: ["metadata", "finalizers"] };
const REFUSED = { status: 422, message: UNFIT };

export const PATCH_CASES: readonly PatchCase[] = [
  // JSON patch
  {
    name: "add a field",
    ...json({ op: "add", path: "/data/c", value: "3" }),
    ...DATA,
    expected: { a: "1", b: "2", c: "3" },
  },
  { name: "add replaces", ...json({ op: "add", path: "/data/a", value: "3" }), ...DATA, expected: { a: "3", b: "2" } },
  {
    name: "replace of nothing adds",
    ...json({ op: "replace", path: "/data/c", value: "3" }),
    ...DATA,
    expected: { a: "1", b: "2", c: "3" },
  },
  { name: "remove", ...json({ op: "remove", path: "/data/a" }), ...DATA, expected: { b: "2" } },
  { name: "remove of nothing", ...json({ op: "remove", path: "/data/c" }), ...REFUSED },
  { name: "move", ...json({ op: "move", from: "/data/a", path: "/data/c" }), ...DATA, expected: { b: "2", c: "1" } },
  {
    name: "copy",
    ...json({ op: "copy", from: "/data/a", path: "/data/c" }),
    ...DATA,
    expected: { a: "1", b: "2", c: "1" },
  },
  { name: "move of nothing", ...json({ op: "move", from: "/data/x", path: "/data/c" }), ...REFUSED },
  {
    name: "a test that holds",
    ...json({ op: "test", path: "/data", value: { b: "2", a: "1" } }),
    ...DATA,
    expected: { a: "1", b: "2" },
  },
  {
    name: "a test that fails undoes what went before",
    ...json({ op: "add", path: "/data/c", value: "3" }, { op: "test", path: "/data/a", value: "2" }),
    ...REFUSED,
  },
  {
    name: "what is absent is null",
    ...json({ op: "test", path: "/nothing", value: null }),
    ...DATA,
    expected: { a: "1", b: "2" },
  },
  {
    name: "escaped slash and tilde",
    ...json(
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/example.com~1x", value: "~0" },
    ),
    at: ["metadata", "annotations"],
    expected: { "example.com/x": "~0" },
  },
  {
    name: "item before another",
    ...json({ op: "add", path: "/metadata/finalizers/1", value: "example.com/x" }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/x", "example.com/b", "example.com/c"],
  },
  {
    name: "item at the end",
    ...json({ op: "add", path: "/metadata/finalizers/-", value: "example.com/x" }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/b", "example.com/c", "example.com/x"],
  },
  {
    name: "negative index of a new item",
    ...json({ op: "add", path: "/metadata/finalizers/-1", value: "example.com/x" }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/b", "example.com/c", "example.com/x"],
  },
  {
    name: "negative index of an item",
    ...json({ op: "remove", path: "/metadata/finalizers/-1" }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/b"],
  },
  {
    name: "replace an item",
    ...json({ op: "replace", path: "/metadata/finalizers/0", value: "example.com/x" }),
    ...FINALIZERS,
    expected: ["example.com/x", "example.com/b", "example.com/c"],
  },
  {
    name: "index past the end",
    ...json({ op: "add", path: "/metadata/finalizers/9", value: "example.com/x" }),
    ...REFUSED,
  },
  {
    name: "index that is no number",
    ...json({ op: "replace", path: "/metadata/finalizers/x", value: "example.com/x" }),
    ...REFUSED,
  },
  { name: "path into nothing", ...json({ op: "add", path: "/x/y/z", value: 1 }), ...REFUSED },
  { name: "path into a text", ...json({ op: "add", path: "/data/a/z", value: 1 }), ...REFUSED },
  { name: "unknown operation", ...json({ op: "foo", path: "/data/a" }), ...REFUSED },
  { name: "no path", ...json({ op: "remove" }), ...REFUSED },
  { name: "whole document", ...json({ op: "replace", path: "", value: 1 }), ...REFUSED },
  {
    name: "no list of operations",
    base: "configMap",
    type: "json",
    patch: {},
    status: 400,
    message: "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  },
  {
    name: "an operation that is none",
    ...json(1),
    status: 400,
    message: "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
  },
  {
    name: "op that is no text",
    ...json({ op: 1, path: "/a" }),
    status: 400,
    message: "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
  },
  // JSON merge patch
  {
    name: "sets, adds and removes",
    ...merge({ data: { a: "9", b: null, c: "3" } }),
    ...DATA,
    expected: { a: "9", c: "3" },
  },
  {
    name: "null for nothing",
    ...merge({ metadata: { labels: { a: null } } }),
    at: ["metadata", "labels"],
    expected: null,
  },
  {
    name: "lists are replaced",
    ...merge({ metadata: { finalizers: ["example.com/c"] } }),
    ...FINALIZERS,
    expected: ["example.com/c"],
  },
  {
    name: "a list is no merge patch",
    ...merge([]),
    status: 400,
    message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  },
  {
    name: "a text is no merge patch",
    ...merge("x"),
    status: 400,
    message: "error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}",
  },
  {
    name: "another name",
    ...merge({ metadata: { name: "other" } }),
    status: 400,
    message: "the name of the object (other) does not match the name on the URL (patched)",
  },
  {
    name: "another namespace",
    ...merge({ metadata: { namespace: "other" } }),
    status: 400,
    message: "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "an old resourceVersion",
    ...merge({ metadata: { resourceVersion: "1" } }),
    status: 409,
    message:
      'Operation cannot be fulfilled on configmaps "patched": the object has been modified; please apply your changes to the latest version and try again',
  },
  // Strategic merge patch: maps
  { name: "maps merge", ...strategic({ data: { a: null, c: "3" } }), ...DATA, expected: { b: "2", c: "3" } },
  { name: "map replaced", ...strategic({ data: { $patch: "replace", z: "1" } }), ...DATA, expected: { z: "1" } },
  { name: "map emptied", ...strategic({ data: { $patch: "delete" } }), ...DATA, expected: null },
  {
    name: "unknown directive",
    ...strategic({ metadata: { $patch: "foo" } }),
    status: 500,
    message: "unknown patch type: foo in map: map[$patch:foo]",
  },
  {
    name: "retained keys",
    ...strategic({ data: { $retainKeys: ["a", "c"], c: "3" } }),
    ...DATA,
    expected: { a: "1", c: "3" },
  },
  {
    name: "a change that is not retained",
    ...strategic({ data: { $retainKeys: ["a"], c: "3" } }),
    status: 400,
    message: "invalid patch format of retainKeys",
  },
  {
    name: "retained keys that are no list",
    ...strategic({ data: { $retainKeys: "a" } }),
    status: 400,
    message: "invalid patch format of retainKeys",
  },
  {
    name: "directive where there is nothing",
    ...strategic({ metadata: { annotations: { $patch: "replace", k: "v" } } }),
    at: ["metadata", "annotations"],
    expected: null,
  },
  {
    name: "no map",
    ...strategic([]),
    status: 400,
    message: "json: cannot unmarshal array into Go value of type map[string]interface {}",
  },
  // Strategic merge patch: lists of texts
  {
    name: "finalizers are a set",
    ...strategic({ metadata: { finalizers: ["example.com/b", "example.com/x"] } }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/b", "example.com/x", "example.com/c"],
  },
  {
    name: "finalizers deleted",
    ...strategic({ metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/b"] } }),
    ...FINALIZERS,
    expected: ["example.com/a", "example.com/c"],
  },
  {
    name: "finalizers in order",
    ...strategic({
      metadata: {
        "$setElementOrder/finalizers": ["example.com/x", "example.com/c", "example.com/a"],
        finalizers: ["example.com/x"],
      },
    }),
    ...FINALIZERS,
    expected: ["example.com/x", "example.com/b", "example.com/c", "example.com/a"],
  },
  {
    name: "deletion without a list",
    ...strategic({ metadata: { $deleteFromPrimitiveList: ["x"] } }),
    status: 400,
    message: "invalid patch format of primitive list",
  },
  {
    name: "order without a list",
    ...strategic({ metadata: { $setElementOrder: ["x"] } }),
    status: 400,
    message: "invalid patch format of setElementOrder list",
  },
  {
    name: "order that is no list",
    ...strategic({ metadata: { "$setElementOrder/finalizers": {} } }),
    status: 500,
    message: "expected a []interface {}, but received a map[string]interface {}",
  },
  // Strategic merge patch: lists by key
  {
    name: "containers by name",
    ...pod({ containers: [{ name: "second", image: "new" }] }),
    at: [...POD, "containers", "*", "image"],
    expected: ["one", "new"],
  },
  {
    name: "a new container comes first",
    ...pod({ containers: [{ name: "third", image: "new" }] }),
    at: CONTAINERS,
    expected: ["third", "first", "second"],
  },
  {
    name: "containers in order",
    ...pod({ "$setElementOrder/containers": [{ name: "second" }, { name: "first" }] }),
    at: CONTAINERS,
    expected: ["second", "first"],
  },
  {
    name: "order that the patch breaks",
    ...pod({ "$setElementOrder/containers": [{ name: "first" }], containers: [{ name: "second", image: "x" }] }),
    status: 500,
    message:
      "The order in patch list:\n[map[image:x name:second]]\n doesn't match $setElementOrder list:\n[map[name:first]]\n",
  },
  {
    name: "a container deleted",
    ...pod({ containers: [{ name: "first", $patch: "delete" }] }),
    at: CONTAINERS,
    expected: ["second"],
  },
  {
    name: "containers replaced",
    ...pod({ containers: [{ $patch: "replace" }, { name: "only", image: "new" }] }),
    at: CONTAINERS,
    expected: ["only"],
  },
  {
    name: "a container replaced",
    ...pod({ containers: [{ name: "first", image: "new", $patch: "replace" }] }),
    at: CONTAINERS,
    status: 422,
  },
  {
    name: "lists cannot say merge",
    ...pod({ containers: [{ $patch: "merge" }] }),
    status: 500,
    message: "merging lists cannot yet be specified in the patch",
  },
  {
    name: "an item without its key",
    ...pod({ containers: [{ image: "z" }] }),
    status: 500,
    message: "map: map[image:z] does not contain declared merge key: name",
  },
  {
    name: "deletion without the key",
    ...pod({ containers: [{ $patch: "delete" }] }),
    status: 500,
    message: "map: map[$patch:delete] does not contain declared merge key: name",
  },
  {
    name: "env by name",
    ...pod({
      containers: [
        {
          name: "first",
          env: [
            { name: "B", value: "9" },
            { name: "C", value: "3" },
          ],
        },
      ],
    }),
    at: [...POD, "containers", "0", "env"],
    expected: [
      { name: "A", value: "1" },
      { name: "B", value: "9" },
      { name: "C", value: "3" },
    ],
  },
  {
    name: "args are replaced",
    ...pod({ containers: [{ name: "first", args: ["z"] }] }),
    at: [...POD, "containers", "0", "args"],
    expected: ["z"],
  },
  {
    name: "ports by number",
    ...pod({ containers: [{ name: "first", ports: [{ containerPort: 81 }, { containerPort: 80, name: "web" }] }] }),
    at: [...POD, "containers", "0", "ports"],
    expected: [
      { containerPort: 81, protocol: "TCP" },
      { containerPort: 80, name: "web", protocol: "TCP" },
    ],
  },
  {
    name: "mounts by path",
    ...pod({
      containers: [
        {
          name: "first",
          volumeMounts: [
            { mountPath: "/data", name: "more" },
            { mountPath: "/more", name: "more" },
          ],
        },
      ],
    }),
    at: [...POD, "containers", "0", "volumeMounts"],
    expected: [
      { mountPath: "/data", name: "more" },
      { mountPath: "/more", name: "more" },
    ],
  },
  {
    name: "volumes by name",
    ...pod({ volumes: [{ name: "more", emptyDir: null, hostPath: { path: "/x" } }] }),
    at: [...POD, "volumes"],
    expected: [
      { name: "data", emptyDir: {} },
      { name: "more", hostPath: { path: "/x", type: "" } },
    ],
  },
  {
    name: "volumes of which keys are retained",
    ...pod({ volumes: [{ name: "more", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] }),
    at: [...POD, "volumes", "1"],
    expected: { name: "more", hostPath: { path: "/x", type: "" } },
  },
  {
    name: "tolerations are replaced",
    ...pod({ tolerations: [{ key: "new", operator: "Exists" }] }),
    at: [...POD, "tolerations"],
    expected: [{ key: "new", operator: "Exists" }],
  },
  {
    name: "node selectors merge",
    ...pod({ nodeSelector: { rack: null, row: "c" } }),
    at: [...POD, "nodeSelector"],
    expected: { zone: "a", row: "c" },
  },
  {
    name: "host aliases by ip",
    ...pod({
      hostAliases: [
        { ip: "10.0.0.1", hostnames: ["two"] },
        { ip: "10.0.0.2", hostnames: ["three"] },
      ],
    }),
    at: [...POD, "hostAliases"],
    expected: [
      { ip: "10.0.0.1", hostnames: ["two"] },
      { ip: "10.0.0.2", hostnames: ["three"] },
    ],
  },
  {
    name: "pull secrets by name",
    ...pod({ imagePullSecrets: [{ name: "s2" }] }),
    at: [...POD, "imagePullSecrets", "*", "name"],
    expected: ["s2", "s1"],
  },
  {
    name: "spread constraints by key",
    ...pod({ topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 3 }] }),
    at: [...POD, "topologySpreadConstraints"],
    expected: [{ topologyKey: "zone", maxSkew: 3, whenUnsatisfiable: "DoNotSchedule" }],
  },
  {
    name: "init containers where there were none",
    ...pod({
      initContainers: [
        {
          name: "i",
          image: "x",
          env: [
            { name: "A", $patch: "delete" },
            { name: "B", value: "1" },
          ],
        },
      ],
    }),
    at: [...POD, "initContainers", "0", "env"],
    expected: [{ name: "B", value: "1" }],
  },
  {
    name: "owners by uid",
    base: "owned",
    type: "strategic",
    patch: {
      metadata: {
        ownerReferences: [
          { uid: "u2", $patch: "delete" },
          { uid: "u1", name: "uno" },
        ],
      },
    },
    at: ["metadata", "ownerReferences"],
    expected: [{ apiVersion: "v1", kind: "ConfigMap", name: "uno", uid: "u1" }],
  },
  { name: "items of two forms", ...pod({ containers: ["x"] }), status: 500 },
];
