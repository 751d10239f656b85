// Check: everything about the sources that needs no test run; `npm run check`. One line a step, then the output of
// those that failed, and `N passed, N failed` at the end. `npm run check -- --fix [PATH…]` first repairs what can be
// repaired, in the given paths or everywhere.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult, type IConfiguration } from "dependency-cruiser";
import { withDiagram, type Import } from "./folder-diagram.ts";
import { sizeProblems } from "./sizes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const architecture = join(root, "ARCHITECTURE.md");
const sourceFolders = ["src", "cmd", "test", "scripts"].filter((folder) => existsSync(join(root, folder)));

/** Resolves to what is wrong, or to the empty string. */
type Step = () => Promise<string>;

const steps: readonly (readonly [name: string, step: Step])[] = [
  ["types", () => tool("tsc", "--incremental", "--tsBuildInfoFile", ".cache/tsc.json")],
  ["lint", () => tool("eslint", "--max-warnings", "0", ".")],
  ["format", () => tool("prettier", "--check", "--log-level", "warn", ".")],
  ["imports", () => tool("depcruise", "--config", ".dependency-cruiser.mjs", ...sourceFolders)],
  ["diagram", diagramProblem],
  ["sizes", () => Promise.resolve(sizeProblems(root).join("\n"))],
];

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--fix")) await fix(args.filter((arg) => !arg.startsWith("-")));
  const results = await Promise.all(steps.map(([name, step]) => run(name, step)));
  const failed = results.filter(({ problem }) => problem !== "");
  for (const { name, problem } of failed) console.log(`\n${name}:\n${problem}`);
  if (0 < failed.length) console.log();
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

/** Steps run side by side; each prints its line when it ends. */
async function run(name: string, step: Step): Promise<{ name: string; problem: string }> {
  const started = performance.now();
  const problem = await step().catch((error: unknown) => `the step itself broke: ${String(error)}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problem === "" ? "ok    " : "FAILED"} ${name} ${seconds} s`);
  return { name, problem };
}

async function fix(paths: readonly string[]): Promise<void> {
  const where = paths.length === 0 ? ["."] : paths;
  await tool("eslint", "--fix", ...where);
  await tool("prettier", "--write", "--log-level", "warn", ...where);
  if (!existsSync(architecture)) return;
  const text = readFileSync(architecture, "utf8");
  writeFileSync(architecture, withDiagram(text, await importsOf()) ?? text);
}

async function diagramProblem(): Promise<string> {
  if (!existsSync(architecture)) return "ARCHITECTURE.md does not exist";
  const text = readFileSync(architecture, "utf8");
  const current = withDiagram(text, await importsOf());
  if (current === undefined) return "ARCHITECTURE.md has no <!-- folders:begin --> and <!-- folders:end -->";
  return current === text ? "" : "the folder diagram of ARCHITECTURE.md is not the current one: npm run check -- --fix";
}

async function importsOf(): Promise<Import[]> {
  const { default: configuration } = (await import(join(root, ".dependency-cruiser.mjs"))) as {
    default: IConfiguration;
  };
  const { output } = await cruise(["src", "cmd"], { ...configuration.options, baseDir: root });
  return (output as ICruiseResult).modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
  );
}

/** Runs a tool of node_modules/.bin; its output is the problem when it fails. */
function tool(name: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(name, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", (error) => {
      resolve(`cannot start ${name}: ${error.message}`);
    });
    child.on("close", (code, signal) => {
      if (code === 0) resolve("");
      else resolve(`${output.trim()}\n(${name} ended with ${signal ?? `exit code ${String(code)}`})`);
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
