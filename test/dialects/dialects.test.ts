// Which group a pod belongs to, and what its claims and its object amount to.

import { assert } from "chai";
import {
  claimOf,
  dialectOf,
  DIALECTS,
  PRECEDENCE,
  type Claim,
  type GroupContext,
  type GroupObject,
  type GroupReading,
  type PodFacts,
} from "../../src/dialects/index.ts";
import type { Dialect } from "../../src/model/index.ts";

const SETTINGS = { gangLabel: "gang", minAvailableAnnotation: "min" };
const ALL: ReadonlySet<Dialect> = new Set(PRECEDENCE);

interface Row {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
  readonly enabled?: readonly Dialect[];
}

function claim(row: Row): Claim {
  const pod: PodFacts = {
    namespace: "x",
    name: "p",
    labels: new Map(Object.entries(row.labels ?? {})),
    annotations: new Map(Object.entries(row.annotations ?? {})),
    spec: row.spec ?? {},
  };
  return claimOf(pod, row.enabled === undefined ? ALL : new Set(row.enabled), SETTINGS);
}

describe("dialects: the table", () => {
  it("has one definition per dialect, in the order of precedence", () => {
    assert.deepEqual(
      DIALECTS.map(({ name }) => name),
      [...PRECEDENCE],
    );
  });

  it("lets Volcano's and kube-batch's groups wait for their queue, and no others", () => {
    assert.deepEqual(
      DIALECTS.filter(({ waitsForQueue }) => waitsForQueue).map(({ name }) => name),
      ["volcano", "kube-batch"],
    );
  });
});

describe("dialects: which group a pod belongs to", () => {
  const group = "scheduling.k8s.io/group-name";
  const cases: readonly (Row & {
    readonly name: string;
    readonly is: string;
    readonly warnings?: readonly string[];
  })[] = [
    { name: "nothing said", is: "solo p" },
    { name: "the gang label", labels: { gang: "g" }, is: "gang-label g" },
    { name: "a gang called constructor", labels: { gang: "constructor" }, is: "gang-label constructor" },
    { name: "Volcano's first key", annotations: { [group]: "g" }, is: "volcano g" },
    { name: "Volcano's own key", annotations: { "scheduling.volcano.sh/group-name": "g" }, is: "volcano g" },
    {
      name: "two dialects",
      labels: { gang: "g" },
      annotations: { [group]: "v" },
      is: "volcano v",
      warnings: ['pods also name the group "g" of the dialect gang-label: volcano comes first'],
    },
    {
      name: "a dialect that is off: the next one",
      labels: { gang: "g" },
      annotations: { [group]: "v" },
      enabled: ["gang-label"],
      is: "gang-label g",
      warnings: ['pods name the group "v" of the dialect volcano, which is not enabled'],
    },
    {
      name: "a dialect that is off and no other: alone, but not in silence",
      labels: { gang: "g" },
      enabled: ["volcano"],
      is: "solo p",
      warnings: [
        'pods name the group "g" of the dialect gang-label, which is not enabled: pods are scheduled one by one',
      ],
    },
    {
      name: "Volcano is off, kube-batch reads the key",
      annotations: { [group]: "v" },
      enabled: ["kube-batch"],
      is: "kube-batch v",
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const { dialect, group: name, warnings = [] } = claim(c);
      assert.equal(`${dialect} ${name}`, c.is);
      assert.deepEqual([...warnings], [...(c.warnings ?? [])]);
    });
  }
});

describe("dialects: three keys that differ by one segment mean three dialects", () => {
  const cases: readonly (readonly [Dialect, Row])[] = [
    ["coscheduling", { labels: { "scheduling.x-k8s.io/pod-group": "g" } }],
    ["koordinator", { labels: { "pod-group.scheduling.sigs.k8s.io": "g" } }],
    ["kubenexus", { labels: { "pod-group.scheduling.sigs.k8s.io/name": "g" } }],
    ["kubenexus", { annotations: { "pod-group.scheduling.sigs.k8s.io/name": "g" } }],
    ["koordinator", { annotations: { "gang.scheduling.koordinator.sh/name": "g" } }],
    ["native", { spec: { schedulingGroup: { podGroupName: "g" } } }],
    ["native", { spec: { workloadRef: { name: "g" } } }],
    ["kai", { annotations: { "pod-group-name": "g" } }],
    ["godel", { labels: { "godel.bytedance.com/pod-group-name": "g" } }],
    ["kueue", { labels: { "kueue.x-k8s.io/pod-group-name": "g" } }],
    ["yunikorn", { annotations: { "yunikorn.apache.org/task-group-name": "g" } }],
    ["annotation", { annotations: { "pod-group": "g" } }],
    ["annotation", { annotations: { pod_group: "g" } }],
  ];
  for (const [dialect, row] of cases) {
    it(`${dialect}: ${JSON.stringify(row)}`, () => {
      const found = claim(row);
      assert.equal(found.dialect, dialect);
      assert.equal(found.group, "g");
      if (found.problem === undefined) return; // it has a file of its own
      const reading = read(dialect, [row]);
      assert.match(reading.problem ?? "", /not supported yet/, "recognised, put aside, never run alone");
    });
  }
});

