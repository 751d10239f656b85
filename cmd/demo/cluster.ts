// Cluster: the make-believe one: an embedded API server behind HTTP on loopback, nodes, and what acts in a cluster
// (kubelets, controllers, garbage collectors). The scheduler comes in like anybody else: with a token of its own service
// account, and with no other rights than those of deploy/rbac.yaml.

import { randomBytes } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { startActors } from "../../src/embedded/actors/index.ts";
import { ADMINISTRATOR, EmbeddedApi, serveHttp } from "../../src/embedded/index.ts";
import type { ApiObject, Kinds, Write } from "../../src/embedded/index.ts";
import type { Env } from "../../src/env.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport } from "../../src/kube/transport.ts";
import { rightsText } from "../rights.ts";
import { KubeconfigFile } from "./kubeconfig-file.ts";
import { User } from "./user.ts";
import { nodesOf } from "./workloads.ts";
import type { Manifest } from "./workloads.ts";

export interface ClusterOptions {
  readonly env: Env;
  readonly version: string;
  readonly nodeCount: number;
  /** Of the scheduler. */
  readonly connections: number;
  /** Whoever comes without a token is an administrator: over plain HTTP kubectl sends none. */
  readonly isForKubectl: boolean;
  /** Gets every change from the start. */
  readonly onWrite: (write: Write) => void;
}

export interface Cluster {
  readonly kubeconfigPath: string;
  /** An administrator. */
  readonly user: User;
  /** As the scheduler's service account. */
  readonly schedulerClient: Transport;
  /** Resolves when nothing of it is left, the kubeconfig included. */
  close(): Promise<void>;
}

const SCHEDULER_TOKEN_PATH = "/api/v1/namespaces/kube-system/serviceaccounts/batch-scheduler/token";
const ADMIN_CONNECTIONS = 32;
/** How long the pods of a user's Jobs run. */
const RUN_MS = 60_000;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { env, version, nodeCount, connections, isForKubectl, onWrite } = options;
  const adminToken = randomBytes(16).toString("hex");
  const api = new EmbeddedApi({
    env,
    isOpen: isForKubectl,
    tokens: new Map([[adminToken, ADMINISTRATOR]]),
    tokenSecret: randomBytes(16).toString("hex"),
  });
  api.store.subscribe(onWrite);
  const face = await serveHttp(api);
  const actors = startActors(api, env, { kubelet: { runMs: RUN_MS } });
  const file = new KubeconfigFile();
  const identities = [{ name: "admin", token: adminToken }];
  const clientOf = (context: string, ofClient: number): Transport =>
    new Transport({
      kubeconfig: loadKubeconfig(env.files, { file: file.path, context }),
      ...{ env, version, connections: ofClient },
    });

  file.write(face.url, identities);
  const admin = clientOf("admin", ADMIN_CONNECTIONS);
  const user = new User(admin);
  const close = async (...clients: readonly Transport[]): Promise<void> => {
    actors.stop();
    await Promise.all(clients.map((client) => client.close()));
    await face.close();
    file.remove();
  };
  try {
    await user.create(nodesOf(nodeCount, new Date(env.clock.wallMs()).toISOString().replace(/\.\d+/, "")));
    await user.create(manifestsOf(rightsText(), api.kinds));
    file.write(face.url, [...identities, { name: "scheduler", token: await schedulerToken(user) }]);
    const schedulerClient = clientOf("scheduler", connections);
    return { kubeconfigPath: file.path, user, schedulerClient, close: () => close(admin, schedulerClient) };
  } catch (error) {
    await close(admin);
    throw error;
  }
}

async function schedulerToken(user: User): Promise<string> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 86_400 } };
  const answer = await user.send({ method: "POST", path: SCHEDULER_TOKEN_PATH, body });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

/** The documents of a file, each for the collection of its kind. */
function manifestsOf(text: string, kinds: Kinds): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const body = document.toJS() as ApiObject;
    const { group, version, plural, isNamespaced } = kinds.must(body.apiVersion, body.kind);
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const namespace = isNamespaced ? `/namespaces/${body.metadata.namespace ?? "default"}` : "";
    return { path: `${root}${namespace}/${plural}`, body };
  });
}
