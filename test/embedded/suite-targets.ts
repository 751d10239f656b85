// The embedded API server as a target of test/api-suite, over HTTP and in memory.

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Env } from "../../src/env.ts";
import {
  ADMINISTRATOR,
  EmbeddedApi,
  InMemoryClient,
  serveHttp,
  type EmbeddedResponse,
} from "../../src/embedded/index.ts";
import { ApiStatusError, TransportError, type ApiClient } from "../../src/kube/client.ts";
import { httpTarget, makeNamespace } from "../api-suite/http-target.ts";
import type { RawAnswer, RawRequest, Target } from "../api-suite/suite.ts";

const env: Pick<Env, "clock" | "timers"> = {
  clock: { nowMs: () => performance.now(), wallMs: () => Date.now() },
  timers: {
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    sleep: (delayMs, signal) => sleep(delayMs, undefined, signal === undefined ? {} : { signal }),
  },
};

export async function overHttp(): Promise<Target> {
  const token = "administrator";
  const api = new EmbeddedApi({ env, tokens: new Map([[token, ADMINISTRATOR]]) });
  const face = await serveHttp(api);
  return httpTarget({ url: face.url, token, ...forgetting(api), stop: () => face.close() });
}

export async function inMemory(): Promise<Target> {
  const api = new EmbeddedApi({ env });
  const as = (token?: string): ApiClient => new InMemoryClient(api, { errors, ...(token !== undefined && { token }) });
  const client = as();
  let namespaceCount = 0;
  return {
    client,
    as,
    freshNamespace: async () => {
      const name = `check-${++namespaceCount}`;
      await makeNamespace(client, name);
      return name;
    },
    ...forgetting(api),
    raw: (request) => rawRequest(api, request),
    stop: async () => undefined,
  };
}

const errors = {
  transport: (message: string, wasSent: boolean) => new TransportError(message, wasSent),
  status: (status: number, reason: string, message: string, retryAfterMs: number | undefined) =>
    new ApiStatusError(status, reason, message, retryAfterMs),
};

function forgetting(api: EmbeddedApi): Pick<Target, "compact" | "forgottenResourceVersion"> {
  const compact = async () => api.store.compact(api.store.resourceVersion);
  return {
    compact,
    forgottenResourceVersion: async () => {
      const forgotten = String(api.store.resourceVersion - 1);
      await compact();
      return forgotten;
    },
  };
}

async function rawRequest(api: EmbeddedApi, request: RawRequest): Promise<RawAnswer> {
  const [path = "", query = ""] = request.path.split("?");
  const { method, body, accept, contentType, token } = request;
  const answer = api.handle({
    method,
    path,
    query: new URLSearchParams(query),
    ...(body !== undefined && { body: JSON.parse(body) as unknown, contentType: contentType ?? "application/json" }),
    ...(accept !== undefined && { accept }),
    ...(token !== undefined && { token }),
  });
  return textOf(answer);
}

async function textOf(answer: EmbeddedResponse): Promise<RawAnswer> {
  switch (answer.kind) {
    case "json": {
      const headers = new Map([["content-type", "application/json"], ...(answer.headers ?? [])]);
      return { status: answer.status, headers, text: JSON.stringify(answer.body) };
    }
    case "text":
      return { status: answer.status, headers: new Map([["content-type", answer.contentType]]), text: answer.body };
    case "watch": {
      const lines: string[] = [];
      await new Promise<void>((resolve) =>
        answer.stream.start((event) => lines.push(`${JSON.stringify(event)}\n`), resolve),
      );
      return { status: 200, headers: new Map([["content-type", "application/json"]]), text: lines.join("") };
    }
  }
}