describe("dialects: gang-label", () => {
  const member = (min?: string): Row => ({ labels: { gang: "g" }, ...(min !== undefined && { annotations: { min } }) });
  const cases = [
    { name: "no annotation: the whole group", members: [undefined, undefined], minimum: { kind: "whole" }, open: true },
    { name: "an integer", members: ["3", "3"], minimum: { kind: "count", count: 3 }, open: false },
    { name: "a percentage", members: ["60%", "60%"], minimum: { kind: "percent", percent: 60 }, open: true },
    {
      name: "integers that disagree",
      members: ["2", "3"],
      minimum: { kind: "count", count: 3 },
      open: false,
      warns: true,
    },
    {
      name: "an integer and a larger percentage",
      members: ["1", "90%", "1"],
      minimum: { kind: "percent", percent: 90 },
      open: true,
      warns: true,
    },
    {
      name: "an integer and a smaller percentage: still open",
      members: ["3", "10%", "3"],
      minimum: { kind: "count", count: 3 },
      open: true,
      warns: true,
    },
    {
      name: "members that say nothing go along",
      members: ["2", undefined],
      minimum: { kind: "count", count: 2 },
      open: false,
    },
  ] as const;
  for (const c of cases) {
    it(c.name, () => {
      const reading = read(
        "gang-label",
        c.members.map((min) => member(min)),
      );
      assert.deepEqual(reading.group.minimum, c.minimum);
      assert.equal(reading.dependsOnSize, c.open);
      assert.isUndefined(reading.problem);
      assert.equal((reading.warnings ?? []).length, "warns" in c ? 1 : 0);
    });
  }

  for (const min of ["abc", "200%", "-1", "0", "", "1e3", "2147483648", "x".repeat(300), "3\n", "0x2", "٢"]) {
    it(`puts the group aside for ${JSON.stringify(min).slice(0, 20)}, whatever the others say`, () => {
      const reading = read("gang-label", [member("2"), member(min)]);
      assert.match(reading.problem ?? "", /^pod p1: annotation min: .* is neither a number .* nor a percentage/);
      assert.notInclude(reading.problem ?? "", "\n");
      assert.isBelow((reading.problem ?? "").length, 200);
    });
  }

  for (const gang of ["", "__proto__", "a\nb", "x".repeat(300)]) {
    it(`puts the group aside that is called ${JSON.stringify(gang).slice(0, 20)}`, () => {
      assert.match(read("gang-label", [{ labels: { gang } }]).problem ?? "", /label gang/);
    });
  }
});

