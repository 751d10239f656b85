// Eviction: deletes a pod unless its PodDisruptionBudget forbids it (pkg/registry/core/pod/storage/eviction.go). A pod that
// runs nothing any more, or nothing yet, is deleted whatever its budget; what is allowed is written down in the budget at once,
// so that a second eviction cannot count on the same allowance. Unlike the real server it never has to try again.

import type { Core } from "./core.ts";
import { deleteObject, deleteOptions } from "./delete.ts";
import type { DeleteOptions } from "./delete.ts";
import { beingProcessed, budgetOf, isUnhealthyAndAllowed, takeFromBudget } from "./disruption-budget.ts";
import { ApiFailure, badRequest, invalid, notFound } from "./failure.ts";
import { fieldOf, isObject, objectOf, objectsOf, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { checkBeforeDelete } from "./preconditions.ts";
import type { ApiObject } from "./types.ts";
import { updateObject } from "./write.ts";

/**
 * Evicts the pod that path and body name. The answer has status 201. Throws ApiFailure: 400 and 422 for a wrong body, 404, 409
 * where a precondition does not hold, 429 where the budget is exhausted (no hint when to try again) or was changed and not
 * looked at since (10 s), 500 where two budgets match, 403 where the budget cannot be trusted.
 */
export function evictPod(core: Core, namespace: string, name: string, body: unknown, query: URLSearchParams): unknown {
  const options = evictionOptions(namespace, name, body, query);
  const kind = core.kinds.must("v1", "Pod");
  const pod = core.store.get(kind, namespace, name);
  if (pod === undefined) throw notFound(kind, name);
  const budget = isPastBudgets(pod) ? undefined : budgetOf(core, pod);
  if (budget !== undefined && isUnhealthyAndAllowed(pod, budget)) {
    evictUnhealthy(core, pod, budget, options);
  } else {
    if (budget !== undefined) takeFromBudget(core, pod, budget, options);
    markAndDelete(core, pod, options);
  }
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}

function evictionOptions(namespace: string, name: string, body: unknown, query: URLSearchParams): DeleteOptions {
  if (!isObject(body)) {
    throw badRequest("the object provided is unrecognized (must be of type Eviction): couldn't get version/kind");
  }
  checkVersion(body);
  const metadata = objectOf(body["metadata"]);
  if (!["", namespace].includes(textOf(metadata["namespace"]))) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (textOf(metadata["name"]) !== name) throw badRequest("name in URL does not match name in Eviction object");
  const sent = body["deleteOptions"];
  const asked = [...query.getAll("dryRun")];
  const own = fieldOf(sent, "dryRun");
  checkDryRun("CreateOptions", asked);
  checkDryRun("DeleteOptions", Array.isArray(own) ? own : []);
  const isDryRun = 0 < asked.length || (Array.isArray(own) && 0 < own.length);
  return deleteOptions(sent, new URLSearchParams(), isDryRun);
}

function checkVersion(body: JsonObject): void {
  const [apiVersion, kind] = [textOf(body["apiVersion"]), textOf(body["kind"])];
  if (["", "Eviction"].includes(kind) && ["", "policy/v1", "policy/v1beta1"].includes(apiVersion)) return;
  const version = JSON.stringify(apiVersion.replace(/^.*\//, ""));
  const because =
    kind === "Eviction"
      ? `no kind "Eviction" is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`
      : `converting (${apiVersion.replace("/", ".")}.${kind}) to (policy.Eviction): unknown conversion`;
  throw badRequest(`${kind} in version ${version} cannot be handled as a Eviction: ${because}`);
}

function checkDryRun(kind: string, values: readonly unknown[]): void {
  if (values.every((value) => value === "All")) return;
  throw invalid({ group: "meta.k8s.io", kind }, "", [
    { field: "dryRun", type: "FieldValueNotSupported", value: values, detail: 'supported values: "All"' },
  ]);
}

/** Its disruption has happened, or was none: no budget counts it. */
function isPastBudgets(pod: ApiObject): boolean {
  const phase = textOf(fieldOf(pod["status"], "phase"));
  return ["Pending", "Succeeded", "Failed"].includes(phase) || pod.metadata.deletionTimestamp !== undefined;
}

/** Only as long as the pod is the one that was seen to be unhealthy: a conflict is answered as if the budget had been asked. */
function evictUnhealthy(core: Core, pod: ApiObject, budget: ApiObject, options: DeleteOptions): void {
  const { resourceVersion = "" } = pod.metadata;
  const asked = options.preconditions ?? {};
  try {
    markAndDelete(core, pod, { ...options, preconditions: { ...asked, resourceVersion } });
  } catch (error) {
    const isConflict = error instanceof ApiFailure && error.status === 409;
    throw isConflict && asked.resourceVersion === undefined ? beingProcessed(budget) : error;
  }
}

/** Says in the pod's status why it goes, then deletes it. */
function markAndDelete(core: Core, pod: ApiObject, options: DeleteOptions): void {
  const { name, namespace } = pod.metadata;
  const place = { kind: core.kinds.must("v1", "Pod"), namespace, name };
  if (options.isDryRun === true) {
    deleteObject(core, place, options);
    return;
  }
  checkBeforeDelete(place.kind, pod, options.preconditions ?? {});
  updateObject(core, place, (current) => markedForDisruption(core, current), {
    subresource: "status",
    isInternal: true,
  });
  const { uid } = options.preconditions ?? {};
  deleteObject(core, place, { ...options, preconditions: uid === undefined ? {} : { uid } });
}

function markedForDisruption(core: Core, pod: ApiObject): ApiObject {
  const status = objectOf(pod["status"]);
  const conditions = objectsOf(status["conditions"]);
  const before = conditions.find(({ type }) => type === "DisruptionTarget");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: before?.["status"] === "True" ? before["lastTransitionTime"] : core.timestamp(),
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const marked =
    before === undefined ? [...conditions, condition] : conditions.map((one) => (one === before ? condition : one));
  return { ...pod, status: { ...status, conditions: marked } };
}
