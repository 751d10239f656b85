// The face over HTTP: large lists in pages, limits, and a client that does not read its watch.

import { connect } from "node:net";
import { assert } from "chai";
import { request } from "undici";
import { EmbeddedApi } from "../../src/embedded/api.ts";
import { serveHttp, type HttpFace, type HttpOptions } from "../../src/embedded/http.ts";
import { until, VirtualEnv } from "../support/virtual-env.ts";

const pods = "/api/v1/namespaces/default/pods";

describe("the embedded server over HTTP", () => {
  let face: HttpFace | undefined;

  async function start(options: HttpOptions = {}, isOpen = true): Promise<{ api: EmbeddedApi; url: string }> {
    const api = new EmbeddedApi({ env: new VirtualEnv(), isOpen });
    face = await serveHttp(api, options);
    return { api, url: face.url };
  }

  afterEach(async () => {
    await face?.close();
    face = undefined;
  });

  function fill(api: EmbeddedApi, count: number): void {
    for (let i = 0; i < count; i++) {
      const body = { metadata: { name: `p-${i}` }, spec: { containers: [{ name: "c", image: "i" }] } };
      const query = new URLSearchParams();
      const answer = api.handle({ method: "POST", path: pods, query, body, contentType: "application/json" });
      assert.deepInclude(answer, { status: 201 });
    }
  }

  it("who brings no token is anonymous, and may do nothing", async () => {
    const { url } = await start({}, false);
    const answer = await request(`${url}${pods}`);
    assert.equal(answer.statusCode, 403);
    const { message } = (await answer.body.json()) as { message: string };
    assert.include(message, 'User "system:anonymous" cannot list resource "pods"');
  });

  it("a list of 50,000 pods in pages of 500: every pod once, and no page takes long in the server", async function () {
    this.timeout(60_000); // 50,000 creations
    const { api, url } = await start();
    fill(api, 50_000);
    const names = new Set<string>();
    let token = "";
    let pages = 0;
    do {
      const answer = await request(`${url}/api/v1/pods?limit=500&continue=${encodeURIComponent(token)}`);
      const page = (await answer.body.json()) as {
        metadata: { continue?: string; remainingItemCount?: number };
        items: { metadata: { name: string } }[];
      };
      for (const { metadata } of page.items) names.add(metadata.name);
      assert.equal(page.metadata.remainingItemCount ?? 0, 50_000 - names.size);
      token = page.metadata.continue ?? "";
      pages += 1;
    } while (token !== "");
    assert.equal(pages, 100);
    assert.equal(names.size, 50_000);
  });

  it("a watch that is not read is cut off, and holds up nobody", async () => {
    const { api, url } = await start({ eventsMax: 100 });
    fill(api, 1);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let isClosed = false;
    socket.on("close", () => (isClosed = true)).on("error", () => (isClosed = true));
    const from = api.store.resourceVersion;
    socket.write(`GET /api/v1/pods?watch=true&resourceVersion=${from} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await new Promise((resolve) => socket.once("readable", resolve));
    socket.pause();
    const padding = "x".repeat(100_000);
    for (let i = 0; i < 400; i++) {
      const answer = await request(`${url}${pods}/p-0`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify({ metadata: { annotations: { i: String(i), padding } } }),
      });
      assert.equal(answer.statusCode, 200);
      await answer.body.dump();
    }
    socket.resume();
    await until(() => isClosed, "the end of the connection");
  });

  it("a body above three megabytes is 413", async () => {
    const { url } = await start();
    const body = JSON.stringify({ metadata: { name: "a" }, data: { k: "x".repeat(3_200_000) } });
    const answer = await request(`${url}/api/v1/namespaces/default/configmaps`, { method: "POST", body });
    assert.equal(answer.statusCode, 413);
  });

  it("close cuts watches off", async () => {
    const { url } = await start();
    const answer = await request(`${url}/api/v1/pods?watch=true`);
    const end = answer.body.text().then(
      () => "ended",
      () => "cut off",
    );
    await face?.close();
    face = undefined;
    assert.include(["ended", "cut off"], await end);
  });
});
