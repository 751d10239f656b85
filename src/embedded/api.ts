// EmbeddedApi: one request in, one answer out, at once. Finds out who asks and for what, checks the right to it, and leaves
// the rest to the verbs (verbs.ts). Both faces, the actors and the tests come in here.

import type { Env } from "../env.ts";
import { formOf } from "./accept.ts";
import type { User } from "./access.ts";
import { Core } from "./core.ts";
import { serveCustomKinds } from "./custom-kinds.ts";
import { ApiFailure, noSuchResource } from "./failure.ts";
import { Gate } from "./gate.ts";
import { Kinds } from "./kinds.ts";
import { answerPath, NOT_FOUND } from "./paths.ts";
import { kindOf, isServed, routeOf, type Route } from "./route.ts";
import { selectedName } from "./selectors.ts";
import { seed } from "./seed.ts";
import { Store } from "./store.ts";
import { ServiceAccountTokens } from "./tokens.ts";
import type { EmbeddedRequest, EmbeddedResponse, Kind, WriteHooks } from "./types.ts";
import { answerBindings, answerResource, type Services } from "./verbs.ts";

export interface EmbeddedApiOptions {
  readonly env: Pick<Env, "clock" | "timers">;
  readonly hooks?: WriteHooks;
  /** The built-in ones by default. */
  readonly kinds?: Kinds;
  /** Over HTTP, too, whoever brings no token is an administrator. */
  readonly isOpen?: boolean;
  /** Users by token, beside service accounts. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** Changes that are remembered; see Store. */
  readonly historyMax?: number;
  /** Signs tokens of service accounts. Who knows it can make some: random where the server can be reached by others. */
  readonly tokenSecret?: string;
  /**
   * Updates are taken as they are: neither completed nor checked, and no fields have owners. For stores that are filled by
   * `commit` with objects that no API server has seen, and that could not be changed otherwise.
   */
  readonly isTrusting?: boolean;
  /** Nothing is there at the start, not even the namespaces and roles of every cluster. */
  readonly isEmpty?: boolean;
}

export class EmbeddedApi {
  readonly store: Store;
  readonly kinds: Kinds;
  readonly #core: Core;
  readonly #gate: Gate;
  readonly #services: Services;

  constructor(options: EmbeddedApiOptions) {
    const { env, hooks, historyMax, tokens = new Map<string, User>(), isOpen = false, isTrusting = false } = options;
    this.kinds = options.kinds ?? new Kinds();
    this.store = new Store({
      ...(hooks === undefined ? {} : { hooks }),
      ...(historyMax === undefined ? {} : { historyMax }),
    });
    this.#core = new Core({ store: this.store, kinds: this.kinds, clock: env.clock, timers: env.timers, isTrusting });
    const accounts = new ServiceAccountTokens(this.#core, options.tokenSecret ?? "embedded");
    this.#gate = new Gate(this.#core, accounts, { isOpen, users: tokens });
    this.#services = { core: this.#core, tokens: accounts, gate: this.#gate };
    serveCustomKinds(this.#core);
    if (options.isEmpty !== true) seed(this.#core);
  }

  /** Never throws for what a client can do wrong: that is an answer. What it throws is a bug, or comes from a hook. */
  handle(request: EmbeddedRequest): EmbeddedResponse {
    try {
      return this.#answer(request);
    } catch (error) {
      if (error instanceof ApiFailure) return failureResponse(error);
      throw error;
    }
  }

  /** Where the group is served in other versions, the answer is the API's, else the web server's. */
  #notServed(group: string): EmbeddedResponse {
    if (this.kinds.all().some((kind) => kind.group === group)) throw noSuchResource();
    return NOT_FOUND;
  }

  #answer(request: EmbeddedRequest): EmbeddedResponse {
    const user = this.#gate.userOf(request.token);
    const route = routeOf(request);
    if (route.type === "path") {
      this.#gate.check(user, { verb: request.method.toLowerCase(), path: request.path });
      return answerPath(this.kinds, route.segments, formOf(request.accept));
    }
    this.#gate.check(user, attributesOf(route, request.query));
    if (!isServed(this.kinds, route.apiVersion)) return this.#notServed(route.group);
    if (route.apiVersion === "v1" && route.resource === "bindings") return answerBindings(this.#core, route, request);
    const kind: Kind = kindOf(this.kinds, route);
    return answerResource(this.#services, kind, route, request, user);
  }
}

/** A field selector for one name is a request for that name. */
function attributesOf(route: Extract<Route, { type: "resource" }>, query: URLSearchParams) {
  const { verb, group, resource, subresource, namespace = "" } = route;
  const name = route.name ?? selectedName(query) ?? "";
  return { verb, group, resource, subresource, namespace: isNamespaceItself(route) ? name : namespace, name };
}

/** Rights to a Namespace object can be given inside it. */
function isNamespaceItself({ group, resource, name }: Extract<Route, { type: "resource" }>): boolean {
  return group === "" && resource === "namespaces" && name !== undefined;
}

function failureResponse({ status, body, retryAfterSeconds }: ApiFailure): EmbeddedResponse {
  if (retryAfterSeconds === undefined) return { kind: "json", status, body };
  return { kind: "json", status, body, headers: new Map([["retry-after", String(retryAfterSeconds)]]) };
}
