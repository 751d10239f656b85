// Reflectors against the real API server, with the rights of an ordinary service account.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import { type CacheEvent, RESOURCES } from "../../src/cache/events.ts";
import { Reflectors } from "../../src/cache/reflectors.ts";
import type { Env } from "../../src/env.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { servedResources } from "../../src/kube/discovery.ts";
import { Transport } from "../../src/kube/transport.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

/** Waits of the reflectors are this much shorter than in a real run, so that a recheck after half a minute is one after a second. */
const haste = 30;

const env: Env = {
  clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
  timers: {
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    sleep: (delayMs, signal) => sleep(delayMs / haste, undefined, signal === undefined ? {} : { signal }),
  },
  random: Math.random,
  files: { read: (path) => readFileSync(path, "utf8") },
};

const readers = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "reader" },
  rules: RESOURCES.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs: ["list", "watch"] })),
};
const binding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "reader" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
  subjects: [{ kind: "ServiceAccount", namespace: "default", name: "reader" }],
};
const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { schedulerName: "nobody", containers: [{ name: "c", image: "i", env: [{ name: "A", value: "s3cret" }] }] },
});

describe("reflectors on a real API server", function () {
  this.timeout(120_000);

  let plane: ControlPlane;
  let client: Transport;
  let reflectors: Reflectors;
  const known = new Map<string, CacheEvent["object"]>();
  const events: CacheEvent[] = [];

  before(async () => {
    plane = await startControlPlane();
    await plane.request("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "reader" } });
    await plane.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", readers);
    const pods = Array.from({ length: 1_000 }, (_, index) => pod(`p${index}`));
    await Promise.all(pods.map((body) => plane.request("POST", "/api/v1/namespaces/default/pods", body)));
    const file = await plane.serviceAccountKubeconfig("default", "reader");
    client = new Transport({ kubeconfig: loadKubeconfig(env.files, { file }), env, version: "test" });
    reflectors = new Reflectors({ client, env, resources: RESOURCES, sink: take });
  });

  after(async () => {
    await reflectors.stop();
    await client.close();
    await plane.stop();
  });

  function take(some: readonly CacheEvent[]): void {
    events.push(...some);
    for (const { resource, type, object } of some) {
      const key = `${resource}/${object.metadata.name}`;
      if (type === "upsert") known.set(key, object);
      else assert.isTrue(known.delete(key), `${key} was deleted twice`);
    }
  }

  it("name a missing right, and go on when it is given", async () => {
    reflectors.start();
    await until(() => reflectors.problems.length === 4, "problems of the base resources only");
    assert.isFalse(reflectors.isSynced);
    assert.deepInclude(reflectors.problems[1], {
      resource: "pods",
      verb: "list",
      code: "forbidden",
      message:
        "cannot list pods: forbidden: " +
        'User "system:serviceaccount:default:reader" cannot list resource "pods" in API group "" at the cluster scope',
    });
    await plane.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding);
    await until(() => reflectors.isSynced && reflectors.problems.length === 0, "the lists");
  });

  it("list 1,000 pods in pages and at once, without what is nobody's business", async () => {
    const pods = events.filter(({ resource }) => resource === "pods");
    assert.equal(pods.length, 1_000);
    assert.isTrue(pods.every(({ type }) => type === "upsert"));
    assert.notInclude(JSON.stringify(pods), "s3cret");
    assert.notInclude(JSON.stringify(pods), '"f:spec"'); // managedFields
    await until(() => reflectors.isSettled && reflectors.state("jobs") === "listed", "the optional resources");
    // Each was forbidden before the right was given, and asks again in its own time.
    await until(() => reflectors.state("volcanopodgroups") === "unserved", "what nobody serves");
  });

  it("watch: a new pod, a change and a delete arrive, each once", async () => {
    const before = events.length;
    await plane.request("POST", "/api/v1/namespaces/default/pods", pod("new"));
    await plane.request("PATCH", "/api/v1/namespaces/default/pods/new", { metadata: { labels: { a: "b" } } });
    await until(() => known.get("pods/new")?.metadata.labels?.["a"] === "b", "the label");
    await plane.request("DELETE", "/api/v1/namespaces/default/pods/new?gracePeriodSeconds=0");
    await until(() => !known.has("pods/new"), "the delete");
    const seen = events.slice(before);
    const versions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((left, right) => left - right),
    );
    // Before it deletes a pod the server marks it as deleting, which is an upsert of its own.
    assert.deepEqual([seen[0]?.type, seen.at(-1)?.type], ["upsert", "delete"]);
    assert.isString(seen.at(-1)?.object.spec?.["schedulerName"], "the delete carries the last state");
  });

  it("pick up a CRD that is installed later, and let go of it when it is removed", async () => {
    assert.equal((await servedResources(client, "scheduling.volcano.sh", "v1beta1")).size, 0);
    await plane.applyCrds(join(import.meta.dirname, "crds", "volcano.yaml"));
    assert.isTrue((await servedResources(client, "scheduling.volcano.sh", "v1beta1")).has("podgroups"));
    const group = {
      apiVersion: "scheduling.volcano.sh/v1beta1",
      kind: "PodGroup",
      metadata: { name: "g" },
      spec: { minMember: 3 },
    };
    await plane.request("POST", "/apis/scheduling.volcano.sh/v1beta1/namespaces/default/podgroups", group);
    await until(() => known.get("volcanopodgroups/g")?.spec?.["minMember"] === 3, "the pod group");
    assert.equal(reflectors.state("volcanopodgroups"), "listed");
    await plane.kubectl(["delete", "crd", "podgroups.scheduling.volcano.sh"]);
    await until(() => !known.has("volcanopodgroups/g"), "the delete");
    await until(() => reflectors.state("volcanopodgroups") === "unserved", "the end of the resource");
    assert.deepEqual(reflectors.problems, []);
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`resume when the API server was ended with ${signal} and came back: nothing is lost, nothing is told twice`, async () => {
      const name = `while-away-${signal.toLowerCase()}`;
      await plane.stopApiServer(signal);
      await until(() => reflectors.problems.some(({ code }) => code === "unreachable"), "a problem");
      const before = events.length;
      await plane.startApiServer();
      await plane.request("POST", "/api/v1/namespaces/default/pods", pod(name));
      await until(() => known.has(`pods/${name}`) && reflectors.problems.length === 0, "the pod");
      const pods = events.slice(before).filter(({ resource }) => resource === "pods");
      assert.deepEqual(
        pods.map(({ type, object }) => `${type} ${object.metadata.name}`),
        [`upsert ${name}`],
      );
      assert.isAbove(reflectors.restarts("pods"), 0);
    });
  }
});

async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAtMs = Date.now() + 30_000;
  while (!condition()) {
    if (giveUpAtMs < Date.now()) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
}
