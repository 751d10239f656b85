// The control plane that the integration tests stand on: that it is a real one, and that nothing of it is left behind.

import { assert } from "chai";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ApiError, readAuditLog, startControlPlane, type ControlPlane } from "./control-plane.ts";
import { commandLineOf } from "./processes.ts";

const here = import.meta.dirname;
const rbacFile = join(here, "..", "..", "deploy", "rbac.yaml");
const crdsFile = join(here, "crds", "volcano.yaml");

describe("control plane", function () {
  this.timeout(120_000);

  before("is built", async function () {
    this.timeout(1_800_000);
    await (await startControlPlane()).stop();
  });

  describe("with controllers, KWOK and the scheduler of Kubernetes", () => {
    let plane: ControlPlane;
    before(async () => {
      plane = await startControlPlane({ controllerManager: true, kwok: true, kubeScheduler: true, audit: true });
    });
    after(() => plane.stop());

    it("is the version that go.mod names", async () => {
      const { gitVersion } = await plane.request<{ gitVersion: string }>("GET", "/version");
      assert.include(await readFile(join(here, "go.mod"), "utf8"), `k8s.io/kubernetes ${gitVersion}\n`);
      assert.include(await plane.kubectl(["version"]), `Client Version: ${gitVersion}`);
    });

    it("has nodes that become ready, as the template says", async () => {
      const names = await plane.addNodes(4, (i) => ({ allocatable: { cpu: "8" }, labels: { zone: `z${i % 2}` } }));
      assert.deepEqual(names, ["node-0", "node-1", "node-2", "node-3"]);
      const columns =
        "custom-columns=:.metadata.name,:.status.allocatable.cpu,:.status.allocatable.memory,:.spec.taints";
      const listed = await plane.kubectl(["get", "nodes", "-l", "zone=z1", "--no-headers", "-o", columns]);
      assert.equal(listed.replaceAll(/ +/g, " "), "node-1 8 256Gi <none>\nnode-3 8 256Gi <none>\n");
    });

    it("runs the pods of a Job to completion", async () => {
      await plane.kubectl(["apply", "-f", "-"], jobManifest("counted", 6));
      await plane.kubectl(["wait", "--for=condition=complete", "job/counted", "--timeout=60s"]);
      const phases = await plane.kubectl([
        "get",
        "pods",
        "-l",
        "job-name=counted",
        "-o",
        "jsonpath={.items[*].status.phase}",
      ]);
      assert.equal(phases, "Succeeded ".repeat(6).trim());
    });

    it("tells in its audit log who asked for what", async () => {
      const bindings = (await readAuditLog(plane.auditLog)).filter(
        (event) => event.objectRef?.subresource === "binding",
      );
      assert.isAtLeast(bindings.length, 6);
      assert.isTrue(
        bindings.every(({ user, requestObject }) => user.username === "admin" && requestObject !== undefined),
      );
    });

    it("refuses what it must: kubectl throws with what the server says", async () => {
      let message = "";
      await plane.kubectl(["get", "pod", "absent"]).catch((error: unknown) => (message = String(error)));
      assert.include(message, 'pods "absent" not found');
    });
  });

  describe("with the rights of deploy/rbac.yaml", () => {
    let plane: ControlPlane;
    let token: string;
    before(async () => {
      plane = await startControlPlane();
      await plane.kubectl(["apply", "-f", rbacFile]);
      await plane.applyCrds(crdsFile);
      await plane.addNodes(1);
      await plane.request("POST", "/api/v1/namespaces/default/pods", podObject("one"));
      token = await plane.serviceAccountToken("kube-system", "batch-scheduler");
    });
    after(() => plane.stop());

    const group = "/apis/scheduling.volcano.sh/v1beta1";
    const allowed = [
      ["GET", "/api/v1/pods"],
      ["GET", "/api/v1/nodes"],
      ["GET", "/api/v1/namespaces"],
      ["GET", "/api/v1/namespaces/default/pods/one"],
      ["PATCH", "/api/v1/namespaces/default/pods/one/status"],
      ["GET", "/apis/scheduling.k8s.io/v1/priorityclasses"],
      ["GET", `${group}/podgroups`],
      ["PATCH", `${group}/namespaces/default/podgroups/two`],
      ["GET", `${group}/queues`],
      ["GET", "/apis/batch/v1/jobs"],
      ["GET", "/apis/apps/v1/replicasets"],
      ["GET", "/apis/apps/v1/statefulsets"],
      ["GET", "/apis/batch.volcano.sh/v1alpha1/jobs"],
    ] as const;
    for (const [method, path] of allowed) {
      it(`may ${method} ${path}`, async () => {
        await plane.request("POST", `${group}/namespaces/default/podgroups`, podGroupObject("two")).catch(() => {});
        await plane.request(method, path, method === "PATCH" ? {} : undefined, { token });
      });
    }

    const refused = [
      ["GET", "/api/v1/secrets"],
      ["GET", "/api/v1/configmaps"],
      ["GET", "/api/v1/nodes/node-0"],
      ["PATCH", "/api/v1/nodes/node-0"],
      ["PATCH", "/api/v1/nodes/node-0/status"],
      ["PATCH", "/api/v1/namespaces/default/pods/one"],
      ["PUT", "/api/v1/namespaces/default/pods/one"],
      ["PUT", "/api/v1/namespaces/default/pods/one/status"],
      ["DELETE", "/api/v1/namespaces/default/pods/one"],
      ["POST", "/api/v1/namespaces/default/pods"],
      ["PATCH", `${group}/queues/default`],
    ] as const;
    for (const [method, path] of refused) {
      it(`may not ${method} ${path}`, async () => {
        const body = method === "GET" || method === "DELETE" ? undefined : podObject("one");
        const error = await plane.request(method, path, body, { token }).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        assert.instanceOf(error, ApiError);
        assert.deepInclude(error, { status: 403, reason: "Forbidden" });
      });
    }

    it("may bind a pod, with the kubeconfig of the service account", async () => {
      const kubeconfig = await plane.serviceAccountKubeconfig("kube-system", "batch-scheduler");
      const target = { apiVersion: "v1", kind: "Node", name: "node-0" };
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "one" }, target };
      const path = "/api/v1/namespaces/default/pods/one/binding";
      await plane.kubectl(["--kubeconfig", kubeconfig, "create", "--raw", path, "-f", "-"], JSON.stringify(binding));
      const bound = await plane.kubectl([
        "--kubeconfig",
        kubeconfig,
        "get",
        "pod",
        "one",
        "-o",
        "jsonpath={.spec.nodeName}",
      ]);
      assert.equal(bound, "node-0");
    });

    it("writes the status of a PodGroup through the object, and that of a Queue not", async () => {
      const queue = {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: { name: "batch" },
        spec: {},
      };
      await plane.request("POST", `${group}/queues`, queue);
      const status = { status: { phase: "Inqueue", state: "Open" } };
      type Patched = { status?: { phase?: string } };
      const podGroup = await plane.request<Patched>("PATCH", `${group}/namespaces/default/podgroups/two`, status, {
        token,
      });
      assert.equal(podGroup.status?.phase, "Inqueue");
      const patchedQueue = await plane.request<Patched>("PATCH", `${group}/queues/batch`, status);
      assert.isUndefined(patchedQueue.status?.phase);
    });
  });

  describe("an API server that goes away", () => {
    let plane: ControlPlane;
    before(async () => {
      plane = await startControlPlane();
      await plane.addNodes(2);
    });
    after(() => plane.stop());

    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      it(`keeps port, data, tokens and certificate over a stop by ${signal}`, async () => {
        await plane.stopApiServer(signal);
        const error = await plane.request("GET", "/api/v1/nodes").then(
          () => undefined,
          (cause: unknown) => cause,
        );
        assert.propertyVal(error, "code", "ECONNREFUSED");
        await plane.startApiServer();
        const { items } = await plane.request<{ items: unknown[] }>("GET", "/api/v1/nodes");
        assert.lengthOf(items, 2);
      });
    }

    it("answers nothing while paused", async () => {
      await plane.pauseApiServer();
      const answer = plane.request("GET", "/readyz").then(() => "answered");
      assert.equal(await Promise.race([answer, sleep(300, "silent")]), "silent");
      plane.resumeApiServer();
      assert.equal(await answer, "answered");
    });
  });

  describe("leaves nothing behind", () => {
    it("when two that ran at once are stopped, one of them paused", async () => {
      const options = { controllerManager: true, kwok: true };
      const planes = await Promise.all([startControlPlane(options), startControlPlane(options)]);
      await Promise.all(planes.map((plane, i) => plane.addNodes(i + 1)));
      for (const [i, plane] of planes.entries()) {
        const { items } = await plane.request<{ items: unknown[] }>("GET", "/api/v1/nodes");
        assert.lengthOf(items, i + 1);
      }
      const pids = planes.flatMap((plane) => [...plane.pids.values()]);
      assert.lengthOf(pids, 8);
      await planes[0].pauseApiServer();
      await Promise.all(planes.map((plane) => plane.stop()));
      for (const plane of planes) await assertNothingLeft(plane.dir, pids);
    });

    it("when a start fails, and the error shows why", async () => {
      const parent = await mkdtemp(join(await realpath(tmpdir()), "control-plane-test-"));
      let message = "";
      const start = startControlPlane({ dir: join(parent, "plane"), apiServerFlags: ["--no-such-flag"] });
      await start.catch((error: unknown) => (message = String(error)));
      assert.include(message, "kube-apiserver ended (1)");
      assert.include(message, "unknown flag: --no-such-flag");
      assert.deepEqual(await readdir(parent), []);
      await rm(parent, { recursive: true });
    });

    it("when the process that holds it is killed, a paused server included", async () => {
      const holder = spawn(process.execPath, ["--input-type=module", "--eval", holderScript()], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const line = await new Promise<string>((resolve) => holder.stdout.setEncoding("utf8").once("data", resolve));
      const { dir, pids } = JSON.parse(line) as { dir: string; pids: number[] };
      assert.lengthOf(pids, 5);
      for (const pid of pids) assert.include(await commandLineOf(pid), dir);
      holder.kill("SIGKILL");
      await assertNothingLeft(dir, pids);
    });
  });

  it("stays after `up`, and goes with `down`", async () => {
    const parent = await mkdtemp(join(await realpath(tmpdir()), "control-plane-test-"));
    const dir = join(parent, "plane");
    const cli = (...args: string[]) =>
      promisify(execFile)(process.execPath, [join(here, "cli.ts"), ...args, "--dir", dir]);

    const { stdout } = await cli("up", "--nodes", "3", "--kwok");
    assert.equal(stdout, `${join(dir, "admin.kubeconfig")}\n`);
    const { KubeConfig, CoreV1Api } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromFile(stdout.trim());
    assert.lengthOf((await config.makeApiClient(CoreV1Api).listNode()).items, 3);

    const again = await cli("up").catch((error: unknown) => error as { code: number; stderr: string });
    assert.deepInclude(again, { code: 1, stderr: `kube: one is running in ${dir}; take it down first\n` });

    const files = (await readdir(dir)).filter((file) => file.endsWith(".pid"));
    const pids = await Promise.all(files.map(async (file) => Number(await readFile(join(dir, file), "utf8"))));
    assert.lengthOf(pids, 4);
    await cli("down");
    await assertNothingLeft(dir, pids);
    await rm(parent, { recursive: true });
  });
});

