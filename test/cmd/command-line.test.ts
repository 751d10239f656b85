// The command line: exit codes, one readable line for whatever is wrong, and never a stack. Most of it in this process,
// and what belongs to the process itself in one of its own.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { assert } from "chai";
import { main } from "../../cmd/main.ts";
import { machinePath, run } from "./program.ts";

async function inProcess(argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ["", ""];
  const code = await main(argv, { stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) });
  return { code, stdout, stderr };
}

describe("command line", () => {
  let dir = "";
  const path = (name: string): string => join(dir, name);

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "batch-scheduler-cmd-"));
    writeFileSync(path("good.yaml"), "tiers:\n- plugins:\n  - name: gang\n  - name: predicates\n  - name: nodeorder\n");
    writeFileSync(path("warned.yaml"), "tiers:\n- plugins:\n  - name: predicates\n");
    writeFileSync(path("typo.yaml"), "actions: enqueue, alocate\ntiers:\n- plugins:\n  - name: gnag\n");
    writeFileSync(path("kubeconfig"), "current-context: nowhere\n");
    writeFileSync(path("pod.yaml"), "kind: Pod\napiVersion: v1\nmetadata: {}\n");
    writeFileSync(
      path("node.yaml"),
      "kind: Node\napiVersion: v1\nmetadata: {name: n}\nstatus: {allocatable: {cpu: 1}}\n",
    );
  });
  after(() => rmSync(dir, { recursive: true }));

  interface Row {
    readonly name: string;
    readonly args: () => readonly string[];
    readonly code: number;
    readonly stdout?: () => string | RegExp;
    /** Exact lines, or a pattern of the whole. Absent: nothing. */
    readonly stderr?: () => readonly string[] | RegExp;
  }
  const cases: readonly Row[] = [
    { name: "--version", args: () => ["--version"], code: 0, stdout: () => /^\d+\.\d+\.\d+\n$/ },
    {
      name: "--help names the commands, demo first",
      args: () => ["--help"],
      code: 0,
      stdout: () =>
        /Commands:\n\s+demo [\s\S]*run [\s\S]*simulate [\s\S]*check-config [\s\S]*Examples:\n\s+batch-scheduler demo\n/,
    },
    {
      name: "demo --help has examples",
      args: () => ["demo", "--help"],
      code: 0,
      stdout: () => /--serve[\s\S]*--speed[\s\S]*--nodes[\s\S]*--seed[\s\S]*--cycle-interval[\s\S]*Examples:/,
    },
    {
      name: "a demo on too few nodes",
      args: () => ["demo", "--nodes", "3"],
      code: 2,
      stderr: () => [
        "error: option '--nodes <n>' argument '3' is invalid. It must be a whole number from 4 to 1000. (see batch-scheduler demo --help)",
      ],
    },
    {
      name: "a demo that stands still",
      args: () => ["demo", "--speed", "0"],
      code: 2,
      stderr: () => [
        "error: option '--speed <n>' argument '0' is invalid. It must be a number from 0.01 to 1000. (see batch-scheduler demo --help)",
      ],
    },
    {
      name: "a demo with a misspelt plugin",
      args: () => ["demo", "--config", path("typo.yaml")],
      code: 2,
      stderr: () => /^error: .*"alocate".*\nerror: .*"gnag".*\n$/,
    },
    {
      name: "run --help has examples",
      args: () => ["run", "--help"],
      code: 0,
      stdout: () => /--min-cycle-gap[\s\S]*50ms[\s\S]*Examples:/,
    },
    {
      name: "simulate --help has examples",
      args: () => ["simulate", "--help"],
      code: 0,
      stdout: () => /--until-stable[\s\S]*Examples:/,
    },
    {
      name: "check-config --help has examples",
      args: () => ["check-config", "--help"],
      code: 0,
      stdout: () => /Examples:/,
    },
    { name: "no command", args: () => [], code: 2, stderr: () => /^Usage: batch-scheduler / },
    {
      name: "an unknown command and its nearest",
      args: () => ["simulat"],
      code: 2,
      stderr: () => ["error: unknown command 'simulat' (Did you mean simulate?) (see batch-scheduler --help)"],
    },
    {
      name: "an unknown flag and its nearest",
      args: () => ["run", "--dryrun"],
      code: 2,
      stderr: () => ["error: unknown option '--dryrun' (Did you mean --dry-run?) (see batch-scheduler run --help)"],
    },
    {
      name: "a missing file name",
      args: () => ["check-config"],
      code: 2,
      stderr: () => ["error: missing required argument 'file' (see batch-scheduler check-config --help)"],
    },
    {
      name: "a duration without unit",
      args: () => ["run", "--cycle-interval", "5"],
      code: 2,
      stderr: () => [
        "error: option '--cycle-interval <duration>' argument '5' is invalid. It must be a duration such as 250ms, 5s or 1m30s. (see batch-scheduler run --help)",
      ],
    },
    {
      name: "an address that is none",
      args: () => ["run", "--listen-address", "10260"],
      code: 2,
      stderr: () =>
        /^error: option '--listen-address <address>' argument '10260' is invalid\. It must be HOST:PORT.*\n$/,
    },
    {
      name: "a selector that is none",
      args: () => ["run", "--node-selector", "a in b"],
      code: 2,
      stderr: () => /^error: option '--node-selector <selector>' argument 'a in b' is invalid\. .*\n$/,
    },
    {
      name: "leader election, which is not there yet",
      args: () => ["run", "--leader-elect"],
      code: 2,
      stderr: () => [
        "error: --leader-elect: this version has no leader election yet: run one replica, with --no-leader-elect or without it",
      ],
    },
    {
      name: "the API, which is not there yet",
      args: () => ["run", "--api-address", "127.0.0.1:10261"],
      code: 2,
      stderr: () => ["error: --api-address: this version has no read-only API yet; leave it out"],
    },
    {
      name: "a valid configuration",
      args: () => ["check-config", path("good.yaml")],
      code: 0,
      stdout: () => `${path("good.yaml")}: ok\n`,
    },
    {
      name: "a configuration with a warning",
      args: () => ["check-config", path("warned.yaml")],
      code: 0,
      stdout: () => `${path("warned.yaml")}: ok\n`,
      stderr: () => [
        `warning: ${path("warned.yaml")}: the gang plugin is not configured: pods of a group are placed one by one, as if there were no group`,
      ],
    },
    {
      name: "a configuration with two errors: one line each",
      args: () => ["check-config", path("typo.yaml")],
      code: 2,
      stderr: () => [
        `error: ${path("typo.yaml")}:1:19: actions[1]: unknown action "alocate"; did you mean "allocate"?`,
        `error: ${path("typo.yaml")}:4:11: tiers[0].plugins[0].name: unknown plugin "gnag"; did you mean "gang"?`,
      ],
    },
    {
      name: "a configuration that is not there",
      args: () => ["check-config", path("none.yaml")],
      code: 2,
      stderr: () => [`error: ${path("none.yaml")}: no such file`],
    },
    {
      name: "a directory as configuration",
      args: () => ["check-config", dir],
      code: 2,
      stderr: () => [`error: ${dir}: it is a directory`],
    },
    {
      name: "run with a misspelt plugin",
      args: () => ["run", "--config", path("typo.yaml")],
      code: 2,
      stderr: () => /^error: .*"alocate".*\nerror: .*"gnag".*\n$/,
    },
    {
      name: "run with a broken kubeconfig",
      args: () => ["run", "--kubeconfig", path("kubeconfig")],
      code: 2,
      stderr: () => /^error: .*kubeconfig: it has no context nowhere.*\n$/,
    },
    {
      name: "run with a kubeconfig that is not there",
      args: () => ["run", "--kubeconfig", path("none")],
      code: 2,
      stderr: () => /^error: .*none: .*no such file.*\n$/,
    },
    {
      name: "simulate with a document that is no manifest",
      args: () => ["simulate", path("pod.yaml")],
      code: 2,
      stderr: () => /^error: .*pod\.yaml: .*metadata\.name.*\n$/,
    },
    {
      name: "simulate with a file that is not there",
      args: () => ["simulate", path("none.yaml")],
      code: 2,
      stderr: () => /^error: .*none\.yaml: .*no such file.*\n$/,
    },
    {
      name: "simulate with flags that exclude each other",
      args: () => ["simulate", path("node.yaml"), "--cycles", "1", "--until-stable"],
      code: 2,
      stderr: () => ["error: --cycles and --until-stable exclude each other"],
    },
    {
      name: "simulate",
      args: () => ["simulate", path("node.yaml"), "-o", "json"],
      code: 0,
      stdout: () => /^\{\n {2}"version": 1,/,
    },
  ];
  for (const row of cases) {
    it(row.name, async () => {
      const { code, stdout, stderr } = await inProcess(row.args());
      const expected = row.stderr?.() ?? [];
      if (expected instanceof RegExp) assert.match(stderr, expected);
      else assert.equal(stderr, expected.map((line) => `${line}\n`).join(""));
      assert.notMatch(stderr, /\n\s+at /, "a stack");
      const output = row.stdout?.() ?? "";
      if (output instanceof RegExp) assert.match(stdout, output);
      else assert.equal(stdout, output);
      assert.equal(code, row.code);
    });
  }

  it("a stack is there for --log-level debug, and only then", async () => {
    const { code, stderr } = await inProcess(["check-config", path("typo.yaml"), "--log-level", "debug"]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: .*\n[\s\S]*\n\s+at readPolicy/);
  });
});

describe("the program", function () {
  this.timeout(60_000);

  it("reads manifests from standard input, and nothing but the result is on stdout", async () => {
    const node = "kind: Node\napiVersion: v1\nmetadata: {name: piped}\nstatus: {allocatable: {cpu: 1, pods: 3}}\n";
    const { code, stdout, stderr } = await run(["simulate", "-", "-o", "json"], { stdin: node });
    assert.equal((JSON.parse(stdout) as { stable: boolean }).stable, true);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });

  it("ends with the exit code of the command, and one line", async () => {
    const { code, stdout, stderr } = await run(["check-config", "/nowhere/at/all.yaml"]);
    assert.deepEqual(
      { code, stdout, stderr },
      { code: 2, stdout: "", stderr: "error: /nowhere/at/all.yaml: no such file\n" },
    );
  });

  const machineNode = spawnSync("node", ["--version"], {
    encoding: "utf8",
    env: { ...process.env, PATH: machinePath },
  });
  it(`starts under the Node of the machine (${machineNode.status === 0 ? machineNode.stdout.trim() : "none"})`, async function () {
    if (machineNode.status !== 0) this.skip(); // a machine whose only Node is the project's
    const { code, stdout, stderr } = await run(["--version"], { onMachineNode: true });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });
});
