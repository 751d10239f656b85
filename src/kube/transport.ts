// Transport: ApiClient over kept HTTP/1.1 connections (undici pools under the authentication of client-node's KubeConfig).
//
// What it promises beyond the interface:
// - One deadline covers waiting in line, connecting, headers and body; a stream has a limit for each silence instead.
//   Bodies and lines have byte caps, and compressed answers are refused (none is asked for): nothing is endless.
// - `wasSent` is false only for failures of our own connector, before a byte of the request could leave. So TLS that
//   does not match makes the CA and the token be read again, and one more attempt; 401 does the same.
// - Nothing else is sent twice, and nothing waits here for the end of a Retry-After: who asks checks afterwards that
//   its request is still right, and does so at the moment of sending.
// - Connections are at most 10 minutes old, so that a rotated certificate is noticed; new certificates of our own mean
//   new connections at once. Streams have connections of
//   their own: a burst of binds never delays the opening of a watch, nor do watches take connections from binds.
//
// HTTP/2 is off: with it one lost connection makes the outcome of every request in flight unknown at once.

import { buildConnector, Pool, type Dispatcher } from "undici";
import type { Env } from "../env.ts";
import { discard, readAnswer, statusErrorOf } from "./answers.ts";
import { type ApiClient, type ApiRequest, type ApiResponse, ApiStatusError, TransportError } from "./client.ts";
import { type Credential, Credentials, type TlsMaterial } from "./credentials.ts";
import { Deadline } from "./deadline.ts";
import { oneLine } from "./errors.ts";
import type { Kubeconfig } from "./kubeconfig.ts";
import { LineSplitter } from "./lines.ts";

export interface TransportOptions {
  readonly kubeconfig: Kubeconfig;
  readonly env: Env;
  /** For the header User-Agent. */
  readonly version: string;
  /** Connections for requests; by default those of 64 binds in flight and 8 more. */
  readonly connections?: number;
  readonly bodyBytesMax?: number;
  readonly lineBytesMax?: number;
}

const timeoutDefaultMs = 30_000;
const connectTimeoutMs = 10_000;
const connectionAgeMaxMs = 600_000;
const connectionIdleMs = 30_000;
const errorBodyBytesMax = 1 << 20;

export class Transport implements ApiClient {
  readonly #env: Env;
  readonly #credentials: Credentials;
  readonly #origin: string;
  readonly #connections: number;
  readonly #pathPrefix: string;
  readonly #userAgent: string;
  readonly #bodyBytesMax: number;
  readonly #lineBytesMax: number;
  #pools: Pools | undefined;
  /** Of TLS material that is no longer the current one; they go when what is under way in them has ended. */
  readonly #oldPools = new Set<Pool>();
  #isClosed = false;

