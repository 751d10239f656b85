// Watching: one open watch, read event by event. An event that does not come fails the check after ten seconds.

import { assert } from "chai";
import type { ApiClient } from "../../src/kube/client.ts";
import { textAt } from "./facts.ts";

export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

const patienceMs = 10_000;

export class Watching {
  readonly #lines: AsyncIterator<string>;
  readonly #stopping: AbortController;

  private constructor(lines: AsyncIterable<string>, stopping: AbortController) {
    this.#lines = lines[Symbol.asyncIterator]();
    this.#stopping = stopping;
  }

  /** Rejects with ApiStatusError when the server refuses. */
  static async open(client: ApiClient, path: string, query: ReadonlyMap<string, string>): Promise<Watching> {
    const stopping = new AbortController();
    const request = { method: "GET", path, query, signal: stopping.signal, idleTimeoutMs: patienceMs } as const;
    return new Watching(await client.stream(request), stopping);
  }

  /** The next event, or undefined when the server has ended the watch. */
  async nextOrEnd(): Promise<WatchEvent | undefined> {
    const line = await this.#lines.next();
    return line.done === true ? undefined : (JSON.parse(line.value) as WatchEvent);
  }

  async next(): Promise<WatchEvent> {
    const event = await this.nextOrEnd();
    assert.isDefined(event, "the watch ended");
    return event;
  }

  /** The next events as `TYPE name`. */
  async read(count: number): Promise<readonly string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const { type, object } = await this.next();
      events.push(`${type} ${textAt(object, "metadata.name")}`);
    }
    return events;
  }

  close(): void {
    this.#stopping.abort();
  }
}
