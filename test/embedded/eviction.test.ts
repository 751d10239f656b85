import { assert } from "chai";
import { evictPod } from "../../src/embedded/eviction.ts";
import { fieldOf, objectsOf } from "../../src/embedded/json.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { CoreWorld, failureOf } from "./core-world.ts";

type Fields = Readonly<Record<string, unknown>>;

const WITHIN_BUDGET = "Cannot evict pod as it would violate the pod's disruption budget.";
const OBSERVED = {
  observedGeneration: 1,
  disruptionsAllowed: 0,
  currentHealthy: 1,
  desiredHealthy: 1,
  expectedPods: 1,
};
const ALLOWING = { ...OBSERVED, disruptionsAllowed: 1, currentHealthy: 2 };
const READY = [{ type: "Ready", status: "True" }];

function podOf({ phase = "Running", ready = true, metadata = {}, spec = {} }: PodOptions = {}): Fields {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "default", labels: { app: "x" }, ...metadata },
    spec: { nodeName: "n", terminationGracePeriodSeconds: 30, ...spec },
    status: { phase, conditions: ready ? READY : [] },
  };
}

interface PodOptions {
  readonly phase?: string;
  readonly ready?: boolean;
  readonly metadata?: Fields;
  readonly spec?: Fields;
}

function budgetOf(name: string, status: Fields, spec: Fields = {}): Fields {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default", generation: 1 },
    spec: { selector: { matchLabels: { app: "x" } }, ...spec },
    status,
  };
}

interface Case {
  readonly name: string;
  readonly pod?: PodOptions;
  readonly budgets?: readonly Fields[];
  readonly body?: Fields;
  /** 201 where it is absent. */
  readonly status?: number;
  readonly message?: string;
  readonly cause?: string;
  readonly retryAfterSeconds?: number;
}

const exhausted = (sentence: string) => ({ status: 429, message: WITHIN_BUDGET, cause: sentence });
const beingProcessed = {
  ...exhausted("The disruption budget b is still being processed by the server."),
  retryAfterSeconds: 10,
};
const dryRun = { deleteOptions: { dryRun: ["All"] } };
const otherUid = { deleteOptions: { preconditions: { uid: "other" } } };

