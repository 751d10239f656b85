import { assert } from "chai";
import type { KubeObject, ResourceName } from "../../src/cache/events.ts";
import { lean } from "../../src/cache/lean.ts";

const container = {
  name: "c",
  image: "i",
  resources: { requests: { cpu: "1" } },
  ports: [{ hostPort: 1 }],
  restartPolicy: "Always",
};
const fat = {
  ...container,
  env: [{ name: "A", value: "s3cret" }],
  command: ["s3cret"],
  livenessProbe: {},
  volumeMounts: [],
};
const fatSpec = { nodeName: "n", containers: [fat], initContainers: [fat], volumes: [{ name: "v" }] };
const leanSpec = { nodeName: "n", containers: [container], initContainers: [container], volumes: [{ name: "v" }] };

describe("lean", () => {
  const cases: readonly { resource: ResourceName; spec: Record<string, unknown>; becomes: Record<string, unknown> }[] =
    [
      { resource: "pods", spec: fatSpec, becomes: leanSpec },
      {
        resource: "jobs",
        spec: { parallelism: 2, template: { metadata: { labels: {} }, spec: fatSpec } },
        becomes: { parallelism: 2, template: { metadata: { labels: {} }, spec: leanSpec } },
      },
      {
        resource: "volcanojobs",
        spec: { tasks: [{ name: "t", template: { spec: fatSpec } }, 7] },
        becomes: { tasks: [{ name: "t", template: { spec: leanSpec } }, 7] },
      },
      { resource: "nodes", spec: { unschedulable: true }, becomes: { unschedulable: true } },
      {
        resource: "pods",
        spec: { containers: "none", initContainers: [1, fat] },
        becomes: { containers: "none", initContainers: [1, container] },
      },
    ];
  for (const { resource, spec, becomes } of cases) {
    it(`keeps of ${resource} what scheduling reads: ${Object.keys(spec).join(", ")}`, () => {
      const object = { metadata: { name: "x" }, spec, status: { phase: "Pending" } } as KubeObject;
      const before = structuredClone(object);
      const result = JSON.parse(JSON.stringify(lean(resource, object))) as unknown;
      assert.deepEqual(result, { metadata: { name: "x" }, spec: becomes, status: { phase: "Pending" } });
      assert.deepEqual(object, before);
    });
  }

  it("takes off who manages fields and the copy that kubectl apply leaves, and no other annotation", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", constructor: "c" };
    const metadata = { name: "x", uid: "u", annotations, managedFields: [{}] };
    const result = JSON.parse(JSON.stringify(lean("nodes", { metadata }))) as unknown;
    assert.deepEqual(result, { metadata: { name: "x", uid: "u", annotations: { constructor: "c" } } });
  });
});
