// ApiClient: what the rest of the program knows of the wire. One request, one answer; nothing is retried here.

export interface ApiClient {
  /** Resolves for every HTTP status. Rejects with TransportError when there is no complete answer. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /**
   * Resolves once the headers of a 200 are there, to the lines of the body; rejects with ApiStatusError for any other status,
   * with TransportError otherwise. The iteration rejects with TransportError when the stream breaks, and ends when the server ends it.
   */
  stream(request: ApiRequest & { readonly idleTimeoutMs: number }): Promise<AsyncIterable<string>>;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** `/api/v1/namespaces/ns/pods/name/binding`, segments already encoded. */
  readonly path: string;
  readonly query?: ReadonlyMap<string, string>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ApiResponse {
  readonly status: number;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
  /** From the header Retry-After, where it is a number of seconds. */
  readonly retryAfterMs?: number;
}

/**
 * No complete answer. `wasSent` false: the request cannot have had an effect (the connection was never made);
 * true: the outcome of a write is unknown.
 */
export class TransportError extends Error {
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = "TransportError";
    this.wasSent = wasSent;
  }
}

/** The API server answered a read with something else than success. */
export class ApiStatusError extends Error {
  readonly status: number;
  /** `reason` of the Status object, or empty. */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = "ApiStatusError";
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
