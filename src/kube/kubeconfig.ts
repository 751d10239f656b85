// Kubeconfig: which API server, and as whom. From the pod that this program runs in, or from a file and a context.
//
// Loaded once at the start, and everything that can be wrong with it is found then: one SchedulerError "kubeconfig"
// whose message names the file and the reason, and never holds a piece of the file, because that may be a secret.
// What the client library gets wrong is put right here: a server behind plain HTTP is refused by it, a token file is
// used with its trailing newline, and `tokenFile` of a kubeconfig is ignored in silence (here it is refused in words).

import { KubeConfig, type Cluster, type User } from "@kubernetes/client-node";
import type { Files } from "../env.ts";
import { SchedulerError } from "../model/index.ts";

export interface KubeconfigSource {
  /** Without it: the service account of the pod that this program runs in. */
  readonly file?: string;
  /** Only with `file`; by default the file's current-context. */
  readonly context?: string;
}

/** What is known of one cluster and one user. Certificates and tokens in files are read again by Credentials. */
export interface Kubeconfig {
  readonly server: URL;
  /** Of the context or of the pod, where it names one. */
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  /** Without its token file, which is `tokenFile`. */
  readonly user: User;
  readonly tokenFile: string | undefined;
}

const insideCluster = "the service account of this pod";

/** Throws SchedulerError `kubeconfig`, with one line for a person, for every defect. */
export function loadKubeconfig(files: Files, source: KubeconfigSource): Kubeconfig {
  const origin = source.file ?? insideCluster;
  const fail = (reason: string, cause?: unknown): never => {
    throw new SchedulerError("kubeconfig", `${origin}: ${reason}`, { cause });
  };
  try {
    return source.file === undefined ? fromPod(files) : fromFile(files, source.file, source.context);
  } catch (error) {
    return fail(reasonOf(error), error);
  }
}

function fromPod(files: Files): Kubeconfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  // The library writes "undefined" for a host and a port that the environment does not have.
  if (!URL.canParse(config.clusters[0]?.server ?? "")) {
    throw new Defect(
      "there is none, as this is no pod (KUBERNETES_SERVICE_HOST is not set); name a file with --kubeconfig",
    );
  }
  return select(files, config);
}

function fromFile(files: Files, file: string, context: string | undefined): Kubeconfig {
  const text = files.read(file);
  const config = new KubeConfig();
  config.loadFromString(text);
  config.makePathsAbsolute(folderOf(file));
  if (context !== undefined) config.setCurrentContext(context);
  const kubeconfig = select(files, config);
  if (isAnonymous(kubeconfig) && /^[\s-]*["']?tokenFile["']?\s*:|"tokenFile"\s*:/m.test(text)) {
    throw new Defect(
      `user ${kubeconfig.user.name}: tokenFile is not supported; give token, exec or a client certificate`,
    );
  }
  return kubeconfig;
}

/** The cluster and the user of the current context, checked. */
function select(files: Files, config: KubeConfig): Kubeconfig {
  const contextName = config.getCurrentContext() as unknown;
  if (typeof contextName !== "string" || contextName === "") {
    throw new Defect("it has no current-context; name one with --context");
  }
  const context = config.getContextObject(contextName);
  if (context === null) {
    throw new Defect(`it has no context ${contextName}; ${nameList(config.getContexts(), "contexts")}`);
  }
  const cluster = config.getCluster(context.cluster);
  if (cluster === null)
    throw new Defect(`context ${contextName} names the cluster ${context.cluster}, which it has not`);
  const user = config.getUser(context.user);
  if (user === null) throw new Defect(`context ${contextName} names the user ${context.user}, which it has not`);
  const server = serverOf(cluster);
  const tokenFile = tokenFileOf(user);
  checkFiles(files, cluster, user, tokenFile);
  return {
    server,
    namespace: context.namespace?.trim(),
    // A library that insists on TLS is told that nothing is to be verified where there is no TLS.
    cluster: server.protocol === "http:" ? { ...cluster, skipTLSVerify: true } : cluster,
    user: tokenFile === undefined ? user : { ...user, authProvider: null },
    tokenFile,
  };
}

function serverOf(cluster: Cluster): URL {
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  if (server === undefined || !["http:", "https:"].includes(server.protocol)) {
    throw new Defect(`cluster ${cluster.name}: its server is no http or https URL`);
  }
  if (cluster.proxyUrl) throw new Defect(`cluster ${cluster.name}: proxy-url is not supported`);
  return server;
}

function tokenFileOf(user: User): string | undefined {
  const provider = user.authProvider as { readonly config?: { readonly tokenFile?: unknown } } | null | undefined;
  const tokenFile = provider?.config?.tokenFile;
  return typeof tokenFile === "string" && tokenFile !== "" ? tokenFile : undefined;
}

/** Files that are not there, and certificates that are none, are found now and not at the first request. */
function checkFiles(files: Files, cluster: Cluster, user: User, tokenFile: string | undefined): void {
  checkPem(files, "certificate-authority", cluster.caFile, cluster.caData);
  checkPem(files, "client-certificate", user.certFile, user.certData);
  checkPem(files, "client-key", user.keyFile, user.keyData);
  if (tokenFile !== undefined) files.read(tokenFile);
}

function checkPem(files: Files, field: string, file: string | undefined, data: string | undefined): void {
  if (!file && !data) return;
  const pem = file ? files.read(file) : Buffer.from(data ?? "", "base64").toString("latin1");
  if (!pem.includes("-----BEGIN ")) throw new Defect(`${field}${file ? ` ${file}` : "-data"} is not in PEM format`);
}

function isAnonymous({ user, tokenFile }: Kubeconfig): boolean {
  const { token, certData, certFile, username } = user;
  const hasProvider = Boolean(user.exec) || Boolean(user.authProvider);
  return !tokenFile && !token && !certData && !certFile && !username && !hasProvider;
}

/** Paths in a kubeconfig are relative to its folder. */
function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
}

function nameList(named: readonly { readonly name: string }[], what: string): string {
  if (named.length === 0) return `it has no ${what} at all`;
  return `its ${what} are ${named.map(({ name }) => name).join(", ")}`;
}

/** A defect that we found ourselves; its message may be shown. */
class Defect extends Error {}

/** One line, without content of the file: errors of the YAML parser quote it. */
function reasonOf(error: unknown): string {
  if (error instanceof Defect) return error.message;
  if (!(error instanceof Error)) return "it cannot be read";
  if (error.name === "YAMLException") {
    const { reason, mark } = error as { reason?: string; mark?: { line?: number; column?: number } };
    const place = mark?.line === undefined ? "" : ` in line ${mark.line + 1}, column ${(mark.column ?? 0) + 1}`;
    return `it is not YAML: ${reason ?? "syntax error"}${place}`;
  }
  if (error instanceof TypeError) return "it is no kubeconfig"; // the library trips over what has another shape
  return error.message.split("\n", 1)[0] ?? "";
}
