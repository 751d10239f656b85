// Mocha runs the TypeScript sources through Node's own type stripping: no loader, no build step.

export default {
  extension: ["ts"],
  reporter: "./test/support/reporter.ts",
  "reporter-option": ["maxDiffSize=0"], // failures show whole differences
  require: ["./test/support/last-line.ts"],
  timeout: 10_000,
  forbidOnly: process.env.CI !== undefined,
  failZero: true, // a pattern that matches nothing must not pass
};