async function assertNothingLeft(dir: string, pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const commandLines = await Promise.all(pids.map(commandLineOf));
    const left = commandLines.filter((line) => line.includes(dir));
    if (left.length === 0 && !existsSync(dir)) return;
    assert.isBelow(Date.now(), deadline, `left: ${left.join("\n")} ${existsSync(dir) ? dir : ""}`);
    await sleep(50);
  }
}

function holderScript(): string {
  return `
    const { startControlPlane } = await import(${JSON.stringify(join(here, "control-plane.ts"))});
    const plane = await startControlPlane({ controllerManager: true, kwok: true, kubeScheduler: true });
    await plane.pauseApiServer();
    console.log(JSON.stringify({ dir: plane.dir, pids: [...plane.pids.values()] }));
    setInterval(() => {}, 1000);
  `;
}

function podObject(name: string): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: podSpec() };
}

function podSpec(): object {
  const resources = { requests: { cpu: "100m", memory: "100Mi" } };
  return { restartPolicy: "Never", containers: [{ name: "main", image: "none", resources }] };
}

function podGroupObject(name: string): object {
  return { apiVersion: "scheduling.volcano.sh/v1beta1", kind: "PodGroup", metadata: { name }, spec: { minMember: 2 } };
}

function jobManifest(name: string, pods: number): string {
  const spec = { parallelism: pods, completions: pods, template: { spec: podSpec() } };
  return JSON.stringify({ apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec });
}
