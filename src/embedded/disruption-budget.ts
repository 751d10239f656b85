// DisruptionBudget: what an eviction asks of a PodDisruptionBudget, and takes from it (pkg/registry/core/pod/storage/eviction.go).

import { matchesLabelSelector } from "./object-selectors.ts";
import type { Core, WriteOptions } from "./core.ts";
import { forbidden, plainError, tooManyRequests } from "./failure.ts";
import type { ApiFailure } from "./failure.ts";
import { fieldOf, objectOf, objectsOf, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { ApiObject } from "./types.ts";
import { updateObject } from "./write.ts";

const DISRUPTED_PODS_MAX = 2_000;
const WITHIN_BUDGET = "Cannot evict pod as it would violate the pod's disruption budget.";

/** The budget of a pod; an empty selector selects every pod of the namespace, none selects nothing. Throws ApiFailure 500 where there are two. */
export function budgetOf(core: Core, pod: ApiObject): ApiObject | undefined {
  const labels = new Map(Object.entries(pod.metadata.labels ?? {}));
  const budgets = core.store
    .list(budgetKind(core), pod.metadata.namespace ?? "")
    .filter(({ spec }) => matchesLabelSelector(fieldOf(spec, "selector"), labels));
  if (1 < budgets.length) {
    throw plainError(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  return budgets[0];
}

/** A pod that is not ready counts for nothing, so it may go if the budget says so or has enough without it. */
export function isUnhealthyAndAllowed(pod: ApiObject, budget: ApiObject): boolean {
  const conditions = objectsOf(fieldOf(pod["status"], "conditions"));
  if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return false;
  if (fieldOf(budget["spec"], "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true;
  const desired = countIn(budget, "desiredHealthy");
  return desired <= countIn(budget, "currentHealthy") && 0 < desired;
}

/** Takes one disruption from the budget, or throws ApiFailure 429, or 403 where the budget cannot be trusted. A dry run takes nothing. */
export function takeFromBudget(core: Core, pod: ApiObject, budget: ApiObject, options: WriteOptions): void {
  const { name, namespace, generation = 0 } = budget.metadata;
  if (countIn(budget, "observedGeneration") < generation) throw beingProcessed(budget);
  const resource = { group: "policy", plural: "poddisruptionbudget" };
  const allowed = countIn(budget, "disruptionsAllowed");
  if (allowed < 0) throw forbidden(resource, name, "pdb disruptions allowed is negative");
  const disruptedPods = objectOf(fieldOf(budget["status"], "disruptedPods"));
  if (DISRUPTED_PODS_MAX < Object.keys(disruptedPods).length) {
    const because = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    throw forbidden(resource, name, because);
  }
  if (allowed === 0) throw exhausted(budget);
  if (options.isDryRun === true) return;
  const change = (current: ApiObject): ApiObject => {
    const status = objectOf(current["status"]);
    const now = core.timestamp();
    const noted = {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disruptedPods, [pod.metadata.name]: now },
    };
    return { ...current, status: allowed === 1 ? withoutAllowance(noted, now) : noted };
  };
  updateObject(core, { kind: budgetKind(core), namespace, name }, change, { subresource: "status", isInternal: true });
}

function withoutAllowance(status: JsonObject, now: string): JsonObject {
  const conditions = objectsOf(status["conditions"]);
  const before = conditions.find(({ type }) => type === "DisruptionAllowed");
  const observed = status["observedGeneration"];
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    ...(typeof observed === "number" && observed !== 0 ? { observedGeneration: observed } : {}),
    lastTransitionTime: before?.["status"] === "False" ? before["lastTransitionTime"] : now,
    reason: "InsufficientPods",
    message: "",
  };
  return { ...status, conditions: [...conditions.filter((other) => other !== before), condition] };
}

/** 429: the budget has changed, or is being asked by others; ten seconds later it may allow. */
export function beingProcessed({ metadata: { name } }: ApiObject): ApiFailure {
  return tooManyRequests(WITHIN_BUDGET, {
    retryAfterSeconds: 10,
    causes: [budgetCause(`The disruption budget ${name} is still being processed by the server.`)],
  });
}

function exhausted(budget: ApiObject): ApiFailure {
  const { name } = budget.metadata;
  const conditions = objectsOf(fieldOf(budget["status"], "conditions"));
  const condition = conditions.find(({ type, status }) => type === "DisruptionAllowed" && status === "False");
  const [reason, message] = [textOf(condition?.["reason"]), textOf(condition?.["message"])];
  const [desired, current] = [countIn(budget, "desiredHealthy"), countIn(budget, "currentHealthy")];
  const notNow = `The disruption budget ${name} does not allow evicting pods currently`;
  const sentence =
    message !== "" && reason === "SyncFailed"
      ? `${notNow} because it failed sync: ${message}`
      : current <= desired
        ? `The disruption budget ${name} needs ${String(desired)} healthy pods and has ${String(current)} currently`
        : message === ""
          ? notNow
          : `${notNow} (${reason}): ${message}`;
  return tooManyRequests(WITHIN_BUDGET, { causes: [budgetCause(sentence)] });
}

function budgetCause(message: string): { readonly reason: string; readonly message: string } {
  return { reason: "DisruptionBudget", message };
}

function budgetKind(core: Core): ReturnType<Core["kinds"]["must"]> {
  return core.kinds.must("policy/v1", "PodDisruptionBudget");
}

function countIn(budget: ApiObject, field: string): number {
  const count = fieldOf(budget["status"], field);
  return typeof count === "number" ? count : 0;
}
