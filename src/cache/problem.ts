// Problem: why a resource cannot be read right now, in one line for a person.

import { ApiStatusError, TransportError } from "../kube/client.ts";
import { oneLine } from "../kube/errors.ts";
import { type ErrorCode, SchedulerError } from "../model/index.ts";
import type { Resource, ResourceName } from "./events.ts";

export type ReadVerb = "list" | "watch";

export interface Problem {
  readonly resource: ResourceName;
  readonly verb: ReadVerb;
  readonly code: ErrorCode;
  /** `cannot list pods: forbidden: User "x" cannot …`; one line, made of what the server said. */
  readonly message: string;
}

export function problemOf(resource: Resource, verb: ReadVerb, error: unknown): Problem {
  const { code, reason } = codeAndReasonOf(error, resource);
  const what = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
  return { resource: resource.name, verb, code, message: `cannot ${verb} ${what}: ${reason}` };
}

function codeAndReasonOf(error: unknown, resource: Resource): { readonly code: ErrorCode; readonly reason: string } {
  if (error instanceof ApiStatusError) return ofStatus(error, resource);
  if (error instanceof TransportError && error.cause instanceof SchedulerError) {
    return { code: error.cause.code, reason: error.cause.message };
  }
  if (error instanceof TransportError) {
    return { code: "unreachable", reason: `the API server cannot be reached: ${error.message}` };
  }
  if (error instanceof SchedulerError) return { code: error.code, reason: error.message };
  return { code: "internal", reason: oneLine(error) };
}

function ofStatus(error: ApiStatusError, resource: Resource): { readonly code: ErrorCode; readonly reason: string } {
  const { message, status } = error;
  switch (status) {
    case 401:
      return { code: "unauthorized", reason: `unauthorized: ${message}` };
    case 403:
      // The server begins with `pods is forbidden: `, or with `pods.group is forbidden: `.
      return { code: "forbidden", reason: `forbidden: ${message.replace(/^\S+ is forbidden: /, "")}` };
    case 404:
      return { code: "api", reason: `${resource.group || "core"}/${resource.version} is not served: ${message}` };
    default:
      return { code: "api", reason: `status ${status}: ${message}` };
  }
}
