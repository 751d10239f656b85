// Which servers a control plane has, with which flags, and the files they are given.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubePrograms } from "./build.ts";
import type { Command } from "./processes.ts";

/** Everything is off by default: then there is an API server, and nothing that acts on what it holds. */
export interface ServerOptions {
  /** Jobs, ReplicaSets, disruption budgets, garbage collection, node lifecycle, namespaces, service accounts. */
  readonly controllerManager?: boolean;
  readonly kubeScheduler?: boolean;
  /** Plays the kubelet of every node annotated `kwok.x-k8s.io/node: fake`. */
  readonly kwok?: boolean;
  /** Lifts the limits on requests, so that the scheduler under test is what is measured. */
  readonly throughput?: boolean;
  /** Writes `auditLog`: every request, those that change something with their bodies. */
  readonly audit?: boolean;
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /** API versions to serve beyond the defaults, such as `scheduling.k8s.io/v1alpha2=true`. */
  readonly runtimeConfig?: readonly string[];
  /** Beyond those that cannot work without the servers left out. */
  readonly disableAdmissionPlugins?: readonly string[];
  readonly apiServerFlags?: readonly string[];
}

export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** In the order of their start; they end in the reverse order. */
export const serverNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kwok", "kube-scheduler"] as const;
export type ServerName = (typeof serverNames)[number];

/** Paths of the files of a control plane. */
export interface ServerFiles {
  readonly etcdData: string;
  readonly certificates: string;
  /** The API server writes its own certificate here, with that of the authority that signed it. */
  readonly ca: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly adminKubeconfig: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly schedulerConfig: string;
  readonly kubectlCache: string;
}

export function filesOf(dir: string): ServerFiles {
  return {
    etcdData: join(dir, "etcd"),
    certificates: join(dir, "certificates"),
    ca: join(dir, "certificates", "apiserver.crt"),
    serviceAccountKey: join(dir, "service-account.key"),
    tokens: join(dir, "tokens.csv"),
    adminKubeconfig: join(dir, "admin.kubeconfig"),
    auditPolicy: join(dir, "audit-policy.yaml"),
    auditLog: join(dir, "audit.log"),
    schedulerConfig: join(dir, "kube-scheduler.yaml"),
    kubectlCache: join(dir, "kubectl-cache"),
  };
}

/** Writes what the servers read at their start; resolves with the admin's token. */
export async function writeServerFiles(dir: string, url: string, options: ServerOptions): Promise<string> {
  const files = filesOf(dir);
  const adminToken = randomBytes(24).toString("hex");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(files.serviceAccountKey, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await writeFile(files.tokens, `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 });
  await writeKubeconfig(files.adminKubeconfig, { url, ca: files.ca, user: "admin", token: adminToken });
  await writeFile(files.auditPolicy, auditPolicy);
  await writeFile(files.schedulerConfig, schedulerConfig(files.adminKubeconfig, options));
  return adminToken;
}

export interface KubeconfigContent {
  readonly url: string;
  /** Path of the certificate of the authority; it need not exist yet. None for plain HTTP. */
  readonly ca?: string;
  readonly user: string;
  readonly token: string;
}

export async function writeKubeconfig(path: string, content: KubeconfigContent): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: content.user } }],
    clusters: [{ name: "test", cluster: { server: content.url, "certificate-authority": content.ca } }],
    users: [{ name: content.user, user: { token: content.token } }],
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 }); // JSON is YAML
}

/** The command of each server, as the options ask for; `serverNames` says in which order they start. */
export function commandOf(
  name: ServerName,
  dir: string,
  programs: KubePrograms,
  ports: Ports,
  options: ServerOptions,
): Command {
  const files = filesOf(dir);
  const kube = (...args: string[]): Command => ({ name, program: programs.kube, args: [name, ...args] });
  switch (name) {
    case "etcd":
      return kube(
        `--data-dir=${files.etcdData}`,
        `--client-url=http://127.0.0.1:${ports.etcdClient}`,
        `--peer-url=http://127.0.0.1:${ports.etcdPeer}`,
      );
    case "kube-apiserver":
      return kube(...apiServerFlags(dir, ports, options));
    case "kube-controller-manager":
      return kube(
        `--kubeconfig=${files.adminKubeconfig}`,
        "--leader-elect=false",
        "--secure-port=0",
        `--service-account-private-key-file=${files.serviceAccountKey}`,
        "--use-service-account-credentials=true",
        // Its own limit of 20 requests a second would be what a test waits for.
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        // The first writes every node for kubelets that nobody has; without heartbeats the second would declare every node lost.
        `--controllers=*,-ttl-controller${options.kwok ? "" : ",-node-lifecycle-controller"}`,
        ...gateFlags(options),
      );
    case "kwok":
      return {
        name,
        program: programs.kwok,
        args: [
          `--kubeconfig=${files.adminKubeconfig}`,
          `--config=${programs.kwokStages}`,
          "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
          "--node-lease-duration-seconds=40",
        ],
      };
    case "kube-scheduler":
      return kube(`--config=${files.schedulerConfig}`, "--secure-port=0", ...gateFlags(options));
  }
}

function apiServerFlags(dir: string, ports: Ports, options: ServerOptions): string[] {
  const files = filesOf(dir);
  const flags = [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${files.certificates}`,
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--authorization-mode=RBAC",
    `--token-auth-file=${files.tokens}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    "--endpoint-reconciler-type=none",
    "--allow-privileged=true",
    ...gateFlags(options),
  ];
  const unwanted = [...(options.disableAdmissionPlugins ?? [])];
  // One waits for the `default` service account, the other taints nodes until they are seen to be ready.
  if (!options.controllerManager) unwanted.push("ServiceAccount");
  if (!options.controllerManager || !options.kwok) unwanted.push("TaintNodesByCondition");
  if (unwanted.length > 0) flags.push(`--disable-admission-plugins=${unwanted.join(",")}`);
  if (options.runtimeConfig?.length) flags.push(`--runtime-config=${options.runtimeConfig.join(",")}`);
  if (options.throughput) {
    flags.push("--enable-priority-and-fairness=false");
    flags.push("--max-requests-inflight=3000", "--max-mutating-requests-inflight=1000");
  }
  if (options.audit) flags.push(`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`);
  return [...flags, ...(options.apiServerFlags ?? [])];
}

function gateFlags(options: ServerOptions): string[] {
  const gates = Object.entries(options.featureGates ?? {});
  return gates.length === 0 ? [] : [`--feature-gates=${gates.map(([gate, on]) => `${gate}=${on}`).join(",")}`];
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Request
    verbs: [create, update, patch, delete, deletecollection]
  - level: Metadata
`;

function schedulerConfig(kubeconfig: string, options: ServerOptions): string {
  return JSON.stringify({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, ...(options.throughput ? { qps: 10_000, burst: 20_000 } : {}) },
    parallelism: 16,
  });
}

/** The audit log as objects; for assertions on who asked for what, in order. */
export async function readAuditLog(path: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent);
}

/** The fields of an audit event that tests look at. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestObject?: unknown;
  readonly requestReceivedTimestamp: string;
}
