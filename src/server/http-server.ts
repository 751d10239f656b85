// HttpServer: probes and metrics over plain HTTP. It reads nothing but a request line and headers, and every limit is
// set: nobody who reaches the port can make the scheduler hold much memory or many sockets.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { SchedulerError } from "../model/index.ts";
import { formatAddress } from "./listen-address.ts";
import type { ListenAddress } from "./listen-address.ts";
import { probe } from "./probes.ts";
import type { Answer, Check } from "./probes.ts";

const HEADER_BYTES_MAX = 8 * 1024;
const TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 128;

export interface ServerOptions {
  readonly address: ListenAddress;
  /** The process should be restarted while one of these fails. */
  readonly live: readonly Check[];
  /** It is not at work while one of these fails. */
  readonly ready: readonly Check[];
  readonly metrics: { readonly contentType: string; readonly text: () => Promise<string> };
}

export interface RunningServer {
  /** With the port that was taken. */
  readonly address: ListenAddress;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Resolves once it listens; rejects with SchedulerError("listen") that names the address where it cannot. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      keepAliveTimeout: TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_MS / 2,
    },
    (request, response) => void respond(options, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.timeout = TIMEOUT_MS;
  await listen(server, options.address);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : options.address.port;
  return {
    address: { host: options.address.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
    server.listen({ port: address.port, ...(address.host === "" ? {} : { host: address.host }) }, () => resolve());
  });
}

function cannotListen(address: ListenAddress, error: NodeJS.ErrnoException): SchedulerError {
  const reasons = new Map([
    ["EADDRINUSE", "the address is in use by another process"],
    ["EACCES", "the port needs rights that this process does not have"],
    ["EADDRNOTAVAIL", "no interface of this machine has the address"],
    ["ENOTFOUND", "the host name is not known"],
  ]);
  const reason = reasons.get(error.code ?? "") ?? error.message;
  return new SchedulerError("listen", `cannot listen on ${formatAddress(address)}: ${reason}`, { cause: error });
}

async function respond(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cache-Control", "no-store");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    refuse(request, response, { status: 405, body: "only GET and HEAD\n" });
  } else if (hasBody(request)) {
    refuse(request, response, { status: 413, body: "a request has no body here\n" });
  } else {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    await answer(options, path, response);
  }
}

async function answer(options: ServerOptions, path: string, response: ServerResponse): Promise<void> {
  switch (path) {
    case "/healthz":
    case "/livez":
      send(response, probe(options.live));
      return;
    case "/readyz":
      send(response, probe(options.ready));
      return;
    case "/metrics":
      try {
        send(response, { status: 200, body: await options.metrics.text() }, options.metrics.contentType);
      } catch {
        send(response, { status: 500, body: "the metrics cannot be collected\n" });
      }
      return;
    default:
      send(response, { status: 404, body: "there are /healthz, /livez, /readyz and /metrics\n" });
  }
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

/** Whatever else the sender has to say is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, message: Answer): void {
  response.setHeader("Connection", "close");
  response.once("finish", () => request.destroy());
  send(response, message);
}

function send(response: ServerResponse, message: Answer, contentType = "text/plain; charset=utf-8"): void {
  response.statusCode = message.status;
  response.setHeader("Content-Type", contentType);
  response.setHeader("Content-Length", Buffer.byteLength(message.body));
  response.end(message.body); // Node leaves the body out of an answer to HEAD
}
