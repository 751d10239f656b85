// DeploymentStatus: the counts and conditions of a Deployment (kubernetes pkg/controller/deployment/{sync,progress}.go).

import { fieldOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { maxUnavailable, sum, wantedBy, type Sets } from "./deployment-sets.ts";
import { conditionOf, integerOf, specOf, statusOf, timeOf, timestamp, withoutZeros } from "./objects.ts";

/** As of now: what the ReplicaSets say, and what follows for the conditions. */
export function deploymentStatus(deployment: ApiObject, { current, old }: Sets, wallMs: number): JsonObject {
  const all = current === undefined ? old : [...old, current];
  const before = statusOf(deployment);
  const available = sum(all, (set) => countOf(set, "availableReplicas"));
  const counts: Counts = {
    replicas: sum(all, (set) => countOf(set, "replicas")),
    updated: current === undefined ? 0 : countOf(current, "replicas"),
    ready: sum(all, (set) => countOf(set, "readyReplicas")),
    available,
    unavailable: Math.max(0, sum(all, wantedBy) - available),
  };
  const conditions = new Conditions(objectsOf(before["conditions"]), wallMs);
  if (wantedBy(deployment) - maxUnavailable(deployment) <= available) {
    conditions.set("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
  } else {
    conditions.set(
      "Available",
      "False",
      "MinimumReplicasUnavailable",
      "Deployment does not have minimum availability.",
    );
  }
  if (deadlineMs(deployment) === undefined) conditions.remove("Progressing");
  else progress(deployment, current, counts, conditions, wallMs);
  const failure = all.map((set) => conditionOf(statusOf(set), "ReplicaFailure")).find((one) => one !== undefined);
  if (failure === undefined) conditions.remove("ReplicaFailure");
  else
    conditions.set("ReplicaFailure", textOf(failure["status"]), textOf(failure["reason"]), textOf(failure["message"]));
  return {
    ...(deployment.metadata.generation === undefined ? {} : { observedGeneration: deployment.metadata.generation }),
    ...withoutZeros({
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.available,
      unavailableReplicas: counts.unavailable,
    }),
    terminatingReplicas: sum(all, (set) => countOf(set, "terminatingReplicas")),
    ...(before["collisionCount"] === undefined ? {} : { collisionCount: before["collisionCount"] }),
    conditions: conditions.list,
  };
}

interface Counts {
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly unavailable: number;
}

function progress(
  deployment: ApiObject,
  current: ApiObject | undefined,
  counts: Counts,
  conditions: Conditions,
  wallMs: number,
): void {
  const before = statusOf(deployment);
  const known = conditionOf(before, "Progressing");
  const isDone = counts.replicas === counts.updated && known?.["reason"] === "NewReplicaSetAvailable";
  if (isDone) return;
  const { name } = deployment.metadata;
  const subject = current === undefined ? `Deployment "${name}"` : `ReplicaSet "${current.metadata.name}"`;
  if (isComplete(deployment, counts)) {
    conditions.set("Progressing", "True", "NewReplicaSetAvailable", `${subject} has successfully progressed.`);
  } else if (hasMoved(before, counts)) {
    conditions.renew("Progressing", "True", "ReplicaSetUpdated", `${subject} is progressing.`);
  } else if (hasTimedOut(deployment, known, wallMs)) {
    conditions.set("Progressing", "False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`);
  }
}

function isComplete(deployment: ApiObject, { updated, replicas, available }: Counts): boolean {
  const wanted = wantedBy(deployment);
  return updated === wanted && replicas === wanted && available === wanted;
}

function hasMoved(before: JsonObject, { updated, replicas, ready, available }: Counts): boolean {
  const old = (field: string): number => integerOf(fieldOf(before, field), 0);
  return (
    old("updatedReplicas") < updated ||
    replicas - updated < old("replicas") - old("updatedReplicas") ||
    old("readyReplicas") < ready ||
    old("availableReplicas") < available
  );
}

function hasTimedOut(deployment: ApiObject, known: JsonObject | undefined, wallMs: number): boolean {
  if (known === undefined || known["reason"] === "NewReplicaSetAvailable") return false;
  if (known["reason"] === "ProgressDeadlineExceeded") return true;
  return (timeOf(known["lastUpdateTime"]) ?? wallMs) + (deadlineMs(deployment) ?? Infinity) <= wallMs;
}

/** progressDeadlineSeconds; undefined where there is none (2^31 - 1 stands for that). */
export function deadlineMs(deployment: ApiObject): number | undefined {
  const seconds = integerOf(specOf(deployment)["progressDeadlineSeconds"], 600);
  return seconds === 2 ** 31 - 1 ? undefined : seconds * 1000;
}

/** Milliseconds until the rollout is to be looked at for lack of progress; undefined: it need not be. */
export function checkInMs(deployment: ApiObject, status: JsonObject, wallMs: number): number | undefined {
  const known = conditionOf(status, "Progressing");
  const limitMs = deadlineMs(deployment);
  if (known === undefined || limitMs === undefined) return undefined;
  if (known["reason"] === "NewReplicaSetAvailable" || known["reason"] === "ProgressDeadlineExceeded") return undefined;
  return Math.max(0, (timeOf(known["lastUpdateTime"]) ?? wallMs) + limitMs - wallMs);
}

function countOf(set: ApiObject, field: string): number {
  return integerOf(fieldOf(statusOf(set), field), 0);
}

/** As deployment_util.SetDeploymentCondition keeps them: what has changed moves to the end. */
export class Conditions {
  #list: readonly JsonObject[];
  readonly #now: string;

  constructor(list: readonly JsonObject[], wallMs: number) {
    this.#list = list;
    this.#now = timestamp(wallMs);
  }

  get list(): readonly JsonObject[] {
    return this.#list;
  }

  /** Nothing happens where status and reason are the same already. */
  set(type: string, status: string, reason: string, message: string): void {
    const known = this.#list.find((one) => one["type"] === type);
    if (known?.["status"] === status && known["reason"] === reason) return;
    this.renew(type, status, reason, message);
  }

  /** Also where nothing but the time of the update is new. */
  renew(type: string, status: string, reason: string, message: string): void {
    const known = this.#list.find((one) => one["type"] === type);
    const since = known?.["status"] === status ? known["lastTransitionTime"] : this.#now;
    this.remove(type);
    const next = { type, status, lastUpdateTime: this.#now, lastTransitionTime: since, reason, message };
    this.#list = [...this.#list, next];
  }

  remove(type: string): void {
    this.#list = this.#list.filter((one) => one["type"] !== type);
  }
}
