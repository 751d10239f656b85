// A reflector over a fake API server, with what its sink heard.

import type { CacheEvent, Resource } from "../../src/cache/events.ts";
import { RESOURCES } from "../../src/cache/events.ts";
import type { Problem } from "../../src/cache/problem.ts";
import { Reflector } from "../../src/cache/reflector.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { FakeApiServer } from "../support/fake-api-server.ts";
import { until, VirtualEnv } from "../support/virtual-env.ts";
import { connect } from "./connect.ts";

export const pods = "/api/v1/pods";
export const podGroups = "/apis/scheduling.volcano.sh/v1beta1/podgroups";

export function resourceNamed(name: Resource["name"]): Resource {
  const resource = RESOURCES.find((candidate) => candidate.name === name);
  if (resource === undefined) throw new Error(name);
  return resource;
}

export class Watching {
  readonly server = new FakeApiServer();
  readonly env = new VirtualEnv();
  /** What the sink heard, in words such as `+ns/a@101` and `-ns/a`; one entry for each call. */
  readonly heard: string[][] = [];
  readonly events: CacheEvent[] = [];
  readonly problems: Problem[] = [];
  syncedCount = 0;
  /** Makes the sink throw. */
  sinkFails = false;
  readonly path: string;
  client!: Transport;
  reflector!: Reflector;

  constructor(path = pods) {
    this.path = path;
  }

  async open(name: Resource["name"] = "pods"): Promise<this> {
    await this.server.start();
    this.client = connect(this.env, { server: this.server.url });
    this.reflector = new Reflector({
      client: this.client,
      env: this.env,
      resource: resourceNamed(name),
      sink: (events) => this.#hear(events),
      onSynced: () => this.syncedCount++,
      onProblem: (problem) => this.problems.push(problem),
    });
    if (name === "pods") this.server.serve(this.path, "v1", "Pod");
    return this;
  }

  /** Starts, and waits for the first watch. */
  async synced(): Promise<this> {
    this.reflector.start();
    await this.watchOpen();
    return this;
  }

  async watchOpen(): Promise<void> {
    await until(() => this.server.watchCount(this.path) === 1 && this.reflector.problem === undefined, "a watch");
  }

  /** Waits until the last thing heard is this; time does not pass. */
  async hears(...words: string[]): Promise<void> {
    const wanted = JSON.stringify(words);
    await until(() => JSON.stringify(this.heard.at(-1)) === wanted, wanted).catch(() => {
      throw new Error(`${wanted} was not heard but ${JSON.stringify(this.heard)}`);
    });
  }

  /** Lets time pass, from one end of a wait of the reflector to the next, until `condition` holds. */
  async passUntil(condition: () => boolean, what: string): Promise<void> {
    for (let waits = 0; waits < 50; waits++) {
      await until(() => condition() || this.env.nextWakeMs !== undefined, what);
      if (condition()) return;
      await this.env.advance(this.env.nextWakeMs ?? 0);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  /** The wait of the reflector that is under way or comes next. */
  async nextWaitMs(): Promise<number> {
    await until(() => this.env.nextWakeMs !== undefined, "a wait");
    return this.env.nextWakeMs ?? 0;
  }

  /** Lets the next wait pass, which must be within bounds, and waits for the request that follows it. */
  async requestAfter(minMs: number, maxMs: number): Promise<void> {
    const waitMs = await this.nextWaitMs();
    if (waitMs < minMs || maxMs < waitMs) throw new Error(`a wait of ${waitMs} ms, not ${minMs} to ${maxMs}`);
    const before = this.server.requests.length;
    await this.env.advance(waitMs);
    await until(() => before < this.server.requests.length, "a request");
  }

  async close(): Promise<void> {
    await this.reflector.stop();
    await this.client.close();
    await this.server.stop();
  }

  #hear(events: readonly CacheEvent[]): void {
    if (this.sinkFails) throw new Error("the sink fails");
    this.heard.push(events.map(inWords));
    this.events.push(...events);
  }
}

function inWords({ type, object }: CacheEvent): string {
  const { namespace, name, resourceVersion } = object.metadata;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  return type === "delete" ? `-${key}` : `+${key}@${resourceVersion ?? ""}`;
}
