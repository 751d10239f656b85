// The server: probes and metrics over plain HTTP, with a limit on everything a stranger can send.

import { connect } from "node:net";
import { assert } from "chai";
import { SchedulerError } from "../../src/model/index.ts";
import { formatAddress, parseListenAddress, startServer } from "../../src/server/index.ts";
import type { Check, RunningServer } from "../../src/server/index.ts";

describe("listen addresses", () => {
  const cases = [
    { text: ":10260", address: { host: "", port: 10_260 } },
    { text: "127.0.0.1:0", address: { host: "127.0.0.1", port: 0 } },
    { text: "localhost:80", address: { host: "localhost", port: 80 } },
    { text: "[::1]:8080", address: { host: "::1", port: 8_080 } },
    ...[
      "",
      "10260",
      "host",
      "::1:80",
      "[::1]",
      ":",
      ":-1",
      ":65536",
      ":1e3",
      ":080",
      "http://a:80",
      "a b:80",
      "[x y]:1",
    ].map((text) => ({ text, address: undefined })),
  ];
  for (const { text, address } of cases) {
    it(`${JSON.stringify(text)} is ${address === undefined ? "none" : "one"}`, () => {
      assert.deepEqual(parseListenAddress(text), address);
      if (address !== undefined) assert.equal(formatAddress(address), text);
    });
  }
});

describe("http server", () => {
  let server: RunningServer;
  let problem: string | undefined;
  let metricsText: () => Promise<string>;
  const check = (name: string): Check => ({ name, problem: () => problem });

  beforeEach(async () => {
    problem = undefined;
    metricsText = async () => "some_total 1\n";
    server = await startServer({
      address: { host: "127.0.0.1", port: 0 },
      live: [],
      ready: [check("synced"), { name: "fresh", problem: () => undefined }],
      metrics: { contentType: "text/plain; version=0.0.4", text: () => metricsText() },
    });
  });
  afterEach(() => server.close());

  const get = (path: string, method = "GET"): Promise<Response> =>
    fetch(`http://${formatAddress(server.address)}${path}`, { method });

  /** What the server answers to these bytes, until it closes the connection. */
  function raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(server.address.port, "127.0.0.1", () => socket.write(bytes));
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("close", () => resolve(answer));
      socket.on("error", (error) => (answer === "" ? reject(error) : resolve(answer)));
    });
  }

  for (const path of ["/healthz", "/livez", "/readyz", "/readyz?verbose"]) {
    it(`${path} is ok`, async () => {
      const response = await get(path);
      assert.deepEqual([response.status, await response.text()], [200, "ok\n"]);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    });
  }

  it("/readyz says which check fails; /livez does not care", async () => {
    problem = "the API server cannot be reached";
    const response = await get("/readyz");
    assert.equal(response.status, 503);
    assert.equal(await response.text(), "[-]synced failed: the API server cannot be reached\n[+]fresh ok\n");
    assert.equal((await get("/livez")).status, 200);
    problem = undefined;
    assert.equal((await get("/readyz")).status, 200);
  });

  it("/metrics has the text and its type, and survives a collector that throws", async () => {
    const response = await get("/metrics");
    assert.deepEqual([response.status, await response.text()], [200, "some_total 1\n"]);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4");
    metricsText = async () => {
      throw new Error("secret of the collector");
    };
    const broken = await get("/metrics");
    assert.equal(broken.status, 500);
    assert.notInclude(await broken.text(), "secret");
  });

  it("HEAD has the headers and no body", async () => {
    const response = await get("/metrics", "HEAD");
    assert.deepEqual([response.status, response.headers.get("content-length"), await response.text()], [200, "13", ""]);
  });

  it("other methods, paths and requests with a body are refused", async () => {
    const post = await get("/metrics", "POST");
    assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
    assert.equal((await get("/debug/pprof")).status, 404);
    assert.equal((await get("/../etc/passwd")).status, 404);
    assert.match(await raw("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"), /^HTTP\/1\.1 413 /);
    assert.match(
      await raw("GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
      /^HTTP\/1\.1 413 /,
    );
  });

  it("headers have a limit, and what is no HTTP ends the connection", async () => {
    assert.match(await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(9_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await raw("\u0016\u0003\u0001 this is TLS\r\n\r\n"), /^HTTP\/1\.1 400 /);
  });

  it("an address in use is one clear error", async () => {
    const address = server.address;
    const error: unknown = await startServer({
      address,
      live: [],
      ready: [],
      metrics: { contentType: "", text: metricsText },
    }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.instanceOf(error, SchedulerError);
    assert.equal(error.code, "listen");
    assert.equal(error.message, `cannot listen on ${formatAddress(address)}: the address is in use by another process`);
  });

  it("closing ends connections that are kept open", async () => {
    await (await get("/healthz")).text();
    await server.close();
    await server.close().catch(() => undefined);
  });
});
