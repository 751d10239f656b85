// User: what a person with kubectl does, over HTTP like everything else: create, change, delete. A refusal ends the demo.

import type { ApiClient, ApiRequest } from "../../src/kube/client.ts";
import { StoryFailure } from "./failure.ts";
import type { Manifest } from "./workloads.ts";

/** Requests of one command in flight. */
const AT_ONCE = 32;

export class User {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async create(manifests: readonly Manifest[]): Promise<void> {
    await this.sendAll(manifests.map(({ path, body }) => ({ method: "POST", path, body })));
  }

  async sendAll(requests: readonly ApiRequest[]): Promise<void> {
    for (let first = 0; first < requests.length; first += AT_ONCE) {
      await Promise.all(requests.slice(first, first + AT_ONCE).map((request) => this.send(request)));
    }
  }

  /** The body of the answer. Throws StoryFailure with the server's words when it is not a success. */
  async send(request: ApiRequest): Promise<unknown> {
    const { status, body } = await this.#client.request(request);
    if (200 <= status && status < 300) return body;
    const { message } = (body ?? {}) as { readonly message?: unknown };
    throw new StoryFailure(`${request.method} ${request.path}: ${String(status)} ${String(message)}`);
  }
}
