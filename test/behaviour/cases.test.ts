// The behaviour cases of this repository as tests: every `must` case, its input shuffled once, and one through the bin.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert } from "chai";
import { loadCases, type Case } from "./cases.ts";
import { commandLineOf, judge, problemsOf, runInProcess, type RunCase } from "./judge.ts";
import { whyLeftOut } from "./left-out.ts";

const bin = fileURLToPath(new URL("../../cmd/batch-scheduler.mjs", import.meta.url));
const cases = loadCases(fileURLToPath(new URL("cases", import.meta.url)));
const musts = cases.filter(({ spec }) => spec.level === "must");

describe("behaviour", function () {
  this.timeout(60_000);

  for (const test of musts) {
    it(test.path, async () => {
      assert.deepEqual(whyLeftOut(test), []);
      assert.deepEqual(await judge(test, 1), []);
    });
  }

  it("is the same through the bin, in a process of its own", async () => {
    const test = caseOf("gang/01-exact-fit");
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...commandLineOf(test, [test.clusterFile])], {
      encoding: "utf8",
    });
    const inProcess = await runInProcess(test, [test.clusterFile]);
    assert.deepEqual({ code: status, stdout, stderr }, inProcess);
    assert.deepEqual(problemsOf(test, inProcess), []);
  });

  it("canary: output that depends on the order of the input is caught", async () => {
    let runs = 0;
    const restless: RunCase = async (test, files) => {
      const answer = await runInProcess(test, files);
      runs += 1;
      return { ...answer, stdout: answer.stdout.replace(/\}\s*$/, `, "run": ${runs}}`) };
    };
    assert.deepEqual(await judge(caseOf("allocate/01-single-pod"), 1, restless), [
      "determinism: shuffle 1 of the input changed the output",
    ]);
  });

  it("canary: another exit code, a silent refusal and a stack are caught", () => {
    const refused = caseOf("robustness/34-document-without-name");
    assert.match(problemsOf(refused, { code: 1, stdout: "", stderr: "x" })[0] ?? "", /^exit 1, expected 2/);
    assert.deepEqual(problemsOf(refused, { code: 2, stdout: "", stderr: "" }), ["nothing on stderr"]);
    assert.deepEqual(problemsOf(refused, { code: 2, stdout: "", stderr: "x\n    at f (file.ts:1:2)\n" }), [
      "a stack trace on stderr",
    ]);
  });
});

function caseOf(path: string): Case {
  return cases.find((test) => test.path === path) ?? assert.fail(`no case ${path}`);
}
