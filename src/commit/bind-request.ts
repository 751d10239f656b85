// The requests of one bind: the Binding that is POSTed, and the GET that tells what became of it.

import type { ApiRequest } from "../kube/client.ts";
import type { Bind, PlanMark } from "../model/index.ts";

/** Longer than an admission webhook may take by default, shorter than the API server's own limit. */
const BIND_TIMEOUT_MS = 15_000;
const GET_TIMEOUT_MS = 10_000;

/** The API server merges the Binding's annotations into the pod: evidence of the plan without another write or right. */
export const PLAN_ANNOTATION = "batch-scheduler/plan";

export function bindRequest(bind: Bind, signal: AbortSignal): ApiRequest {
  const [namespace, name] = splitKey(bind.task);
  return {
    method: "POST",
    path: `${podPath(bind.task)}/binding`,
    body: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { namespace, name, uid: bind.uid, annotations: { [PLAN_ANNOTATION]: planMarkText(bind.mark) } },
      target: { apiVersion: "v1", kind: "Node", name: bind.node },
    },
    timeoutMs: BIND_TIMEOUT_MS,
    signal,
  };
}

export function podRequest(bind: Bind, signal: AbortSignal): ApiRequest {
  return { method: "GET", path: podPath(bind.task), timeoutMs: GET_TIMEOUT_MS, signal };
}

/** `<cycle id>.<planned>/<minimum>` */
export function planMarkText(mark: PlanMark): string {
  return `${mark.cycleId}.${mark.planned}/${mark.minimum}`;
}

export function podPath(key: string): string {
  const [namespace, name] = splitKey(key);
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

export function splitKey(key: string): readonly [namespace: string, name: string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
