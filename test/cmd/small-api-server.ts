// SmallApiServer: as much of an API server as `run` needs to be seen at work in a process of its own: lists, watches that
// bring what changes, bindings. It checks no rights but those it is told to refuse, keeps no history (a watch begins now,
// whatever version it asks for), knows no paging, and writes no status. The real one is in test/kube.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

export interface SmallObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export class SmallApiServer {
  /** By plural, then `namespace/name` or name. */
  readonly objects = new Map<string, Map<string, SmallObject>>();
  /** Plurals whose lists and watches are refused with 403. */
  readonly forbidden = new Set<string>();
  /** `METHOD path` of every write. */
  readonly writes: string[] = [];
  /** Waits before a binding takes effect. */
  bindDelayMs = 0;
  #version = 100;
  #server: Server | undefined;
  readonly #watchers = new Map<string, Set<ServerResponse>>();

  /** Port 0 takes a free one. */
  async start(port = 0): Promise<number> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    this.#server = server;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  put(plural: string, object: SmallObject): void {
    const { namespace, name } = object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    const all = this.objects.get(plural) ?? new Map<string, SmallObject>();
    this.objects.set(plural, all);
    this.#version += 1;
    const type = all.has(key) ? "MODIFIED" : "ADDED";
    const [apiVersion, kind] = SERVED.get(plural) ?? [];
    const metadata = { uid: `uid-${key}`, ...object.metadata, resourceVersion: String(this.#version) };
    const stored = { apiVersion, kind, ...object, metadata };
    all.set(key, stored);
    for (const watcher of this.#watchers.get(plural) ?? [])
      watcher.write(`${JSON.stringify({ type, object: stored })}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? "/", "http://small");
    const parts = url.pathname.split("/").filter((part) => part !== "");
    if (request.method !== "GET") {
      this.writes.push(`${request.method ?? ""} ${url.pathname}`);
      await this.#write(parts, body, response);
    } else if (url.searchParams.has("watch")) {
      this.#watch(parts.at(-1) ?? "", response);
    } else {
      this.#list(parts.at(-1) ?? "", response);
    }
  }

  #list(plural: string, response: ServerResponse): void {
    if (this.#isRefused(plural, "list", response)) return;
    const [apiVersion, kind] = SERVED.get(plural) ?? [];
    if (kind === undefined) {
      send(response, 404, { kind: "Status", status: "Failure", reason: "NotFound", message: "not served", code: 404 });
      return;
    }
    const items = [...(this.objects.get(plural)?.values() ?? [])];
    send(response, 200, {
      apiVersion,
      kind: `${kind}List`,
      metadata: { resourceVersion: String(this.#version) },
      items,
    });
  }

  #watch(plural: string, response: ServerResponse): void {
    if (this.#isRefused(plural, "watch", response)) return;
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const watchers = this.#watchers.get(plural) ?? new Set<ServerResponse>();
    this.#watchers.set(plural, watchers.add(response));
    response.on("close", () => watchers.delete(response));
  }

  async #write(parts: readonly string[], body: string, response: ServerResponse): Promise<void> {
    const [, , , namespace = "", plural = "", name = "", subresource] = parts;
    const object = this.objects.get(plural)?.get(`${namespace}/${name}`);
    if (object === undefined || subresource !== "binding") {
      send(response, 200, object ?? {});
      return;
    }
    if (0 < this.bindDelayMs) await new Promise((resolve) => setTimeout(resolve, this.bindDelayMs));
    const { target, metadata } = JSON.parse(body) as {
      target: { name: string };
      metadata: { annotations?: Record<string, string> };
    };
    this.put(plural, {
      ...object,
      metadata: { ...object.metadata, annotations: metadata.annotations ?? {} },
      spec: { ...(object["spec"] as object), nodeName: target.name },
    });
    send(response, 201, { kind: "Status", status: "Success", code: 201 });
  }

  #isRefused(plural: string, verb: string, response: ServerResponse): boolean {
    if (!this.forbidden.has(plural)) return false;
    const message = `${plural} is forbidden: User "tester" cannot ${verb} resource "${plural}" in API group "" at the cluster scope`;
    send(response, 403, { kind: "Status", status: "Failure", reason: "Forbidden", message, code: 403 });
    return true;
  }
}

/** apiVersion and kind by plural. */
const SERVED: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["nodes", ["v1", "Node"]],
  ["pods", ["v1", "Pod"]],
  ["namespaces", ["v1", "Namespace"]],
  ["priorityclasses", ["scheduling.k8s.io/v1", "PriorityClass"]],
]);

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
