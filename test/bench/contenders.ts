// The schedulers that a live benchmark compares: each a process of its own beside the control plane, with the same rights.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ControlPlane } from "../kube/control-plane.ts";
import { ServerProcess } from "../kube/processes.ts";
import { SchedulerProcess, waitFor } from "../kube/scheduler-process.ts";

export interface Contender {
  readonly name: "batch-scheduler" | "null-scheduler";
  /** Starts the process; it schedules the pods whose schedulerName is `name`. */
  start(plane: ControlPlane, kubeconfig: string): Promise<RunningContender>;
}

export interface RunningContender {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Resolves when it watches pods. */
  ready(): Promise<void>;
  /** How it is doing, with the end of its log. */
  report(): Promise<string>;
  stop(): Promise<void>;
}

export const batchScheduler: Contender = {
  name: "batch-scheduler",
  async start(plane, kubeconfig) {
    const scheduler = await SchedulerProcess.start(plane, kubeconfig, ["--scheduler-name", "batch-scheduler"]);
    return {
      pid: scheduler.pid,
      get isRunning() {
        return scheduler.isRunning;
      },
      ready: () => scheduler.waitReadyz(),
      report: () => scheduler.report(),
      stop: () => scheduler.stop(),
    };
  },
};

const nullSchedulerFile = fileURLToPath(new URL("null-scheduler.ts", import.meta.url));
let nullCount = 0;

export const nullScheduler: Contender = {
  name: "null-scheduler",
  async start(plane, kubeconfig) {
    const name = `null-scheduler-${++nullCount}`;
    const args = [nullSchedulerFile, "--kubeconfig", kubeconfig, "--scheduler-name", "null-scheduler"];
    const child = new ServerProcess(plane.dir, { name, program: process.execPath, args });
    const isWatching = async (): Promise<true | undefined> => {
      if (!child.isRunning) throw new Error(await child.report());
      const output = await readFile(join(plane.dir, `${name}.log`), "utf8");
      return output.includes("watching\n") ? true : undefined;
    };
    return {
      pid: child.pid,
      get isRunning() {
        return child.isRunning;
      },
      ready: async () => {
        await waitFor("the null scheduler's watch", 60_000, isWatching);
      },
      report: () => child.report(),
      stop: () => child.end("SIGTERM"),
    };
  },
};
