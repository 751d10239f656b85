// A target that is reached over HTTP or HTTPS, with the program's own transport, and with undici where headers matter.

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import { Agent } from "undici";
import type { Env } from "../../src/env.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { Transport } from "../../src/kube/transport.ts";
import type { RawAnswer, RawRequest, Target } from "./suite.ts";

export interface HttpTargetOptions {
  readonly url: string;
  /** Certificate of the authority; none for plain HTTP. */
  readonly ca?: string;
  /** Of an administrator. */
  readonly token: string;
  compact(): Promise<void>;
  forgottenResourceVersion(): Promise<string>;
  /** Called after every connection is closed. */
  stop(): Promise<void>;
}

export function httpTarget(options: HttpTargetOptions): Target {
  const transports = new Map<string, Transport>();
  const agent = new Agent({ connect: options.ca === undefined ? {} : { ca: options.ca } });
  let namespaceCount = 0;

  const as = (token: string): Transport => {
    const known = transports.get(token);
    if (known !== undefined) return known;
    const env = envWith(kubeconfigText(options, token));
    const kubeconfig = loadKubeconfig(env.files, { file: "kubeconfig" });
    const transport = new Transport({ kubeconfig, env, version: "test" });
    transports.set(token, transport);
    return transport;
  };
  const client = as(options.token);

  return {
    client,
    as,
    freshNamespace: async () => {
      const name = `check-${++namespaceCount}`;
      await makeNamespace(client, name);
      return name;
    },
    compact: () => options.compact(),
    forgottenResourceVersion: () => options.forgottenResourceVersion(),
    raw: (request) => rawRequest(agent, options, request),
    stop: async () => {
      await Promise.all([agent.destroy(), ...[...transports.values()].map((transport) => transport.close())]);
      await options.stop();
    },
  };
}

/** Creates the namespace, and its service account where nobody does it. */
export async function makeNamespace(client: Target["client"], name: string): Promise<void> {
  const post = async (path: string, body: object, statuses: readonly number[]) => {
    const answer = await client.request({ method: "POST", path, body });
    assert.include(statuses, answer.status, JSON.stringify(answer.body));
  };
  await post("/api/v1/namespaces", { metadata: { name } }, [201]);
  await post(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } }, [201, 409]);
}

async function rawRequest(agent: Agent, options: HttpTargetOptions, request: RawRequest): Promise<RawAnswer> {
  const token = request.token ?? options.token;
  const answer = await agent.request({
    origin: options.url,
    method: request.method,
    path: request.path,
    headers: {
      ...(token !== "" && { authorization: `Bearer ${token}` }),
      ...(request.accept !== undefined && { accept: request.accept }),
      ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
    },
    body: request.body ?? null,
  });
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: answer.statusCode, headers: new Map(headers), text: await answer.body.text() };
}

function kubeconfigText({ url, ca }: HttpTargetOptions, token: string): string {
  const authority = ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return JSON.stringify({
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    clusters: [{ name: "it", cluster: { server: url, ...authority } }],
    users: [{ name: "it", user: { token } }],
  });
}

/** The real clock and timers; the one file that is no file is the kubeconfig. */
function envWith(kubeconfig: string): Env {
  return {
    clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
    timers: {
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      sleep: (delayMs, signal) => sleep(delayMs, undefined, signal === undefined ? {} : { signal }),
    },
    random: Math.random,
    files: { read: (path) => (path === "kubeconfig" ? kubeconfig : readFileSync(path, "utf8")) },
  };
}
