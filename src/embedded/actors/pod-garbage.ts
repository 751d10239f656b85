// PodGarbage: removes pods that no kubelet will ever remove (kubernetes pkg/controller/podgc): those on nodes that do not
// exist, after a while in which the node might appear, and deleted ones that were never bound. Not done: pods on nodes out
// of service, and a limit to how many ended pods are kept.

import { objectsOf } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { isKind, keyOf, statusOf, timestamp } from "./objects.ts";
import { isLeaving, isTerminal, nodeNameOf } from "./pods.ts";

export interface PodGarbageOptions {
  /** How long a node may be missing. Default 40 s, as in the real controller. */
  readonly quarantineMs?: number;
}

export function podGarbageCollector(context: Context, { quarantineMs = 40_000 }: PodGarbageOptions = {}): Actor {
  const { view, client, clock, kinds } = context;
  const nodes = context.work.queue(syncNode);
  const unbound = context.work.queue(syncUnbound);

  return {
    react({ kind, verb, object }: Write): void {
      if (isKind(kind, kinds.nodes)) {
        const { name } = object.metadata;
        if (verb === "delete" && 0 < view.podsOn(name).length) nodes.addAfter(name, quarantineMs);
      } else if (isKind(kind, kinds.pods) && verb !== "delete") {
        const node = nodeNameOf(object);
        if (node === "" && isLeaving(object)) unbound.add(keyOf(object));
        else if (node !== "" && view.get(kinds.nodes, node) === undefined) nodes.addAfter(node, quarantineMs);
      }
    },
  };

  function syncNode(name: string): void {
    if (view.get(kinds.nodes, name) !== undefined) return;
    for (const pod of view.podsOn(name)) {
      if (isLeaving(pod) && pod.metadata.deletionGracePeriodSeconds === 0) continue; // only a finalizer holds it
      client.remove(kinds.pods, isTerminal(pod) ? pod : orphaned(pod), { graceSeconds: 0 });
    }
  }

  function orphaned(pod: ApiObject): ApiObject {
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: timestamp(clock.wallMs()),
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
    };
    const status = statusOf(pod);
    const others = objectsOf(status["conditions"]).filter(({ type }) => type !== condition.type);
    return client.replaceStatus(kinds.pods, pod, { ...status, phase: "Failed", conditions: [...others, condition] });
  }

  function syncUnbound(key: string): void {
    const pod = view.get(kinds.pods, key);
    if (pod === undefined || !isLeaving(pod) || nodeNameOf(pod) !== "") return;
    if (pod.metadata.deletionGracePeriodSeconds !== 0) client.remove(kinds.pods, pod, { graceSeconds: 0 });
  }
}
