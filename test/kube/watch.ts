// Watch: an independent observer of what a scheduler did. It has a connection of its own and knows nothing of the program
// under test; a stream that the server ends is taken up where it stopped, so that no event is missed or seen twice.

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "undici";
import type { ControlPlane } from "./control-plane.ts";

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
  /** When it came in, by this process's monotonic clock. */
  readonly atMs: number;
}

interface RawEvent<T> {
  readonly type: string;
  readonly object: T & { readonly metadata: { readonly resourceVersion: string }; readonly message?: string };
}

/** Calls back for everything that happens to the objects under `path` (a list's path without a query) after it was opened. */
export class Watch<T> {
  readonly #client: Client;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #path: string;
  readonly #query: string;
  readonly #onEvent: (event: WatchEvent<T>) => void;
  readonly #stopping = new AbortController();
  #resourceVersion = "";
  #ended: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(plane: ControlPlane, ca: string, path: string, query: string, onEvent: (event: WatchEvent<T>) => void) {
    this.#client = new Client(plane.url, { connect: { ca }, bodyTimeout: 0 });
    this.#headers = { authorization: `Bearer ${plane.adminToken}`, accept: "application/json" };
    this.#path = path;
    this.#query = query;
    this.#onEvent = onEvent;
  }

  /** Resolves when the watch is open from the state of now. `query` is a selector such as `fieldSelector=…`, encoded. */
  static async open<T>(
    plane: ControlPlane,
    path: string,
    onEvent: (event: WatchEvent<T>) => void,
    query = "",
  ): Promise<Watch<T>> {
    const watch = new Watch<T>(plane, await readFile(plane.ca, "utf8"), path, query, onEvent);
    const list = await plane.request<{ metadata: { resourceVersion: string } }>("GET", `${path}?${query}&limit=1`);
    watch.#resourceVersion = list.metadata.resourceVersion;
    watch.#ended = watch.#run();
    return watch;
  }

  /** Throws if the watch could not go on: then what it reported is not the whole story. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await this.#client.destroy();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#stream();
      } catch (error) {
        if (error instanceof WatchLost) this.#failure = error;
        if (error instanceof WatchLost || this.#stopping.signal.aborted) return;
        await sleep(50);
      }
    }
  }

  async #stream(): Promise<void> {
    const answer = await this.#client.request({
      method: "GET",
      path: `${this.#path}?watch=true&resourceVersion=${this.#resourceVersion}&allowWatchBookmarks=true&${this.#query}`,
      headers: this.#headers,
      signal: this.#stopping.signal,
    });
    if (answer.statusCode !== 200) {
      const text = await answer.body.text();
      if (answer.statusCode === 410) throw new WatchLost(text);
      throw new Error(text);
    }
    let rest = "";
    answer.body.setEncoding("utf8");
    for await (const chunk of answer.body as AsyncIterable<string>) {
      const atMs = performance.now();
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line) as RawEvent<T>, atMs);
    }
  }

  #take({ type, object }: RawEvent<T>, atMs: number): void {
    if (type === "ERROR") throw new WatchLost(object.message ?? "no message");
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") this.#onEvent({ type, object, atMs });
  }
}

class WatchLost extends Error {
  constructor(message: string) {
    super(`the observer's watch was lost: ${message}`);
  }
}
