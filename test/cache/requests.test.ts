// What a pod asks of a node: the arithmetic of kube-scheduler.

import { assert } from "chai";
import { requestVector, podRequests } from "../../src/cache/project-requests.ts";
import { Unreadable } from "../../src/cache/unreadable.ts";
import { Dimensions, SCORED_CPU, SCORED_MEMORY } from "../../src/model/index.ts";

type Amounts = Record<string, unknown>;
const c = (requests: Amounts, limits?: Amounts): object => ({
  name: "c",
  resources: { requests, ...(limits && { limits }) },
});
const sidecar = (requests: Amounts): object => ({ ...c(requests), restartPolicy: "Always" });

const SCORED = ["batch-scheduler/scored-cpu", "batch-scheduler/scored-memory"];

describe("requests: as kube-scheduler computes them", () => {
  const cases: readonly {
    readonly name: string;
    readonly spec: object;
    readonly status?: object;
    readonly is: Amounts;
  }[] = [
    { name: "no containers", spec: {}, is: {} },
    { name: "no resources", spec: { containers: [{}] }, is: {} },
    {
      name: "one container",
      spec: { containers: [c({ cpu: "1500m", memory: "1Gi" })] },
      is: { cpu: 1500, memory: 2 ** 30 },
    },
    {
      name: "the sum of several",
      spec: { containers: [c({ cpu: "1" }), c({ cpu: "0.5", "a.com/gpu": 2 })] },
      is: { cpu: 1500, "a.com/gpu": 2 },
    },
    {
      name: "sums are exact and rounded up once",
      spec: { containers: [c({ cpu: "0.5m" }), c({ cpu: "0.5m" })] },
      is: { cpu: 1 },
    },
    {
      name: "thirds of a millicore",
      spec: { containers: [c({ cpu: "0.4m" }), c({ cpu: "0.4m" }), c({ cpu: "0.4m" })] },
      is: { cpu: 2 },
    },
    { name: "fractions of a byte", spec: { containers: [c({ memory: "0.5" })] }, is: { memory: 1 } },
    {
      name: "a limit stands in for a missing request",
      spec: { containers: [c({ cpu: "1" }, { cpu: "2", memory: "5" })] },
      is: { cpu: 1000, memory: 5 },
    },
    {
      name: "an init container takes the maximum",
      spec: { initContainers: [c({ cpu: "3" })], containers: [c({ cpu: "1" }), c({ cpu: "1" })] },
      is: { cpu: 3000 },
    },
    {
      name: "init containers one after the other",
      spec: { initContainers: [c({ cpu: "3" }), c({ cpu: "4" })], containers: [c({ cpu: "1" })] },
      is: { cpu: 4000 },
    },
    {
      name: "the maximum by resource",
      spec: { initContainers: [c({ cpu: "3", memory: "1" })], containers: [c({ cpu: "1", memory: "2" })] },
      is: { cpu: 3000, memory: 2 },
    },
    {
      name: "a sidecar adds to the containers",
      spec: { initContainers: [sidecar({ cpu: "1" })], containers: [c({ cpu: "2" })] },
      is: { cpu: 3000 },
    },
    {
      name: "an init container after a sidecar runs beside it",
      spec: { initContainers: [sidecar({ cpu: "1" }), c({ cpu: "3" })], containers: [c({ cpu: "1" })] },
      is: { cpu: 4000 },
    },
    {
      name: "an init container before a sidecar does not",
      spec: { initContainers: [c({ cpu: "3" }), sidecar({ cpu: "1" })], containers: [c({ cpu: "1" })] },
      is: { cpu: 3000 },
    },
    {
      name: "two sidecars",
      spec: {
        initContainers: [sidecar({ cpu: "1" }), sidecar({ cpu: "2" }), c({ cpu: "1" })],
        containers: [c({ cpu: "0" })],
      },
      is: { cpu: 4000 },
    },
    {
      name: "overhead comes on top",
      spec: { overhead: { cpu: "250m" }, initContainers: [c({ cpu: "3" })], containers: [c({ cpu: "1" })] },
      is: { cpu: 3250 },
    },
    {
      name: "pod-level requests replace",
      spec: { resources: { requests: { cpu: "5" } }, containers: [c({ cpu: "1", memory: "7" })] },
      is: { cpu: 5000, memory: 7 },
    },
    {
      name: "pod-level requests, then overhead",
      spec: { resources: { requests: { cpu: "5" } }, overhead: { cpu: "1" }, containers: [c({ cpu: "1" })] },
      is: { cpu: 6000 },
    },
    {
      name: "a pod-level limit where no container asks",
      spec: { resources: { limits: { cpu: "5", memory: "9" } }, containers: [c({ cpu: "1" })] },
      is: { cpu: 1000, memory: 9 },
    },
    {
      name: "extended resources are not pod-level",
      spec: { resources: { requests: { "a.com/gpu": "5" } }, containers: [c({ "a.com/gpu": "1" })] },
      is: { "a.com/gpu": 1 },
    },
    {
      name: "huge pages are",
      spec: { resources: { requests: { "hugepages-2Mi": "4Mi" } }, containers: [c({})] },
      is: { "hugepages-2Mi": 2 ** 22 },
    },
    {
      name: "a resize that is not done holds the larger",
      spec: { containers: [c({ cpu: "1" })] },
      status: {
        containerStatuses: [{ name: "c", resources: { requests: { cpu: "2" } }, allocatedResources: { cpu: "3" } }],
      },
      is: { cpu: 3000 },
    },
    { name: "larger than any node", spec: { containers: [c({ memory: "9Ei" })] }, is: { memory: Infinity } },
    { name: "a name from the prototype", spec: { containers: [c({ constructor: "1" })] }, is: { constructor: 1 } },
  ];
  for (const row of cases) {
    it(row.name, () => {
      const dimensions = new Dimensions();
      const vector = requestVector(podRequests({ ...row.spec }, { ...row.status }), true, dimensions);
      const named = new Map(dimensions.names.map((name, i) => [name, vector[i] ?? 0]));
      const wanted = new Map<string, unknown>([
        ["pods", 1],
        ["batch-scheduler/own-pods", 1],
        ...Object.entries(row.is),
      ]);
      for (const name of SCORED) named.delete(name);
      for (const [name, amount] of named) assert.equal(amount, wanted.get(name) ?? 0, name);
      for (const name of wanted.keys()) assert.isTrue(named.has(name), name);
    });
  }

  const unreadable: readonly { readonly spec: object; readonly message: string }[] = [
    {
      spec: { containers: [c({ cpu: "NaN" })] },
      message: 'spec.containers[0].resources.requests.cpu: "NaN" is no quantity',
    },
    {
      spec: { containers: [c({}), c({}, { memory: "-1" })] },
      message: 'spec.containers[1].resources.limits.memory: "-1" is negative',
    },
    {
      spec: { containers: [c({ cpu: null })] },
      message: "spec.containers[0].resources.requests.cpu: null is no quantity",
    },
    {
      spec: { initContainers: [c({ cpu: "1k1" })] },
      message: 'spec.initContainers[0].resources.requests.cpu: "1k1" is no quantity',
    },
    { spec: { overhead: { cpu: "" } }, message: 'spec.overhead.cpu: "" is no quantity' },
    { spec: { resources: { requests: { cpu: [] } } }, message: "spec.resources.requests.cpu: [] is no quantity" },
  ];
  for (const { spec, message } of unreadable) {
    it(`refuses ${message}`, () => assert.throws(() => podRequests({ ...spec }, {}), Unreadable, message));
  }
});

