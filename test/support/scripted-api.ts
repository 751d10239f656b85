// ScriptedApi: an ApiClient over a few pods in memory whose answers a test scripts, for tests of commit. Each fault says
// whether it strikes before the write or after it (the write took effect, the answer is lost). It knows bindings, GETs of
// pods, condition patches and group patches, with the UID precondition. It has no lists, no watches and no rights.

import type { ApiClient, ApiRequest, ApiResponse } from "../../src/kube/client.ts";
import { TransportError } from "../../src/kube/client.ts";
import type { Env } from "../../src/env.ts";

export interface ApiPod {
  uid: string;
  node: string;
  isDeleting: boolean;
  isGated: boolean;
  phase: string;
  schedulerName: string;
  job: string;
  annotations: Map<string, string>;
  /** Every PodScheduled condition that was written, in order. */
  conditions: { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
  /** Bindings that took effect; more than one is a broken server, not a broken client. */
  bindCount: number;
}

export type Fault =
  | {
      readonly kind: "status";
      readonly code: number;
      readonly when: "before" | "after";
      readonly retryAfterMs?: number;
    }
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  | { readonly kind: "not sent" }
  /** Answered only when the request is aborted. */
  | { readonly kind: "hang"; readonly when: "before" | "after" };

export interface SentRequest {
  readonly atMs: number;
  readonly verb: "bind" | "get" | "condition" | "phase";
  /** `namespace/name` */
  readonly object: string;
  readonly request: ApiRequest;
}

const ROUTES: readonly { readonly verb: SentRequest["verb"]; readonly method: string; readonly path: RegExp }[] = [
  { verb: "bind", method: "POST", path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/binding$/ },
  { verb: "get", method: "GET", path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/ },
  { verb: "condition", method: "PATCH", path: /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/status$/ },
  {
    verb: "phase",
    method: "PATCH",
    path: /^\/apis\/scheduling\.volcano\.sh\/v1beta1\/namespaces\/([^/]+)\/podgroups\/([^/]+)$/,
  },
];

export class ScriptedApi implements ApiClient {
  readonly pods = new Map<string, ApiPod>();
  /** Phase by `namespace/name`. */
  readonly groupPhases = new Map<string, string>();
  readonly sent: SentRequest[] = [];
  /** Asked for each request; undefined lets it through. */
  fault: (request: SentRequest) => Fault | undefined = () => undefined;
  /** How long an answer takes. */
  latencyMs: () => number = () => 1;
  inFlight = 0;
  inFlightMax = 0;
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  addPod(key: string, pod: Partial<ApiPod> = {}): ApiPod {
    const added: ApiPod = {
      uid: `uid of ${key}`,
      node: "",
      isDeleting: false,
      isGated: false,
      phase: "Pending",
      schedulerName: "batch-scheduler",
      job: `gang-label:${key.replace(/-[0-9]+$/, "")}`,
      annotations: new Map(),
      conditions: [],
      bindCount: 0,
      ...pod,
    };
    this.pods.set(key, added);
    return added;
  }

  /** `bind ns/a-0, get ns/a-0, …` */
  log(): string[] {
    return this.sent.map(({ verb, object }) => `${verb} ${object}`);
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const sent = this.#read(request);
    this.sent.push(sent);
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    try {
      return await this.#answer(sent);
    } finally {
      this.inFlight -= 1;
    }
  }

  async stream(): Promise<AsyncIterable<string>> {
    throw new Error("the scripted API has no streams");
  }

  async #answer(sent: SentRequest): Promise<ApiResponse> {
    const { signal } = sent.request;
    if (signal?.aborted === true) throw new TransportError("aborted before it was sent", false);
    const fault = this.fault(sent);
    if (fault?.kind === "not sent") throw new TransportError("connection refused", false);
    // The write takes effect half way, as a real one does.
    const halfMs = this.latencyMs() / 2;
    await this.#wait(halfMs, signal);
    const answer = fault === undefined || fault.when === "after" ? this.#execute(sent) : undefined;
    await this.#wait(halfMs, signal);
    switch (fault?.kind) {
      case undefined:
        return answer!;
      case "reset":
        throw new TransportError("connection reset", true);
      case "hang":
        await this.#wait(sent.request.timeoutMs ?? 60_000, signal);
        throw new TransportError("timed out", true);
      case "status": {
        const { code, retryAfterMs } = fault;
        const body = { kind: "Status", reason: `Reason${String(code)}`, message: `scripted ${String(code)}` };
        return { status: code, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
    }
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#env.timers.sleep(ms, signal);
    } catch {
      throw new TransportError("aborted", true);
    }
  }

  #read(request: ApiRequest): SentRequest {
    for (const { verb, method, path } of ROUTES) {
      const match = path.exec(request.path);
      if (match === null || request.method !== method) continue;
      return { atMs: this.#env.clock.nowMs(), verb, object: `${match[1]!}/${match[2]!}`, request };
    }
    throw new Error(`the scripted API does not know ${request.method} ${request.path}`);
  }

  #execute({ verb, object, request }: SentRequest): ApiResponse {
    const body = request.body as Body | undefined;
    if (verb === "phase") {
      this.groupPhases.set(object, body!.status!.phase!);
      return { status: 200, body: {} };
    }
    const pod = this.pods.get(object);
    if (pod === undefined) return status(404, "NotFound", `pods "${object}" not found`);
    if (verb === "get") return { status: 200, body: this.#podBody(pod) };

    const uid = body?.metadata?.uid;
    const isOther = uid !== undefined && uid !== pod.uid;
    if (isOther && verb === "bind") return status(409, "Conflict", "Precondition failed: UID in precondition");
    if (verb === "condition") {
      if (isOther) return status(422, "Invalid", "metadata.uid: field is immutable", "metadata.uid");
      pod.conditions.push(...body!.status!.conditions!);
      return { status: 200, body: this.#podBody(pod) };
    }
    if (pod.isDeleting) return status(409, "Conflict", "is being deleted, cannot be assigned to a host");
    if (pod.isGated) return status(409, "Conflict", "has non-empty .spec.schedulingGates");
    if (pod.node !== "") return status(409, "Conflict", `is already assigned to node "${pod.node}"`);
    pod.node = body!.target!.name;
    pod.bindCount += 1;
    for (const [key, value] of Object.entries(body!.metadata!.annotations!)) pod.annotations.set(key, value);
    return { status: 201, body: { kind: "Status", status: "Success" } };
  }

  #podBody(pod: ApiPod): object {
    return {
      metadata: { uid: pod.uid, ...(pod.isDeleting ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}) },
      spec: {
        ...(pod.node === "" ? {} : { nodeName: pod.node }),
        ...(pod.isGated ? { schedulingGates: [{ name: "wait" }] } : {}),
      },
      status: { phase: pod.phase },
    };
  }
}

interface Body {
  readonly metadata?: { readonly uid?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly target?: { readonly name: string };
  readonly status?: { readonly phase?: string; readonly conditions?: ApiPod["conditions"] };
}

function status(code: number, reason: string, message: string, field?: string): ApiResponse {
  const details = field === undefined ? {} : { details: { causes: [{ field }] } };
  return { status: code, body: { kind: "Status", reason, message, ...details } };
}
