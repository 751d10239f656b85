// The face in memory: frozen objects shared, callers' objects left alone, watches bounded, the same bytes in every run.

import { assert } from "chai";
import { EmbeddedApi } from "../../src/embedded/api.ts";
import { InMemoryClient, type ClientErrors } from "../../src/embedded/in-memory.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

class StatusError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const errors: ClientErrors = {
  transport: (message) => new Error(message),
  status: (status, _reason, message) => new StatusError(status, message),
};

const configMaps = "/api/v1/namespaces/default/configmaps";

function start(options: { eventsMax?: number; token?: string } = {}) {
  const env = new VirtualEnv();
  const api = new EmbeddedApi({ env });
  return { env, api, client: new InMemoryClient(api, { errors, ...options }) };
}

async function create(client: InMemoryClient, name: string): Promise<ApiObject> {
  const answer = await client.request({ method: "POST", path: configMaps, body: { metadata: { name } } });
  assert.equal(answer.status, 201);
  return answer.body as ApiObject;
}

async function watch(client: InMemoryClient, query: Record<string, string>, signal?: AbortSignal) {
  const lines = await client.stream({
    method: "GET",
    path: configMaps,
    query: new Map(Object.entries({ watch: "true", ...query })),
    idleTimeoutMs: 1_000,
    ...(signal === undefined ? {} : { signal }),
  });
  return lines[Symbol.asyncIterator]();
}

describe("the embedded server in memory", () => {
  it("answers with the stored object itself, and leaves the caller's alone", async () => {
    const { api, client } = start();
    const body = { metadata: { name: "a", labels: { a: "b" } }, data: { k: "v" } };
    const answer = await client.request({ method: "POST", path: configMaps, body });
    assert.strictEqual(answer.body, api.store.get(api.kinds.must("v1", "ConfigMap"), "default", "a"));
    assert.isFalse(Object.isFrozen(body.metadata));
  });

  it("an administrator without a token is refused nothing, one with a wrong token everything", async () => {
    const { api, client } = start();
    assert.equal((await client.request({ method: "GET", path: configMaps })).status, 200);
    const other = new InMemoryClient(api, { errors, token: "wrong" });
    assert.equal((await other.request({ method: "GET", path: configMaps })).status, 401);
  });

  it("gives Retry-After in milliseconds", async () => {
    const { client } = start();
    const query = new Map([["resourceVersion", "1000000"]]);
    const answer = await client.request({ method: "GET", path: configMaps, query });
    assert.deepInclude(answer, { status: 504, retryAfterMs: 1_000 });
  });

  it("a stream that is refused throws with the status", async () => {
    const { client } = start();
    try {
      await watch(client, { fieldSelector: "spec.nope=1" });
      assert.fail("it was opened");
    } catch (error) {
      assert.instanceOf(error, StatusError);
      assert.equal(error.status, 400);
    }
  });

  it("gives what happened between the request and the first read", async () => {
    const { api, client } = start();
    const lines = await watch(client, { resourceVersion: String(api.store.resourceVersion) });
    const created = await create(client, "a");
    const { value } = (await lines.next()) as { value: string };
    assert.deepEqual(JSON.parse(value), { type: "ADDED", object: created });
  });

  it("ends for a reader that falls behind, after what it was sent", async () => {
    const { api, client } = start({ eventsMax: 3 });
    const lines = await watch(client, { resourceVersion: String(api.store.resourceVersion) });
    const first = lines.next();
    await create(client, "first");
    await first;
    for (let i = 0; i < 10; i++) await create(client, `c-${i}`);
    const rest: unknown[] = [];
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) rest.push(next.value);
    assert.lengthOf(rest, 4);
  });

  it("one that comes back too late gets 410 in the stream", async () => {
    const { api, client } = start();
    const seen = api.store.resourceVersion;
    await create(client, "a");
    api.store.compact(api.store.resourceVersion);
    const lines = await watch(client, { resourceVersion: String(seen) });
    const { value } = (await lines.next()) as { value: string };
    const event = JSON.parse(value) as { type: string; object: { code: number; reason: string; message: string } };
    assert.equal(event.type, "ERROR");
    assert.include(event.object, { code: 410, reason: "Expired" });
    assert.match(event.object.message, /^too old resource version: \d+ \(\d+\)$/);
    assert.isTrue((await lines.next()).done);
  });

  it("ends at its time limit, with a bookmark two seconds before", async () => {
    const { env, api, client } = start();
    const from = String(api.store.resourceVersion);
    const lines = await watch(client, { resourceVersion: from, timeoutSeconds: "10", allowWatchBookmarks: "true" });
    const first = lines.next();
    await env.advance(8_000);
    const bookmark = JSON.parse((await first).value as string) as { type: string };
    assert.equal(bookmark.type, "BOOKMARK");
    const last = lines.next();
    await env.advance(2_000);
    assert.isTrue((await last).done);
    assert.equal(env.timerCount, 0);
  });

  it("an abort ends a watch with an error and leaves no timer", async () => {
    const { env, api, client } = start();
    const abort = new AbortController();
    const lines = await watch(client, { resourceVersion: String(api.store.resourceVersion) }, abort.signal);
    const next = lines.next();
    abort.abort();
    assert.equal(await next.then(() => "ended", String), "Error: aborted");
    assert.equal(env.timerCount, 0);
  });

  it("the same requests give the same bytes", async () => {
    const run = async (): Promise<string> => {
      const { api, client } = start();
      for (let i = 0; i < 20; i++) {
        await client.request({
          method: "POST",
          path: "/api/v1/namespaces/default/pods",
          body: { metadata: { generateName: "p-" }, spec: { containers: [{ name: "c", image: "i" }] } },
        });
      }
      return JSON.stringify(api.store.history);
    };
    assert.equal(await run(), await run());
  });
});
