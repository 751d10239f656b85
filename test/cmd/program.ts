// Program: the command line as a user starts it, in a process of its own.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../cmd/batch-scheduler.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly stdin?: string;
  /** Starts it with the `node` that the machine has, not with the project's. */
  readonly onMachineNode?: boolean;
}

/** PATH without the project's Node. */
export const machinePath = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((entry) => !entry.includes("node_modules"))
  .join(delimiter);

export class Program {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], options: Options = {}) {
    const onMachineNode = options.onMachineNode === true;
    this.process = spawn(onMachineNode ? "node" : process.execPath, [bin, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: onMachineNode ? { ...process.env, PATH: machinePath } : process.env,
    });
    this.process.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.stdin?.on("error", () => undefined); // a program that reads no standard input
    this.process.stdin?.end(options.stdin ?? "");
    this.ended = new Promise((resolve) => {
      this.process.on("close", (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** The log lines so far. */
  get log(): Record<string, unknown>[] {
    return this.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves with the first log line of this message; rejects when the program ends without it. */
  async logged(message: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.log.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      const hasEnded = await Promise.race([
        this.ended.then(() => true),
        new Promise<boolean>((resolve) => this.process.stdout?.once("data", () => setImmediate(resolve, false))),
      ]);
      if (hasEnded) throw new Error(`ended without ${message}: ${this.stdout}${this.stderr}`);
    }
  }
}

export function run(args: readonly string[], options: Options = {}): Promise<Ended> {
  return new Program(args, options).ended;
}
