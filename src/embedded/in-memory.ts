// The face in memory: a client with the shape of `ApiClient` of src/kube, straight on the state machine, without a network.
// Requests are answered at once and in order; bodies of answers are the stored, frozen objects themselves.

import type { EmbeddedApi } from "./api.ts";
import { EventQueue } from "./event-queue.ts";
import { isObject, textOf } from "./json.ts";
import { JsonLines } from "./json-lines.ts";
import type { EmbeddedRequest, EmbeddedResponse } from "./types.ts";

export interface InMemoryRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: ReadonlyMap<string, string>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface InMemoryResponse {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs?: number;
}

/** The errors that callers tell apart by their class; they belong to src/kube, so whoever makes the client passes them in. */
export interface ClientErrors {
  transport(message: string, wasSent: boolean): Error;
  status(status: number, reason: string, message: string, retryAfterMs: number | undefined): Error;
}

export interface InMemoryOptions {
  readonly errors: ClientErrors;
  /** Absent: an administrator, whom nothing is refused. */
  readonly token?: string;
  readonly userAgent?: string;
  /** Events that a reader may be behind before it is cut off. */
  readonly eventsMax?: number;
}

export class InMemoryClient {
  readonly #api: EmbeddedApi;
  readonly #options: InMemoryOptions;
  readonly #lines = new JsonLines();

  constructor(api: EmbeddedApi, options: InMemoryOptions) {
    this.#api = api;
    this.#options = options;
  }

  async request(request: InMemoryRequest): Promise<InMemoryResponse> {
    const response = this.#answer(request);
    switch (response.kind) {
      case "json": {
        const retryAfterMs = retryAfterOf(response);
        const { status, body } = response;
        return retryAfterMs === undefined ? { status, body } : { status, body, retryAfterMs };
      }
      case "text":
        return { status: response.status, body: undefined };
      case "watch":
        throw this.#options.errors.transport("a watch is a stream, not an answer", true);
    }
  }

  async stream(request: InMemoryRequest & { readonly idleTimeoutMs?: number }): Promise<AsyncIterable<string>> {
    const response = this.#answer(request);
    if (response.kind === "watch") return this.#read(response, request.signal);
    if (response.status === 200 && response.kind === "json") return [JSON.stringify(response.body)] as never;
    const body = response.kind === "json" && isObject(response.body) ? response.body : {};
    const retryAfterMs = response.kind === "json" ? retryAfterOf(response) : undefined;
    throw this.#options.errors.status(response.status, textOf(body["reason"]), textOf(body["message"]), retryAfterMs);
  }

  #answer(request: InMemoryRequest): EmbeddedResponse {
    if (request.signal?.aborted === true) throw this.#options.errors.transport("aborted before it was sent", false);
    const { token, userAgent } = this.#options;
    // Through text, as on a wire: the caller keeps its objects, and what JSON cannot carry is lost here too.
    const body: unknown = request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body));
    const sent: EmbeddedRequest = {
      method: request.method,
      path: request.path,
      query: new URLSearchParams([...(request.query ?? [])]),
      body,
      contentType: request.contentType ?? "application/json",
      ...(token === undefined ? {} : { token }),
      ...(userAgent === undefined ? {} : { userAgent }),
    };
    return this.#api.handle(sent);
  }

  async *#read(
    { stream }: Extract<EmbeddedResponse, { kind: "watch" }>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string> {
    let wake: () => void = () => undefined;
    const queue = new EventQueue(stream, () => wake(), this.#options.eventsMax);
    const onAbort = (): void => queue.end();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        if (signal?.aborted === true) throw this.#options.errors.transport("aborted", true);
        const event = queue.take();
        if (event !== undefined) yield this.#lines.lineOf(event);
        else if (queue.hasEnded) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      queue.end();
    }
  }
}

function retryAfterOf({ headers }: Extract<EmbeddedResponse, { kind: "json" }>): number | undefined {
  const seconds = headers?.get("retry-after") ?? "";
  return /^[0-9]{1,9}$/.test(seconds) ? 1_000 * Number(seconds) : undefined;
}