const cases: readonly Case[] = [
  { name: "no budget" },
  { name: "a budget that allows", budgets: [budgetOf("b", ALLOWING)] },
  {
    name: "an exhausted budget, without a hint when to try again",
    budgets: [budgetOf("b", OBSERVED)],
    ...exhausted("The disruption budget b needs 1 healthy pods and has 1 currently"),
  },
  {
    name: "an exhausted budget that has enough pods, of which one is leaving",
    budgets: [budgetOf("b", { ...OBSERVED, currentHealthy: 2 })],
    ...exhausted("The disruption budget b does not allow evicting pods currently"),
  },
  {
    name: "a budget that could not be counted",
    budgets: [
      budgetOf("b", {
        ...OBSERVED,
        conditions: [{ type: "DisruptionAllowed", status: "False", reason: "SyncFailed", message: "no scale" }],
      }),
    ],
    ...exhausted("The disruption budget b does not allow evicting pods currently because it failed sync: no scale"),
  },
  { name: "a budget that nobody has looked at yet", budgets: [budgetOf("b", {})], ...beingProcessed },
  {
    name: "an exhausted budget, tried without doing it",
    budgets: [budgetOf("b", OBSERVED)],
    body: dryRun,
    status: 429,
  },
  {
    name: "two budgets",
    budgets: [budgetOf("b", ALLOWING), budgetOf("c", ALLOWING)],
    status: 500,
    message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
  },
  {
    name: "a budget below nothing",
    budgets: [budgetOf("b", { ...OBSERVED, disruptionsAllowed: -1 })],
    status: 403,
    message: 'poddisruptionbudget.policy "b" is forbidden: pdb disruptions allowed is negative',
  },
  { name: "a budget of other pods", budgets: [budgetOf("b", OBSERVED, { selector: { matchLabels: { app: "y" } } })] },
  { name: "a budget of every pod", budgets: [budgetOf("b", OBSERVED, { selector: {} })], status: 429 },
  { name: "a budget without a selector", budgets: [budgetOf("b", OBSERVED, { selector: undefined })] },
  ...["Pending", "Succeeded", "Failed"].map((phase) => ({
    name: `a pod that is ${phase}, whatever its budget`,
    pod: { phase },
    budgets: [budgetOf("b", OBSERVED)],
  })),
  {
    name: "a pod that is leaving, whatever its budget",
    pod: { metadata: { deletionTimestamp: "2030-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 } },
    budgets: [budgetOf("b", OBSERVED)],
  },
  {
    name: "a pod that is not ready, under a budget with too few",
    pod: { ready: false },
    budgets: [budgetOf("b", { ...OBSERVED, currentHealthy: 0 })],
    ...exhausted("The disruption budget b needs 1 healthy pods and has 0 currently"),
  },
  {
    name: "a pod that is not ready, under a budget with enough",
    pod: { ready: false },
    budgets: [budgetOf("b", OBSERVED)],
  },
  {
    name: "a pod that is not ready, always allowed",
    pod: { ready: false },
    budgets: [budgetOf("b", { ...OBSERVED, currentHealthy: 0 }, { unhealthyPodEvictionPolicy: "AlwaysAllow" })],
  },
  {
    name: "a pod that is not ready and another one than was meant",
    pod: { ready: false },
    budgets: [budgetOf("b", OBSERVED)],
    body: otherUid,
    ...beingProcessed,
  },
  {
    name: "another pod than was meant",
    pod: { metadata: { uid: "own" } },
    body: otherUid,
    status: 409,
    message:
      'Operation cannot be fulfilled on Pod "p": the UID in the precondition (other) does not match the UID in record (own). The object might have been deleted and then recreated',
  },
  {
    name: "another pod than was meant, tried",
    body: { deleteOptions: { ...otherUid.deleteOptions, dryRun: ["All"] } },
    status: 409,
  },
  { name: "an old resourceVersion", body: { deleteOptions: { preconditions: { resourceVersion: "1" } } }, status: 409 },
  {
    name: "another name",
    body: { metadata: { name: "q" } },
    status: 400,
    message: "name in URL does not match name in Eviction object",
  },
  { name: "no name", body: { metadata: {} }, status: 400 },
  {
    name: "another namespace",
    body: { metadata: { name: "p", namespace: "other" } },
    status: 400,
    message: "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "another kind",
    body: { apiVersion: "v1", kind: "Binding" },
    status: 400,
    message:
      'Binding in version "v1" cannot be handled as a Eviction: converting (v1.Binding) to (policy.Eviction): unknown conversion',
  },
  { name: "an old version of evictions", body: { apiVersion: "policy/v1beta1" } },
  {
    name: "an unknown kind of dry run",
    body: { deleteOptions: { dryRun: ["Foo"] } },
    status: 422,
    message: 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Foo"]: supported values: "All"',
  },
];

describe("eviction, as the real server answers", () => {
  for (const { name, pod, budgets = [], body, status, message, cause, retryAfterSeconds } of cases) {
    it(`${name}: ${String(status ?? 201)}`, () => {
      const world = worldOf(podOf(pod), budgets);
      const failure = failureOf(() => evict(world, body));
      if (message !== undefined) assert.strictEqual(failure?.message, message);
      assert.strictEqual(failure?.status, status);
      assert.strictEqual(failure?.retryAfterSeconds, retryAfterSeconds);
      if (cause !== undefined) {
        assert.deepEqual(failure?.body.details?.causes, [{ reason: "DisruptionBudget", message: cause }]);
      }
    });
  }

  it("a pod that is not there: 404", () => {
    assert.strictEqual(failureOf(() => evict(new CoreWorld()))?.message, 'pods "p" not found');
  });
});

describe("eviction", () => {
  it("marks the pod, gives it its grace, and takes from the budget", () => {
    const world = worldOf(podOf(), [budgetOf("b", ALLOWING)]);
    const answer = evict(world);
    assert.deepEqual(answer, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
    const pod = podIn(world)!;
    assert.strictEqual(pod.metadata.deletionGracePeriodSeconds, 30);
    assert.deepInclude(objectsOf(fieldOf(pod["status"], "conditions")), {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: "2030-01-01T00:00:00Z",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    });
    const status = world.get("policy/v1", "PodDisruptionBudget", "b", "default")?.["status"];
    assert.strictEqual(fieldOf(status, "disruptionsAllowed"), 0);
    assert.deepEqual(fieldOf(status, "disruptedPods"), { p: "2030-01-01T00:00:00Z" });
    assert.include(objectsOf(fieldOf(status, "conditions"))[0], { status: "False", reason: "InsufficientPods" });
  });

  it("takes the last allowance once", () => {
    const world = worldOf(podOf(), [budgetOf("b", ALLOWING)]);
    world.put(podOf({ metadata: { name: "q" } }));
    evict(world);
    const failure = failureOf(() => evict(world, { metadata: { name: "q" } }, "q"));
    assert.strictEqual(failure?.status, 429);
    assert.isUndefined(podIn(world, "q")?.metadata.deletionTimestamp);
  });

  it("changes nothing when it is refused or only tried", () => {
    for (const [status, body] of [
      [OBSERVED, {}],
      [ALLOWING, dryRun],
    ] as const) {
      const world = worldOf(podOf(), [budgetOf("b", status)]);
      const { resourceVersion } = world.core.store;
      failureOf(() => evict(world, body));
      assert.strictEqual(world.core.store.resourceVersion, resourceVersion);
    }
  });

  it("deletes at once what is on no node, and says why to watchers", () => {
    const world = worldOf(podOf({ phase: "Pending", spec: { nodeName: "" } }), []);
    evict(world);
    assert.isUndefined(podIn(world));
    const last = world.core.store.history.at(-1);
    assert.strictEqual(last?.verb, "delete");
    assert.strictEqual(objectsOf(fieldOf(last?.object["status"], "conditions")).at(-1)?.["type"], "DisruptionTarget");
  });
});

function worldOf(pod: Fields, budgets: readonly Fields[]): CoreWorld {
  const world = new CoreWorld();
  world.put(pod);
  for (const budget of budgets) world.put(budget);
  return world;
}

function evict(world: CoreWorld, body: Fields = {}, name = "p"): unknown {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" }, ...body };
  return evictPod(world.core, "default", name, eviction, new URLSearchParams());
}

function podIn(world: CoreWorld, name = "p"): ApiObject | undefined {
  return world.get("v1", "Pod", name, "default");
}
