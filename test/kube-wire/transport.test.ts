// The promises of the transport, one test each, over a real socket.
// Long because: each way in which an answer can fail to come has its own short server.

import { createServer } from "node:net";
import { assert } from "chai";
import { type ApiRequest, ApiStatusError, TransportError } from "../../src/kube/client.ts";
import { servedResources } from "../../src/kube/discovery.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { answerJson, answerStatus, FakeApiServer } from "../support/fake-api-server.ts";
import { until, VirtualEnv } from "../support/virtual-env.ts";
import { connect } from "./connect.ts";

const get: ApiRequest = { method: "GET", path: "/x" };
const follow = { ...get, idleTimeoutMs: 90_000 };

let server: FakeApiServer;
let env: VirtualEnv;
let client: Transport;

beforeEach(async () => {
  server = await new FakeApiServer().start();
  env = new VirtualEnv();
  client = connect(env, { server: server.url });
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await promise.then(
    () => assert.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  assert.instanceOf(error, TransportError);
  return error;
}

describe("transport: one request, one answer", () => {
  it("sends JSON with credentials, and resolves for every status", async () => {
    server.rule = ({ body }, response) => {
      if (body === "") answerStatus(response, 409, "Conflict", "already there");
      else answerJson(response, 201, { ok: true });
      return true;
    };
    const query = new Map([["a b", "c&d"]]);
    const post = await client.request({ method: "POST", path: "/x", query, body: { größe: 1 } });
    assert.deepEqual(post, { status: 201, body: { ok: true } });
    const conflict = await client.request(get);
    assert.equal(conflict.status, 409);
    const [first] = server.requests;
    assert.equal(first?.method, "POST");
    assert.equal(first?.query.get("a b"), "c&d");
    assert.equal(first?.body, '{"größe":1}');
    assert.equal(first?.headers["content-type"], "application/json");
    assert.equal(first?.headers["authorization"], "Bearer t0");
    assert.equal(first?.headers["user-agent"], "batch-scheduler/1.2.3");
  });

  it("keeps to the path prefix of the server and to the content type asked for", async () => {
    const prefixed = connect(env, { server: `${server.url}/k8s/clusters/c1/` });
    server.rule = (_, response) => (answerJson(response, 200, {}), true);
    await prefixed.request({ method: "PATCH", path: "/x", body: {}, contentType: "application/merge-patch+json" });
    assert.equal(server.requests[0]?.path, "/k8s/clusters/c1/x");
    assert.equal(server.requests[0]?.headers["content-type"], "application/merge-patch+json");
    await prefixed.close();
  });

  it("reads Retry-After where it is a number of seconds", async () => {
    const retryAfters = ["7", "Wed, 21 Oct 2026 07:28:00 GMT", "-1"];
    server.rule = (_, response) => (answerJson(response, 429, {}, { "retry-after": retryAfters.shift() ?? "" }), true);
    const waits = [];
    for (let count = 0; count < 3; count++) waits.push((await client.request(get)).retryAfterMs);
    assert.deepEqual(waits, [7_000, undefined, undefined]);
  });

  it("takes the text of an error that is not JSON, and refuses a success that is not", async () => {
    let status = 502;
    server.rule = (_, response) => (response.writeHead(status).end("<html>bad gateway"), true);
    assert.deepEqual(await client.request(get), { status: 502, body: "<html>bad gateway" });
    status = 200;
    const error = await failureOf(client.request(get));
    assert.isTrue(error.wasSent);
    assert.include(error.message, "GET /x: the answer is not JSON");
  });

  it("keeps connections, and no more than it was allowed", async () => {
    const bounded = connect(env, { server: server.url }, { connections: 3 });
    server.rule = (_, response) => (setImmediate(() => answerJson(response, 200, {})), true);
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 20 }, () => bounded.request(get)));
    assert.equal(server.requests.length, 60);
    assert.equal(server.connectionCount, 3);
    await bounded.close();
  });

  it("does not use a connection that is older than 10 minutes", async () => {
    const bounded = connect(env, { server: server.url }, { connections: 1 });
    const portUsed = async (): Promise<number | undefined> => {
      let port: number | undefined;
      server.rule = (_, response) => ((port = response.req.socket.remotePort), answerJson(response, 200, {}), true);
      await bounded.request(get);
      return port;
    };
    const realNow = Date.now;
    const startMs = Date.now();
    let ageMs = 0;
    try {
      Date.now = () => startMs + ageMs; // undici reads the clock itself, and closes what is idle for long
      const first = await portUsed();
      for (; ageMs <= 600_000; ageMs += 1_000) assert.equal(await portUsed(), first, `after ${ageMs} ms`);
      assert.notEqual(await portUsed(), first);
    } finally {
      Date.now = realNow;
    }
    await bounded.close();
  });

  it("leaves the connections of requests to requests: streams have their own", async () => {
    const bounded = connect(env, { server: server.url }, { connections: 1 });
    server.rule = ({ path }, response) => {
      if (path === "/watch") response.writeHead(200).flushHeaders();
      else answerJson(response, 200, {});
      return true;
    };
    await Promise.all([1, 2, 3].map(() => bounded.stream({ ...follow, path: "/watch" })));
    assert.equal((await bounded.request(get)).status, 200);
    await bounded.close();
  });
});