  constructor(options: TransportOptions) {
    const { server } = options.kubeconfig;
    this.#env = options.env;
    this.#credentials = new Credentials(options.kubeconfig, options.env);
    this.#pathPrefix = server.pathname.replace(/\/+$/, "");
    this.#userAgent = `batch-scheduler/${options.version}`;
    this.#bodyBytesMax = options.bodyBytesMax ?? 256 << 20;
    this.#lineBytesMax = options.lineBytesMax ?? 8 << 20;
    this.#origin = server.origin;
    this.#connections = options.connections ?? 64 + 8;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const deadline = this.#deadlineOf(request);
    try {
      const answer = await this.#exchange("requests", request, deadline.signal);
      return await readAnswer(answer, this.#bodyBytesMax);
    } catch (error) {
      throw asTransportError(error, request);
    } finally {
      deadline.end();
    }
  }

  async stream(request: ApiRequest & { readonly idleTimeoutMs: number }): Promise<AsyncIterable<string>> {
    const deadline = this.#deadlineOf(request);
    try {
      const answer = await this.#exchange("streams", request, deadline.signal);
      if (answer.statusCode !== 200) throw statusErrorOf(await readAnswer(answer, errorBodyBytesMax));
      answer.body.on("error", () => undefined); // who reads gets it too; when nobody reads, it must not end the process
      deadline.becomeIdleLimit(
        request.idleTimeoutMs,
        () => new TransportError(`${nameOf(request)}: nothing came for ${request.idleTimeoutMs} ms`, true),
      );
      return this.#linesOf(answer, request, deadline);
    } catch (error) {
      deadline.end();
      throw error instanceof ApiStatusError ? error : asTransportError(error, request);
    }
  }

  /** Ends every connection; requests in flight reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const current = this.#pools === undefined ? [] : [this.#pools.requests, this.#pools.streams];
    await Promise.all([...current, ...this.#oldPools].map((pool) => pool.destroy()));
  }

  /** Up to three attempts, of which only the last was certainly taken up by the server: after refused TLS, and after 401. */
  async #exchange(
    kind: "requests" | "streams",
    request: ApiRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    if (this.#isClosed) throw new NotConnectedError(new Error("the client is closed"));
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const send = (credential: Credential) =>
      this.#poolsOf(credential)[kind].request({ ...this.#headOf(request, credential), body, signal });
    let credential = await this.#currentCredential();
    let answer: Dispatcher.ResponseData;
    try {
      answer = await send(credential);
    } catch (error) {
      if (!(error instanceof NotConnectedError)) throw error;
      const renewed = await this.#credentials.renew(credential).catch(() => credential);
      if (renewed.tlsDigest === credential.tlsDigest) throw error;
      credential = renewed;
      answer = await send(credential);
    }
    if (answer.statusCode === 401) {
      await answer.body.dump();
      answer = await send(await this.#credentials.renew(credential).catch(() => credential));
    }
    return answer;
  }

  #headOf(request: ApiRequest, credential: Credential): Dispatcher.RequestOptions {
    const query = request.query === undefined ? "" : `?${new URLSearchParams([...request.query]).toString()}`;
    const headers = ["accept", "application/json", "accept-encoding", "identity", "user-agent", this.#userAgent];
    if (request.body !== undefined) headers.push("content-type", request.contentType ?? "application/json");
    for (const header of credential.headers) headers.push(...header);
    return { method: request.method, path: `${this.#pathPrefix}${request.path}${query}`, headers };
  }

  async #currentCredential(): Promise<Credential> {
    try {
      return await this.#credentials.current();
    } catch (error) {
      throw new NotConnectedError(error);
    }
  }

  /** Those of the current TLS material: a connection is as its certificates were when it was made. */
  #poolsOf({ tls, tlsDigest }: Credential): Pools {
    const current = this.#pools;
    if (current?.tlsDigest === tlsDigest) return current;
    for (const pool of current === undefined ? [] : [current.requests, current.streams]) {
      this.#oldPools.add(pool);
      void pool.close().finally(() => this.#oldPools.delete(pool));
    }
    const options = {
      connect: connectorOf(tls),
      clientTtl: connectionAgeMaxMs,
      keepAliveTimeout: connectionIdleMs,
      headersTimeout: 0, // Deadline has the time
      bodyTimeout: 0,
      allowH2: false,
    };
    this.#pools = {
      tlsDigest,
      requests: new Pool(this.#origin, { ...options, connections: this.#connections }),
      streams: new Pool(this.#origin, options),
    };
    return this.#pools;
  }

  #deadlineOf(request: ApiRequest): Deadline {
    const timeoutMs = request.timeoutMs ?? timeoutDefaultMs;
    const isOver = () => new TransportError(`${nameOf(request)}: no complete answer within ${timeoutMs} ms`, true);
    return new Deadline(this.#env, timeoutMs, isOver, request.signal);
  }

  async *#linesOf(answer: Dispatcher.ResponseData, request: ApiRequest, deadline: Deadline): AsyncGenerator<string> {
    const splitter = new LineSplitter(this.#lineBytesMax);
    try {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        deadline.touch();
        yield* splitter.push(chunk);
      }
      if (splitter.hasRest) throw new Error("the stream ended within a line");
    } catch (error) {
      throw asTransportError(error, request);
    } finally {
      deadline.end();
      discard(answer);
    }
  }
}

interface Pools {
  readonly tlsDigest: string;
  readonly requests: Pool;
  readonly streams: Pool;
}

/** undici's connector, whose failures are known as such. */
function connectorOf(tls: TlsMaterial): buildConnector.connector {
  const options = { ...tls, timeout: connectTimeoutMs, allowH2: false, keepAliveInitialDelay: 30_000 };
  const connect = buildConnector(options);
  return (target, callback) => {
    const refuse = (error: unknown) => callback(new NotConnectedError(error), null);
    try {
      connect(target, (error, socket) => (error === null ? callback(null, socket) : refuse(error)));
    } catch (error) {
      refuse(error); // certificates that OpenSSL cannot read
    }
  };
}

/** Our own connector failed: no byte of the request has left. */
class NotConnectedError extends Error {
  constructor(cause: unknown) {
    super(oneLine(cause), { cause });
    this.name = "NotConnectedError";
  }
}

function asTransportError(error: unknown, request: ApiRequest): TransportError {
  if (error instanceof TransportError) return error;
  if (error instanceof NotConnectedError) return new TransportError(error.message, false, error.cause);
  return new TransportError(`${nameOf(request)}: ${oneLine(error)}`, true, error);
}

function nameOf(request: ApiRequest): string {
  return `${request.method} ${request.path}`;
}
