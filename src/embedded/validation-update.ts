// What an update may not change (pkg/apis/*/validation): most of a pod's spec, selectors, templates of Jobs, values of classes.

import { forbiddenField, invalidValue, type FieldError } from "./failure.ts";
import { fieldOf, isEqual, objectOf, objectsOf, without, type JsonObject } from "./json.ts";
import { storageOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

export function updateErrors(
  kind: Kind,
  object: ApiObject,
  current: ApiObject,
  subresource: string,
): readonly FieldError[] {
  if (subresource === "status") return BY_STATUS.get(storageOf(kind))?.(object) ?? [];
  return [...addedFinalizers(object, current), ...(BY_STORAGE.get(storageOf(kind))?.(object, current) ?? [])];
}

type Compare = (object: ApiObject, current: ApiObject) => readonly FieldError[];

const BY_STORAGE: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ["/pods", podErrors],
  ["/configmaps", immutableErrors],
  ["/secrets", immutableErrors],
  ["batch/jobs", (job, current) => [...fixed(job, current, "selector"), ...jobTemplateErrors(job, current)]],
  ["apps/deployments", (object, current) => fixed(object, current, "selector")],
  ["apps/replicasets", (object, current) => fixed(object, current, "selector")],
  ["apps/daemonsets", (object, current) => fixed(object, current, "selector")],
  [
    "scheduling.k8s.io/priorityclasses",
    ({ value, preemptionPolicy }, current) => [
      ...(value === current["value"] ? [] : [forbiddenField("value", "may not be changed in an update.")]),
      ...(preemptionPolicy === current["preemptionPolicy"]
        ? []
        : [invalidValue("preemptionPolicy", preemptionPolicy, "field is immutable")]),
    ],
  ],
]);

const BY_STATUS: ReadonlyMap<string, (object: ApiObject) => readonly FieldError[]> = new Map([
  [
    "policy/poddisruptionbudgets",
    ({ status }: ApiObject) =>
      ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"].flatMap((field) => {
        const count = fieldOf(status, field);
        if (typeof count !== "number" || 0 <= count) return [];
        return [invalidValue(`status.${field}`, count, "must be greater than or equal to 0")];
      }),
  ],
]);

function immutableErrors(object: ApiObject, current: ApiObject): readonly FieldError[] {
  if (current["immutable"] !== true) return [];
  const refuse = (field: string): FieldError => forbiddenField(field, "field is immutable when `immutable` is set");
  return [
    ...(object["immutable"] === true ? [] : [refuse("immutable")]),
    ...(isEqual(object["data"], current["data"]) ? [] : [refuse("data")]),
    ...(isEqual(object["binaryData"], current["binaryData"]) ? [] : [refuse("binaryData")]),
  ];
}

/** Who is being deleted takes on no new finalizer. */
function addedFinalizers({ metadata }: ApiObject, current: ApiObject): readonly FieldError[] {
  if (current.metadata.deletionTimestamp === undefined) return [];
  const { finalizers: before = [] } = current.metadata;
  const added = (metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return [];
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`;
  return [forbiddenField("metadata.finalizers", detail)];
}

function fixed(object: ApiObject, current: ApiObject, field: string): readonly FieldError[] {
  const value = fieldOf(object["spec"], field);
  if (isEqual(value, fieldOf(current["spec"], field))) return [];
  return [invalidValue(`spec.${field}`, value ?? null, "field is immutable")];
}

/** Of a suspended Job that never ran, what directs its pods may still change. */
function jobTemplateErrors(job: ApiObject, current: ApiObject): readonly FieldError[] {
  const before = objectOf(current["spec"]);
  const hasStarted = objectOf(current["status"])["startTime"] !== undefined;
  if (before["suspend"] === true && !hasStarted) return [];
  return fixed(job, current, "template");
}

const POD_RULE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** A pod that waits at a gate may be narrowed (node selector, affinity); that is taken as it comes. */
function podErrors(pod: ApiObject, current: ApiObject): readonly FieldError[] {
  const spec = objectOf(pod["spec"]);
  const before = objectOf(current["spec"]);
  const gates = names(before["schedulingGates"]);
  const opened = names(spec["schedulingGates"]).filter((gate) => !gates.includes(gate));
  const errors: FieldError[] = [];
  if (0 < opened.length) {
    errors.push(
      forbiddenField("spec.schedulingGates", `only deletion is allowed, but found new scheduling gate '${opened[0]!}'`),
    );
  }
  const free = 0 < gates.length ? ["nodeSelector", "affinity"] : [];
  if (!isEqual(frozenPart(spec, free), frozenPart(before, free)) || !keepsTolerations(spec, before)) {
    errors.push(forbiddenField("spec", POD_RULE));
  }
  return errors;
}

function frozenPart(spec: JsonObject, free: readonly string[]): JsonObject {
  const rest = without(
    spec,
    "activeDeadlineSeconds",
    "tolerations",
    "schedulingGates",
    "terminationGracePeriodSeconds",
    ...free,
  );
  const withoutImages = (list: unknown): readonly JsonObject[] => objectsOf(list).map((one) => without(one, "image"));
  return {
    ...rest,
    containers: withoutImages(spec["containers"]),
    initContainers: withoutImages(spec["initContainers"]),
  };
}

/** What a controller of nodes decides is the length of a toleration; all else of it stays. */
function keepsTolerations(spec: JsonObject, before: JsonObject): boolean {
  const now = objectsOf(spec["tolerations"]).map((one) => without(one, "tolerationSeconds"));
  return objectsOf(before["tolerations"]).every((one) => {
    const wanted = without(one, "tolerationSeconds");
    return now.some((toleration) => isEqual(toleration, wanted));
  });
}

function names(list: unknown): readonly string[] {
  return objectsOf(list).map(({ name }) => String(name));
}
