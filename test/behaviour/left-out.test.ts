import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import type { Case, Spec } from "./cases.ts";
import { whyLeftOut } from "./left-out.ts";

const pod = (spec: string, metadata = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: sim${metadata}}\nspec: {schedulerName: batch-scheduler, ${spec}}\n`;

describe("cases that a version leaves out", () => {
  const dir = mkdtempSync(join(tmpdir(), "left-out-"));
  after(() => rmSync(dir, { recursive: true, force: true }));

  const caseOf = ({
    cluster = pod(""),
    config,
    spec,
  }: {
    cluster?: string;
    config?: string;
    spec?: Partial<Spec>;
  }): Case => {
    writeFileSync(join(dir, "cluster.yaml"), cluster);
    if (config !== undefined) writeFileSync(join(dir, "config.yaml"), config);
    return {
      area: "a",
      path: "a/b",
      spec: { about: "", level: "must", ...spec },
      clusterFile: join(dir, "cluster.yaml"),
      configFile: config === undefined ? undefined : join(dir, "config.yaml"),
    };
  };

  const rows: readonly {
    readonly name: string;
    readonly test: Parameters<typeof caseOf>[0];
    readonly why: readonly string[];
  }[] = [
    { name: "nothing special", test: {}, why: [] },
    {
      name: "actions and plugins that exist",
      test: { config: "actions: enqueue, allocate\ntiers: [{plugins: [{name: gang}]}]" },
      why: [],
    },
    {
      name: "a name that nobody has ever had",
      test: { config: "actions: alocate\ntiers: [{plugins: [{name: tdm}]}]" },
      why: [],
    },
    { name: "a configuration that is none", test: { config: "actions: [" }, why: [] },
    { name: "a later action, in text", test: { config: 'actions: "allocate, preempt"' }, why: ["action preempt"] },
    { name: "a later action, in a list", test: { config: "actions: [reclaim]" }, why: ["action reclaim"] },
    {
      name: "a later plugin",
      test: { config: "tiers: [{plugins: [{name: gang}, {name: drf}]}]" },
      why: ["plugin drf"],
    },
    {
      name: "a Queue",
      test: { cluster: "apiVersion: scheduling.volcano.sh/v1beta1\nkind: Queue\nmetadata: {name: q}\n" },
      why: ["Queue objects"],
    },
    { name: "pod affinity", test: { cluster: pod("affinity: {podAntiAffinity: {}}") }, why: ["inter-pod affinity"] },
    { name: "node affinity", test: { cluster: pod("affinity: {nodeAffinity: {}}") }, why: [] },
    {
      name: "topology spread",
      test: { cluster: pod("topologySpreadConstraints: [{maxSkew: 1}]") },
      why: ["topology spread"],
    },
    {
      name: "a claim",
      test: { cluster: pod("volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]") },
      why: ["claims"],
    },
    { name: "an empty directory", test: { cluster: pod("volumes: [{name: v, emptyDir: {}}]") }, why: [] },
    {
      name: "a claim in the template of a controller",
      test: {
        cluster:
          "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {resourceClaims: [{name: x}]}}}\n",
      },
      why: ["claims"],
    },
    {
      name: "a dialect of this version",
      test: { cluster: pod("", ", annotations: {scheduling.k8s.io/group-name: g}") },
      why: [],
    },
    {
      name: "a later dialect in a label",
      test: { cluster: pod("", ", labels: {scheduling.x-k8s.io/pod-group: g}") },
      why: ["dialect coscheduling"],
    },
    {
      name: "a later dialect in a field",
      test: { cluster: pod("schedulingGroup: {podGroupName: g}") },
      why: ["dialect native"],
    },
    {
      name: "a group object of a later dialect",
      test: { cluster: "apiVersion: scheduling.sigs.dev/v1alpha2\nkind: PodGroup\nmetadata: {name: g}\n" },
      why: ["group objects scheduling.sigs.dev/v1alpha2 PodGroup"],
    },
    {
      name: "a Volcano PodGroup",
      test: { cluster: "apiVersion: scheduling.volcano.sh/v1beta1\nkind: PodGroup\nmetadata: {name: g}\n" },
      why: [],
    },
    { name: "no eviction wanted", test: { spec: { expect: { evicted: { exactly: [] } } } }, why: [] },
    {
      name: "an eviction wanted",
      test: { spec: { expect: { evicted: [{ noneOf: ["sim/a"] }, { atLeast: 1 }] } } },
      why: ["an expected eviction"],
    },
    {
      name: "an eviction wanted at first",
      test: { spec: { expect: { firstCycle: { evictions: ["sim/a"] } } } },
      why: ["an expected eviction"],
    },
    {
      name: "an eviction in one way of many",
      test: { spec: { expect: { oneOf: [{ evicted: { count: 1 } }, {}] } } },
      why: [],
    },
    {
      name: "an eviction in every way",
      test: { spec: { expect: { oneOf: [{ evicted: { count: 1 } }] } } },
      why: ["an expected eviction"],
    },
  ];
  for (const { name, test, why } of rows) {
    it(`${name}: ${why.length === 0 ? "must pass" : why.join(", ")}`, () => {
      assert.deepEqual(whyLeftOut(caseOf(test)), why);
    });
  }
});
