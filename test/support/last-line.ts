// The last line of every test run is `N passed, N failed`, whatever happens before it: a file that does not load, a
// process that is told to exit, or one that something keeps alive. Loaded by mocha before any test.

import { config } from "chai";

/** What the reporter has counted so far; `isOver` once mocha has run everything. */
export const tally = { passed: 0, failed: 0, isOver: false };

const lingerMs = 10_000;

config.truncateThreshold = 0; // failures show whole values

process.on("exit", () => {
  // Ending without a result is a failure in itself, such as a test file that throws while loading.
  if (!tally.isOver) tally.failed += 1;
  if (0 < tally.failed && (process.exitCode ?? 0) === 0) process.exitCode = 1;
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
});

/** Ends a process that lives on after its tests: a timer, socket or child that a test left behind is a failure. */
export function endSoon(): void {
  setTimeout(() => {
    process.stdout.write(`the tests are over, but these live on: ${process.getActiveResourcesInfo().join(", ")}\n`);
    tally.failed += 1;
    process.on("exit", () => (process.exitCode = 1)); // after mocha's own handler, which knows of no failure
    process.exit(1);
  }, lingerMs).unref();
}
