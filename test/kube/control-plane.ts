// A real Kubernetes control plane on loopback, for integration tests and benchmarks.
//
//   const plane = await startControlPlane({ controllerManager: true, kwok: true });
//   await plane.addNodes(10);
//   await plane.kubectl(["apply", "-f", "-"], manifest);
//   await plane.stop();
//
// Any number may run at once. Each has a directory of its own, which `stop` removes. If this process ends without
// calling it, however it ends, the servers end and the directory goes as well.

import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildKube, type KubePrograms } from "./build.ts";
import { clientFor, runKubectl, type ApiClient, type RequestOptions } from "./client.ts";
import { createNodes, nodeObject, nodesUsable, type NodeTemplates } from "./nodes.ts";
import { Guard, recordedAlive, ServerProcess } from "./processes.ts";
import { commandOf, filesOf, serverNames, writeKubeconfig, writeServerFiles } from "./servers.ts";
import type { Ports, ServerName, ServerOptions } from "./servers.ts";

export { ApiError } from "./client.ts";
export type { NodeTemplate, NodeTemplates } from "./nodes.ts";
export { readAuditLog, type AuditEvent } from "./servers.ts";

export interface ControlPlaneOptions extends ServerOptions {
  /** Absent or empty; by default a new directory in memory where the machine has one, else in the temp directory. */
  readonly dir?: string;
  /** The servers outlive this process; `endRecorded` of processes.ts ends them. Only the command line wants this. */
  readonly outlives?: boolean;
}

/** A file that marks a directory as a control plane's, so that nothing else is ever removed. */
export const markerFile = "batch-scheduler-control-plane";

const readyMaxMs = 60_000;

