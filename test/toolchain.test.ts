// The toolchain checks itself: every check is shown to fail on what it is there to find.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "chai";
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser";
import { ESLint } from "eslint";
import { diagramOf, withDiagram } from "../scripts/folder-diagram.ts";
import { sizeProblems } from "../scripts/sizes.ts";
import { missingReason, nodeProblem } from "../scripts/install.mjs";

const repository = fileURLToPath(new URL("..", import.meta.url));

describe("toolchain: installation", () => {
  const wanted = {
    "": { dependencies: { a: "1" } },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  };
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
    {
      name: "not npm's work",
      installed: undefined,
      files: ["a/package.json"],
      reason: "node_modules was not installed by npm",
    },
  ];
  for (const c of cases) {
    it(c.name, async () => {
      await inCheckout((root) => {
        write(root, "package-lock.json", JSON.stringify({ packages: wanted }));
        if (c.installed) write(root, "node_modules/.package-lock.json", JSON.stringify({ packages: c.installed }));
        for (const file of c.files) write(root, join("node_modules", file), "{}");
        if (c.installed && c.files.length === 0) mkdirSync(join(root, "node_modules"), { recursive: true });
        assert.equal(missingReason(root), c.reason);
        assert.equal(missingReason(root), c.reason, "the same answer with the stamp");
      });
    });
  }

  it("a stamp does not outlive a change of package-lock.json", async () => {
    await inCheckout((root) => {
      write(root, "package-lock.json", JSON.stringify({ packages: wanted }));
      write(root, "node_modules/.package-lock.json", JSON.stringify({ packages: installed }));
      write(root, "node_modules/a/package.json", "{}");
      assert.isUndefined(missingReason(root));
      write(
        root,
        "package-lock.json",
        JSON.stringify({ packages: { ...wanted, "node_modules/a": { version: "1.1.0" } } }),
      );
      assert.equal(missingReason(root), "node_modules/a is not at the version of package-lock.json");
    });
  });

  it("says that the install script of node did not run", async () => {
    await inCheckout((root) => {
      assert.match(nodeProblem(root) ?? "", /install script of the package "node" did not run/);
    });
  });
});

describe("toolchain: import arrows", () => {
  const cases = [
    { name: "an action may use the session", from: "src/actions/a.ts", to: "src/session/b.ts", allowed: true },
    { name: "a session knows no action", from: "src/session/a.ts", to: "src/actions/b.ts", allowed: false },
    { name: "an action knows no plugin", from: "src/actions/a.ts", to: "src/plugins/b.ts", allowed: false },
    { name: "a plugin knows no action", from: "src/plugins/a.ts", to: "src/actions/b.ts", allowed: false },
    { name: "the model knows nobody", from: "src/model/a.ts", to: "src/session/b.ts", allowed: false },
    { name: "the core has no Env", from: "src/session/a.ts", to: "src/env.ts", allowed: false },
    { name: "the edge has Env", from: "src/cache/a.ts", to: "src/env.ts", allowed: true },
    { name: "the edge never imports the core", from: "src/commit/a.ts", to: "src/session/b.ts", allowed: false },
    { name: "simulate does not reach past scheduler", from: "src/simulate/a.ts", to: "src/cache/b.ts", allowed: false },
    { name: "src knows no test", from: "src/model/a.ts", to: "test/b.ts", allowed: false },
    { name: "cmd may import anything", from: "cmd/a.ts", to: "src/cache/b.ts", allowed: true },
    { name: "files of the outside: node:fs in kube", from: "src/kube/a.ts", to: "node:fs", allowed: false },
    { name: "node:http in server", from: "src/server/a.ts", to: "node:http", allowed: true },
    { name: "node:http in cache", from: "src/cache/a.ts", to: "node:http", allowed: false },
  ];
  for (const c of cases) {
    it(c.name, async () => {
      const violations = await inCheckout((root) => {
        const target = c.to.startsWith("node:") ? c.to : join(root, c.to);
        if (target !== c.to) write(root, c.to, "export const b = 1;\n");
        write(root, c.from, `import * as b from "${target}";\nexport const a = b;\n`);
        return violationsIn(root);
      });
      assert.deepEqual(violations, c.allowed ? [] : ["not-in-allowed"]);
    });
  }

  it("reports a cycle of two files, but lets types refer back", async () => {
    const rulesBroken = (back: string): Promise<string[]> =>
      inCheckout((root) => {
        write(root, "src/model/a.ts", 'import { b } from "./b.ts";\nexport const a = b;\n');
        write(root, "src/model/b.ts", `${back}\nexport const b = 1;\n`);
        return violationsIn(root);
      });
    assert.include(await rulesBroken('import "./a.ts";'), "no-cycles");
    assert.deepEqual(await rulesBroken('import type { a } from "./a.ts";\nexport type A = typeof a;'), []);
  });
});

