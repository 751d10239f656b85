// Two servers and kubectl for each: the real control plane with its controllers and KWOK's kubelets, and the embedded server
// with its actors, over HTTP.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { realEnv } from "../../../cmd/real-env.ts";
import { startActors } from "../../../src/embedded/actors/index.ts";
import { EmbeddedApi, serveHttp } from "../../../src/embedded/index.ts";
import { startControlPlane } from "../control-plane.ts";
import { nodeObject } from "../nodes.ts";
import { writeKubeconfig } from "../servers.ts";
import { argsOf, masked, stdinOf, type Step } from "./steps.ts";

const nodeCount = 3;
const untilMaxMs = 20_000;

export interface Outcome {
  readonly code: number | null;
  /** What kubectl wrote, errors and warnings last. */
  readonly output: string;
}

export interface Server {
  run(args: readonly string[], stdin?: string): Promise<Outcome>;
  /** The first lines that a command writes, which is then ended. */
  firstLines(args: readonly string[], count: number): Promise<readonly string[]>;
  /** Whether controllers act; they do at first. Only for a moment: nodes whose leases nobody looks at become NotReady. */
  setControlled(isControlled: boolean): void;
  stop(): Promise<void>;
}

export async function startReal(): Promise<Server> {
  const plane = await startControlPlane({ controllerManager: true, kwok: true });
  await plane.addNodes(nodeCount);
  const { programs, kubeconfig, dir } = plane;
  return {
    ...clientOf(programs.kubectl, kubeconfig, join(dir, "pair-cache")),
    setControlled: (isControlled) => {
      process.kill(plane.pids.get("kube-controller-manager")!, isControlled ? "SIGCONT" : "SIGSTOP");
    },
    stop: () => plane.stop(),
  };
}

/** Its HTTP face is open: kubectl is an administrator without a token. */
export async function startEmbedded(kubectl: string): Promise<Server> {
  const env = realEnv();
  const api = new EmbeddedApi({ env, isOpen: true });
  for (let i = 0; i < nodeCount; i++) {
    const request = {
      method: "POST",
      path: "/api/v1/nodes",
      query: new URLSearchParams(),
      body: nodeObject(`node-${i}`, {}),
    };
    api.handle(request);
  }
  const actors = startActors(api, env, { kubelet: { startMs: 10, runMs: 10, stopMs: 10 } });
  const face = await serveHttp(api);
  const dir = await mkdtemp(join(tmpdir(), "batch-scheduler-kubectl-"));
  const kubeconfig = join(dir, "kubeconfig");
  await writeKubeconfig(kubeconfig, { url: face.url, user: "admin", token: "any" });
  return {
    ...clientOf(kubectl, kubeconfig, join(dir, "cache")),
    setControlled: () => {}, // what the real controllers are paused for, these do not do within the test
    stop: async () => {
      actors.stop();
      await face.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** Runs the step, again and again while it waits for actors, and answers with what of it is compared. */
export async function outcomeOf(server: Server, step: Step): Promise<Outcome> {
  const deadline = Date.now() + untilMaxMs;
  const stdin = await withUids(server, stdinOf(step));
  for (;;) {
    const { code, output } = await server.run(argsOf(step), stdin);
    const lines = masked(output).split("\n");
    if (step.until === undefined || step.until.test(lines.join("\n")) || deadline < Date.now()) {
      const { only } = step;
      return { code, output: (only === undefined ? lines : lines.filter((line) => only.test(line))).join("\n") };
    }
    await sleep(100);
  }
}

async function withUids(server: Server, stdin: string): Promise<string> {
  let result = stdin;
  for (const [words, object] of stdin.matchAll(/\$\(uid ([^)]+)\)/g)) {
    const { output } = await server.run(["get", object!, "-n", "team", "-o", "jsonpath={.metadata.uid}"]);
    result = result.replaceAll(words, output.trim());
  }
  return result;
}

function clientOf(program: string, kubeconfig: string, cacheDir: string): Pick<Server, "run" | "firstLines"> {
  const start = (args: readonly string[]) =>
    spawn(program, args, {
      env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: cacheDir, KUBERC: "off" },
      stdio: ["pipe", "pipe", "pipe"],
    });
  return {
    run: async (args, stdin = "") => {
      const child = start(args);
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.stdin.on("error", () => {}); // it may end without reading
      child.stdin.end(stdin);
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
      });
      return { code, output: `${stdout}${stderr}` };
    },
    firstLines: async (args, count) => {
      const child = start(args);
      let stdout = "";
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      const enough = new Promise<void>((resolve) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          stdout += text;
          if (count <= stdout.split("\n").length - 1) resolve();
        });
      });
      await Promise.race([ended, enough, sleep(untilMaxMs)]);
      child.kill();
      await ended;
      return stdout.split("\n").slice(0, count);
    },
  };
}
