// The toolchain checks itself: every check is shown to fail on what it is there to find.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { assert } from "chai";
import { missingReason, nodeProblem } from "../scripts/install.mjs";

describe("toolchain: installation", () => {
  const wanted = { "": { dependencies: { a: "1" } }, "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0", optional: true } };
  const installed = { "node_modules/a": { version: "1.0.0" } };
  const cases = [
    { name: "nothing installed", installed: undefined, files: [], reason: "node_modules is missing" },
    { name: "npm's record agrees", installed, files: ["a/package.json"], reason: undefined },
    { name: "a folder was deleted", installed, files: [], reason: "a is missing from node_modules" },
    {
      name: "another version",
      installed: { "node_modules/a": { version: "0.9.0" } },
      files: ["a/package.json"],
      reason: "node_modules/a is not at the version of package-lock.json",
    },
    { name: "not npm's work", installed: undefined, files: ["a/package.json"], reason: "node_modules was not installed by npm" },
  ];
  for (const c of cases) {
    it(c.name, () => {
      inCheckout((root) => {
        write(root, "package-lock.json", JSON.stringify({ packages: wanted }));
        if (c.installed) write(root, "node_modules/.package-lock.json", JSON.stringify({ packages: c.installed }));
        for (const file of c.files) write(root, join("node_modules", file), "{}");
        if (c.installed && c.files.length === 0) mkdirSync(join(root, "node_modules"), { recursive: true });
        assert.equal(missingReason(root), c.reason);
        assert.equal(missingReason(root), c.reason, "the same answer with the stamp");
      });
    });
  }

  it("a stamp does not outlive a change of package-lock.json", () => {
    inCheckout((root) => {
      write(root, "package-lock.json", JSON.stringify({ packages: wanted }));
      write(root, "node_modules/.package-lock.json", JSON.stringify({ packages: installed }));
      write(root, "node_modules/a/package.json", "{}");
      assert.isUndefined(missingReason(root));
      write(root, "package-lock.json", JSON.stringify({ packages: { ...wanted, "node_modules/a": { version: "1.1.0" } } }));
      assert.equal(missingReason(root), "node_modules/a is not at the version of package-lock.json");
    });
  });

  it("says that the install script of node did not run", () => {
    inCheckout((root) => {
      assert.match(nodeProblem(root) ?? "", /install script of the package "node" did not run/);
    });
  });
});

function inCheckout(check: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "batch-scheduler-toolchain-"));
  try {
    check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
