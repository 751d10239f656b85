// The actors of the embedded API server beside kube-controller-manager, kube-scheduler and KWOK: the same requests to both,
// and then the same objects, but for identifiers, times and what is declared to differ.
// Long because: every scenario is one entry of one table, played to both worlds by the same forty lines.

import { assert } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiObject } from "../../src/embedded/types.ts";
import { ActorWorld, template, type Body } from "../embedded/actor-world.ts";
import { startControlPlane, type ControlPlane } from "./control-plane.ts";

interface Step {
  readonly method?: "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** `path` is a list: the request goes to the first of it, or to every one. */
  readonly to?: "first" | "each";
}

interface Scenario {
  readonly name: string;
  /** Everything settles after each of them. */
  readonly steps: readonly (readonly Step[])[];
  /** Lists or objects that must be the same at the end. */
  readonly paths: readonly string[];
  /** No node is good enough for the pods: they stay pending, and the test plays their kubelet. */
  readonly isHeld?: boolean;
}

type Group = "apps/v1" | "policy/v1";

function create(group: Group, kind: string, plural: string, name: string, spec: Body): Step {
  const body = { apiVersion: group, kind, metadata: { name }, spec };
  return { method: "POST", path: `/apis/${group}/namespaces/NAMESPACE/${plural}`, body };
}

const APPS = "/apis/apps/v1/namespaces/NAMESPACE";
const JOBS = "/apis/batch/v1/namespaces/NAMESPACE/jobs";
const PODS = "/api/v1/namespaces/NAMESPACE/pods";
const BUDGETS = "/apis/policy/v1/namespaces/NAMESPACE/poddisruptionbudgets";
const labelled = { selector: { matchLabels: { app: "x" } }, template: template({ app: "x" }) };
const nowhere = { nodeSelector: { no: "node" } };
const unplaceable = template({ app: "x" }, { restartPolicy: "Never", ...nowhere });
const job = (name: string, spec: Body): Step => {
  const whole = { template: template({ app: "x" }, { restartPolicy: "Never" }), ...spec };
  const body = { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: whole };
  return { path: JOBS, body };
};
const deployment = (spec: Body): Step => create("apps/v1", "Deployment", "deployments", "x", { ...labelled, ...spec });
const set = (spec: Body): Step =>
  create("apps/v1", "StatefulSet", "statefulsets", "x", { ...labelled, serviceName: "x", ...spec });
const budget = (name: string, spec: Body): Step =>
  create("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", name, { selector: labelled.selector, ...spec });
const patch = (path: string, body: unknown): Step => ({ method: "PATCH", path, body });
const remove = (path: string, propagationPolicy: string): Step => ({
  method: "DELETE",
  path,
  body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
});
const pod = (name: string, more: Body = {}): Step => ({
  method: "POST",
  path: "/api/v1/namespaces/NAMESPACE/pods",
  body: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "x" } },
    spec: template({})["spec"],
    ...more,
  },
});

const ALL_APPS = [`${APPS}/deployments`, `${APPS}/replicasets`, `${APPS}/statefulsets`, PODS];
const newImage = { spec: { template: { spec: { containers: [{ name: "main", image: "busybox:2" }] } } } };

