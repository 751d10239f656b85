// `run` as a process: it binds a gang, says what is wrong outside in one line, goes on when it is cured, and stops cleanly.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { Program } from "./program.ts";
import { SmallApiServer } from "./small-api-server.ts";

describe("run", function () {
  this.timeout(60_000);
  let dir = "";
  let server: SmallApiServer;
  let program: Program | undefined;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "batch-scheduler-run-"));
    server = new SmallApiServer();
    server.put("nodes", {
      metadata: { name: "n1" },
      status: { allocatable: { cpu: "4", memory: "8Gi", pods: "10" }, conditions: [{ type: "Ready", status: "True" }] },
    });
    for (const name of ["a", "b", "c"]) server.put("pods", memberPod(name));
  });
  afterEach(async () => {
    program?.process.kill("SIGKILL");
    await program?.ended;
    program = undefined;
    await server.stop();
    rmSync(dir, { recursive: true });
  });

  function memberPod(name: string): Parameters<SmallApiServer["put"]>[1] {
    return {
      metadata: {
        name,
        namespace: "ml",
        creationTimestamp: "2030-01-01T00:00:00Z",
        labels: { "batch.scheduling.k8s.io/gang": "g" },
        annotations: { "batch.scheduling.k8s.io/min-available": "3" },
      },
      spec: {
        schedulerName: "batch-scheduler",
        containers: [{ name: "c", image: "i", resources: { requests: { cpu: "1" } } }],
      },
      status: { phase: "Pending" },
    };
  }

  function start(port: number, ...more: readonly string[]): Program {
    const kubeconfig = join(dir, "kubeconfig");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        "current-context": "small",
        contexts: [{ name: "small", context: { cluster: "small", user: "tester" } }],
        clusters: [{ name: "small", cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: "tester", user: { token: "planted-token" } }],
      }),
    );
    program = new Program([
      ...["run", "--kubeconfig", kubeconfig, "--listen-address", "127.0.0.1:0", "--cycle-interval", "100ms"],
      ...more,
    ]);
    return program;
  }

  async function get(running: Program, path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { listenAddress } = await running.logged("started");
    const response = await fetch(`http://${String(listenAddress)}${path}`);
    return { status: response.status, text: await response.text() };
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async function stopCleanly(running: Program): Promise<void> {
    running.process.kill("SIGTERM");
    const { code, stderr, stdout } = await running.ended;
    assert.equal(stderr, "");
    assert.notInclude(stdout, "planted-token");
    assert.equal(running.log.at(-1)?.["msg"], "stopped");
    assert.equal(code, 0);
  }

  it("binds a gang, tells its story by cycle, and stops on SIGTERM", async () => {
    const running = start(await server.start());
    await until(() => server.writes.filter((write) => write.endsWith("/binding")).length === 3);
    await until(async () => (await get(running, "/metrics")).text.includes("batch_scheduler_pods_bound_total 3"));
    assert.equal((await get(running, "/readyz")).status, 200);
    const metrics = (await get(running, "/metrics")).text;
    assert.include(metrics, "batch_scheduler_group_wait_seconds_count 1");
    assert.include(metrics, 'batch_scheduler_bind_request_seconds_count{code="201"} 3');
    assert.match(metrics, /batch_scheduler_watch_age_seconds\{resource="pods"\} \d/);
    await stopCleanly(running);

    const binds = running.log.filter(({ msg }) => msg === "bind");
    assert.sameMembers(
      binds.map(({ pod }) => pod),
      ["ml/a", "ml/b", "ml/c"],
    );
    const story = running.log.filter(({ cycle }) => cycle === binds[0]?.["cycle"]).map(({ msg }) => msg);
    assert.deepEqual(story, ["bind", "bind", "bind", "session"]);
  });

  it("--dry-run decides and writes nothing", async () => {
    const running = start(await server.start(), "--dry-run");
    assert.equal((await running.logged("bind"))["group"], "ml/g");
    await stopCleanly(running);
    assert.deepEqual(server.writes, []);
  });

  it("finishes the binds in flight when it is told to stop", async () => {
    server.bindDelayMs = 1_000;
    const running = start(await server.start());
    await until(() => server.writes.filter((write) => write.endsWith("/binding")).length === 3);
    await stopCleanly(running);
    const pods = [...(server.objects.get("pods")?.values() ?? [])];
    assert.deepEqual(
      pods.map(({ spec }) => (spec as { nodeName?: string }).nodeName),
      ["n1", "n1", "n1"],
    );
  });

  it("an unreachable API server is one line and /readyz 503, and it goes on when it is there", async () => {
    const port = await freePort();
    const running = start(port);
    const line = await running.logged("cannot read the cluster");
    assert.equal(line["code"], "unreachable");
    assert.match(String(line["problem"]), /^cannot list \w+: the API server cannot be reached: .*ECONNREFUSED/);
    const { status, text } = await get(running, "/readyz");
    assert.equal(status, 503);
    assert.include(text, "[-]synced failed: the API server cannot be reached\n");
    assert.equal((await get(running, "/livez")).status, 200);

    await server.start(port);
    await until(() => server.writes.filter((write) => write.endsWith("/binding")).length === 3);
    await running.logged("the API server answers again");
    assert.equal((await get(running, "/readyz")).status, 200);
    await stopCleanly(running);
    assert.lengthOf(
      running.log.filter(({ msg }) => msg === "cannot read the cluster"),
      1,
    );
  });

  it("a missing right is one line that names it, and it goes on when it is granted", async () => {
    server.forbidden.add("pods");
    const running = start(await server.start());
    const line = await running.logged("cannot read the cluster");
    assert.equal(line["code"], "forbidden");
    assert.match(String(line["problem"]), /^cannot list pods: forbidden: User "tester" cannot list/);
    const { status, text } = await get(running, "/readyz");
    assert.equal(status, 503);
    assert.include(text, "[-]synced failed: cannot list pods (forbidden)\n");

    server.forbidden.clear();
    await running.logged("the API server answers again");
    await running.logged("bind");
    await stopCleanly(running);
  });

  it("an occupied port is exit 1 and one line", async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    const address = occupant.address() as { port: number };
    const running = start(await server.start(), "--listen-address", `127.0.0.1:${address.port}`);
    const { code, stdout, stderr } = await running.ended;
    occupant.close();
    const line = `error: cannot listen on 127.0.0.1:${address.port}: the address is in use by another process\n`;
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: "", stderr: line });
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