describe("toolchain: lint", () => {
  const cases = [
    { name: "the clock", code: "export const now = Date.now();", rules: ["no-restricted-properties"] },
    { name: "the current date", code: "export const now = new Date();", rules: ["no-restricted-syntax"] },
    { name: "a given date is fine", code: "export const at = new Date(0).toISOString();", rules: [] },
    { name: "a timer", code: "setTimeout(String, 1);", rules: ["no-restricted-globals"] },
    { name: "randomness", code: "export const r = Math.random();", rules: ["no-restricted-properties"] },
    { name: "the environment", code: "export const e = process.env;", rules: ["no-restricted-globals"] },
    {
      name: "files",
      code: 'import { existsSync } from "node:fs";\nexport const e = existsSync;',
      rules: ["@typescript-eslint/no-restricted-imports"],
    },
    {
      name: "random bytes out of an allowed module",
      code: 'import { randomUUID } from "node:crypto";\nexport const id = randomUUID();',
      rules: ["@typescript-eslint/no-restricted-imports"],
    },
    {
      name: "a package away from home",
      code: 'import { produce } from "immer";\nexport const p = produce;',
      rules: ["@typescript-eslint/no-restricted-imports"],
    },
    {
      name: "the order of a locale",
      code: 'export const o = "a".localeCompare("b");',
      rules: ["no-restricted-properties"],
    },
    {
      name: "waiting in the core",
      code: "export async function f(): Promise<void> {\n  await g();\n}\nasync function g(): Promise<void> {}",
      rules: ["no-restricted-syntax", "no-restricted-syntax", "no-restricted-syntax"],
    },
    {
      name: "an object used as a map",
      code: "export const f = (o: Record<string, number>, key: string): number | undefined => o[key];",
      rules: ["local/no-string-keys"],
    },
    {
      name: "a known key is fine",
      code: 'export const f = (o: Record<string, number>, key: "a" | "b"): number | undefined => o[key];',
      rules: [],
    },
    {
      name: "a forgotten case",
      code: 'export function f(x: "a" | "b"): number {\n  switch (x) {\n    case "a":\n      return 1;\n    default:\n      return 2;\n  }\n}',
      rules: ["@typescript-eslint/switch-exhaustiveness-check"],
    },
  ];

  it("finds each of the things it bans in src", async () => {
    // One run for all: starting the type checker costs more than the cases.
    const found = await inCheckout(async (root) => {
      write(root, "tsconfig.json", readFileSync(join(repository, "tsconfig.json"), "utf8").replace('"mocha"', ""));
      symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
      for (const [index, c] of cases.entries()) write(root, `src/session/case-${index}.ts`, `${c.code}\n`);
      const eslint = new ESLint({ cwd: root, overrideConfigFile: join(repository, "eslint.config.mjs") });
      const results = await eslint.lintFiles(["src"]);
      return new Map(results.map(({ filePath, messages }) => [filePath, messages.map(({ ruleId }) => ruleId)]));
    });
    for (const [index, c] of cases.entries()) {
      const [, rules] = [...found].find(([path]) => path.endsWith(`/case-${index}.ts`)) ?? [];
      assert.deepEqual(rules, c.rules, c.name);
    }
  }).timeout(60_000);
});

describe("toolchain: sizes", () => {
  const lines = (count: number, header = "// About."): string => `${header}\n${"x;\n".repeat(count - 1)}`;
  const cases = [
    { name: "400 lines pass", path: "src/a.ts", text: lines(400), problems: 0 },
    { name: "401 lines need a reason", path: "src/a.ts", text: lines(401), problems: 1 },
    { name: "a reason in the header", path: "src/a.ts", text: lines(401, "// Long because: one table."), problems: 0 },
    { name: "a reason further down", path: "src/a.ts", text: `${lines(401)}// Long because: no.\n`, problems: 1 },
    { name: "the cycle on one screen", path: "src/scheduler.ts", text: lines(120), problems: 0 },
    { name: "the cycle on two", path: "src/scheduler.ts", text: lines(121), problems: 1 },
  ];
  for (const c of cases) {
    it(c.name, async () => {
      const problems = await inCheckout((root) => {
        write(root, c.path, c.text);
        return sizeProblems(root);
      });
      assert.lengthOf(problems, c.problems);
    });
  }
});

describe("toolchain: folder diagram", () => {
  const imports = [
    { from: "src/session/a.ts", to: "src/model/b.ts" },
    { from: "src/scheduler.ts", to: "src/session/a.ts" },
    { from: "cmd/main.ts", to: "src/scheduler.ts" },
    { from: "src/session/a.ts", to: "src/session/c.ts" },
    { from: "src/session/a.ts", to: "node_modules/immer/index.js" },
  ];

  it("draws each arrow between folders once, in any order of imports", () => {
    const drawing = diagramOf(imports);
    assert.include(drawing, "flowchart LR\n  cmd --> scheduler\n  scheduler --> session\n```");
    assert.include(drawing, "`model` is imported by session. `env` is imported by none.");
    assert.equal(diagramOf([...imports].reverse()), drawing);
  });

  it("replaces what is between the markers, and nothing else", () => {
    const text = "a\n<!-- folders:begin -->\nold\n<!-- folders:end -->\nb\n";
    const drawn = withDiagram(text, imports);
    assert.equal(drawn, `a\n<!-- folders:begin -->\n${diagramOf(imports)}\n<!-- folders:end -->\nb\n`);
    assert.equal(withDiagram(drawn ?? "", imports), drawn);
    assert.isUndefined(withDiagram("no markers", imports));
  });
});

async function violationsIn(root: string): Promise<string[]> {
  const { default: rules } = (await import(join(repository, ".dependency-cruiser.mjs"))) as { default: IConfiguration };
  const { options, ...ruleSet } = rules;
  const { output } = await cruise(
    ["src", "cmd", "test"].filter((folder) => existsSync(join(root, folder))),
    { ...options, baseDir: root, validate: true, ruleSet },
  );
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

async function inCheckout<Result>(use: (root: string) => Result | Promise<Result>): Promise<Result> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "batch-scheduler-toolchain-")));
  try {
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