const scenarios: readonly Scenario[] = [
  { name: "a Job of one pod", steps: [[job("j", {})]], paths: [JOBS, PODS] },
  {
    name: "a Job of three, two at a time",
    steps: [[job("j", { parallelism: 2, completions: 3 })]],
    paths: [JOBS, PODS],
  },
  {
    name: "an indexed Job",
    steps: [[job("j", { parallelism: 2, completions: 5, completionMode: "Indexed" })]],
    paths: [JOBS, PODS],
  },
  { name: "a Job without completions", steps: [[job("j", { parallelism: 3 })]], paths: [JOBS, PODS] },
  { name: "a suspended Job", steps: [[job("j", { suspend: true })]], paths: [JOBS, PODS] },
  {
    name: "a Job that was resumed",
    steps: [[job("j", { suspend: true })], [patch(`${JOBS}/j`, { spec: { suspend: false } })]],
    paths: [JOBS, PODS],
  },
  { name: "a Job with nothing to do", steps: [[job("j", { completions: 0, parallelism: 2 })]], paths: [JOBS, PODS] },
  { name: "a Job of no parallelism", steps: [[job("j", { completions: 2, parallelism: 0 })]], paths: [JOBS, PODS] },
  { name: "a Deployment", steps: [[deployment({ replicas: 3 })]], paths: ALL_APPS },
  { name: "a Deployment of none", steps: [[deployment({ replicas: 0 })]], paths: ALL_APPS },
  {
    name: "a Deployment with a new template",
    steps: [[deployment({ replicas: 3 })], [patch(`${APPS}/deployments/x`, newImage)]],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment that returns to its first template",
    steps: [
      [deployment({ replicas: 1 })],
      [patch(`${APPS}/deployments/x`, newImage)],
      [patch(`${APPS}/deployments/x`, { spec: labelled })],
    ],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment that is made anew",
    steps: [[deployment({ replicas: 2, strategy: { type: "Recreate" } })], [patch(`${APPS}/deployments/x`, newImage)]],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment that was scaled",
    steps: [[deployment({ replicas: 1 })], [patch(`${APPS}/deployments/x`, { spec: { replicas: 4 } })]],
    paths: ALL_APPS,
  },
  {
    name: "a paused Deployment",
    steps: [
      [deployment({ replicas: 1 })],
      [patch(`${APPS}/deployments/x`, { spec: { paused: true, replicas: 2, ...newImage.spec } })],
    ],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment deleted in the background",
    steps: [[deployment({ replicas: 2 })], [remove(`${APPS}/deployments/x`, "Background")]],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment deleted in the foreground",
    steps: [[deployment({ replicas: 2 })], [remove(`${APPS}/deployments/x`, "Foreground")]],
    paths: ALL_APPS,
  },
  {
    name: "a Deployment whose sets are orphaned",
    steps: [[deployment({ replicas: 2 })], [remove(`${APPS}/deployments/x`, "Orphan")]],
    paths: ALL_APPS,
  },
  {
    name: "a Job deleted without its pods",
    steps: [[job("j", {})], [remove(`${JOBS}/j`, "Orphan")]],
    paths: [JOBS, PODS],
  },
  { name: "a StatefulSet", steps: [[set({ replicas: 3 })]], paths: ALL_APPS },
  { name: "a parallel StatefulSet", steps: [[set({ replicas: 3, podManagementPolicy: "Parallel" })]], paths: ALL_APPS },
  {
    name: "a StatefulSet that shrank",
    steps: [[set({ replicas: 3 })], [patch(`${APPS}/statefulsets/x`, { spec: { replicas: 1 } })]],
    paths: ALL_APPS,
  },
  {
    name: "a StatefulSet with a new template",
    steps: [[set({ replicas: 2 })], [patch(`${APPS}/statefulsets/x`, newImage)]],
    paths: ALL_APPS,
  },
  {
    name: "a StatefulSet with a partition",
    steps: [
      [set({ replicas: 2, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } })],
      [patch(`${APPS}/statefulsets/x`, newImage)],
    ],
    paths: ALL_APPS,
  },
  {
    name: "budgets over a Deployment",
    steps: [
      [deployment({ replicas: 5 })],
      [
        budget("min", { minAvailable: 3 }),
        budget("min-share", { minAvailable: "50%" }),
        budget("max", { maxUnavailable: 1 }),
        budget("max-share", { maxUnavailable: "30%" }),
        budget("none", { maxUnavailable: 0 }),
        budget("all", { minAvailable: "0%", selector: {} }),
        budget("empty", { minAvailable: 1, selector: { matchLabels: { app: "other" } } }),
      ],
    ],
    paths: [BUDGETS],
  },
  {
    name: "budgets over bare pods",
    steps: [
      [pod("a"), pod("b")],
      [budget("min", { minAvailable: 1 }), budget("share", { minAvailable: "50%" })],
    ],
    paths: [BUDGETS],
  },
  {
    name: "a budget over a Job",
    // Held, and its pod waited for: which of them the budget sees first would be a matter of luck.
    isHeld: true,
    steps: [[job("j", { template: unplaceable })], [budget("max", { maxUnavailable: 1 })]],
    paths: [PODS, BUDGETS],
  },
  {
    name: "a pod whose owner never was",
    steps: [
      [
        pod("lost", {
          metadata: {
            name: "lost",
            ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "no", uid: "no-such" }],
          },
        }),
        pod("kept"),
      ],
    ],
    paths: [PODS],
  },
  ...heldScenarios(),
  { name: "a pod that was deleted", steps: [[pod("a"), pod("b")], [remove(`${PODS}/a`, "Background")]], paths: [PODS] },
];

