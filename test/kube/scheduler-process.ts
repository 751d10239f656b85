// The program under test as a process of its own, next to a control plane: started as a user starts it, seen only from
// outside (log, probes, exit). It is recorded in the control plane's directory, so it dies with the test whatever happens.

import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { ControlPlane } from "./control-plane.ts";
import { ServerProcess } from "./processes.ts";

export const programFile = fileURLToPath(new URL("../../cmd/batch-scheduler.mjs", import.meta.url));
const rbacFile = fileURLToPath(new URL("../../deploy/rbac.yaml", import.meta.url));

/** A line of the program's log; the message is `msg`. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

let processCount = 0;

export class SchedulerProcess {
  readonly #plane: ControlPlane;
  readonly #process: ServerProcess;
  readonly #port: number;

  private static async freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  /** `run` with `--kubeconfig` and a free port for the probes, and with `flags`. */
  static async start(
    plane: ControlPlane,
    kubeconfig: string,
    flags: readonly string[] = [],
  ): Promise<SchedulerProcess> {
    const port = await SchedulerProcess.freePort();
    return new SchedulerProcess(plane, port, [
      ...["run", "--kubeconfig", kubeconfig, "--no-leader-elect", "--listen-address", `127.0.0.1:${port}`],
      ...flags,
    ]);
  }

  /** Use `start`. */
  constructor(plane: ControlPlane, port: number, args: readonly string[]) {
    this.#plane = plane;
    this.#port = port;
    const name = `batch-scheduler-${++processCount}`;
    this.#process = new ServerProcess(plane.dir, { name, program: process.execPath, args: [programFile, ...args] });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Everything it has printed, on stdout and stderr. */
  output(): Promise<string> {
    return readFile(join(this.#plane.dir, `${this.#process.name}.log`), "utf8");
  }

  /** Those lines of its output that are JSON objects. */
  async log(): Promise<readonly LogLine[]> {
    const lines = (await this.output()).split("\n");
    return lines
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Status and body of a probe or of /metrics; status 0 while nobody listens. */
  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
      const answer = await request(`http://127.0.0.1:${this.#port}${path}`);
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch {
      return { status: 0, body: "" };
    }
  }

  /** Resolves when /readyz answers `status`; throws with the end of its log when it has ended, or when time is up. */
  async waitReadyz(status = 200, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await this.get("/readyz");
      if (answer.status === status) return;
      if (!this.isRunning || Date.now() > deadline) {
        throw new Error(`/readyz is ${answer.status} ${answer.body.trim()}, not ${status}: ${await this.report()}`);
      }
      await sleep(50);
    }
  }

  report(): Promise<string> {
    return this.#process.report();
  }

  /** SIGTERM, as a kubelet would; resolves when it is gone. */
  stop(): Promise<void> {
    return this.#process.end("SIGTERM", 10_000);
  }
}

/** Applies deploy/rbac.yaml and resolves with the path of a kubeconfig of its service account, once it may list pods. */
export async function deployedKubeconfig(plane: ControlPlane): Promise<string> {
  await plane.kubectl(["apply", "-f", rbacFile]);
  const token = await plane.serviceAccountToken("kube-system", "batch-scheduler");
  await waitFor("the rights of the service account", 10_000, () =>
    plane.request("GET", "/api/v1/pods?limit=1", undefined, { token }).then(
      () => true,
      () => undefined,
    ),
  );
  return plane.serviceAccountKubeconfig("kube-system", "batch-scheduler");
}

/** Asks until the answer is not undefined, and resolves with it; throws when time is up. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms still no sign of ${what}`);
    await sleep(50);
  }
}
