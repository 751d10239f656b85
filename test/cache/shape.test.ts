// Pod spec -> Shape: what nodes are asked about, one object per question.

import { assert } from "chai";
import { normalizedImageName } from "../../src/cache/project-shape.ts";
import { OWN_PODS, type Shape } from "../../src/model/index.ts";
import { feedPods, jobOf, newCache, pod } from "./objects.ts";

function shapeOf(spec: Record<string, unknown>): Shape {
  const snapshot = feedPods(newCache(), pod({ name: "p", spec }));
  return jobOf(snapshot, "solo:x/p").tasks[0]!.shape;
}

/** Without what only scores read. */
function asked(shape: Shape): readonly number[] {
  return shape.requests.slice(0, OWN_PODS + 1);
}

describe("shape: fields", () => {
  it("of an empty pod ask for a slot only", () => {
    const shape = shapeOf({ containers: [] });
    assert.isTrue(shape.isBestEffort);
    assert.deepEqual(asked(shape), [0, 0, 1, 0, 1]);
    assert.equal(shape.nodeSelector.size, 0);
    assert.isUndefined(shape.requiredNodeTerms);
  });

  it("a request of zero is best effort, an init container's request is not", () => {
    assert.isTrue(shapeOf({ containers: [{ resources: { requests: { cpu: "0" } } }] }).isBestEffort);
    assert.isFalse(shapeOf({ initContainers: [{ resources: { requests: { cpu: "1m" } } }] }).isBestEffort);
  });

  it("selectors, affinity, tolerations", () => {
    const expression = { key: "zone", operator: "In", values: ["a"] };
    const field = { key: "metadata.name", operator: "NotIn", values: ["n1"] };
    const shape = shapeOf({
      nodeSelector: { pool: "batch" },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [expression], matchFields: [field] }],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 5, preference: { matchExpressions: [expression] } },
          ],
        },
      },
      tolerations: [{ operator: "Exists" }, { key: "k", value: "v", effect: "NoSchedule" }],
    });
    assert.deepEqual([...shape.nodeSelector], [["pool", "batch"]]);
    assert.deepEqual(shape.requiredNodeTerms, [{ matchExpressions: [expression], matchFields: [field] }] as never);
    assert.deepEqual(shape.preferredNodeTerms, [
      { weight: 5, term: { matchExpressions: [expression], matchFields: [] } },
    ] as never);
    assert.deepEqual(shape.tolerations, [
      { key: "", operator: "Exists", value: "", effect: "" },
      { key: "k", operator: "Equal", value: "v", effect: "NoSchedule" },
    ]);
  });

  it("required terms that are empty match nothing, which is not the same as none", () => {
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } };
    assert.deepEqual(shapeOf({ affinity }).requiredNodeTerms, []);
  });

  it("an operator that does not exist matches nothing", () => {
    const expression = { key: "a", operator: "Like", values: ["x"] };
    const nodeSelectorTerms = [{ matchExpressions: [expression] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    assert.deepEqual(shapeOf({ affinity }).requiredNodeTerms?.[0]?.matchExpressions, [
      { key: "a", operator: "In", values: [] },
    ]);
  });

  it("host ports of containers and sidecars, not of init containers", () => {
    const ports = (hostPort: number, more = {}): object => ({
      ports: [{ containerPort: 1, hostPort, ...more }, { containerPort: 2 }],
    });
    const shape = shapeOf({
      containers: [ports(81, { protocol: "UDP", hostIP: "10.0.0.1" })],
      initContainers: [{ ...ports(80), restartPolicy: "Always" }, ports(79)],
    });
    assert.deepEqual(shape.hostPorts, [
      { protocol: "TCP", ip: "0.0.0.0", port: 80 },
      { protocol: "UDP", ip: "10.0.0.1", port: 81 },
    ]);
  });

  const unsupported: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [
      { volumes: [{ emptyDir: {} }, { persistentVolumeClaim: { claimName: "c" } }] },
      ["spec.volumes[1].persistentVolumeClaim"],
    ],
    [{ volumes: [{ ephemeral: { volumeClaimTemplate: {} } }] }, ["spec.volumes[0].ephemeral"]],
    [{ resourceClaims: [{ name: "r" }] }, ["spec.resourceClaims"]],
    [{ resourceClaims: [] }, []],
    [
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] } } },
      ["spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution"],
    ],
    [
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] } } },
      ["spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution"],
    ],
    [{ affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 }] } } }, []],
    [{ topologySpreadConstraints: [{ whenUnsatisfiable: "ScheduleAnyway" }] }, []],
    [
      {
        topologySpreadConstraints: [
          { whenUnsatisfiable: "ScheduleAnyway" },
          { whenUnsatisfiable: "DoNotSchedule" },
          {},
        ],
      },
      ["spec.topologySpreadConstraints[1]", "spec.topologySpreadConstraints[2]"],
    ],
  ];
  for (const [spec, fields] of unsupported) {
    it(`cannot honour ${fields.join(", ") || `nothing of ${JSON.stringify(spec)}`}`, () => {
      assert.deepEqual(shapeOf(spec).unsupported, fields);
    });
  }

  for (const [name, normal] of [
    ["a", "a:latest"],
    ["a:1", "a:1"],
    ["r:5000/a", "r:5000/a:latest"],
    ["r:5000/a:1", "r:5000/a:1"],
    ["a@sha256:0", "a@sha256:0"],
  ] as const) {
    it(`image ${name} is ${normal}`, () => assert.equal(normalizedImageName(name), normal));
  }

  it("reads rubbish as nothing", () => {
    const rubbish = {
      nodeSelector: 7,
      affinity: "x",
      tolerations: {},
      containers: [null, "c", { ports: 3, image: 4 }],
      volumes: [1],
    };
    assert.deepEqual(asked(shapeOf(rubbish)), [0, 0, 1, 0, 1]);
  });
});