describe("transport: was it sent?", () => {
  it("not when the connection was refused", async () => {
    await server.stop();
    const error = await failureOf(client.request({ ...get, method: "POST", body: {} }));
    assert.isFalse(error.wasSent);
    assert.match(error.message, /^connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
    await server.start();
  });

  it("not when there is no such host", async () => {
    const nowhere = connect(env, { server: "http://no-such-host.invalid:1" });
    const error = await failureOf(nowhere.request(get));
    assert.isFalse(error.wasSent);
    assert.match(error.message, /ENOTFOUND|EAI_AGAIN/);
    await nowhere.close();
  });

  it("not when the other side speaks no TLS", async () => {
    const plain = createServer((socket) => socket.on("error", () => {}).end("220 smtp ready\r\n"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as { port: number };
    const overTls = connect(env, { server: `https://127.0.0.1:${port}` });
    const error = await failureOf(overTls.request(get));
    assert.isFalse(error.wasSent, error.message);
    assert.notInclude(error.message, "\n");
    await overTls.close();
    plain.close();
  });

  it("not when the client is closed", async () => {
    await client.close();
    assert.isFalse((await failureOf(client.request(get))).wasSent);
  });

  it("perhaps, when the connection breaks before the answer, within it, or when time is up", async () => {
    server.rule = (_, response) => (response.destroy(), true);
    assert.isTrue((await failureOf(client.request(get))).wasSent);
    server.rule = (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.destroy());
      return true;
    };
    assert.isTrue((await failureOf(client.request(get))).wasSent);
    server.rule = () => true; // hangs
    const sent = server.requests.length;
    const hanging = failureOf(client.request({ ...get, timeoutMs: 5_000 }));
    await until(() => sent < server.requests.length, "the request");
    await env.advance(5_000);
    const error = await hanging;
    assert.isTrue(error.wasSent);
    assert.equal(error.message, "GET /x: no complete answer within 5000 ms");
  });

  it("rejects when the caller gives up, and leaves no timer behind", async () => {
    server.rule = () => true;
    const controller = new AbortController();
    const hanging = failureOf(client.request({ ...get, signal: controller.signal }));
    await until(() => server.requests.length === 1, "the request");
    controller.abort();
    await hanging;
    assert.equal(env.timerCount, 0);
  });
});

describe("transport: nothing is endless (A13)", () => {
  it("ends an answer that drips", async () => {
    let dripped = 0;
    server.rule = (_, response) => {
      response.writeHead(200).write(" ");
      const drip = setInterval(() => (dripped++, response.write(" ")), 1);
      response.on("close", () => clearInterval(drip));
      return true;
    };
    const slow = failureOf(client.request({ ...get, timeoutMs: 1_000 }));
    await until(() => 5 < dripped, "some bytes");
    await env.advance(1_000);
    assert.include((await slow).message, "no complete answer within 1000 ms");
  });

  it("ends a body that is larger than the cap", async () => {
    const capped = connect(env, { server: server.url }, { bodyBytesMax: 1_000 });
    server.rule = (_, response) => {
      const more = (): unknown => (response.write(" ".repeat(600)) ? setImmediate(more) : response.once("drain", more));
      response.on("error", () => {});
      more();
      return true;
    };
    assert.include((await failureOf(capped.request(get))).message, "larger than 1000 bytes");
    await until(() => server.connectionCount === 0, "the end of the connection");
    await capped.close();
  });

  it("ends a line of a stream that is longer than the cap", async () => {
    const capped = connect(env, { server: server.url }, { lineBytesMax: 1_000 });
    server.rule = (_, response) => (response.writeHead(200).write("x".repeat(2_000)), true);
    const error = await failureOf(collect(await capped.stream(follow), []));
    assert.include(error.message, "longer than 1000 bytes");
    await capped.close();
  });

  it("refuses a compressed answer", async () => {
    server.rule = (_, response) => (answerJson(response, 200, {}, { "content-encoding": "gzip" }), true);
    assert.include((await failureOf(client.request(get))).message, "compressed");
    assert.equal(server.requests[0]?.headers["accept-encoding"], "identity");
  });
});

describe("transport: streams", () => {
  it("yield complete lines and end when the server ends them", async () => {
    server.rule = (_, response) => {
      response.writeHead(200).write('{"a":1}\n{"b"');
      setImmediate(() => response.end(":2}\n"));
      return true;
    };
    const lines: string[] = [];
    await collect(await client.stream(follow), lines);
    assert.deepEqual(lines, ['{"a":1}', '{"b":2}']);
    assert.equal(env.timerCount, 0);
  });

  it("reject for another status than 200, with reason, message and Retry-After", async () => {
    server.rule = (_, response) => (
      answerStatus(response, 410, "Expired", "too old\nresource version", { "retry-after": "2" }),
      true
    );
    const error: unknown = await client.stream(follow).catch((reason: unknown) => reason);
    assert.instanceOf(error, ApiStatusError);
    const { status, reason, message, retryAfterMs } = error;
    assert.deepEqual(
      { status, reason, message, retryAfterMs },
      { status: 410, reason: "Expired", message: "too old resource version", retryAfterMs: 2_000 },
    );
    assert.equal(env.timerCount, 0);
  });

  it("reject when headers do not come in time", async () => {
    server.rule = () => true;
    const opening = failureOf(client.stream({ ...follow, timeoutMs: 2_000 }));
    await until(() => server.requests.length === 1, "the request");
    await env.advance(2_000);
    assert.include((await opening).message, "no complete answer within 2000 ms");
  });

  it("reject after silence, but not after time in which something came", async () => {
    let send: (text: string) => unknown = () => undefined;
    server.rule = (_, response) => {
      response.writeHead(200).flushHeaders();
      send = (text) => response.write(text);
      return true;
    };
    const lines: string[] = [];
    const reading = failureOf(collect(await client.stream(follow), lines));
    for (let count = 1; count <= 3; count++) {
      await env.advance(60_000);
      send(`${count}\n`);
      await until(() => lines.length === count, `line ${count}`);
    }
    await env.advance(90_000);
    assert.include((await reading).message, "nothing came for 90000 ms");
    assert.deepEqual(lines, ["1", "2", "3"]);
    await until(() => server.connectionCount === 0, "the end of the connection");
  });

  it("reject when they end within a line, or break", async () => {
    server.rule = (_, response) => (response.writeHead(200).end('{"a":1}\n{"b"'), true);
    const lines: string[] = [];
    assert.include((await failureOf(collect(await client.stream(follow), lines))).message, "ended within a line");
    assert.deepEqual(lines, ['{"a":1}']);
    server.rule = (_, response) => {
      response.writeHead(200).write("1\n");
      setImmediate(() => response.destroy());
      return true;
    };
    await failureOf(collect(await client.stream(follow), lines));
  });

  it("close their connection when the reader stops", async () => {
    server.rule = (_, response) => (response.writeHead(200).write("1\n2\n"), true);
    for await (const line of await client.stream(follow)) {
      assert.equal(line, "1");
      break;
    }
    await until(() => server.connectionCount === 0, "the end of the connection");
  });
});

describe("transport: credentials that change (A9, A12)", () => {
  const user = { "auth-provider": { name: "tokenFile", config: { tokenFile: "/token" } } };
  const tokens = (): unknown[] => server.requests.map(({ headers }) => headers["authorization"]);

  beforeEach(async () => {
    await client.close();
    env.fileContents.set("/token", "t1\n");
    client = connect(env, { server: server.url, user });
    server.rule = ({ headers }, response) => {
      const isValid = headers["authorization"] === `Bearer ${env.fileContents.get("/token")?.trim() ?? ""}`;
      if (isValid) answerJson(response, 200, {});
      else answerStatus(response, 401, "Unauthorized", "Unauthorized");
      return true;
    };
  });

  it("a rotated token is read again after 401, once for all who were refused, and each is sent once more", async () => {
    assert.equal((await client.request(get)).status, 200);
    env.fileContents.set("/token", "t2\n");
    await env.advance(2_000);
    const answers = await Promise.all([1, 2, 3].map(() => client.request(get)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual(tokens().sort(), [
      "Bearer t1",
      "Bearer t1",
      "Bearer t1",
      "Bearer t1",
      "Bearer t2",
      "Bearer t2",
      "Bearer t2",
    ]);
  });

  it("a stream, too, is opened once more", async () => {
    await client.request(get);
    env.fileContents.set("/token", "t2");
    await env.advance(2_000);
    await collect(await client.stream(follow), []);
    assert.deepEqual(tokens(), ["Bearer t1", "Bearer t1", "Bearer t2"]);
  });

  it("401 that stays is the answer, after one more attempt", async () => {
    server.rule = (_, response) => (answerStatus(response, 401, "Unauthorized", "Unauthorized"), true);
    assert.equal((await client.request(get)).status, 401);
    assert.equal(server.requests.length, 2);
  });

  it("the file is read again after a minute, without 401, and kept while it cannot be read", async () => {
    server.rule = (_, response) => (answerJson(response, 200, {}), true);
    await client.request(get);
    env.fileContents.set("/token", "t2");
    await env.advance(59_000);
    await client.request(get);
    await env.advance(2_000);
    await client.request(get);
    env.fileContents.delete("/token");
    await env.advance(61_000);
    await client.request(get);
    assert.deepEqual(tokens(), ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]);
  });

  it("without any credentials nothing was sent", async () => {
    await client.close();
    client = connect(env, { server: server.url, user });
    env.fileContents.delete("/token");
    const error = await failureOf(client.request(get));
    assert.isFalse(error.wasSent);
    assert.include(error.message, "no credentials: ENOENT");
    assert.equal(server.requests.length, 0);
  });

  it("exec plugins and passwords give headers", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "from-exec" },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: ["-p", `'${JSON.stringify(credential)}'`],
    };
    for (const [asUser, header] of [
      [{ exec }, "Bearer from-exec"],
      [{ username: "a", password: "b" }, "Basic YTpi"],
    ] as const) {
      const other = connect(env, { server: server.url, user: asUser });
      await other.request(get);
      assert.equal(server.requests.at(-1)?.headers["authorization"], header);
      await other.close();
    }
  });
});

describe("discovery", () => {
  it("tells what of a group and version is served, each time anew", async () => {
    const isServed = await servedResources(client, "scheduling.volcano.sh", "v1beta1");
    assert.deepEqual([...isServed], []);
    server.rule = ({ path }, response) => {
      if (path !== "/apis/scheduling.volcano.sh/v1beta1") return false;
      answerJson(response, 200, {
        kind: "APIResourceList",
        resources: [{ name: "podgroups" }, { name: "podgroups/status" }],
      });
      return true;
    };
    assert.deepEqual(
      [...(await servedResources(client, "scheduling.volcano.sh", "v1beta1"))],
      ["podgroups", "podgroups/status"],
    );
    assert.deepEqual([...(await servedResources(client, "", "v1"))], []);
    assert.equal(server.requests.at(-1)?.path, "/api/v1");
  });

  it("does not take a refusal for an absence", async () => {
    server.rule = (_, response) => (answerStatus(response, 403, "Forbidden", "no"), true);
    const error: unknown = await servedResources(client, "g", "v1").catch((reason: unknown) => reason);
    assert.instanceOf(error, ApiStatusError);
  });
});

async function collect(lines: AsyncIterable<string>, into: string[]): Promise<void> {
  for await (const line of lines) into.push(line);
}
