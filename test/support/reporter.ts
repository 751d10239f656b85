// Reports a test run: one line per outermost suite, failures in full at the end, and then the last line of
// last-line.ts. With `--reporter-option each=true` every test gets a line as it ends, for runs whose tests take long.

import Mocha from "mocha";
import { endSoon, tally } from "./last-line.ts";

const { Base } = Mocha.reporters;

export default class Reporter extends Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const reporterOptions = options.reporterOptions as Readonly<Record<string, unknown>> | undefined;
    if (reporterOptions?.["each"] === "true") reportTests(runner);
    else reportSuites(runner);

    runner.on("pass", () => (tally.passed += 1));
    runner.on("fail", () => (tally.failed += 1)); // hooks too
    runner.once("end", () => {
      if (0 < this.failures.length) Base.list(this.failures);
      if (tally.passed + tally.failed === 0) {
        print("no test ran");
        tally.failed = 1;
      }
      tally.isOver = true;
      endSoon();
    });
  }
}

function reportTests(runner: Mocha.Runner): void {
  runner.on("pass", (test) => {
    print(`ok      ${test.fullTitle()} (${test.duration ?? 0} ms)`);
  });
  runner.on("fail", (test) => {
    print(`FAILED  ${test.fullTitle()}`);
  });
  runner.on("pending", (test) => {
    print(`pending ${test.fullTitle()}`);
  });
}

function reportSuites(runner: Mocha.Runner): void {
  let counts = { passed: 0, failed: 0, pending: 0, ms: 0 };
  runner.on("pass", (test) => {
    counts.passed += 1;
    counts.ms += test.duration ?? 0;
  });
  runner.on("fail", () => (counts.failed += 1));
  runner.on("pending", () => (counts.pending += 1));
  runner.on("suite end", (suite) => {
    if (suite.root || suite.parent?.root !== true) return;
    const words = [`${counts.passed} passed`];
    if (0 < counts.failed) words.push(`${counts.failed} failed`);
    if (0 < counts.pending) words.push(`${counts.pending} pending`);
    print(`${counts.failed === 0 ? "ok    " : "FAILED"}  ${suite.title}: ${words.join(", ")} (${counts.ms} ms)`);
    counts = { passed: 0, failed: 0, pending: 0, ms: 0 };
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
