// PodFailurePolicy: what a Job's rules make of a pod that has failed (kubernetes pkg/controller/job/pod_failure_policy.go).
// The action FailIndex counts as Count here: limits per index are not kept.

import { objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { keyOf, statusOf } from "./objects.ts";

export interface Judgement {
  /** Whether it counts towards backoffLimit. */
  readonly isCounted: boolean;
  /** Why the whole Job fails; undefined: it does not. */
  readonly failsJob?: string;
}

/** The first rule that matches decides; none, or no policy: it counts. */
export function judge(policy: unknown, pod: ApiObject): Judgement {
  const rules = objectsOf(objectOf(policy)["rules"]);
  for (const [number, rule] of rules.entries()) {
    const because = matchOf(rule, pod);
    if (because === undefined) continue;
    const action = textOf(rule["action"]);
    if (action === "Ignore") return { isCounted: false };
    if (action !== "FailJob") return { isCounted: true };
    return { isCounted: true, failsJob: `${because} matching FailJob rule at index ${number}` };
  }
  return { isCounted: true };
}

function matchOf(rule: JsonObject, pod: ApiObject): string | undefined {
  const onExitCodes = objectOf(rule["onExitCodes"]);
  const status = statusOf(pod);
  const containers = [...objectsOf(status["containerStatuses"]), ...objectsOf(status["initContainerStatuses"])];
  for (const container of containers) {
    const exitCode = objectOf(objectOf(container["state"])["terminated"])["exitCode"];
    if (typeof exitCode !== "number" || exitCode === 0 || !Array.isArray(onExitCodes["values"])) continue;
    if (onExitCodes["containerName"] !== undefined && onExitCodes["containerName"] !== container["name"]) continue;
    const isListed = onExitCodes["values"].includes(exitCode);
    if (isListed === (onExitCodes["operator"] === "In")) {
      return `Container ${textOf(container["name"])} for pod ${keyOf(pod)} failed with exit code ${exitCode}`;
    }
  }
  for (const pattern of objectsOf(rule["onPodConditions"])) {
    const wanted = textOf(pattern["status"]) || "True";
    const has = objectsOf(status["conditions"]).some(
      (one) => one["type"] === pattern["type"] && one["status"] === wanted,
    );
    if (has) return `Pod ${keyOf(pod)} has condition ${textOf(pattern["type"])}`;
  }
  return undefined;
}
