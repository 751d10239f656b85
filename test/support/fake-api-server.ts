// A scripted API server for tests of the wire: plain HTTP on loopback, lists in pages and watches, and what goes wrong.
//
// It is no model of Kubernetes: no validation, no binding, no writes over HTTP. Objects are put and removed by the
// test, a resource is served once it was put or `serve`d, and a `rule` may answer, break or hang any request first.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly isWatch: boolean;
}

/** Returns true when it has taken the response over. */
export type Rule = (request: FakeRequest, response: ServerResponse) => boolean;

export interface FakeObject {
  readonly [field: string]: unknown;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
}

interface StoredObject extends FakeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly objects: Map<string, StoredObject>;
  readonly history: { readonly resourceVersion: number; readonly line: string }[];
  readonly watches: Set<ServerResponse>;
}

export class FakeApiServer {
  /** Every request that arrived, in order. */
  readonly requests: FakeRequest[] = [];
  rule: Rule = () => false;
  resourceVersion = 100;
  /** What lies before this is compacted: watches and continued lists from before answer 410. */
  compactedBefore = 0;
  #collections = new Map<string, Collection>();
  #uids = 0;
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#sockets.size;
  }

  /** Listens again on the same port after `stop`. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    for (const { watches } of this.#collections.values()) watches.clear();
    await closed;
  }

  serve(path: string, apiVersion: string, kind: string): void {
    if (this.#collections.has(path)) return;
    this.#collections.set(path, { apiVersion, kind, objects: new Map(), history: [], watches: new Set() });
  }

  /** As when a CRD is removed: its watches end and it is not found any more. */
  unserve(path: string): void {
    this.endWatches(path);
    this.#collections.delete(path);
  }

  /** Creates or replaces. The uid stays that of the object that is replaced unless the new one brings its own. */
  put(path: string, object: FakeObject): StoredObject {
    const collection = this.#collection(path);
    const key = keyOf(object);
    const before = collection.objects.get(key);
    const stored = {
      apiVersion: collection.apiVersion,
      kind: collection.kind,
      ...object,
      metadata: {
        uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
        ...object.metadata,
        resourceVersion: this.#next(),
      },
    };
    collection.objects.set(key, stored);
    this.#publish(collection, before === undefined ? "ADDED" : "MODIFIED", stored);
    return stored;
  }

  remove(path: string, name: string, namespace?: string): void {
    const collection = this.#collection(path);
    const key = keyOf({ metadata: { name, ...(namespace !== undefined && { namespace }) } });
    const before = collection.objects.get(key);
    if (before === undefined) throw new Error(`there is no ${key}`);
    collection.objects.delete(key);
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: this.#next() } };
    this.#publish(collection, "DELETED", last);
  }

  /** A line of our own into every watch; `sendRaw` may leave out the newline. */
  send(path: string, event: unknown): void {
    this.sendRaw(path, `${JSON.stringify(event)}\n`);
  }

  sendRaw(path: string, text: string): void {
    for (const watch of this.#collection(path).watches) watch.write(text);
  }

  bookmark(path: string, resourceVersion = String(this.resourceVersion)): void {
    const { apiVersion, kind } = this.#collection(path);
    this.send(path, { type: "BOOKMARK", object: { apiVersion, kind, metadata: { resourceVersion } } });
  }

  endWatches(path: string): void {
    const { watches } = this.#collection(path);
    for (const watch of watches) watch.end();
    watches.clear();
  }

  watchCount(path: string): number {
    return this.#collection(path).watches.size;
  }

  /** Requests of a path, of one kind. */
  lists(path: string): readonly FakeRequest[] {
    return this.requests.filter((request) => request.path === path && !request.isWatch);
  }

  watches(path: string): readonly FakeRequest[] {
    return this.requests.filter((request) => request.path === path && request.isWatch);
  }

  #collection(path: string): Collection {
    const collection = this.#collections.get(path);
    if (collection === undefined) throw new Error(`${path} is not served`);
    return collection;
  }

  #next(): string {
    return String(++this.resourceVersion);
  }

  #publish(collection: Collection, type: string, object: StoredObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    collection.history.push({ resourceVersion: Number(object.metadata.resourceVersion), line });
    for (const watch of collection.watches) watch.write(line);
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", this.url);
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk as string;
    const request: FakeRequest = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body,
      isWatch: url.searchParams.get("watch") === "true",
    };
    this.requests.push(request);
    if (this.rule(request, response)) return;
    const collection = this.#collections.get(request.path);
    if (collection === undefined)
      answerStatus(response, 404, "NotFound", "the server could not find the requested resource");
    else if (request.isWatch) this.#watch(collection, request, response);
    else this.#list(collection, request, response);
  }

  #list(collection: Collection, { query }: FakeRequest, response: ServerResponse): void {
    const [from = 0, version = this.resourceVersion] = (query.get("continue") ?? "")
      .split("@", 2)
      .filter(Boolean)
      .map(Number);
    if (version < this.compactedBefore)
      return answerStatus(response, 410, "Expired", "The provided continue parameter is too old");
    const limit = Number(query.get("limit") ?? Infinity);
    const all = [...collection.objects.values()];
    const more = from + limit < all.length ? `${from + limit}@${version}` : "";
    answerJson(response, 200, {
      kind: `${collection.kind}List`,
      apiVersion: collection.apiVersion,
      metadata: { resourceVersion: String(version), continue: more },
      items: all.slice(from, from + limit),
    });
  }

  #watch(collection: Collection, { query }: FakeRequest, response: ServerResponse): void {
    const version = Number(query.get("resourceVersion"));
    if (version < this.compactedBefore) return answerStatus(response, 410, "Expired", "too old resource version");
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    for (const event of collection.history) if (version < event.resourceVersion) response.write(event.line);
    collection.watches.add(response);
    response.on("close", () => collection.watches.delete(response));
  }
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}

/** A Status object, as the API server answers errors. */
export function answerStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers = {},
): void {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
  answerJson(response, code, status, headers);
}

function keyOf({ metadata }: { readonly metadata: { readonly name: string; readonly namespace?: string } }): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
