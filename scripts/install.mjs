// Install brings node_modules in line with package-lock.json, and says why when it cannot.
// Plain JavaScript for Node 18 and later, like run.mjs, which is its only user besides its tests.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const oldestNode = [22, 19];
const progressMs = 5_000;

/** Path of the Node that the devDependency `node` puts into the checkout. */
export function projectNode(root) {
  return join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
}

/**
 * Runs `npm ci` when node_modules is missing or does not hold what package-lock.json asks for; otherwise costs a few
 * milliseconds. Progress goes to stderr. Two runs in one checkout do not install at the same time: the second waits.
 * Throws with one sentence for the user when the installation fails.
 */
export async function ensureInstalled(root) {
  if (missingReason(root) === undefined) return;
  const unlock = await lock(root);
  try {
    const reason = missingReason(root); // another run may have installed while this one waited
    if (reason !== undefined) await install(root, reason);
  } finally {
    unlock();
  }
}

/**
 * Why node_modules must be installed, or undefined when it holds what package-lock.json asks for. The stamp of an
 * earlier run answers at once; without it (a user ran `npm install`) npm's own record of what it installed decides.
 */
export function missingReason(root) {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return "node_modules is missing";

  const { packages } = JSON.parse(lockText);
  const gone = directNames(packages[""]).find((name) => !existsSync(join(modules, name, "package.json")));
  if (gone !== undefined) return `${gone} is missing from node_modules`;

  const record = join(modules, ".package-lock.json");
  const stamp = join(modules, ".installed");
  const recordText = existsSync(record) ? readFileSync(record, "utf8") : "";
  const hash = createHash("sha256").update(lockText).update(recordText).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return undefined;

  if (recordText === "") return "node_modules was not installed by npm";
  const stale = staleName(packages, JSON.parse(recordText).packages);
  if (stale !== undefined) return `${stale} is not at the version of package-lock.json`;
  writeFileSync(stamp, hash);
  return undefined;
}

/** What is wrong with the project's Node, in one line, or undefined. */
export function nodeProblem(root) {
  const path = projectNode(root);
  const remedy = "run `npm rebuild node --ignore-scripts=false`, or delete node_modules and try again";
  if (!existsSync(path)) {
    return `node_modules/.bin/node is missing: the install script of the package "node" did not run (install scripts disabled?); ${remedy}`;
  }
  const { stdout, error, status } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    return `node_modules/.bin/node does not start (${error?.message ?? `exit code ${status}`}); ${remedy}`;
  }
  const [major, minor] = stdout.trim().slice(1).split(".").map(Number);
  const isOldEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return isOldEnough
    ? undefined
    : `node_modules/.bin/node is ${stdout.trim()}, but this project needs ${oldestNode.join(".")} or later; ${remedy}`;
}

function directNames(project) {
  return Object.keys({ ...project.dependencies, ...project.devDependencies });
}

/** The first package that is wanted but not installed at its version. Optional ones (other platforms) may be absent. */
function staleName(wanted, installed) {
  return Object.keys(wanted).find((name) => {
    if (name === "") return false;
    const have = installed[name];
    if (have === undefined) return !(wanted[name].optional || wanted[name].devOptional || wanted[name].peer);
    return have.version !== wanted[name].version;
  });
}

async function install(root, reason) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${reason}: running npm ci (needs the network; under a minute as a rule)`);
  const ticker = setInterval(() => say(`npm ci is running, ${seconds()}`), progressMs);
  try {
    const code = await npmCi(root);
    if (code !== 0) throw new Error(`npm ci failed (${code}) after ${seconds()}; its output is above`);
  } finally {
    clearInterval(ticker);
  }
  const still = missingReason(root);
  if (still !== undefined) throw new Error(`npm ci ended well, yet ${still}`);
  say(`installed in ${seconds()}`);
}

/** Its output goes to stderr, so that stdout stays the command's own (JSON lines, a report). */
function npmCi(root) {
  const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  const cli = process.env.npm_execpath; // the npm that started this script, when one did
  const isNpm = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli);
  const [file, argv] = isNpm ? [process.execPath, [cli, ...args]] : ["npm", args];
  return new Promise((resolve, reject) => {
    const child = spawn(file, argv, {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: !isNpm && process.platform === "win32",
    });
    child.on("error", (error) => reject(new Error(`cannot start npm: ${error.message}`)));
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    const pass = (signal) => child.kill(signal); // an installation does not outlive the run that wanted it
    for (const signal of signals) process.on(signal, pass);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, pass);
      resolve(code ?? signal);
    });
  });
}

/** Takes the checkout's installation lock; one left by a process that is gone is removed. */
async function lock(root) {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const path = join(root, ".cache", "install.lock");
  for (let waitedMs = 0; ; waitedMs += 500) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
    else if (waitedMs % progressMs === 0) say(`another run is installing (process ${owner}), waiting`);
    await sleep(500);
  }
}

function readOwner(path) {
  try {
    return Number(readFileSync(path, "utf8")) || undefined; // empty for the moment between creating and writing
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function say(message) {
  process.stderr.write(`[install] ${message}\n`);
}
