// PatchServer: an embedded API server for one test, and the two things that tables of patches ask of it.

import { EmbeddedApi } from "../../src/embedded/api.ts";
import { fieldOf } from "../../src/embedded/json.ts";
import type { WriteHooks } from "../../src/embedded/types.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class PatchServer {
  readonly #api: EmbeddedApi;

  constructor(hooks: WriteHooks = {}) {
    this.#api = new EmbeddedApi({ env: new VirtualEnv(), hooks });
  }

  request(method: string, path: string, body?: unknown, contentType = "application/json"): Answer {
    const [bare = "", query = ""] = path.split("?");
    const answer = this.#api.handle({ method, path: bare, query: new URLSearchParams(query), body, contentType });
    if (answer.kind !== "json") throw new Error(`answered with ${answer.kind}`);
    return answer;
  }
}

/** What the path leads to, `*` standing for every item of a list; null for nothing. */
export function foundAt(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (step === undefined) return value ?? null;
  if (!Array.isArray(value)) return foundAt(fieldOf(value, step), rest);
  return step === "*" ? value.map((item: unknown) => foundAt(item, rest)) : foundAt(value[Number(step)], rest);
}
