// Pods: in what state one is, as the controllers see it (kubernetes pkg/controller/controller_utils.go, pkg/api/v1/pod).

import { objectsOf, textOf } from "../json.ts";
import { compareText } from "../../model/index.ts";
import type { ApiObject } from "../types.ts";
import { conditionOf, integerOf, isConditionTrue, specOf, statusOf, timeOf, uidOf } from "./objects.ts";

export function phaseOf(pod: ApiObject): string {
  return textOf(statusOf(pod)["phase"]);
}

export function nodeNameOf(pod: ApiObject): string {
  return textOf(specOf(pod)["nodeName"]);
}

/** Has ended: it holds no room, and never will again. */
export function isTerminal(pod: ApiObject): boolean {
  return phaseOf(pod) === "Succeeded" || phaseOf(pod) === "Failed";
}

/** Was told to leave and has not ended yet. */
export function isTerminating(pod: ApiObject): boolean {
  return isLeaving(pod) && !isTerminal(pod);
}

export function isLeaving({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Counts as one that its controller has (controller.IsPodActive). */
export function isActive(pod: ApiObject): boolean {
  return !isTerminal(pod) && !isLeaving(pod);
}

export function isReady(pod: ApiObject): boolean {
  return isConditionTrue(statusOf(pod), "Ready");
}

/** When it became ready, milliseconds since 1970. */
export function readySinceMs(pod: ApiObject): number {
  return timeOf(conditionOf(statusOf(pod), "Ready")?.["lastTransitionTime"]) ?? 0;
}

/** Milliseconds until it counts as available; 0: it does; undefined: only a change can make it so. `wallMs` is now. */
export function availableInMs(pod: ApiObject, minReadySeconds: number, wallMs: number): number | undefined {
  if (!isReady(pod)) return undefined;
  return minReadySeconds === 0 ? 0 : Math.max(0, readySinceMs(pod) + minReadySeconds * 1000 - wallMs);
}

const PHASES = ["Pending", "Unknown", "Running"];

/**
 * Which of a controller's active pods is removed first (controller.ActivePodsWithRanks): unbound before bound, pending
 * before running, not ready before ready, cheap before dear, then the younger. Not taken into account: how many of them
 * share a node. Equals are told apart by their UIDs.
 */
export function compareForRemoval(left: ApiObject, right: ApiObject): number {
  const isBound = (pod: ApiObject): number => (nodeNameOf(pod) === "" ? 0 : 1);
  const readiness = (pod: ApiObject): number => (isReady(pod) ? 1 : 0);
  return (
    isBound(left) - isBound(right) ||
    PHASES.indexOf(phaseOf(left)) - PHASES.indexOf(phaseOf(right)) ||
    readiness(left) - readiness(right) ||
    deletionCostOf(left) - deletionCostOf(right) ||
    (isReady(left) ? readySinceMs(right) - readySinceMs(left) : 0) ||
    restartsOf(right) - restartsOf(left) ||
    createdMs(right) - createdMs(left) ||
    compareText(uidOf(left), uidOf(right))
  );
}

export function createdMs({ metadata }: ApiObject): number {
  return timeOf(metadata.creationTimestamp) ?? 0;
}

function restartsOf(pod: ApiObject): number {
  return Math.max(0, ...objectsOf(statusOf(pod)["containerStatuses"]).map((one) => integerOf(one["restartCount"], 0)));
}

/** controller.kubernetes.io/pod-deletion-cost; what is no whole number counts as 0. */
function deletionCostOf({ metadata }: ApiObject): number {
  const text = metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "";
  return /^-?\d{1,10}$/.test(text) ? Number(text) : 0;
}
