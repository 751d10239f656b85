// Client: how actors write. Every write is a request to the API server, as an administrator's, so that actors are
// validated, versioned and hit by faults as any other client is.

import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { apiVersionOf } from "../kinds.ts";
import type { ApiObject, EmbeddedRequest, EmbeddedResponse, Kind } from "../types.ts";

/** What a request was refused with. Whoever reconciles lets it through: the work is taken up again later. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  /** Nothing can be created there any more: trying again is pointless. */
  readonly isNamespaceTerminating: boolean;

  constructor(request: string, status: number, body: unknown) {
    const { reason, message, details } = objectOf(body);
    super(`${request}: ${status} ${textOf(message)}`);
    this.name = "Refusal";
    this.status = status;
    this.reason = textOf(reason);
    const causes = objectsOf(objectOf(details)["causes"]);
    this.isNamespaceTerminating = causes.some((cause) => cause["reason"] === "NamespaceTerminating");
  }
}

/** An object that is not stored yet: what it lacks, such as a name, the API server adds. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject;
  readonly [field: string]: unknown;
}

export interface RemoveOptions {
  readonly graceSeconds?: number;
  readonly propagation?: "Background" | "Foreground" | "Orphan";
}

export class Client {
  readonly #handle: (request: EmbeddedRequest) => EmbeddedResponse;
  readonly #userAgent: string;

  constructor(handle: (request: EmbeddedRequest) => EmbeddedResponse, userAgent: string) {
    this.#handle = handle;
    this.#userAgent = userAgent;
  }

  /** Throws Refusal, as all do; `AlreadyExists` where the name is taken. */
  create(kind: Kind, object: NewObject): ApiObject {
    return this.#send("POST", collectionPath(kind, textOf(object.metadata["namespace"])), object);
  }

  /** Replaces metadata and spec. The object's resourceVersion is a precondition. */
  replace(kind: Kind, object: ApiObject): ApiObject {
    return this.#send("PUT", pathOf(kind, object), object);
  }

  /** Replaces a subresource: `status`, or `finalize` of a Namespace. */
  replacePart(part: string, kind: Kind, object: ApiObject): ApiObject {
    return this.#send("PUT", `${pathOf(kind, object)}/${part}`, object);
  }

  /** Replaces the status, and nothing else. */
  replaceStatus(kind: Kind, object: ApiObject, status: JsonObject): ApiObject {
    return this.replacePart("status", kind, { ...object, status });
  }

  /** Deletes this very object. One that is gone, or has given its name to another, is a success. */
  remove(kind: Kind, object: ApiObject, { graceSeconds, propagation }: RemoveOptions = {}): void {
    const options = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      ...(object.metadata.uid === undefined ? {} : { preconditions: { uid: object.metadata.uid } }),
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    };
    try {
      this.#send("DELETE", pathOf(kind, object), options);
    } catch (error) {
      if (error instanceof Refusal && (error.status === 404 || error.status === 409)) return;
      throw error;
    }
  }

  #send(method: string, path: string, body: unknown): ApiObject {
    const answer = this.#handle({
      method,
      path,
      query: new URLSearchParams(),
      body,
      contentType: "application/json",
      userAgent: this.#userAgent,
    });
    const request = `${method} ${path}`;
    if (answer.kind !== "json") throw new Refusal(request, 500, { message: `answered with ${answer.kind}` });
    if (300 <= answer.status) throw new Refusal(request, answer.status, answer.body);
    return isObject(answer.body) ? (answer.body as ApiObject) : { apiVersion: "", kind: "", metadata: { name: "" } };
  }
}

function collectionPath(kind: Kind, namespace: string): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  return kind.isNamespaced ? `${root}/namespaces/${namespace}/${kind.plural}` : `${root}/${kind.plural}`;
}

function pathOf(kind: Kind, { metadata }: ApiObject): string {
  return `${collectionPath(kind, metadata.namespace ?? "")}/${metadata.name}`;
}
