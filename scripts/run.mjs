// Run starts one of the repository's commands from any checkout: `node scripts/run.mjs <name> [arguments]`.
// It is what every npm script calls. Plain JavaScript without dependencies, because it must work on the machine's own
// Node (18 or later) before anything is installed: it installs what is missing, then hands over to the Node of
// node_modules, with node_modules/.bin first on PATH, and passes on stdio, signals and the exit code.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled, nodeProblem, projectNode } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What each name runs: a TypeScript file, or mocha over a pattern that arguments naming files replace. */
const commands = new Map([
  ["test", mocha("test/**/*.test.ts", ["--ignore", "test/kube/**"])],
  ["test:kube", mocha("test/kube/**/*.test.ts", ["--timeout", "600000", "--reporter-option", "each=true"])],
  ["check", script("scripts/check.ts")],
  ["kube", script("test/kube/cli.ts")],
  ["behaviour", script("test/behaviour/run.ts")],
  ["fidelity", script("test/fidelity/run.ts")],
  ["faults", script("test/simulation/run.ts")],
  ["bench", script("test/bench/session.ts")],
  ["bench:kube", script("test/bench/kube.ts")],
  ["demo", script("cmd/batch-scheduler.mjs", ["demo"])],
]);

async function main([name, ...args]) {
  const command = commands.get(name);
  if (command === undefined) fail(`usage: node scripts/run.mjs <${[...commands.keys()].join("|")}> [arguments]`);
  try {
    await ensureInstalled(root);
  } catch (error) {
    fail(error.message);
  }
  const problem = nodeProblem(root);
  if (problem !== undefined) fail(problem);

  const argv = command(args);
  if (!existsSync(join(root, argv[0]))) fail(`${name}: ${argv[0]} does not exist in this checkout`);
  handOver(argv);
}

function script(file, fixed = []) {
  return (args) => [file, ...fixed, ...args];
}

function mocha(pattern, fixed) {
  return (args) => {
    const namesFiles = args.some((arg) => /^(\.\/)?test\//.test(arg));
    return ["node_modules/mocha/bin/mocha.js", ...fixed, ...args, ...(namesFiles ? [] : [pattern])];
  };
}

/** Runs `argv` in the project's Node and ends as it ends: same exit code, or death by the same signal. */
function handOver(argv) {
  // Type stripping still warns on the older of the supported versions; the warning says nothing a reader can act on.
  const child = spawn(projectNode(root), ["--disable-warning=ExperimentalWarning", ...argv], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends its interrupt to the child as well; a second one would look like an impatient user.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`cannot start ${projectNode(root)}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    process.exitCode = 128 + constants.signals[signal]; // for signals that do not end this process
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

await main(process.argv.slice(2));
