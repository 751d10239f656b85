// A Transport to a server of a test, with a token, under a virtual Env.

import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport, type TransportOptions } from "../../src/kube/transport.ts";
import type { VirtualEnv } from "../support/virtual-env.ts";

export interface KubeconfigFields {
  readonly server: string;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** JSON is YAML. */
export function kubeconfigText({ server, cluster, user }: KubeconfigFields): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user: user ?? { token: "t0" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "ns" } }],
    "current-context": "x",
  });
}

export function connect(
  env: VirtualEnv,
  fields: KubeconfigFields,
  options: Partial<Pick<TransportOptions, "connections" | "bodyBytesMax" | "lineBytesMax">> = {},
): Transport {
  env.fileContents.set("kubeconfig", kubeconfigText(fields));
  const kubeconfig = loadKubeconfig(env.files, { file: "kubeconfig" });
  return new Transport({ kubeconfig, env, version: "1.2.3", ...options });
}
