// The server processes of a control plane: started, recorded in its directory, and ended for certain.
//
// Each process writes its id to `DIR/NAME.pid` before it becomes the server, so whoever has the directory can end it:
// the program that started it, the `down` command, or the guard when the program that started it was killed.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, closeSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Command {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** One running server. Its output goes to `DIR/NAME.log`. It does not keep this process alive. */
export class ServerProcess {
  readonly name: string;
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(dir: string, command: Command) {
    this.name = command.name;
    this.#dir = dir;
    const log = openSync(join(dir, `${command.name}.log`), "a");
    const recordThenBecome = 'echo $$ >"$1" && shift && exec "$@"';
    this.#child = spawn("sh", ["-c", recordThenBecome, "sh", this.#pidFile, command.program, ...command.args], {
      cwd: dir,
      env: { ...process.env, ...command.environment },
      detached: true, // Ctrl-C reaches the test, which then ends its servers in order
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child.unref();
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", () => resolve());
      this.#child.once("exit", () => resolve());
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended, with the last lines of its log: what a person needs to see when a start fails. */
  async report(): Promise<string> {
    const state = this.isRunning ? "is running" : `ended (${this.#child.exitCode ?? this.#child.signalCode})`;
    const log = await readFile(join(this.#dir, `${this.name}.log`), "utf8").catch(() => "");
    return `${this.name} ${state}; its log ends with:\n${log.split("\n").slice(-25).join("\n")}`;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /** Resolves when none of its threads runs any more; the signal alone only asks for that. */
  async pause(): Promise<void> {
    this.signal("SIGSTOP");
    while (this.isRunning && !(await areThreadsStopped(this.pid))) await sleep(5);
  }

  /** Resolves when the process is gone. SIGTERM turns into SIGKILL after `patienceMs`. */
  async end(signal: "SIGTERM" | "SIGKILL", patienceMs = 2000): Promise<void> {
    this.#child.ref();
    this.signal(signal);
    this.signal("SIGCONT"); // a paused process would hear SIGTERM only later
    const impatience = setTimeout(() => this.signal("SIGKILL"), patienceMs);
    await this.#ended;
    clearTimeout(impatience);
    await rm(this.#pidFile, { force: true });
  }

  get #pidFile(): string {
    return join(this.#dir, `${this.name}.pid`);
  }
}

/**
 * Watches over the program that holds a control plane: when that program ends in any way, even by SIGKILL,
 * the servers recorded in `dir` are killed and `dir` is removed. The guard knows because its stdin closes.
 */
export class Guard {
  readonly #child: ChildProcess;

  constructor(dir: string) {
    const script = 'while read -r _; do :; done; cat "$1"/*.pid 2>/dev/null | xargs kill -KILL; rm -rf "$1"';
    this.#child = spawn("sh", ["-c", script, "sh", dir], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#child.unref();
    const stdin = this.#child.stdin as (NonNullable<ChildProcess["stdin"]> & { unref(): void }) | null;
    stdin?.unref();
  }

  /** Call when the directory is gone: then the guard has nothing left to do, and ends. */
  async dismiss(): Promise<void> {
    this.#child.ref();
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }
}

/** Kills the servers recorded in `dir`, the last of `startOrder` first. A recorded id that is another program's by now is left alone. */
export async function endRecorded(dir: string, startOrder: readonly string[]): Promise<void> {
  const names = (await recordedNames(dir)).sort((a, b) => startOrder.indexOf(b) - startOrder.indexOf(a));
  for (const name of names) {
    const pid = Number((await readFile(join(dir, `${name}.pid`), "utf8")).trim());
    while ((await commandLineOf(pid)).includes(dir)) {
      process.kill(pid, "SIGKILL");
      await sleep(20);
    }
    await rm(join(dir, `${name}.pid`), { force: true });
  }
}

/** The recorded servers of `dir` that are alive. */
export async function recordedAlive(dir: string): Promise<number[]> {
  const alive: number[] = [];
  for (const name of await recordedNames(dir)) {
    const pid = Number((await readFile(join(dir, `${name}.pid`), "utf8")).trim());
    if ((await commandLineOf(pid)).includes(dir)) alive.push(pid);
  }
  return alive;
}

async function recordedNames(dir: string): Promise<string[]> {
  const files = await readdir(dir).catch(() => []);
  return files.filter((file) => file.endsWith(".pid")).map((file) => file.slice(0, -".pid".length));
}

async function areThreadsStopped(pid: number): Promise<boolean> {
  if (!existsSync("/proc/self/task")) return sleep(200, true); // no way to see threads: they have stopped by then
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = threads.map(async (thread) => {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => "");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3); // after the name, which may hold anything
  });
  return (await Promise.all(states)).every((state) => state === "T");
}

/** Empty when there is no such process, also when it has ended and nobody has asked for its exit code yet. */
export async function commandLineOf(pid: number): Promise<string> {
  if (!Number.isInteger(pid) || pid <= 1) return "";
  if (existsSync("/proc/self/cmdline")) return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const ps = promisify(execFile)("ps", ["-ww", "-o", "command=", "-p", String(pid)]);
  return ps.then(({ stdout }) => stdout).catch(() => "");
}
