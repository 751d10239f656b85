// `demo` as a process: the whole story over real HTTP, fast; that it fails when a gang is torn; and the cluster that
// --serve leaves for kubectl. Facts, not timings.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { assert } from "chai";
import { Program } from "./program.ts";

describe("demo", function () {
  this.timeout(60_000);
  let program: Program | undefined;

  afterEach(async () => {
    program?.process.kill("SIGKILL");
    await program?.ended;
  });

  function start(...args: readonly string[]): Program {
    program = new Program(["demo", "--speed", "20", ...args]);
    return program;
  }

  it("tells its story, in 80 columns without colours, and ends well", async () => {
    const { code, stdout, stderr } = await start().ended;
    assert.equal(stderr, "");
    assert.equal(code, 0, stdout);
    for (const line of stdout.split("\n")) assert.isAtMost(line.length, 80, line);
    assert.notInclude(stdout, "\u001b");
    const story = unwrapped(stdout);
    for (const [name, needs] of [
      ["ring", 6],
      ["choir", "\\d"],
      ["pool", 6],
      ["wave", 6],
    ] as const) {
      assert.match(story, new RegExp(`${name} +PLACED: the ${needs} that it needs`));
    }
    assert.match(
      story,
      /titan +waits \(Unschedulable\): 0\/6 nodes are available: 6 Insufficient cpu\. The group needs 13 members, 6 fit\./,
    );
    assert.match(story, /choir +waits \(WaitingForMembers\): waiting for members: (\d) of \d are there/);
    assert.match(story, /pool +waits \(WaitingForMembers\): waiting for the group to settle/);
    assert.match(story, /wave +waits \(Unschedulable\): 0\/6 nodes are available: 6 Insufficient cpu/);
    assert.match(story, /node-a1 \|RRRRRRRR\.{8}\| 4\/8/);
    assert.include(story, "5 gangs: 4 placed whole, 1 waiting, 0 placed in part.");
  });

  it("tells the same facts for the same seed, whatever the times, and another story for another seed", async () => {
    const programs = [1, 1, 2].map((seed) => new Program(["demo", "--speed", "20", "--seed", String(seed)]));
    const tables = (await Promise.all(programs.map(({ ended }) => ended))).map(({ stdout }) => summaryOf(stdout));
    assert.isNotEmpty(tables[0]);
    assert.deepEqual(tables[0], tables[1]);
    assert.notDeepEqual(tables[0], tables[2]);
  });

  it("is as true on more nodes", async () => {
    const { code, stdout } = await start("--nodes", "30").ended;
    assert.equal(code, 0, stdout);
    assert.include(stdout, "5 gangs: 4 placed whole, 1 waiting, 0 placed in part.");
    assert.include(stdout, "and 8 more, ");
  });

  it("fails, and says at what, when gangs are placed pod by pod", async () => {
    const folder = mkdtempSync(join(tmpdir(), "batch-scheduler-demo-test-"));
    try {
      const config = join(folder, "no-gang.yaml");
      writeFileSync(config, "tiers:\n- plugins:\n  - name: predicates\n  - name: nodeorder\n");
      const { code, stderr } = await start("--config", config).ended;
      assert.match(stderr, /^warning: .*the gang plugin is not configured/);
      assert.match(stderr, /\nerror: the demo failed: it should be true that no pod of titan is placed\n$/);
      assert.equal(code, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("shows the scheduler's own log on stderr when asked", async () => {
    const { code, stdout, stderr } = await start("--log-level", "info", "--log-format", "json").ended;
    assert.equal(code, 0, stdout);
    const lines = stderr.split("\n").filter((line) => line !== "");
    const binds = lines
      .map((line) => JSON.parse(line) as { msg: string; group?: string })
      .filter(({ msg }) => msg === "bind");
    assert.lengthOf(
      binds.filter(({ group }) => group === "default/ring"),
      6,
    );
    assert.isEmpty(binds.filter(({ group }) => group === "default/titan"));
  });

  it("stopped in the middle of the story, it has failed, and leaves nothing behind", async () => {
    const running = start("--speed", "0.1", "--serve");
    const kubeconfig = await kubeconfigOf(running);
    running.process.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(stderr, "error: the demo was stopped before its end\n");
    assert.equal(code, 1);
    assert.isFalse(existsSync(dirname(kubeconfig)));
  });

  it("--serve answers whoever has the kubeconfig, brings new gangs, and ends well on Ctrl-C", async () => {
    const running = start("--serve");
    const file = await kubeconfigOf(running);
    const config = JSON.parse(readFileSync(file, "utf8")) as {
      clusters: { cluster: { server: string } }[];
      users: { user: { token: string } }[];
    };
    const get = (path: string, token?: string): Promise<Response> =>
      fetch(`${config.clusters[0]!.cluster.server}${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    await said(running, /new gang every few seconds/);
    const [admin, scheduler] = config.users.map(({ user }) => user.token);
    for (const token of [undefined, admin]) {
      const nodes = (await (await get("/api/v1/nodes", token)).json()) as { items: unknown[] }; // kubectl sends no token
      assert.lengthOf(nodes.items, 6);
    }
    assert.equal((await get("/api/v1/pods", scheduler)).status, 200);
    assert.equal((await get("/api/v1/secrets", scheduler)).status, 403);
    assert.equal((await get("/api/v1/nodes", "made up")).status, 401);
    await said(running, /anvil +\+ \d pods/);
    running.process.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.isFalse(existsSync(dirname(file)));
  });
});

/** Words without the line breaks and the indentation that 80 columns bring. */
function unwrapped(text: string): string {
  return text.replace(/\n {20}(?=\S)/g, " ");
}

/** The rows of the summary without their times. */
function summaryOf(stdout: string): readonly string[] {
  const lines = stdout.split("\n");
  const table = lines.slice(lines.findIndex((line) => line.startsWith("Summary")));
  return table
    .filter((line) => /\d of \d/.test(line))
    .map((line) => line.replace(/[\d.]+ m?s/g, "").replace(/ +/g, " "));
}

async function said(running: Program, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(running.stdout);
    if (match !== null) return match;
    const hasEnded = await Promise.race([
      running.ended.then(() => true),
      new Promise<boolean>((resolve) => running.process.stdout?.once("data", () => setImmediate(resolve, false))),
    ]);
    if (hasEnded) throw new Error(`ended without ${String(pattern)}: ${running.stdout}${running.stderr}`);
  }
}

async function kubeconfigOf(running: Program): Promise<string> {
  return (await said(running, /KUBECONFIG=(\S+)/))[1]!;
}
