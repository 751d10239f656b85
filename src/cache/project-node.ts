// Node object -> Node. A heartbeat projects to an equal Node, and the cache then keeps the one it has.

import { toInteger, type Dimensions, type Node, type Taint } from "../model/index.ts";
import type { KubeObject } from "./events.ts";
import { normalizedImageName } from "./project-shape.ts";
import { isObject, objectOf, objectsOf, quantitiesOf, textMapOf, textOf, textsOf } from "./read.ts";

/** A Node before it has a slot. */
export type NodeFacts = Omit<Node, "slot">;

/** Throws Unreadable where a quantity is invalid. */
export function projectNode(object: KubeObject, uid: string, dimensions: Dimensions): NodeFacts {
  const spec = objectOf(object.spec);
  const status = objectOf(object.status);
  return {
    name: object.metadata.name,
    uid,
    labels: textMapOf(object.metadata.labels),
    taints: objectsOf(spec["taints"]).flatMap((raw): Taint[] => {
      const effect = EFFECTS.find((known) => known === raw["effect"]);
      return effect === undefined ? [] : [{ key: textOf(raw["key"]), value: textOf(raw["value"]), effect }];
    }),
    unschedulable: spec["unschedulable"] === true,
    isReady: isReady(status["conditions"]),
    allocatable: allocatableOf(isObject(status["allocatable"]) ? "allocatable" : "capacity", object, dimensions),
    images: imagesOf(status["images"]),
  };
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** No Ready condition at all: a manifest wrote the node, not a kubelet. */
function isReady(conditions: unknown): boolean {
  const ready = objectsOf(conditions).find((condition) => condition["type"] === "Ready");
  return ready === undefined || ready["status"] === "True";
}

/** Rounded up, as kube-scheduler does. More than 2^53 - 1 counts as that, so that an infinite request still fits nowhere. */
function allocatableOf(field: "allocatable" | "capacity", object: KubeObject, dimensions: Dimensions): number[] {
  const vector: number[] = [];
  for (const [name, nano] of quantitiesOf(objectOf(object.status)[field], `status.${field}`)) {
    const dimension = dimensions.indexOf(name);
    while (vector.length <= dimension) vector.push(0);
    vector[dimension] = Math.min(toInteger(nano, name === "cpu" ? "milli" : "whole"), Number.MAX_SAFE_INTEGER);
  }
  return vector;
}

function imagesOf(value: unknown): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const image of objectsOf(value)) {
    const size = Number.isSafeInteger(image["sizeBytes"]) ? (image["sizeBytes"] as number) : 0;
    for (const name of textsOf(image["names"])) sizes.set(normalizedImageName(name), size);
  }
  return sizes;
}

/** Whether both say the same, whatever the order of their maps. */
export function equalFacts(left: NodeFacts, right: NodeFacts): boolean {
  return (
    left.uid === right.uid &&
    equalConstraints(left, right) &&
    equalVectors(left.allocatable, right.allocatable) &&
    equalMaps(left.images, right.images)
  );
}

/** Labels, taints, readiness and cordon. */
export function equalConstraints(left: NodeFacts, right: NodeFacts): boolean {
  return (
    left.isReady === right.isReady &&
    left.unschedulable === right.unschedulable &&
    equalMaps(left.labels, right.labels) &&
    left.taints.length === right.taints.length &&
    left.taints.every((taint, index) => isTaint(right.taints[index], taint))
  );
}

/** Whether `now` keeps nobody off that `before` let on: same node, no less ready, no new taint, same labels. */
export function isNoWorse(now: NodeFacts, before: NodeFacts): boolean {
  return (
    now.uid === before.uid &&
    (now.isReady || !before.isReady) &&
    (!now.unschedulable || before.unschedulable) &&
    equalMaps(now.labels, before.labels) &&
    now.taints.every((taint) => taint.effect === "PreferNoSchedule" || before.taints.some((old) => isTaint(old, taint)))
  );
}

function isTaint(left: Taint | undefined, right: Taint): boolean {
  return left?.key === right.key && left.value === right.value && left.effect === right.effect;
}

export function equalMaps<V>(left: ReadonlyMap<string, V>, right: ReadonlyMap<string, V>): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [key, value] of left) if (right.get(key) !== value || !right.has(key)) return false;
  return true;
}

export function equalVectors(left: readonly number[], right: readonly number[]): boolean {
  for (let i = 0; i < Math.max(left.length, right.length); i++) if ((left[i] ?? 0) !== (right[i] ?? 0)) return false;
  return true;
}
