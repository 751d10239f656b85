// Commit against a real API server, with the rights of deploy/rbac.yaml: what the scripted API of test/support says about
// answers is what Kubernetes answers. The cache is by hand, so that its view can be wrong on purpose.

import { assert } from "chai";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { realEnv } from "../../cmd/real-env.ts";
import { bindRequest } from "../../src/commit/bind-request.ts";
import { Committer } from "../../src/commit/index.ts";
import type { CommitCache, Outcome } from "../../src/commit/index.ts";
import type { LiveNode, LivePod } from "../../src/model/index.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport } from "../../src/kube/transport.ts";
import type { Bind, GroupStatus, Plan } from "../../src/model/index.ts";
import { inWords } from "../commit/world.ts";
import { startControlPlane, type ControlPlane } from "./control-plane.ts";

const here = import.meta.dirname;
const podsPath = "/api/v1/namespaces/default/pods";
const groupsPath = "/apis/scheduling.volcano.sh/v1beta1/namespaces/default/podgroups";

interface ApiPod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly Readonly<Record<string, string>>[] };
}

/** Believes in every pod and node it is told of, whatever the API server holds. */
class CredulousCache implements CommitCache {
  readonly pods = new Map<string, LivePod>();
  readonly nodes = new Set(["node-0", "node-1"]);
  readonly assumed = new Set<string>();

  livePod(key: string): LivePod | undefined {
    return this.pods.get(key);
  }

  liveNode(name: string): LiveNode | undefined {
    return this.nodes.has(name) ? { uid: name, isUsable: true, isOverfull: false } : undefined;
  }

  assumeBind(bind: Bind): void {
    this.assumed.add(bind.uid);
  }

  assumeEvict(): void {
    throw new Error("nothing is evicted here");
  }

  forget(uid: string): void {
    this.assumed.delete(uid);
  }
}