/** Builds what is not built yet, starts the servers asked for, and resolves when they answer. On failure nothing is left. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const programs = await buildKube();
  for (let attempt = 1; ; attempt++) {
    const dir = await prepareDir(options.dir);
    const plane = new ControlPlane(dir, programs, await freePorts(), options);
    try {
      await plane.start();
      return plane;
    } catch (error) {
      await plane.stop();
      // Another process may have taken one of the ports since they were seen to be free.
      if (attempt === 3 || !String(error).includes("address already in use")) throw error;
    }
  }
}

export class ControlPlane {
  readonly dir: string;
  readonly url: string;
  /** Path of the certificate of the authority that signed the API server's. */
  readonly ca: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** Path; the file is there when `audit` was asked for. `readAuditLog` reads it. */
  readonly auditLog: string;
  readonly programs: KubePrograms;
  readonly #ports: Ports;
  readonly #options: ControlPlaneOptions;
  readonly #servers = new Map<ServerName, ServerProcess>();
  readonly #nodeCounts = new Map<string, number>();
  #guard: Guard | undefined;
  #client: ApiClient | undefined;
  #adminToken = "";

  /** Use `startControlPlane`. */
  constructor(dir: string, programs: KubePrograms, ports: Ports, options: ControlPlaneOptions) {
    const files = filesOf(dir);
    this.dir = dir;
    this.url = `https://127.0.0.1:${ports.apiServer}`;
    this.ca = files.ca;
    this.kubeconfig = files.adminKubeconfig;
    this.auditLog = files.auditLog;
    this.programs = programs;
    this.#ports = ports;
    this.#options = options;
  }

  get adminToken(): string {
    return this.#adminToken;
  }

  /** Process ids by server, of those that run. */
  get pids(): ReadonlyMap<ServerName, number> {
    const running = [...this.#servers].filter(([, server]) => server.isRunning);
    return new Map(running.map(([name, server]) => [name, server.pid]));
  }

  /** Called once, by `startControlPlane`. */
  async start(): Promise<void> {
    if (!this.#options.outlives) this.#guard = new Guard(this.dir);
    this.#adminToken = await writeServerFiles(this.dir, this.url, this.#options);
    this.#startServer("etcd");
    await this.startApiServer();
    if (this.#options.controllerManager) this.#startServer("kube-controller-manager");
    if (this.#options.kwok) this.#startServer("kwok");
    if (this.#options.kubeScheduler) this.#startServer("kube-scheduler");
    if (this.#options.controllerManager) {
      // From here on pods are admitted.
      await this.#until("the default service account", () =>
        this.request("GET", "/api/v1/namespaces/default/serviceaccounts/default"),
      );
    }
  }

  /** Ends every server, the last started first, and removes the directory. May be called again. */
  async stop(): Promise<void> {
    await this.#client?.close();
    this.#client = undefined;
    for (const name of [...serverNames].reverse()) await this.#servers.get(name)?.end("SIGKILL");
    this.#servers.clear();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
    await this.#guard?.dismiss();
    this.#guard = undefined;
  }

  /** Starts it again on the same port and data, and resolves when it is ready. */
  async startApiServer(): Promise<void> {
    this.#startServer("kube-apiserver");
    await this.#until("the API server", async () => {
      this.#client ??= await clientFor(this.url, this.ca, this.#adminToken);
      await this.request("GET", "/readyz");
    });
  }

  /**
   * SIGTERM lets it finish its requests, and cuts watches after two seconds; SIGKILL is a crash. Resolves when it is gone.
   * (Left alone after SIGTERM it would keep its watches open for a minute.)
   */
  async stopApiServer(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#servers.get("kube-apiserver")?.end(signal);
    this.#servers.delete("kube-apiserver");
  }

  /** It accepts connections and answers nothing, until resumed. */
  async pauseApiServer(): Promise<void> {
    await this.#servers.get("kube-apiserver")?.pause();
  }

  resumeApiServer(): void {
    this.#servers.get("kube-apiserver")?.signal("SIGCONT");
  }

  /** A request as the admin, or with `options.token`. Resolves with the parsed answer; throws ApiError if it is no success. */
  async request<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
    if (this.#client === undefined) throw new Error("the control plane is not running");
    return this.#client.request<T>(method, path, body, options);
  }

  /** Runs kubectl as the admin, or with a `--kubeconfig` of its own. Resolves with stdout; throws with stderr. */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const cacheDir = filesOf(this.dir).kubectlCache;
    return runKubectl({ program: this.programs.kubectl, kubeconfig: this.kubeconfig, cacheDir }, args, stdin);
  }

  /** Applies a file of CustomResourceDefinitions and resolves when their objects can be listed. */
  async applyCrds(file: string): Promise<void> {
    const applied = await this.kubectl(["apply", "-f", file, "-o", "json"]);
    const parsed = JSON.parse(applied) as CustomResourceDefinition | { items: CustomResourceDefinition[] };
    for (const { spec } of "items" in parsed ? parsed.items : [parsed]) {
      for (const version of spec.versions.filter(({ served }) => served)) {
        // Established is not enough: for a moment after it the server answers 429, its storage being initialized.
        const path = `/apis/${spec.group}/${version.name}/${spec.names.plural}?limit=1`;
        await this.#until(path, () => this.request("GET", path));
      }
    }
  }

  /** Creates nodes and resolves with their names when pods can run on them. Numbers go on from call to call. */
  async addNodes(count: number, templates: NodeTemplates = {}): Promise<readonly string[]> {
    if (this.#client === undefined) throw new Error("the control plane is not running");
    const names: string[] = [];
    const nodes: object[] = [];
    for (let i = 0; i < count; i++) {
      const template = typeof templates === "function" ? templates(i) : templates;
      const prefix = template.prefix ?? "node";
      const number = this.#nodeCounts.get(prefix) ?? 0;
      this.#nodeCounts.set(prefix, number + 1);
      names.push(`${prefix}-${number}`);
      nodes.push(nodeObject(`${prefix}-${number}`, template));
    }
    await createNodes(this.#client, nodes);
    await nodesUsable(this.#client, names, readyMaxMs + count * 50);
    return names;
  }

  /** A token of an existing service account, as a pod of it would get. */
  async serviceAccountToken(namespace: string, name: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 86_400 } };
    const answer = await this.request<{ status: { token: string } }>("POST", path, body);
    return answer.status.token;
  }

  /** Path of a kubeconfig that acts as an existing service account. */
  async serviceAccountKubeconfig(namespace: string, name: string): Promise<string> {
    const token = await this.serviceAccountToken(namespace, name);
    const path = join(this.dir, `${namespace}-${name}.kubeconfig`);
    await writeKubeconfig(path, { url: this.url, ca: this.ca, user: name, token });
    return path;
  }

  #startServer(name: ServerName): void {
    if (this.#servers.get(name)?.isRunning) throw new Error(`${name} is running`);
    this.#servers.set(
      name,
      new ServerProcess(this.dir, commandOf(name, this.dir, this.programs, this.#ports, this.#options)),
    );
  }

  /** Repeats `attempt` until it succeeds. Throws with the end of a server's log when one has ended, or when time is up. */
  async #until(what: string, attempt: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + readyMaxMs;
    for (;;) {
      const failure = await attempt().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      const ended = [...this.#servers.values()].filter((server) => !server.isRunning);
      if (ended.length === 0 && Date.now() < deadline) {
        await sleep(25);
        continue;
      }
      const suspects = ended.length > 0 ? ended : [...this.#servers.values()];
      const reports = await Promise.all(suspects.map((server) => server.report()));
      throw new Error(`${what} did not become ready: ${reports.join("\n\n")}`, { cause: failure });
    }
  }
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

async function prepareDir(wanted: string | undefined): Promise<string> {
  const dir = wanted ?? (await mkdtemp(join(memoryDir() ?? tmpdir(), "batch-scheduler-kube-")));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await recordedAlive(await realpath(dir))).length > 0) throw new Error(`a control plane is running in ${dir}`);
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty`);
  await chmod(dir, 0o700); // tokens and keys
  await writeFile(join(dir, markerFile), "");
  return realpath(dir);
}

function memoryDir(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return undefined;
  }
}

/** Below the range from which outgoing connections get theirs, so that none takes a port while its server restarts. */
async function freePorts(): Promise<Ports> {
  const [etcdClient, etcdPeer, apiServer] = [await freePort(), await freePort(), await freePort()];
  return { etcdClient, etcdPeer, apiServer };
}

const portsGiven = new Set<number>();

async function freePort(): Promise<number> {
  for (;;) {
    const port = 16_000 + Math.floor(Math.random() * 14_000);
    if (portsGiven.has(port)) continue;
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (!isFree) continue;
    portsGiven.add(port);
    return port;
  }
}
