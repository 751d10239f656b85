// Any history of requests leaves the state machine and a Map with a counter of one mind.

import { assert } from "chai";
import { EmbeddedApi } from "../../src/embedded/api.ts";
import type { EmbeddedResponse } from "../../src/embedded/types.ts";
import { seededRandom, VirtualEnv } from "../support/virtual-env.ts";
import { Walk, type Handle } from "./model.ts";

const SEED = Number(process.env["SEED"] ?? 1);

/** What differs first, with the seed; undefined where nothing does. */
function walk(seed: number, steps: number, wrap: (handle: Handle) => Handle = (handle) => handle): Walk | string {
  const api = new EmbeddedApi({ env: new VirtualEnv() });
  const handle = wrap((request) => api.handle(request));
  const { store } = api;
  store.compact(store.resourceVersion);
  const walker = new Walk(handle, store.resourceVersion, (version) => store.compact(version), seededRandom(seed));
  try {
    for (let step = 0; step < steps; step++) walker.step();
    walker.finish();
  } catch (error) {
    return `SEED=${seed}: ${(error as Error).message}`;
  }
  return walker;
}

/** What differs; canaries want something to. */
function wordsOf(outcome: Walk | string): string {
  return typeof outcome === "string" ? outcome : "no difference";
}

describe("the state machine against a Map and a counter", () => {
  it("100,000 random operations: no difference", function () {
    this.timeout(60_000); // 100,000 requests
    const outcome = walk(SEED, 100_000);
    if (typeof outcome === "string") assert.fail(outcome);
    assert.equal(outcome.done.size, 9, "every kind of operation was done");
    for (const [operation, count] of outcome.done) assert.isAbove(count, 200, operation);
  });

  it("small histories of many seeds: no difference", () => {
    for (let seed = SEED + 1; seed < SEED + 40; seed++) {
      const outcome = walk(seed, 250);
      if (typeof outcome === "string") assert.fail(outcome);
    }
  });

  it("canary: a server that overlooks resourceVersions is found out", () => {
    const outcome = walk(SEED, 2_000, (handle) => (request) => {
      const { metadata, ...body } = (request.body ?? {}) as { metadata?: Record<string, unknown> };
      if (request.method !== "PUT" || metadata === undefined) return handle(request);
      return handle({ ...request, body: { ...body, metadata: { ...metadata, resourceVersion: undefined } } });
    });
    assert.match(wordsOf(outcome), /stale update/);
  });

  it("canary: a watch that loses one event in a hundred is found out", () => {
    let events = 0;
    const losing = (response: EmbeddedResponse): EmbeddedResponse => {
      if (response.kind !== "watch") return response;
      const { stream } = response;
      const start: typeof stream.start = (onEvent, onEnd) =>
        stream.start((event) => ++events % 100 !== 0 && onEvent(event), onEnd);
      return { kind: "watch", stream: { start } };
    };
    const outcome = walk(SEED, 5_000, (handle) => (request) => losing(handle(request)));
    assert.match(wordsOf(outcome), /events of a watch/);
  });

  it("canary: a page of another moment is found out", () => {
    const outcome = walk(SEED, 5_000, (handle) => (request) => {
      const token = request.query.get("continue");
      if (token === null) return handle(request);
      // A token of resourceVersion -1 goes on with the present.
      const query = new URLSearchParams(request.query);
      query.set("continue", btoa(atob(token).replace(/"rv":\d+/, '"rv":-1')));
      return handle({ ...request, query });
    });
    assert.match(wordsOf(outcome), /page/);
  });
});
