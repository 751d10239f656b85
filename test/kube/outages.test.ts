// What is wrong around the program, seen from outside: an API server that is away, rights that are missing, a kubeconfig
// that is broken, a port that is taken. It says so in one clear line, /readyz follows, and it goes on by itself when cured.

import { assert } from "chai";
import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { createRoundRobin, type Gang, type PodObject } from "./gang-fixtures.ts";
import { deployedKubeconfig, type LogLine, programFile, SchedulerProcess, waitFor } from "./scheduler-process.ts";

const namespace = "default";
/** The back-off of reflectors ends at 30 s, and up to a second passes until the cure is noticed. */
const cureMaxMs = 45_000;
/** Long enough for every reflector to have failed several times, and shorter than the minute between two lines. */
const watchedMs = 8_000;

describe("outages on a real control plane", function () {
  this.timeout(240_000);

  let plane: ControlPlane;
  let kubeconfig: string;
  let scheduler: SchedulerProcess | undefined;

  before(async () => {
    plane = await startControlPlane({ controllerManager: true });
    await plane.addNodes(3);
    kubeconfig = await deployedKubeconfig(plane);
  });

  afterEach(async () => {
    const output = await scheduler?.output();
    await scheduler?.stop();
    scheduler = undefined;
    if (output !== undefined) assert.notMatch(output, stackLine);
  });

  after(() => plane?.stop());

  it("goes on by itself after the API server was away", async () => {
    const running = (scheduler = await SchedulerProcess.start(plane, kubeconfig));
    await running.waitReadyz();
    await plane.stopApiServer();
    await running.waitReadyz(503, 15_000);
    await sleep(watchedMs);
    assert.equal((await running.get("/livez")).status, 200);
    assert.include((await running.get("/readyz")).body, "the API server cannot be reached");
    assertOneLine(await running.log(), "unreachable", /the API server cannot be reached/);

    await plane.startApiServer();
    const gang = gangOf("meanwhile");
    await createRoundRobin(plane, [gang]); // the scheduler does not know yet that the server is back
    await bound(gang, cureMaxMs);
    await running.waitReadyz(200, cureMaxMs);
    assert.lengthOf(linesOf(await running.log(), "the API server answers again"), 1);
  });

  it("waits for an API server that is away when it starts", async () => {
    await plane.stopApiServer();
    const running = (scheduler = await SchedulerProcess.start(plane, kubeconfig));
    await running.waitReadyz(503);
    await sleep(watchedMs);
    assert.equal((await running.get("/livez")).status, 200);
    assertOneLine(await running.log(), "unreachable", /the API server cannot be reached/);
    await plane.startApiServer();
    await running.waitReadyz(200, cureMaxMs);
    const gang = gangOf("afterwards");
    await createRoundRobin(plane, [gang]);
    await bound(gang, 15_000);
  });

  it("names the right that is missing at its start, and goes on when it is granted", async () => {
    await plane.kubectl(["create", "serviceaccount", "powerless"]);
    const powerless = await plane.serviceAccountKubeconfig(namespace, "powerless");
    const running = (scheduler = await SchedulerProcess.start(plane, powerless));
    await running.waitReadyz(503);
    await sleep(watchedMs);
    assert.include((await running.get("/readyz")).body, "cannot list pods (forbidden)");
    assertOneLine(await running.log(), "forbidden", /\blist pods\b.*\blist nodes\b|\blist nodes\b.*\blist pods\b/);

    await plane.kubectl([
      ...["create", "clusterrolebinding", "powerless-no-more", "--clusterrole=batch-scheduler"],
      `--serviceaccount=${namespace}:powerless`,
    ]);
    await running.waitReadyz(200, cureMaxMs);
    const gang = gangOf("granted");
    await createRoundRobin(plane, [gang]);
    await bound(gang, 15_000);
  });

  it("names the right to bind when it is taken away, and goes on when it is given back", async () => {
    const running = (scheduler = await SchedulerProcess.start(plane, kubeconfig));
    await running.waitReadyz();
    const role = await plane.request<{ rules: { resources: string[] }[] }>("GET", clusterRole);
    const withoutBinding = role.rules.filter(({ resources }) => !resources.includes("pods/binding"));
    await plane.request("PATCH", clusterRole, { rules: withoutBinding });
    const gang = gangOf("bereft");
    await createRoundRobin(plane, [gang]);
    await running.waitReadyz(503, 15_000);
    await sleep(watchedMs);
    const lines = (await running.log()).filter(({ level }) => 40 <= Number(level));
    assert.lengthOf(lines, 1, JSON.stringify(lines));
    assert.match(JSON.stringify(lines[0]), /create pods\/binding/);

    await plane.request("PATCH", clusterRole, { rules: role.rules });
    await bound(gang, 90_000);
    await running.waitReadyz(200, cureMaxMs);
  });

  describe("ends with one line", () => {
    it("and exit code 2 for a broken kubeconfig", async () => {
      const broken = [
        { name: "missing.kubeconfig", says: "missing.kubeconfig" },
        { name: "no-yaml.kubeconfig", content: "clusters: [", says: "no-yaml.kubeconfig" },
        { name: "empty.kubeconfig", content: "", says: "empty.kubeconfig" },
        {
          name: "no-context.kubeconfig",
          content: JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "gone", contexts: [] }),
          says: "gone",
        },
      ];
      for (const { name, content, says } of broken) {
        const path = join(plane.dir, name);
        if (content !== undefined) await writeFile(path, content);
        assertEnded(await end(["run", "--kubeconfig", path, "--listen-address", "127.0.0.1:0"]), 2, says);
      }
    });

    it("and exit code 1 for an occupied port", async () => {
      const holder = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => holder.once("listening", resolve));
      const address = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
      const ended = await end(["run", "--kubeconfig", kubeconfig, "--no-leader-elect", "--listen-address", address]);
      holder.close();
      assertEnded(ended, 1, address);
    });
  });

  function gangOf(name: string): Gang {
    return { namespace, name, size: 4, spelling: { kind: "gang-label", minAvailable: "4" } };
  }

  async function bound(gang: Gang, timeoutMs: number): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await waitFor(`the binds of ${gang.name}`, timeoutMs, async () => {
      const { items } = await plane.request<{ items: PodObject[] }>("GET", path);
      const members = items.filter(({ metadata }) => metadata.name.startsWith(`${gang.name}-`));
      return members.every(({ spec }) => spec.nodeName !== undefined) && members.length === gang.size
        ? true
        : undefined;
    }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${(await scheduler?.report()) ?? ""}`, { cause: error });
    });
  }
});

const clusterRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/batch-scheduler";
const stackLine = /^\s+at .*[:(]|\bnode:internal\b/m;

function linesOf(log: readonly LogLine[], msg: string): readonly LogLine[] {
  return log.filter((line) => line.msg === msg);
}

function assertOneLine(log: readonly LogLine[], code: string, says: RegExp): void {
  const lines = linesOf(log, "cannot read the cluster");
  assert.lengthOf(lines, 1, JSON.stringify(lines));
  assert.equal(lines[0]!["code"], code);
  assert.match(String(lines[0]!["problem"]), says);
  const others = log.filter((line) => 40 <= Number(line["level"]) && !lines.includes(line));
  assert.deepEqual(others, []);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function end(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [programFile, ...args], { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

function assertEnded({ code, stdout, stderr }: Ended, wanted: number, says: string): void {
  assert.equal(code, wanted, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^[^\n]+\n$/, "one line");
  assert.include(stderr, says);
  assert.notMatch(stderr, stackLine);
}
