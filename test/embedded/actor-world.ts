// ActorWorld: an embedded API server with actors under a virtual clock, and the few requests that tests of actors make.
// Pods are bound by hand or, with `schedule`, in turn to nodes; nothing here looks whether they fit.

import { EmbeddedApi } from "../../src/embedded/api.ts";
import { startActors, type ActorOptions, type Actors } from "../../src/embedded/actors/index.ts";
import type { ApiObject, WriteHooks } from "../../src/embedded/types.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

export type Body = Readonly<Record<string, unknown>>;

export class ActorWorld {
  readonly env = new VirtualEnv();
  readonly api: EmbeddedApi;
  readonly actors: Actors;

  constructor(options: ActorOptions = {}, hooks: WriteHooks = {}) {
    this.api = new EmbeddedApi({ env: this.env, hooks });
    this.actors = startActors(this.api, this.env, options);
  }

  /** The answer's body. Throws with the server's words where it is not a success. */
  request(method: string, path: string, body?: unknown, contentType = "application/json"): ApiObject {
    const [bare = "", query = ""] = path.split("?");
    const answer = this.api.handle({
      method,
      path: bare,
      query: new URLSearchParams(query),
      contentType,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.kind !== "json") throw new Error(`${method} ${path}: answered with ${answer.kind}`);
    if (300 <= answer.status) throw new Error(`${method} ${path}: ${(answer.body as { message: string }).message}`);
    return answer.body as ApiObject;
  }

  get(path: string): ApiObject {
    return this.request("GET", path);
  }

  exists(path: string): boolean {
    return this.api.handle({ method: "GET", path, query: new URLSearchParams() }).kind === "json"
      ? (this.api.handle({ method: "GET", path, query: new URLSearchParams() }) as { status: number }).status === 200
      : false;
  }

  list(path: string): readonly ApiObject[] {
    return (this.get(path) as unknown as { readonly items: readonly ApiObject[] }).items;
  }

  pods(namespace = "default"): readonly ApiObject[] {
    return this.list(`/api/v1/namespaces/${namespace}/pods`);
  }

  pod(name: string): ApiObject {
    return this.get(`/api/v1/namespaces/default/pods/${name}`);
  }

  patch(path: string, change: unknown): ApiObject {
    return this.request("PATCH", path, change, "application/merge-patch+json");
  }

  addNodes(count: number, allocatable: Readonly<Record<string, string>> = {}, more: Body = {}): void {
    for (let i = 0; i < count; i++) this.addNode(`node-${i}`, allocatable, more);
  }

  addNode(name: string, allocatable: Readonly<Record<string, string>> = {}, more: Body = {}): void {
    const amounts = { cpu: "4", memory: "8Gi", pods: "10", ...allocatable };
    this.request("POST", "/api/v1/nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      status: {
        allocatable: amounts,
        capacity: amounts,
        addresses: [{ type: "InternalIP", address: "192.168.0.1" }],
        conditions: [{ type: "Ready", status: "True" }],
      },
      ...more,
    });
  }

  addPod(name: string, spec: Body = {}, metadata: Body = {}): ApiObject {
    return this.request("POST", "/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, ...metadata },
      spec: { containers: [{ name: "main", image: "busybox" }], ...spec },
    });
  }

  bind(pod: string, node: string, namespace = "default"): void {
    this.request("POST", `/api/v1/namespaces/${namespace}/pods/${pod}/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: pod },
      target: { apiVersion: "v1", kind: "Node", name: node },
    });
  }

  /** Binds every pod that waits, to the nodes in turn. */
  schedule(namespace = "default"): void {
    const nodes = this.list("/api/v1/nodes").map(({ metadata }) => metadata.name);
    let next = 0;
    for (const pod of this.pods(namespace)) {
      const { nodeName } = pod["spec"] as { readonly nodeName?: string };
      if (nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined) continue;
      this.bind(pod.metadata.name, nodes[next++ % nodes.length] ?? "node-0", namespace);
    }
  }

  evict(pod: string): void {
    this.request("POST", `/api/v1/namespaces/default/pods/${pod}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod },
    });
  }

  async pass(ms = 0): Promise<void> {
    await this.env.advance(ms);
  }

  /** Schedules and lets time pass, second by second, until nothing is under way. */
  async settle(secondsMax = 120, namespace = "default"): Promise<void> {
    for (let second = 0; second < secondsMax; second++) {
      await this.pass(0);
      this.schedule(namespace);
      await this.pass(1000);
      if (this.actors.isIdle && this.pods(namespace).every(isBound)) return;
    }
    throw new Error(`still moving after ${secondsMax} s`);
  }
}

function isBound(pod: ApiObject): boolean {
  return (pod["spec"] as { readonly nodeName?: string }).nodeName !== undefined;
}

/** The status of an object, typed as far as tests look into it. */
export function statusOf(object: ApiObject): Body {
  return (object["status"] ?? {}) as Body;
}

/** `type=status reason`, sorted. */
export function conditionsOf(object: ApiObject): readonly string[] {
  const conditions = (statusOf(object)["conditions"] ?? []) as readonly Readonly<Record<string, string>>[];
  return conditions
    .map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? "" : ` ${reason}`}`)
    .sort();
}

export function template(labels: Readonly<Record<string, string>>, spec: Body = {}, metadata: Body = {}): Body {
  return {
    metadata: { labels, ...metadata },
    spec: { containers: [{ name: "main", image: "busybox" }], ...spec },
  };
}
