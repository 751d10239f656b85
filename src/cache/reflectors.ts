// Reflectors: one for each resource, started and stopped together, with one answer to "do we know the cluster?".

import type { Env } from "../env.ts";
import type { ApiClient } from "../kube/client.ts";
import { invariant } from "../model/index.ts";
import { SharedHold } from "./back-off.ts";
import type { CacheEvent, Resource, ResourceName } from "./events.ts";
import type { Problem } from "./problem.ts";
import { Reflector, type ReflectorState } from "./reflector.ts";

export type { Problem } from "./problem.ts";

export interface ReflectorsOptions {
  readonly client: ApiClient;
  readonly env: Env;
  readonly resources: readonly Resource[];
  /** Gets the events of all resources; there is no order between resources. */
  readonly sink: (events: readonly CacheEvent[]) => void;
  /** Called once, when every base resource has been listed. */
  readonly onSynced?: () => void;
  /** Called when a problem appears or changes; `problems` are the present ones. */
  readonly onProblem?: (problem: Problem) => void;
}

export class Reflectors {
  readonly #reflectors: ReadonlyMap<ResourceName, Reflector>;
  readonly #onSynced: (() => void) | undefined;

  constructor({ client, env, resources, sink, onSynced, onProblem }: ReflectorsOptions) {
    const shared = { client, env, sink, hold: new SharedHold(env), ...(onProblem !== undefined && { onProblem }) };
    this.#onSynced = onSynced;
    this.#reflectors = new Map(
      resources.map((resource) => {
        const reflector = new Reflector({ ...shared, resource, onSynced: () => this.#oneHasListed(resource) });
        return [resource.name, reflector];
      }),
    );
  }

  start(): void {
    for (const reflector of this.#reflectors.values()) reflector.start();
  }

  /** Resolves when nothing is under way any more; the sink is not called after that. */
  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()));
  }

  /** Whether every base resource has been listed. Optional ones never hold this back. */
  get isSynced(): boolean {
    return this.#every((reflector) => reflector.resource.need === "optional" || reflector.hasListed);
  }

  /** Whether optional resources, too, are listed or known to be not served or not allowed: what is missing now is missing. */
  get isSettled(): boolean {
    return this.isSynced && this.#every((reflector) => reflector.state !== "pending");
  }

  /** The present ones, in the order of the resources. An optional resource that is not served or not allowed is none. */
  get problems(): readonly Problem[] {
    return [...this.#reflectors.values()].flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  }

  state(resource: ResourceName): ReflectorState {
    return this.#of(resource).state;
  }

  /** When the server last said something about `resource`, on the monotonic clock; undefined before the first time. */
  lastActivityMs(resource: ResourceName): number | undefined {
    return this.#of(resource).lastActivityMs;
  }

  /** How many watches were opened after the first. */
  restarts(resource: ResourceName): number {
    return this.#of(resource).restarts;
  }

  #oneHasListed(resource: Resource): void {
    if (resource.need === "base" && this.isSynced) this.#onSynced?.();
  }

  #every(holds: (reflector: Reflector) => boolean): boolean {
    return [...this.#reflectors.values()].every(holds);
  }

  #of(resource: ResourceName): Reflector {
    const reflector = this.#reflectors.get(resource);
    invariant(reflector !== undefined, `no reflector for ${resource}`);
    return reflector;
  }
}
