// The face over HTTP: plain, on loopback, by node:http. Reads requests within limits, writes answers as JSON, and watches as
// lines with back-pressure: a client that does not read holds back its own watch alone, and is cut off when it falls too far behind.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UnreadableBody } from "./body.ts";
import type { EmbeddedApi } from "./api.ts";
import { EventQueue } from "./event-queue.ts";
import { ApiFailure, internalError, tooLarge } from "./failure.ts";
import { JsonLines } from "./json-lines.ts";
import { messageOf } from "./protobuf-messages.ts";
import { decodeProtobuf } from "./protobuf.ts";
import type { EmbeddedRequest, EmbeddedResponse } from "./types.ts";

export interface HttpOptions {
  readonly host?: string;
  /** 0, the default: any that is free. */
  readonly port?: number;
  /** Events that a watching client may be behind before it is cut off. */
  readonly eventsMax?: number;
}

export interface HttpFace {
  /** `http://127.0.0.1:40000`. */
  readonly url: string;
  /** Cuts every connection, and resolves when all are closed. */
  close(): Promise<void>;
}

/** As kube-apiserver has it. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

/** Bodies of this type are turned into JSON at once: nothing behind this face knows of it. */
const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** Rejects where the address cannot be listened on. */
export async function serveHttp(api: EmbeddedApi, options: HttpOptions = {}): Promise<HttpFace> {
  const { host = "127.0.0.1", port = 0 } = options;
  const face = new Face(api, options);
  const server = createServer({ keepAliveTimeout: 90_000, headersTimeout: 10_000, maxHeaderSize: 64 * 1024 });
  server.on("request", (request, response) => face.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { url: `http://${shown}:${address.port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

class Face {
  readonly #api: EmbeddedApi;
  readonly #options: HttpOptions;
  readonly #lines = new JsonLines();

  constructor(api: EmbeddedApi, options: HttpOptions) {
    this.#api = api;
    this.#options = options;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    readBody(request, (body) => {
      try {
        this.#send(this.#api.handle(requestOf(request, body)), response);
      } catch (error) {
        const failure = error instanceof ApiFailure ? error : internalError(String(error));
        sendJson(response, { kind: "json", status: failure.status, body: failure.body });
      }
    });
  }

  #send(answer: EmbeddedResponse, response: ServerResponse): void {
    switch (answer.kind) {
      case "json":
        sendJson(response, answer);
        break;
      case "text":
        response.writeHead(answer.status, { "content-type": answer.contentType });
        response.end(answer.body);
        break;
      case "watch":
        this.#stream(answer, response);
        break;
    }
  }

  /** Events are written out only as the connection takes them. */
  #stream({ stream }: Extract<EmbeddedResponse, { kind: "watch" }>, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
    response.flushHeaders();
    let isBlocked = false;
    let isOver = false;
    const pump = (): void => {
      while (!isBlocked && !isOver && 0 < queue.length) {
        isBlocked = !response.write(`${this.#lines.lineOf(queue.take())}\n`);
      }
      if (!isOver && queue.hasEnded && queue.length === 0) {
        isOver = true;
        response.end();
      } else if (!isOver && queue.hasEnded && isBlocked && queue.isCutOff) {
        isOver = true;
        response.destroy();
      }
    };
    const queue = new EventQueue(stream, () => pump(), this.#options.eventsMax);
    response.on("drain", () => {
      isBlocked = false;
      pump();
    });
    response.on("close", () => {
      isOver = true;
      queue.end();
    });
    pump();
  }
}

function sendJson(
  response: ServerResponse,
  { status, body, headers }: Extract<EmbeddedResponse, { kind: "json" }>,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
    "content-length": String(Buffer.byteLength(text)),
    ...Object.fromEntries(headers ?? []),
  });
  response.end(text);
}

function readBody(request: IncomingMessage, onBody: (body: Buffer | ApiFailure) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
    else chunks.length = 0; // read to its end, so that the answer arrives, but not kept
  });
  request.on("end", () => {
    const isTooLarge = BODY_BYTES_MAX < bytes;
    onBody(isTooLarge ? tooLarge(`Request entity too large: limit is ${BODY_BYTES_MAX}`) : Buffer.concat(chunks));
  });
  request.on("error", () => undefined); // gone before it was complete: nobody waits for an answer
}

function requestOf(request: IncomingMessage, body: Buffer | ApiFailure): EmbeddedRequest {
  if (body instanceof ApiFailure) throw body;
  const { method = "GET", url = "/", headers } = request;
  const mark = url.indexOf("?");
  const isProtobuf = headers["content-type"] === PROTOBUF;
  const contentType = isProtobuf ? "application/json" : headers["content-type"];
  const { authorization = "", accept } = headers;
  const userAgent = headers["user-agent"];
  const [, token = ""] = /^Bearer (.+)$/i.exec(authorization) ?? [];
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    body: body.length === 0 ? undefined : isProtobuf ? decodeProtobuf(body, messageOf) : jsonOf(body.toString("utf8")),
    token,
    ...(contentType === undefined ? {} : { contentType }),
    ...(accept === undefined ? {} : { accept }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return new UnreadableBody((error as Error).message);
  }
}