describe("requests: what scores assume of silent containers", () => {
  const MIB = 2 ** 20;
  const cases: readonly {
    readonly name: string;
    readonly spec: object;
    readonly cpu: number;
    readonly memory: number;
  }[] = [
    { name: "nothing asked", spec: { containers: [{}] }, cpu: 100, memory: 200 * MIB },
    { name: "each container", spec: { containers: [{}, {}] }, cpu: 200, memory: 400 * MIB },
    { name: "only what is missing", spec: { containers: [c({ cpu: "1" })] }, cpu: 1000, memory: 200 * MIB },
    { name: "an explicit zero is no silence", spec: { containers: [c({ cpu: "0", memory: "0" })] }, cpu: 0, memory: 0 },
    {
      name: "a limit is a request",
      spec: { containers: [c({}, { cpu: "2", memory: "1Mi" })] },
      cpu: 2000,
      memory: MIB,
    },
    {
      name: "init containers too",
      spec: { initContainers: [{}], containers: [c({ cpu: "10m", memory: "0" })] },
      cpu: 100,
      memory: 200 * MIB,
    },
    { name: "overhead comes on top", spec: { overhead: { cpu: "1" }, containers: [{}] }, cpu: 1100, memory: 200 * MIB },
  ];
  for (const { name, spec, cpu, memory } of cases) {
    it(name, () => {
      const vector = requestVector(podRequests({ ...spec }, {}), false, new Dimensions());
      assert.deepEqual([vector[SCORED_CPU], vector[SCORED_MEMORY]], [cpu, memory]);
    });
  }
});