/** What KWOK never does: pods that fail. Their status is written here. */
function heldScenarios(): readonly Scenario[] {
  const heldJob = (spec: Body): Step => job("j", { template: unplaceable, ...spec });
  const end = (to: "first" | "each", status: Body): Step => ({ method: "PATCH", path: PODS, to, body: { status } });
  const fail = (to: "first" | "each"): Step => end(to, { phase: "Failed" });
  const disrupted = { phase: "Failed", conditions: [{ type: "DisruptionTarget", status: "True", reason: "Test" }] };
  const onDisruption = (action: string): Body => ({
    podFailurePolicy: { rules: [{ action, onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
  });
  const deleteFirst: Step = { ...remove(PODS, "Background"), to: "first" };
  const heldSet = { ...labelled, template: template({ app: "x" }, nowhere) };
  const jobs: readonly (readonly [name: string, steps: readonly (readonly Step[])[]])[] = [
    ["a failed pod is replaced", [[heldJob({})], [fail("first")]]],
    ["two failed pods are replaced", [[heldJob({ parallelism: 2, completions: 2 })], [fail("each")]]],
    ["no failure is allowed", [[heldJob({ parallelism: 3, completions: 3, backoffLimit: 0 })], [fail("first")]]],
    ["a deleted pod is replaced", [[heldJob({ parallelism: 2, completions: 2 })], [deleteFirst]]],
    [
      "an index that failed is made again",
      [[heldJob({ parallelism: 2, completions: 2, completionMode: "Indexed" })], [fail("first")]],
    ],
    ["pods succeed", [[heldJob({ parallelism: 2, completions: 5 })], [end("first", { phase: "Succeeded" })]]],
    ["all succeed", [[heldJob({ parallelism: 2, completions: 2 })], [end("each", { phase: "Succeeded" })]]],
    [
      "indexes succeed",
      [
        [heldJob({ parallelism: 2, completions: 3, completionMode: "Indexed" })],
        [end("first", { phase: "Succeeded" })],
      ],
    ],
    ["a disruption is ignored", [[heldJob(onDisruption("Ignore"))], [end("first", disrupted)]]],
    ["a disruption counts", [[heldJob(onDisruption("Count"))], [end("first", disrupted)]]],
    [
      "a disruption fails the Job",
      [[heldJob({ ...onDisruption("FailJob"), parallelism: 2, completions: 2 })], [end("first", disrupted)]],
    ],
    ["pods are replaced when they have failed", [[heldJob({ podReplacementPolicy: "Failed" })], [deleteFirst]]],
    ["the deadline is over", [[heldJob({ activeDeadlineSeconds: 2 })]]],
    [
      "parallelism grows, then shrinks",
      [
        [heldJob({ completions: 5 })],
        [patch(`${JOBS}/j`, { spec: { parallelism: 4 } })],
        [patch(`${JOBS}/j`, { spec: { parallelism: 2 } })],
      ],
    ],
    [
      "it is suspended",
      [[heldJob({ parallelism: 2, completions: 2 })], [patch(`${JOBS}/j`, { spec: { suspend: true } })]],
    ],
  ];
  return [
    ...jobs.map(([name, steps]) => ({ name: `a Job: ${name}`, steps, paths: [JOBS, PODS], isHeld: true })),
    {
      name: "a Deployment whose pods fail",
      steps: [[deployment({ ...heldSet, replicas: 2 })], [fail("first")]],
      paths: ALL_APPS,
      isHeld: true,
    },
    {
      name: "a Deployment without progress",
      steps: [[deployment({ ...heldSet, progressDeadlineSeconds: 2 })]],
      paths: ALL_APPS,
      isHeld: true,
    },
    {
      name: "a Deployment amid its rollout",
      steps: [[deployment({ ...heldSet, replicas: 4 })], [patch(`${APPS}/deployments/x`, newImage)]],
      paths: ALL_APPS,
      isHeld: true,
    },
    { name: "a StatefulSet that waits", steps: [[set({ ...heldSet, replicas: 2 })]], paths: ALL_APPS, isHeld: true },
    {
      name: "a StatefulSet whose pods fail",
      steps: [[set({ ...heldSet, replicas: 2, podManagementPolicy: "Parallel" })], [fail("first")]],
      paths: ALL_APPS,
      isHeld: true,
    },
    {
      name: "budgets over what is not healthy",
      steps: [
        [deployment({ ...heldSet, replicas: 2 })],
        [budget("min", { minAvailable: 1 }), budget("max", { maxUnavailable: "50%" })],
      ],
      paths: [BUDGETS],
      isHeld: true,
    },
  ];
}

describe("actors beside kube-controller-manager", function () {
  this.timeout(300_000);
  let plane: ControlPlane;

  before(async function () {
    this.timeout(1_800_000);
    plane = await startControlPlane({ controllerManager: true, kwok: true, kubeScheduler: true });
    await plane.addNodes(2);
  });
  after(() => plane.stop());

  for (const [number, scenario] of scenarios.entries()) {
    it(scenario.name, async () => {
      const namespace = `actors-${number}`;
      const embedded = new Embedded(namespace);
      const real = new Real(plane, namespace);
      await real.begin();
      for (const steps of scenario.steps) {
        for (const step of steps) {
          embedded.send(step);
          await real.send(step);
        }
        await embedded.settle(scenario.isHeld);
        await real.becomes(embedded.observe(scenario.paths), scenario.paths);
      }
    });
  }

  it("a namespace that is deleted goes, with all that is in it", async () => {
    const namespace = "actors-ending";
    const [embedded, real] = [new Embedded(namespace), new Real(plane, namespace)];
    await real.begin();
    const step = deployment({ replicas: 2 });
    embedded.send(step);
    await real.send(step);
    await embedded.settle();
    await real.becomes(embedded.observe(ALL_APPS), ALL_APPS);
    const ending = remove("/api/v1/namespaces/NAMESPACE", "Background");
    embedded.send(ending);
    await real.send(ending);
    await embedded.settle();
    assert.isFalse(embedded.world.exists(`/api/v1/namespaces/${namespace}`));
    for (let i = 0; i < 300; i++) {
      const answer = await plane
        .request("GET", `/api/v1/namespaces/${namespace}`)
        .catch((error: unknown) => String(error));
      if (typeof answer === "string" && answer.includes("404")) return;
      await sleep(100);
    }
    assert.fail("the real one has not gone");
  });
});

class Embedded {
  readonly world = new ActorWorld({ kubelet: { startMs: 0, runMs: 1000, stopMs: 0 } });
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.world.addNodes(2, { cpu: "32", memory: "256Gi", pods: "110" });
    const metadata = { name: namespace };
    this.world.request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  }

  send(step: Step): void {
    const { method = "POST", body } = step;
    const contentType = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
    const path = step.path.replace("NAMESPACE", this.#namespace);
    const targets = step.to === undefined ? [path] : targetsOf(step, path, this.world.list(path));
    for (const target of targets) this.world.request(method, target, body, contentType);
  }

  async settle(isHeld = false): Promise<void> {
    if (isHeld) await this.world.pass(60_000);
    else await this.world.settle(300, this.#namespace);
  }

  observe(paths: readonly string[]): unknown {
    return paths.map((path) => masked(this.world.get(path.replace("NAMESPACE", this.#namespace))));
  }
}

class Real {
  readonly #plane: ControlPlane;
  readonly #namespace: string;

  constructor(plane: ControlPlane, namespace: string) {
    this.#plane = plane;
    this.#namespace = namespace;
  }

  async begin(): Promise<void> {
    const metadata = { name: this.#namespace };
    await this.#plane.request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
    // Pods are refused until the namespace has its service account.
    const path = `/api/v1/namespaces/${this.#namespace}/serviceaccounts/default`;
    for (let i = 0; i < 100; i++) {
      if (
        await this.#plane.request("GET", path).then(
          () => true,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
    throw new Error("no service account");
  }

  async send(step: Step): Promise<void> {
    const { method = "POST", body } = step;
    const options = method === "PATCH" ? { contentType: "application/strategic-merge-patch+json" } : {};
    const path = step.path.replace("NAMESPACE", this.#namespace);
    const targets =
      step.to === undefined
        ? [path]
        : targetsOf(
            step,
            path,
            (await this.#plane.request<{ readonly items: readonly ApiObject[] }>("GET", path)).items,
          );
    for (const target of targets) await this.#plane.request(method, target, body, options);
  }

  /** Waits until it is as expected; fails with the difference. */
  async becomes(expected: unknown, paths: readonly string[]): Promise<void> {
    let actual: unknown;
    for (let i = 0; i < 300; i++) {
      actual = await Promise.all(
        paths.map(async (path) => masked(await this.#plane.request("GET", path.replace("NAMESPACE", this.#namespace)))),
      );
      if (JSON.stringify(actual) === JSON.stringify(expected)) return;
      await sleep(100);
    }
    assert.equal(JSON.stringify(expected, null, 1), JSON.stringify(actual, null, 1), "embedded, then real");
  }
}

/** Paths of objects in a list: those that still run, in the order of their names as far as it is not drawn. */
function targetsOf({ method, to }: Step, path: string, items: readonly ApiObject[]): readonly string[] {
  const live = items.filter((item) => !["Failed", "Succeeded"].includes(String((item["status"] as Body)["phase"])));
  const paths = live.map(({ metadata }) => `${path}/${metadata.name}${method === "PATCH" ? "/status" : ""}`).sort();
  return to === "first" ? paths.slice(0, 1) : paths;
}

/**
 * What must be the same. Masked: UIDs, times, versions, letters drawn or hashed into names, and addresses. Left out:
 * managedFields; the finalizer that the real Job controller puts on pods; of pods, what a kubelet and a scheduler write, but for phase, reason and message: KWOK is no kubelet.
 */
function masked(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => masked(item));
    if (key === "conditions") return items.sort(byText);
    return key === "items" ? items.sort(byText) : items;
  }
  if (typeof value !== "object" || value === null) return typeof value === "string" ? maskedText(value, key) : value;
  const fields = Object.entries(value as Body).filter(([name, field]) => !isLeftOut(name, field, value as Body));
  fields.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, masked(field, name)]));
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

const LEFT_OUT = new Set(["managedFields", "resourceVersion", "nodeName", "selfLink"]);
const POD_STATUS = new Set([
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "containerStatuses",
  "startTime",
  "conditions",
  "observedGeneration",
]);

function isLeftOut(name: string, field: unknown, holder: Body): boolean {
  if (LEFT_OUT.has(name) || field === undefined) return true;
  if (name === "finalizers" && JSON.stringify(field) === '["batch.kubernetes.io/job-tracking"]') return true;
  return "qosClass" in holder && POD_STATUS.has(name);
}

const DRAWN = "[bcdfghjklmnpqrstvwxz2456789]";

function maskedText(text: string, key: string): string {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return "<time>";
  if (/[0-9a-f]{8}-[0-9a-f]{4}-/.test(text)) return "<uid>";
  if (key === "pod-template-hash") return "<hash>";
  if (/^kube-api-access-/.test(text)) return "<token volume>";
  return text
    .replaceAll(new RegExp(`\\b(x|j|j-\\d)-${DRAWN}{8,10}-${DRAWN}{5}\\b`, "g"), "$1-<hash>-<drawn>")
    .replaceAll(new RegExp(`\\b(x)-${DRAWN}{8,10}\\b`, "g"), "$1-<hash>")
    .replaceAll(new RegExp(`\\b(x|j|j-\\d)-${DRAWN}{5}(?=$| )`, "g"), "$1-<drawn>");
}
