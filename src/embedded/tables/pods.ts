// The columns of pods. STATUS is the hard one: the most telling of phase, reason, container states and deletion, by the
// precedence of kube-apiserver (pkg/printers/internalversion printPod).

import type { ApiObject } from "../types.ts";
import { since } from "./age.ts";
import { column, ageColumn, nameColumn, wideColumn, type Column } from "./column.ts";
import { count, field, fields, isConditionTrue, items, text, type Fields } from "./fields.ts";

export const podColumns: readonly Column[] = [
  nameColumn,
  column("Ready", (pod) => {
    const { ready, total } = summaryOf(pod);
    return `${ready}/${total}`;
  }),
  column("Status", (pod) => statusOf(pod, summaryOf(pod).reason)),
  column("Restarts", (pod, nowMs) => {
    const { restarts, lastRestart } = summaryOf(pod);
    return restarts === 0 || lastRestart === "" ? `${restarts}` : `${restarts} (${since(lastRestart, nowMs)} ago)`;
  }),
  ageColumn,
  wideColumn("IP", (pod) => text(items(pod, "status", "podIPs")[0], "ip") || text(pod, "status", "podIP") || "<none>"),
  wideColumn("Node", (pod) => text(pod, "spec", "nodeName") || "<none>"),
  wideColumn("Nominated Node", (pod) => text(pod, "status", "nominatedNodeName") || "<none>"),
  wideColumn("Readiness Gates", readinessGates),
];

/** Rows of pods that have ended say so; kubectl may hide them. */
export function podRowConditions(pod: ApiObject): readonly Fields[] {
  switch (field(pod, "status", "phase")) {
    case "Succeeded":
      return [
        { type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." },
      ];
    case "Failed":
      return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
    default:
      return [];
  }
}

interface Summary {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** RFC 3339; empty where nothing has been restarted. */
  readonly lastRestart: string;
}

function summaryOf(pod: ApiObject): Summary {
  const sidecars = new Set(
    items(pod, "spec", "initContainers")
      .filter(isSidecar)
      .map((container) => container.name),
  );
  const total = items(pod, "spec", "containers").length + sidecars.size;
  const init = initSummary(pod, sidecars);
  const isInitialized = init.reason === undefined || isConditionTrue(pod, "Initialized");
  const ownReason = init.reason ?? reasonOf(pod);
  if (!isInitialized) return { reason: ownReason, ready: init.ready, total, ...restartsOf(init.statuses) };

  const statuses = items(pod, "status", "containerStatuses");
  const restarted = [...init.statuses.filter(({ name }) => sidecars.has(name)), ...statuses];
  const ready = init.ready + statuses.filter(isServing).length;
  return { reason: containersReason(pod, statuses, ownReason), ready, total, ...restartsOf(restarted) };
}

/** What the pod says of itself, without its containers. */
function reasonOf(pod: ApiObject): string {
  const isGated = items(pod, "status", "conditions").some(
    ({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated",
  );
  return isGated ? "SchedulingGated" : text(pod, "status", "reason") || text(pod, "status", "phase");
}

interface InitSummary {
  /** Of the first init container that is not done; undefined when all are. */
  readonly reason?: string;
  readonly ready: number;
  /** As far as they were looked at: up to the one that is not done. */
  readonly statuses: readonly Fields[];
}

function initSummary(pod: ApiObject, sidecars: ReadonlySet<unknown>): InitSummary {
  const statuses = items(pod, "status", "initContainerStatuses");
  let ready = 0;
  for (const [index, status] of statuses.entries()) {
    const terminated = field(status, "state", "terminated");
    if (terminated !== undefined && count(terminated, "exitCode") === 0) continue;
    if (sidecars.has(status.name) && status.started === true) {
      if (status.ready === true) ready += 1;
      continue;
    }
    const total = items(pod, "spec", "initContainers").length;
    return { reason: `Init:${initReason(status, index, total)}`, ready, statuses: statuses.slice(0, index + 1) };
  }
  return { ready, statuses };
}

function initReason(status: Fields, index: number, total: number): string {
  const terminated = field(status, "state", "terminated");
  if (terminated !== undefined) return terminatedReason(terminated);
  const waiting = text(status, "state", "waiting", "reason");
  return waiting === "" || waiting === "PodInitializing" ? `${index}/${total}` : waiting;
}

/** The first container with something to say decides, since later ones are overwritten; one that failed outweighs those that completed. */
function containersReason(pod: ApiObject, statuses: readonly Fields[], ownReason: string): string {
  let reason = ownReason;
  let failure = "";
  for (const status of [...statuses].reverse()) {
    const waiting = text(status, "state", "waiting", "reason");
    const terminated = field(status, "state", "terminated");
    if (waiting !== "") reason = waiting;
    else if (terminated !== undefined) {
      reason = terminatedReason(terminated);
      if (count(terminated, "exitCode") !== 0) failure = reason;
    }
  }
  if (reason !== "Completed") return reason;
  const isRunning = statuses.some(isServing);
  if (isRunning && isConditionTrue(pod, "Ready")) return "Running";
  return failure || (isRunning ? "NotReady" : reason);
}

function terminatedReason(terminated: unknown): string {
  const signal = count(terminated, "signal");
  return (
    text(terminated, "reason") || (signal !== 0 ? `Signal:${signal}` : `ExitCode:${count(terminated, "exitCode")}`)
  );
}

/** Deletion outweighs everything, unless the pod has ended. */
function statusOf(pod: ApiObject, reason: string): string {
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  if (field(pod, "status", "reason") === "NodeLost") return "Unknown";
  const phase = field(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed" ? reason : "Terminating";
}

function restartsOf(statuses: readonly Fields[]): Pick<Summary, "restarts" | "lastRestart"> {
  const times = statuses.map((status) => text(status, "lastState", "terminated", "finishedAt")).filter(isTime);
  return {
    restarts: statuses.reduce((sum, status) => sum + count(status, "restartCount"), 0),
    lastRestart: times.reduce((last, time) => (Date.parse(last) < Date.parse(time) ? time : last), times[0] ?? ""),
  };
}

function readinessGates(pod: ApiObject): string {
  const gates = items(pod, "spec", "readinessGates");
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) => isConditionTrue(pod, text(gate, "conditionType")));
  return `${open.length}/${gates.length}`;
}

function isSidecar(container: Fields): boolean {
  return container.restartPolicy === "Always";
}

/** Neither waiting with a reason nor terminated, but ready and running. */
function isServing(status: Fields): boolean {
  const state = fields(status.state);
  return (
    status.ready === true &&
    state.running !== undefined &&
    state.terminated === undefined &&
    text(state.waiting, "reason") === ""
  );
}

function isTime(timestamp: string): boolean {
  return !Number.isNaN(Date.parse(timestamp));
}
