// PodStatus: what a kubelet writes about a pod on its way from bound to ended (kubernetes pkg/kubelet/kubelet_pods.go).
// Conditions of others, such as PodScheduled and DisruptionTarget, stay as they are. Left out: container and image IDs of
// a runtime, resources of containers, readiness gates (a pod with some is ready when it runs).

import { objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import type { Rejection } from "./node-admission.ts";
import { conditionOf, integerOf, specOf, statusOf, timeOf, timestamp } from "./objects.ts";

/** Addresses of the pod and its node; empty where there is none. */
export interface Addresses {
  readonly hostIp: string;
  readonly podIp: string;
}

/** Admitted: its containers are being created. */
export function startingStatus(pod: ApiObject, { hostIp }: Addresses, wallMs: number): JsonObject {
  const names = objectsOf(specOf(pod)["containers"]).map(({ name }) => textOf(name));
  const unready = { reason: "ContainersNotReady", message: `containers with unready status: [${names.join(" ")}]` };
  return {
    ...statusOf(pod),
    phase: "Pending",
    conditions: withConditions(pod, wallMs, [
      { type: "PodReadyToStartContainers", status: "False" },
      { type: "Initialized", status: "True" },
      { type: "Ready", status: "False", ...unready },
      { type: "ContainersReady", status: "False", ...unready },
    ]),
    ...(hostIp === "" ? {} : { hostIP: hostIp, hostIPs: [{ ip: hostIp }] }),
    startTime: timestamp(wallMs),
    containerStatuses: containerStatuses(pod, "containers", () => ({
      state: { waiting: { reason: "ContainerCreating" } },
      ready: false,
      started: false,
    })),
  };
}

export function runningStatus(pod: ApiObject, { hostIp, podIp }: Addresses, wallMs: number): JsonObject {
  const now = timestamp(wallMs);
  const running = { state: { running: { startedAt: now } }, ready: true, started: true };
  const completed = { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now };
  const initStatuses = containerStatuses(pod, "initContainers", (container) =>
    container["restartPolicy"] === "Always"
      ? running
      : { state: { terminated: completed }, ready: true, started: false },
  );
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];
  return {
    startTime: now,
    ...statusOf(pod),
    phase: "Running",
    conditions: withConditions(
      pod,
      wallMs,
      types.map((type) => ({ type, status: "True" })),
    ),
    ...(hostIp === "" ? {} : { hostIP: hostIp, hostIPs: [{ ip: hostIp }] }),
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    ...(initStatuses.length === 0 ? {} : { initContainerStatuses: initStatuses }),
    containerStatuses: containerStatuses(pod, "containers", () => running),
  };
}

/** All containers have ended with `exitCode`: Succeeded for 0, else Failed. */
export function endedStatus(pod: ApiObject, exitCode: number, wallMs: number): JsonObject {
  const hasSucceeded = exitCode === 0;
  const because = { reason: hasSucceeded ? "PodCompleted" : "PodFailed" };
  const terminated = (status: JsonObject): JsonObject => ({
    exitCode,
    reason: hasSucceeded ? "Completed" : "Error",
    startedAt: startedAtOf(status) ?? timestamp(wallMs),
    finishedAt: timestamp(wallMs),
  });
  const statuses = objectsOf(statusOf(pod)["containerStatuses"]);
  return {
    ...statusOf(pod),
    phase: hasSucceeded ? "Succeeded" : "Failed",
    conditions: withConditions(pod, wallMs, [
      { type: "PodReadyToStartContainers", status: "False" },
      { type: "Initialized", status: "True", ...(hasSucceeded ? because : {}) },
      { type: "Ready", status: "False", ...because },
      { type: "ContainersReady", status: "False", ...because },
    ]),
    containerStatuses: statuses.map((status) => ({
      ...status,
      state: { terminated: terminated(status) },
      ready: false,
      started: false,
    })),
  };
}

/** Refused by the node. Nothing of the pod has run. */
export function rejectedStatus(pod: ApiObject, { reason, message }: Rejection, wallMs: number): JsonObject {
  return {
    ...statusOf(pod),
    phase: "Failed",
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: timestamp(wallMs),
  };
}

/** Milliseconds since 1970 when the first container of a running pod started; undefined where it does not say. */
export function runningSinceMs(pod: ApiObject): number | undefined {
  const status = statusOf(pod);
  const times = objectsOf(status["containerStatuses"]).map((one) => timeOf(startedAtOf(one)));
  const known = times.filter((time) => time !== undefined);
  return 0 < known.length ? Math.min(...known) : timeOf(status["startTime"]);
}

function startedAtOf(status: JsonObject): unknown {
  const state = status["state"] as { readonly running?: { readonly startedAt?: unknown } } | undefined;
  return state?.running?.startedAt;
}

/** The kubelet's own conditions in their order, then those of others. A time of transition is kept while nothing changes. */
function withConditions(
  pod: ApiObject,
  wallMs: number,
  own: readonly { readonly type: string; readonly status: string; readonly reason?: string }[],
): readonly JsonObject[] {
  const status = statusOf(pod);
  const types = new Set(own.map(({ type }) => type));
  const others = objectsOf(status["conditions"]).filter(({ type }) => !types.has(textOf(type)));
  return [
    ...own.map((condition) => {
      const old = conditionOf(status, condition.type);
      const since = old?.["status"] === condition.status ? textOf(old["lastTransitionTime"]) : timestamp(wallMs);
      return { ...condition, lastProbeTime: null, lastTransitionTime: since };
    }),
    ...others,
  ];
}

function containerStatuses(
  pod: ApiObject,
  field: "containers" | "initContainers",
  stateOf: (container: JsonObject) => JsonObject,
): readonly JsonObject[] {
  const known = objectsOf(statusOf(pod)[field === "containers" ? "containerStatuses" : "initContainerStatuses"]);
  return objectsOf(specOf(pod)[field]).map((container) => {
    const old = known.find(({ name }) => name === container["name"]);
    return {
      name: textOf(container["name"]),
      image: textOf(container["image"]),
      imageID: "",
      lastState: {},
      restartCount: integerOf(old?.["restartCount"], 0),
      ...stateOf(container),
    };
  });
}
