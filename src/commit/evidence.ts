// Evidence: what a GET of the pod says about a bind of ours whose outcome is not known. It reads what the API server
// holds now, so it decides; texts of error messages never do.

import type { Bind } from "../model/index.ts";

export type Evidence =
  | { readonly kind: "bound" }
  | { readonly kind: "foreign"; readonly node: string }
  /** Nobody can bind this pod any more. */
  | { readonly kind: "lost"; readonly message: string }
  | { readonly kind: "unbound" };

export const GONE: Evidence = { kind: "lost", message: "the pod is gone" };

/** The fields read here, as the API server sends them. */
interface SeenPod {
  readonly metadata?: { readonly uid?: unknown; readonly deletionTimestamp?: unknown };
  readonly spec?: { readonly nodeName?: unknown; readonly schedulingGates?: unknown };
  readonly status?: { readonly phase?: unknown };
}

/** `body` is the pod of that name, as a GET answered it; undefined where that is no pod at all. */
export function evidenceIn(body: unknown, bind: Bind): Evidence | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { metadata, spec, status } = body as SeenPod;
  if (typeof metadata?.uid !== "string") return undefined;
  if (metadata.uid !== bind.uid) return { kind: "lost", message: "the pod was replaced" };

  const node = spec?.nodeName;
  if (typeof node === "string" && node !== "")
    return node === bind.node ? { kind: "bound" } : { kind: "foreign", node };
  if (metadata.deletionTimestamp !== undefined) return { kind: "lost", message: "the pod is being deleted" };
  if (status?.phase === "Succeeded" || status?.phase === "Failed")
    return { kind: "lost", message: "the pod is finished" };
  if (Array.isArray(spec?.schedulingGates) && spec.schedulingGates.length > 0) {
    return { kind: "lost", message: "the pod is gated" };
  }
  return { kind: "unbound" };
}