describe("commit on a real API server", function () {
  this.timeout(120_000);

  let plane: ControlPlane;
  let kubeconfig: string;
  const closing: (() => Promise<void>)[] = [];

  before("starts", async () => {
    plane = await startControlPlane({ throughput: true });
    await plane.kubectl(["apply", "-f", join(here, "..", "..", "deploy", "rbac.yaml")]);
    await plane.applyCrds(join(here, "crds", "volcano.yaml"));
    await plane.addNodes(2);
    kubeconfig = await plane.serviceAccountKubeconfig("kube-system", "batch-scheduler");
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  after(() => plane.stop());

  /** A Committer of its own for each test. */
  function start(file = kubeconfig): {
    readonly client: Transport;
    readonly committer: Committer;
    readonly cache: CredulousCache;
    readonly outcomes: Outcome[];
  } {
    const env = realEnv();
    const client = new Transport({ kubeconfig: loadKubeconfig(env.files, { file }), env, version: "test" });
    const cache = new CredulousCache();
    const outcomes: Outcome[] = [];
    const committer = new Committer({
      ...{ client, env, cache, schedulerNames: ["batch-scheduler"], bindConcurrency: 64, qps: 0, burst: 0 },
      ...{ statusQps: 50, mayWrite: () => true, onOutcome: (outcome: Outcome) => outcomes.push(outcome) },
    });
    closing.push(async () => {
      await committer.stop(1_000);
      await client.close();
    });
    return { client, committer, cache, outcomes };
  }

  async function createPod(
    cache: CredulousCache,
    name: string,
    metadata: object = {},
    spec: object = {},
  ): Promise<Bind> {
    const { metadata: created } = await plane.request<ApiPod>("POST", podsPath, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...metadata },
      spec: { schedulerName: "batch-scheduler", containers: [{ name: "main", image: "none" }], ...spec },
    });
    const [task, uid, job] = [`default/${name}`, created.uid, `solo:default/${name}`];
    const live = { uid, node: "", isDeleting: false, isGated: false, phase: "Pending", job };
    cache.pods.set(task, { ...live, schedulerName: "batch-scheduler" });
    const mark = { cycleId: "c7", planned: 1, minimum: 1 };
    return { kind: "bind", task, uid, job, group: task, node: "node-0", mark, priority: 0 };
  }

  const get = (name: string): Promise<ApiPod> => plane.request<ApiPod>("GET", `${podsPath}/${name}`);

  function planOf(intents: readonly Bind[], rest: Partial<Plan> = {}): Plan {
    const counts = { pendingGroups: 0, podsConsidered: 0, bound: 0, evicted: 0, pipelined: 0, skippedAsUnchanged: 0 };
    return { cycle: 7, intents, conditions: [], groupStatuses: [], decisions: [], counts, ...rest };
  }

  async function until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!condition()) {
      if (deadline < Date.now()) throw new Error(`waited in vain for ${what}`);
      await sleep(5);
    }
  }

  it("binds, and the plan annotation is merged into the pod", async () => {
    const { committer, cache, outcomes } = start();
    const bind = await createPod(cache, "merged", { annotations: { kept: "yes" } });
    committer.submit(planOf([bind]));
    await until(() => committer.isSettled, "the bind");
    assert.deepEqual(inWords(outcomes), ["bound 201"]);
    assert.isTrue(cache.assumed.has(bind.uid), "until the watch shows it");
    const pod = await get("merged");
    assert.equal(pod.spec.nodeName, "node-0");
    assert.deepInclude(pod.metadata.annotations, { kept: "yes", "batch-scheduler/plan": "c7.1/1" });
  });

  const conflicts: {
    readonly name: string;
    readonly before?: (bind: Bind) => Promise<unknown>;
    readonly change?: (bind: Bind) => Partial<Bind>;
    readonly metadata?: object;
    readonly spec?: object;
    readonly outcome: string;
    readonly isAssumed?: true;
  }[] = [
    {
      name: "bound to our node already: 409, and a success",
      before: (bind) => bindAsAdmin(bind, "node-0"),
      outcome: "bound 409",
      isAssumed: true,
    },
    {
      name: "bound to another node already: 409",
      before: (bind) => bindAsAdmin(bind, "node-1"),
      outcome: "conflict_foreign",
    },
    { name: "another UID: 409", change: () => ({ uid: "00000000-0000-0000-0000-000000000000" }), outcome: "lost 409" },
    {
      name: "being deleted: 409",
      metadata: { finalizers: ["example.com/held"] },
      before: ({ task }) => plane.request("DELETE", `${podsPath}/${task.slice("default/".length)}`),
      outcome: "lost 409",
    },
    { name: "gated: 409", spec: { schedulingGates: [{ name: "example.com/wait" }] }, outcome: "lost 409" },
    {
      name: "gone: 404",
      before: ({ task }) =>
        plane.request("DELETE", `${podsPath}/${task.slice("default/".length)}?gracePeriodSeconds=0`),
      outcome: "lost 404",
    },
    {
      name: "a request that is too large: 413",
      change: () => ({ mark: { cycleId: "c".repeat(4 << 20), planned: 1, minimum: 1 } }),
      outcome: "refused 413",
    },
  ];

  function bindAsAdmin({ task }: Bind, node: string): Promise<unknown> {
    const name = task.slice("default/".length);
    const target = { apiVersion: "v1", kind: "Node", name: node };
    return plane.request("POST", `${podsPath}/${name}/binding`, {
      ...{ apiVersion: "v1", kind: "Binding", metadata: { name }, target },
    });
  }

  for (const [index, c] of conflicts.entries()) {
    it(c.name, async () => {
      const { committer, cache, outcomes } = start();
      const created = await createPod(cache, `conflict-${String(index)}`, c.metadata, c.spec);
      await c.before?.(created);
      const bind = { ...created, ...c.change?.(created) };
      cache.pods.set(bind.task, { ...cache.pods.get(bind.task)!, uid: bind.uid });
      cache.nodes.add(bind.node);
      committer.submit(planOf([bind]));
      await until(() => committer.isSettled, "an outcome");
      assert.equal(inWords(outcomes)[0]!.slice(0, c.outcome.length), c.outcome, JSON.stringify(outcomes));
      assert.equal(cache.assumed.has(bind.uid), c.isAssumed ?? false);
    });
  }

  it("a 500 that stays (it is what a binding without a target gets): parked, said, and found not to be executed", async () => {
    const { committer, cache, outcomes } = start();
    const bind = { ...(await createPod(cache, "no-target")), node: "" };
    cache.nodes.add("");
    committer.submit(planOf([bind]));
    await until(() => committer.parkedBinds === 1 && committer.queuedStatuses === 0, "the end of its tries");
    assert.deepEqual(inWords(outcomes), ["unknown", "unknown", "unknown", "parked"]);
    assert.isTrue(cache.assumed.has(bind.uid));
    assert.equal((await get("no-target")).status.conditions?.[0]?.["reason"], "SchedulerError");
    committer.reconcile();
    await until(() => committer.isSettled, "the evidence");
    assert.equal(inWords(outcomes).at(-1), "dropped not executed ×1");
    assert.isFalse(cache.assumed.has(bind.uid));
  });

  it("the API server binds to a node that does not exist: only re-validation keeps us from it", async () => {
    const { committer, cache, outcomes } = start();
    const trusting = { ...(await createPod(cache, "to-nowhere")), node: "nowhere" };
    cache.nodes.add("nowhere");
    committer.submit(planOf([trusting]));
    await until(() => committer.isSettled, "the bind");
    assert.equal((await get("to-nowhere")).spec.nodeName, "nowhere");

    const checked = { ...(await createPod(cache, "kept-from-nowhere")), node: "nowhere" };
    cache.nodes.delete("nowhere");
    committer.submit(planOf([checked]));
    assert.deepEqual(inWords(outcomes), ["bound 201", "dropped stale ×1"]);
    assert.isUndefined((await get("kept-from-nowhere")).spec.nodeName);
  });

  it("a missing right is named", async () => {
    const { committer, cache, outcomes } = start(await plane.serviceAccountKubeconfig("kube-system", "nobody"));
    committer.submit(planOf([await createPod(cache, "not-allowed")]));
    await until(() => committer.isSettled, "an answer");
    const refused = outcomes[0];
    assert.deepInclude(refused, { kind: "refused", code: 403, reason: "Forbidden" });
    assert.match(JSON.stringify(refused), /create pods\/binding in namespace default was refused: 403/);
  });

  before("an account without rights", () =>
    plane.request("POST", "/api/v1/namespaces/kube-system/serviceaccounts", { metadata: { name: "nobody" } }),
  );

  it("writes why a pod waits; another pod of that name keeps its own", async () => {
    const { committer, cache, outcomes } = start();
    const { task, uid } = await createPod(cache, "waiting");
    const reason = "WaitingForMembers";
    committer.submit(planOf([], { conditions: [{ task, uid, reason, message: "have 1, want 2" }] }));
    await until(() => committer.queuedStatuses === 0, "the condition");
    const [condition] = (await get("waiting")).status.conditions ?? [];
    assert.deepInclude(condition, { type: "PodScheduled", status: "False", reason, message: "have 1, want 2" });
    assert.match(condition!["lastTransitionTime"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

    const wrongUid = "00000000-0000-0000-0000-000000000000";
    cache.pods.set(task, { ...cache.pods.get(task)!, uid: wrongUid });
    committer.submit(planOf([], { conditions: [{ task, uid: wrongUid, reason: "Unschedulable", message: "no" }] }));
    await until(() => committer.queuedStatuses === 0, "the answer");
    assert.deepInclude(outcomes.at(-1), { kind: "status", result: "stale", code: 422 });
    assert.equal((await get("waiting")).status.conditions?.[0]?.["reason"], reason);

    // Bound, the API server itself says that it is scheduled.
    const bind = { ...(await createPod(cache, "waited")), node: "node-1" };
    committer.submit(planOf([], { conditions: [{ task: bind.task, uid: bind.uid, reason, message: "soon" }] }));
    await until(() => committer.queuedStatuses === 0, "the condition");
    committer.submit(planOf([bind]));
    await until(() => committer.isSettled, "the bind");
    const conditions = (await get("waited")).status.conditions ?? [];
    assert.deepEqual(
      conditions.map(({ type, status }) => `${type!}=${status!}`),
      ["PodScheduled=True"],
    );
  });

  it("writes the phase of a PodGroup, but not of another one of that name", async () => {
    const { committer, outcomes } = start();
    const created = await plane.request<ApiPod>("POST", groupsPath, {
      ...{ apiVersion: "scheduling.volcano.sh/v1beta1", kind: "PodGroup", metadata: { name: "gang" } },
      spec: { minMember: 2 },
    });
    const status: GroupStatus = {
      ...{ job: "volcano:default/gang", group: "default/gang", dialect: "volcano", phase: "Inqueue", hasNoPods: true },
      groupUid: created.metadata.uid,
    };
    const phase = async (): Promise<unknown> =>
      (await plane.request<{ status?: { phase?: string } }>("GET", `${groupsPath}/gang`)).status?.phase;
    committer.submit(planOf([], { groupStatuses: [status] }));
    await until(() => committer.queuedStatuses === 0, "the phase");
    assert.equal(await phase(), "Inqueue");

    const other = { ...status, groupUid: "00000000-0000-0000-0000-000000000000", phase: "Running" as const };
    committer.submit(planOf([], { groupStatuses: [other] }));
    await until(() => committer.queuedStatuses === 0, "the answer");
    assert.deepInclude(outcomes.at(-1), { kind: "status", result: "stale", code: 422 });
    assert.equal(await phase(), "Inqueue");
  });

  async function createPods(cache: CredulousCache, prefix: string, count: number): Promise<Bind[]> {
    const binds: Bind[] = [];
    for (let i = 0; i < count; i += 32) {
      const names = Array.from({ length: Math.min(32, count - i) }, (_, j) => `${prefix}-${String(i + j)}`);
      binds.push(...(await Promise.all(names.map((name) => createPod(cache, name)))));
    }
    return binds.map((bind, i) => ({ ...bind, node: `node-${String(i % 2)}` }));
  }

  it("1,000 binds with 64 in flight, beside a loop that only sends them", async () => {
    const { committer, cache, outcomes, client } = start();
    const binds = await createPods(cache, "many", 2_000);
    const ms = { committer: 0, loop: 0 };
    for (let part = 0; part < 8; part++) {
      const chunk = binds.slice(part * 250, (part + 1) * 250);
      const startMs = performance.now();
      if (part % 2 === 0) await sendAll(client, chunk);
      else {
        committer.submit(planOf(chunk));
        await until(() => committer.isSettled, "the binds");
      }
      ms[part % 2 === 0 ? "loop" : "committer"] += performance.now() - startMs;
    }
    const ours = Math.round(1_000_000 / ms.committer);
    const loop = Math.round(1_000_000 / ms.loop);
    console.info(`        1,000 binds, 64 in flight: ${String(ours)} a second; a loop: ${String(loop)} a second`);
    assert.equal(outcomes.filter(({ kind }) => kind === "bound").length, 1_000);
    assert.isAbove(ours / loop, 0.4, "most of the time is the API server's");
    const { items } = await plane.request<{ items: ApiPod[] }>("GET", podsPath);
    const nodeByTask = new Map(items.map(({ metadata, spec }) => [`default/${metadata.name}`, spec.nodeName]));
    for (const { task, node } of binds) assert.equal(nodeByTask.get(task), node);
  });

  async function sendAll(client: Transport, binds: readonly Bind[]): Promise<void> {
    const queue = [...binds];
    const { signal } = new AbortController();
    const sender = async (): Promise<void> => {
      for (let bind = queue.pop(); bind !== undefined; bind = queue.pop()) {
        const { status } = await client.request(bindRequest(bind, signal));
        assert.equal(status, 201);
      }
    };
    await Promise.all(Array.from({ length: 64 }, sender));
  }

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`an API server that ends by ${signal} in the middle of a batch: every outcome is true (A3)`, async () => {
      const { committer, cache, outcomes } = start();
      const binds = await createPods(cache, `cut-${signal.toLowerCase()}`, 600);
      const gang = binds.map((bind, i) => {
        const group = `default/${signal.toLowerCase()}-${String(Math.floor(i / 10))}`;
        const job = `gang-label:${group}`;
        cache.pods.set(bind.task, { ...cache.pods.get(bind.task)!, job });
        return { ...bind, job, group, mark: { cycleId: "c8", planned: 10, minimum: 10 } };
      });
      committer.submit(planOf(gang));
      await until(() => outcomes.length >= 100, "the first binds");
      await plane.stopApiServer(signal);
      await until(() => committer.inFlight === 0, "the breaker");
      assert.isAbove(committer.queuedBinds + outcomes.filter(({ kind }) => kind === "dropped").length, 0, "cut short");
      await plane.startApiServer();
      committer.reconcile();
      await until(() => committer.isSettled, "all outcomes");

      const { items } = await plane.request<{ items: ApiPod[] }>("GET", podsPath);
      const nodeByTask = new Map(items.map(({ metadata, spec }) => [`default/${metadata.name}`, spec.nodeName ?? ""]));
      let outcomeCount = 0;
      for (const outcome of outcomes) {
        const ended = outcome.kind === "bound" ? [outcome.bind] : outcome.kind === "dropped" ? outcome.binds : [];
        outcomeCount += ended.length;
        for (const { task, uid, node } of ended) {
          assert.equal(nodeByTask.get(task), outcome.kind === "bound" ? node : "", `${task}: ${outcome.kind}`);
          assert.equal(cache.assumed.has(uid), outcome.kind === "bound", task);
        }
      }
      assert.equal(outcomeCount, 600);
      const bound = outcomes.filter(({ kind }) => kind === "bound").length;
      console.info(`        ${String(bound)} of 600 bound, the others known not to be`);
    });
  }
});
