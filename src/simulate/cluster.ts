// Cluster: an embedded API server that is given the objects of the input as they are, under a clock that simulate moves.
// Everything else that happens to an object is a request, and what is stored is told as a watch would tell it.

import type { Clock, Timers } from "../env.ts";
import { EmbeddedApi, storageOf, type Kind } from "../embedded/index.ts";
import { InvariantViolation } from "../model/index.ts";
import type { ApiObject, JsonObject } from "./api-object.ts";
import type { ResourceKind, WorldEvent } from "./port.ts";

/** Which object: a resource by its name, and where the object is in it. */
export interface Place {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface Change {
  readonly method: "POST" | "PATCH" | "DELETE";
  readonly place: Place;
  /** `status`, `binding`, `eviction`; absent: the object itself. */
  readonly part?: string;
  /** Patches are JSON merge patches. */
  readonly body: JsonObject;
}

const NO_QUERY = new URLSearchParams();

export class Cluster {
  /** What the clock says. Milliseconds since 1970. */
  nowMs: number;
  readonly #api: EmbeddedApi;
  readonly #kinds: ReadonlyMap<string, Kind>;

  /** `tell` hears of all that is stored, each write once and in order. */
  constructor(resources: readonly ResourceKind[], nowMs: number, tell: (event: WorldEvent) => void) {
    this.nowMs = nowMs;
    const clock: Clock = { nowMs: () => this.nowMs, wallMs: () => this.nowMs };
    // Nobody watches, so nothing needs a history.
    this.#api = new EmbeddedApi({ env: { clock, timers: NO_TIMERS }, isTrusting: true, isEmpty: true, historyMax: 0 });
    this.#kinds = new Map(resources.map((resource) => [resource.name, this.#served(resource)]));
    const names = new Map([...this.#kinds].map(([name, kind]) => [storageOf(kind), name]));
    this.#api.store.subscribe(({ verb, kind, object }) => {
      const resource = names.get(storageOf(kind));
      if (resource !== undefined) tell({ resource, type: verb === "delete" ? "delete" : "upsert", object });
    });
  }

  /** Stores a new object as it is: nothing is added, nothing is checked. */
  add(resource: string, object: ApiObject): void {
    this.#api.store.commit("create", this.#kindOf(resource), object);
  }

  get({ resource, namespace, name }: Place): ApiObject | undefined {
    return this.#api.store.get(this.#kindOf(resource), namespace, name);
  }

  /** In the order of their keys. */
  list(resource: string): readonly ApiObject[] {
    return this.#api.store.list(this.#kindOf(resource));
  }

  /** Throws InvariantViolation where the API server refuses: what a plan asks for, it must be able to get. */
  change({ method, place, part, body }: Change): void {
    const path = `${this.#pathOf(place)}${part === undefined ? "" : `/${part}`}`;
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = this.#api.handle({ method, path, query: NO_QUERY, body, contentType });
    if (answer.kind === "json" && answer.status < 300) return;
    throw new InvariantViolation(`${method} ${path} was refused: ${JSON.stringify(answer)}`);
  }

  /** A built-in kind, or one that is served from now on. */
  #served({ group, version, plural, kind, isNamespaced }: ResourceKind): Kind {
    const { kinds } = this.#api;
    const known = kinds.ofResource(group === "" ? version : `${group}/${version}`, plural);
    if (known !== undefined) return known;
    const names = { singular: kind.toLowerCase(), shortNames: [], categories: [] };
    const custom = { group, version, plural, kind, isNamespaced, ...names, subresources: ["status"], isCustom: true };
    kinds.add(custom);
    return custom;
  }

  #kindOf(resource: string): Kind {
    const kind = this.#kinds.get(resource);
    if (kind === undefined) throw new InvariantViolation(`${resource} are not in the simulated cluster`);
    return kind;
  }

  #pathOf({ resource, namespace, name }: Place): string {
    const { group, version, plural } = this.#kindOf(resource);
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const inside = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
    return `${root}${inside}/${plural}/${encodeURIComponent(name)}`;
  }
}

function noTimers(): never {
  throw new InvariantViolation("nothing in a simulated cluster waits by itself");
}

const NO_TIMERS: Timers = { after: noTimers, sleep: noTimers };
