// NodeTaints: what a node's cordon and readiness mean to pods, as taints (kubernetes pkg/controller/nodelifecycle, doNoScheduleTaintingPass).
// What it does not do: NoExecute taints, and the evictions that follow from them.

import { isEqual, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { isKind, keyOf, specOf, statusOf, timestamp } from "./objects.ts";

const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const OURS: ReadonlySet<string> = new Set([UNSCHEDULABLE, NOT_READY, UNREACHABLE]);

export function nodeTaints({ view, client, clock, kinds, work }: Context): Actor {
  const queue = work.queue(sync);
  return {
    react({ kind, verb, object }: Write): void {
      if (verb !== "delete" && isKind(kind, kinds.nodes)) queue.add(keyOf(object));
    },
  };

  function sync(key: string): void {
    const node = view.get(kinds.nodes, key);
    if (node === undefined) return;
    const spec = specOf(node);
    const before = objectsOf(spec["taints"]);
    const wanted = wantedKeys(node);
    const kept = before.filter((taint) => !isOurs(taint) || wanted.has(textOf(taint["key"])));
    const missing = [...wanted].filter(
      (wantedKey) => !kept.some((taint) => isOurs(taint) && taint["key"] === wantedKey),
    );
    const added = missing.map((missingKey) => ({
      key: missingKey,
      effect: "NoSchedule",
      timeAdded: timestamp(clock.wallMs()),
    }));
    const taints = [...kept, ...added];
    if (isEqual(taints, before)) return;
    client.replace(kinds.nodes, { ...node, spec: { ...spec, taints } });
  }
}

function wantedKeys(node: ApiObject): ReadonlySet<string> {
  const ready = objectsOf(statusOf(node)["conditions"]).find((condition) => condition["type"] === "Ready");
  const wanted = new Set<string>();
  if (specOf(node)["unschedulable"] === true) wanted.add(UNSCHEDULABLE);
  if (ready?.["status"] === "False") wanted.add(NOT_READY);
  if (ready?.["status"] === "Unknown") wanted.add(UNREACHABLE);
  return wanted;
}

function isOurs(taint: JsonObject): boolean {
  return taint["effect"] === "NoSchedule" && OURS.has(textOf(taint["key"]));
}
