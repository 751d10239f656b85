// The suite of test/api-suite on the embedded API server, through both of its faces.

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
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
import { areas } from "../api-suite/index.ts";
import { defineSuite, differencesOf, type RawAnswer, type RawRequest, type Target } from "../api-suite/suite.ts";

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

defineSuite(
  "the API suite on the embedded API server, over HTTP",
  { isReal: false, timeoutMs: 10_000, isOverHttp: true, start: overHttp },
  areas,
);
defineSuite(
  "the API suite on the embedded API server, in memory",
  { isReal: false, timeoutMs: 10_000, isOverHttp: false, start: inMemory },
  areas,
);

describe("differences of the embedded API server", () => {
  it("are few, and each has its reason", () => {
    assert.deepEqual(differencesOf(areas), [
      "fieldValidation=Strict refuses a field that the kind has not, with 400: it does not know every field of every kind",
      "without it an unknown field is dropped: it does not know every field of every kind",
      "an apply patch may be YAML: it reads JSON only, which kubectl sends here too",
      "a created object may be YAML: it reads JSON only",
    ]);
  });
});

async function overHttp(): Promise<Target> {
  const token = "administrator";
  const api = new EmbeddedApi({ env, tokens: new Map([[token, ADMINISTRATOR]]) });
  const face = await serveHttp(api);
  return httpTarget({ url: face.url, token, ...forgetting(api), stop: () => face.close() });
}

async function inMemory(): Promise<Target> {
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