describe("shape: one object for one question", () => {
  it("is shared by pods that ask the same, whatever their keys' order and their names", () => {
    const cache = newCache();
    const snapshot = feedPods(
      cache,
      pod({ name: "a", cpu: "1", spec: { nodeSelector: { a: "1", b: "2" } } }),
      pod({ name: "b", cpu: "1000m", spec: { nodeSelector: { b: "2", a: "1" } } }),
      pod({ name: "c", cpu: "1", spec: { nodeSelector: { a: "1", b: "3" } } }),
    );
    const [a, b, c] = ["a", "b", "c"].map((name) => jobOf(snapshot, `solo:x/${name}`).tasks[0]!.shape);
    assert.strictEqual(a, b);
    assert.notStrictEqual(a, c);
    assert.notEqual(a?.signature, c?.signature);
  });

  it("stays while a pod that has it is updated", () => {
    const cache = newCache();
    const before = jobOf(feedPods(cache, pod({ name: "a", version: "1", cpu: "1" })), "solo:x/a").tasks[0]!.shape;
    const after = feedPods(cache, pod({ name: "a", version: "2", cpu: "1", node: "n" }));
    assert.strictEqual(jobOf(after, "solo:x/a").tasks[0]!.shape, before);
  });

  it("differs where any field differs", () => {
    const specs: Record<string, unknown>[] = [
      {},
      { nodeSelector: { a: "1" } },
      { tolerations: [{ operator: "Exists" }] },
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      {
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }] },
        },
      },
      { containers: [{ image: "i" }] },
      { containers: [{ ports: [{ hostPort: 80 }] }] },
      { containers: [{ resources: { requests: { cpu: "1" } } }] },
      { volumes: [{ ephemeral: {} }] },
    ];
    assert.equal(new Set(specs.map((spec) => shapeOf(spec).signature)).size, specs.length);
  });
});