describe("dialects: volcano", () => {
  const cases: readonly {
    readonly name: string;
    readonly spec?: Record<string, unknown>;
    readonly annotations?: Record<string, string>;
    readonly pod?: Record<string, string>;
    readonly status?: Record<string, unknown>;
    readonly is?: Record<string, unknown>;
    readonly problem?: string;
  }[] = [
    { name: "minMember", spec: { minMember: 3 }, is: { minimum: { kind: "count", count: 3 } } },
    { name: "minMember 0: a bag of solo pods", spec: { minMember: 0 }, is: { minimum: { kind: "none" } } },
    { name: "no minMember: the API's zero", spec: {}, is: { minimum: { kind: "none" } } },
    {
      name: "the largest minMember",
      spec: { minMember: 2147483647 },
      is: { minimum: { kind: "count", count: 2147483647 } },
    },
    {
      name: "2^31",
      spec: { minMember: 2147483648 },
      problem: "spec.minMember: 2147483648 is no integer from 0 to 2147483647",
    },
    { name: "negative", spec: { minMember: -2 }, problem: "spec.minMember: -2 is no integer from 0 to 2147483647" },
    { name: "a text", spec: { minMember: "3" }, problem: 'spec.minMember: "3" is no integer from 0 to 2147483647' },
    { name: "a fraction", spec: { minMember: 1.5 }, problem: "spec.minMember: 1.5 is no integer from 0 to 2147483647" },
    {
      name: "roles, in their order",
      spec: { minMember: 3, minTaskMember: { worker: 2, server: 1 } },
      is: {
        minByRole: new Map([
          ["worker", 2],
          ["server", 1],
        ]),
      },
    },
    {
      name: "a role with nonsense",
      spec: { minTaskMember: { worker: "2" } },
      problem: 'spec.minTaskMember["worker"]: "2" is no integer from 0 to 2147483647',
    },
    {
      name: "queue of the object",
      spec: { queue: "q" },
      annotations: { "scheduling.volcano.sh/queue-name": "r" },
      is: { queue: "q" },
    },
    { name: "queue of its annotation", annotations: { "scheduling.volcano.sh/queue-name": "r" }, is: { queue: "r" } },
    { name: "queue of the pods", pod: { "scheduling.volcano.sh/queue-name": "s" }, is: { queue: "s" } },
    { name: "no queue", is: { queue: "default" } },
    { name: "a class", spec: { priorityClassName: "high" }, is: { priority: 100, preemptionPolicy: "Never" } },
    { name: "no class", spec: { priorityClassName: "" }, is: { priority: undefined } },
    {
      name: "a class that does not exist",
      spec: { priorityClassName: "nope" },
      problem: 'spec.priorityClassName: there is no PriorityClass "nope"',
    },
    {
      name: "a system class",
      spec: { priorityClassName: "system-cluster-critical" },
      problem: 'spec.priorityClassName: "system-cluster-critical" is reserved for system pods',
    },
    { name: "minResources", spec: { minResources: { cpu: "3" } }, is: { minResources: [3] } },
    {
      name: "bad minResources",
      spec: { minResources: "x" },
      problem: "spec.minResources holds an amount that is invalid or negative",
    },
    { name: "phase", status: { phase: "Inqueue" }, is: { phase: "Inqueue" } },
    { name: "no phase that we know", status: { phase: "Sleeping" }, is: { phase: undefined } },
    { name: "wait limit", annotations: { "volcano.sh/sla-waiting-time": "1h30m" }, is: { waitTimeoutMs: 5_400_000 } },
    {
      name: "wait limit, long spelling",
      annotations: { "scheduling.volcano.sh/sla-waiting-time": "10s" },
      is: { waitTimeoutMs: 10_000 },
    },
    {
      name: "a wait limit that is none",
      annotations: { "volcano.sh/sla-waiting-time": "soon" },
      problem: 'annotation volcano.sh/sla-waiting-time: "soon" is no duration such as 1h30m',
    },
    { name: "soft topology", spec: { networkTopology: { mode: "soft" } }, is: { minimum: { kind: "none" } } },
    {
      name: "hard topology",
      spec: { networkTopology: { mode: "hard" } },
      problem: "spec.networkTopology with mode hard is not supported",
    },
    {
      name: "topology without a mode is hard",
      spec: { networkTopology: { highestTierAllowed: 1 } },
      problem: "spec.networkTopology with mode hard is not supported",
    },
    { name: "sub groups", spec: { subGroupPolicy: [{ name: "s" }] }, problem: "spec.subGroupPolicy is not supported" },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const row: Row = { annotations: { "scheduling.k8s.io/group-name": "g", ...c.pod } };
      const object = groupObject(c.spec ?? {}, c.annotations ?? {}, c.status ?? {});
      const reading = read("volcano", [row], object);
      assert.equal(reading.problem, c.problem);
      for (const [field, value] of Object.entries(c.is ?? {})) {
        assert.deepEqual(Object.entries(reading.group).find(([name]) => name === field)?.[1], value, field);
      }
      assert.isUndefined(reading.missingObject);
      assert.isFalse(reading.dependsOnSize);
    });
  }

  it("waits for an object that does not exist", () => {
    const reading = read("volcano", [{ annotations: { "scheduling.k8s.io/group-name": "g" } }]);
    assert.equal(reading.missingObject, 'podgroups.scheduling.volcano.sh "x/g"');
    assert.isUndefined(reading.problem);
  });

  it("reads the role from the annotation, else from the label", () => {
    const named = { "scheduling.k8s.io/group-name": "g" };
    assert.equal(
      claim({ annotations: { ...named, "volcano.sh/task-spec": "a" }, labels: { "volcano.sh/task-spec": "l" } }).role,
      "a",
    );
    assert.equal(claim({ annotations: named, labels: { "volcano.sh/task-spec": "l" } }).role, "l");
    assert.equal(claim({ annotations: named }).role, "");
  });

  for (const annotations of [
    { "scheduling.k8s.io/group-name": "a", "scheduling.volcano.sh/group-name": "b" },
    { "scheduling.k8s.io/group-name": "" },
    { "scheduling.volcano.sh/group-name": "a\nb" },
  ]) {
    it(`puts aside ${JSON.stringify(annotations)}`, () => {
      assert.match(
        read("volcano", [{ annotations }], groupObject({ minMember: 1 }, {}, {})).problem ?? "",
        /^pod p0: annotation/,
      );
    });
  }
});

function groupObject(
  spec: Record<string, unknown>,
  annotations: Record<string, string>,
  status: Record<string, unknown>,
): GroupObject {
  return {
    namespace: "x",
    name: "g",
    uid: "u",
    createdMs: 5,
    annotations: new Map(Object.entries(annotations)),
    spec,
    status,
  };
}

function read(dialect: Dialect, rows: readonly Row[], object?: GroupObject): GroupReading {
  const context: GroupContext = {
    namespace: "x",
    name: "g",
    members: rows.map((row, i) => ({ pod: `p${String(i)}`, claim: claim(row) })),
    size: rows.length,
    object,
    priorityClass: (name) => (name === "high" ? { value: 100, preemptionPolicy: "Never" } : undefined),
    resources: (amounts) => (typeof amounts === "object" ? [3] : undefined),
  };
  return dialectOf(dialect).read(context);
}
