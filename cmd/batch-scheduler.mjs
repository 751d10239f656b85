#!/usr/bin/env node
// The start of the program, in plain JavaScript for any Node from 18 on. In a checkout it runs the sources, in the Node of
// node_modules where the Node that it was started with is too old for them; in an installed package it runs the bundle.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const oldestNode = [22, 19];
const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, "dist", "batch-scheduler.mjs");
const sources = join(root, "cmd", "main.ts");
// Node strips no types from files under node_modules.
const isInstalled = root.includes(`${sep}node_modules${sep}`);

async function start() {
  const isNewEnough = isAtLeast(process.versions.node, oldestNode);
  if (isInstalled && !existsSync(bundle)) fail(`this package has no ${bundle}; run the program from a checkout`);
  if (isNewEnough) {
    silenceTypeStripping();
    const { start: run } = await import(pathToFileURL(isInstalled ? bundle : sources).href);
    await run(process.argv.slice(2));
    return;
  }
  const projectNode = join(root, "node_modules", ".bin", "node");
  const canHandOver = process.env.BATCH_SCHEDULER_STARTED !== "1" && existsSync(projectNode);
  if (!canHandOver) {
    fail(
      `Node ${process.versions.node} is too old: ${oldestNode.join(".")} or later is needed (in a checkout, npm ci brings one)`,
    );
  }
  handOver(projectNode);
}

/** Runs the same command in another Node and ends as it ends: same exit code, or death by the same signal. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, BATCH_SCHEDULER_STARTED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends its interrupt to the child as well.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    process.exitCode = 128 + constants.signals[signal]; // for signals that do not end this process
  });
}

/** The older of the supported versions warn that type stripping is experimental; a reader can do nothing about it. */
function silenceTypeStripping() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes("Type Stripping")) emitWarning.call(process, warning, ...rest);
  };
}

function isAtLeast(version, [wantedMajor, wantedMinor]) {
  const [major, minor] = version.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function fail(message) {
  process.stderr.write(`batch-scheduler: ${message}\n`);
  process.exit(1);
}

await start();
