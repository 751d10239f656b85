// Cluster: what a check holds in its hands: the target, a namespace of its own, and short ways to ask and to watch.

import { assert } from "chai";
import type { ApiClient, ApiRequest, ApiResponse } from "../../src/kube/client.ts";
import type { RawAnswer, RawRequest, Target } from "./suite.ts";
import { at, textAt } from "./facts.ts";
import { Watching } from "./watching.ts";

export type Query = Readonly<Record<string, string>>;

export const mergePatch = "application/merge-patch+json";
export const jsonPatch = "application/json-patch+json";
export const strategicPatch = "application/strategic-merge-patch+json";
export const applyPatch = "application/apply-patch+yaml";

export class Cluster {
  readonly target: Target;
  readonly namespace: string;
  readonly #client: ApiClient;
  readonly #watches: Watching[] = [];

  constructor(target: Target, namespace: string, client: ApiClient = target.client) {
    this.target = target;
    this.namespace = namespace;
    this.#client = client;
  }

  /** The same namespace with somebody else's rights. */
  as(token: string): Cluster {
    return new Cluster(this.target, this.namespace, this.target.as(token));
  }

  /** `/api/v1/namespaces/<own>/pods/a/binding` of `pods`, `a`, `binding`. */
  core(...segments: readonly string[]): string {
    return ["/api/v1/namespaces", this.namespace, ...segments].join("/");
  }

  /** As `core`, of a group and version such as `policy/v1`. */
  group(groupVersion: string, ...segments: readonly string[]): string {
    return ["/apis", groupVersion, "namespaces", this.namespace, ...segments].join("/");
  }

  pods(...segments: readonly string[]): string {
    return this.core("pods", ...segments);
  }

  configMaps(...segments: readonly string[]): string {
    return this.core("configmaps", ...segments);
  }

  get(path: string, query?: Query): Promise<ApiResponse> {
    return this.#request({ method: "GET", path }, query);
  }

  post(path: string, body: unknown, query?: Query): Promise<ApiResponse> {
    return this.#request({ method: "POST", path, body }, query);
  }

  put(path: string, body: unknown, query?: Query): Promise<ApiResponse> {
    return this.#request({ method: "PUT", path, body }, query);
  }

  patch(path: string, contentType: string, body: unknown, query?: Query): Promise<ApiResponse> {
    return this.#request({ method: "PATCH", path, body, contentType }, query);
  }

  delete(path: string, options?: unknown, query?: Query): Promise<ApiResponse> {
    return this.#request({ method: "DELETE", path, ...(options !== undefined && { body: options }) }, query);
  }

  raw(request: RawRequest): Promise<RawAnswer> {
    return this.target.raw(request);
  }

  /** Posts, and fails unless it was created. */
  async create(path: string, body: unknown): Promise<unknown> {
    const answer = await this.post(path, body);
    assert.equal(answer.status, 201, `POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Gets, and fails unless it is there. */
  async read(path: string, query?: Query): Promise<unknown> {
    const answer = await this.get(path, query);
    assert.equal(answer.status, 200, `GET ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Fails unless the merge patch was taken. */
  async change(path: string, body: unknown): Promise<unknown> {
    const answer = await this.patch(path, mergePatch, body);
    assert.equal(answer.status, 200, `PATCH ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Names of a list's items, in its order. */
  async names(path: string, query?: Query): Promise<readonly string[]> {
    return namesOf(await this.read(path, query));
  }

  /** The resourceVersion of the list at `path` now. */
  async listVersion(path: string): Promise<string> {
    return textAt(await this.read(path, { limit: "1" }), "metadata.resourceVersion");
  }

  /** Ends with the check at the latest. */
  async watch(path: string, query: Query = {}): Promise<Watching> {
    const watching = await Watching.open(this.#client, path, new Map([["watch", "true"], ...Object.entries(query)]));
    this.#watches.push(watching);
    return watching;
  }

  close(): void {
    for (const watching of this.#watches) watching.close();
  }

  #request(request: ApiRequest, query: Query | undefined): Promise<ApiResponse> {
    return this.#client.request({ ...request, ...(query !== undefined && { query: new Map(Object.entries(query)) }) });
  }
}

export function namesOf(list: unknown): readonly string[] {
  const items = at(list, "items");
  assert.isArray(items);
  return (items as readonly unknown[]).map((item) => textAt(item, "metadata.name"));
}
