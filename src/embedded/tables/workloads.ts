// The columns of what owns pods, and of disruption budgets.

import type { ApiObject } from "../types.ts";
import { humanDuration } from "./age.ts";
import { ageColumn, column, nameColumn, templateColumns, wideColumn, type Column } from "./column.ts";
import { count, field, isConditionTrue, text } from "./fields.ts";
import { labelsText, selectorText } from "./labels.ts";

const selectorColumn = wideColumn("Selector", (object) => selectorText(field(object, "spec", "selector"), "<none>"));
const readyColumn = column("Ready", (object) => `${status(object, "readyReplicas")}/${replicas(object)}`);

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  readyColumn,
  column("Up-to-date", (object) => status(object, "updatedReplicas")),
  column("Available", (object) => status(object, "availableReplicas")),
  ageColumn,
  ...templateColumns,
  wideColumn("Selector", (object) => selectorText(field(object, "spec", "selector"), "")),
];

export const statefulSetColumns: readonly Column[] = [nameColumn, readyColumn, ageColumn, ...templateColumns];

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  integer("Desired", replicas),
  integer("Current", (object) => status(object, "replicas")),
  integer("Ready", (object) => status(object, "readyReplicas")),
  ageColumn,
  ...templateColumns,
  selectorColumn,
];

export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  integer("Desired", (object) => status(object, "desiredNumberScheduled")),
  integer("Current", (object) => status(object, "currentNumberScheduled")),
  integer("Ready", (object) => status(object, "numberReady")),
  integer("Up-to-date", (object) => status(object, "updatedNumberScheduled")),
  integer("Available", (object) => status(object, "numberAvailable")),
  column("Node Selector", (object) => labelsText(field(object, "spec", "template", "spec", "nodeSelector"))),
  ageColumn,
  ...templateColumns,
  selectorColumn,
];

export const jobColumns: readonly Column[] = [
  nameColumn,
  column("Status", jobStatus),
  column("Completions", completions),
  column("Duration", jobDuration),
  ageColumn,
  ...templateColumns,
  selectorColumn,
];

export const disruptionBudgetColumns: readonly Column[] = [
  nameColumn,
  column("Min Available", (budget) => countOrPercentage(field(budget, "spec", "minAvailable"))),
  column("Max Unavailable", (budget) => countOrPercentage(field(budget, "spec", "maxUnavailable"))),
  integer("Allowed Disruptions", (budget) => status(budget, "disruptionsAllowed")),
  ageColumn,
];

function jobStatus(job: ApiObject): string {
  if (isConditionTrue(job, "Complete")) return "Complete";
  if (isConditionTrue(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (isConditionTrue(job, "Suspended")) return "Suspended";
  if (isConditionTrue(job, "FailureTarget")) return "FailureTarget";
  return isConditionTrue(job, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

/** A Job without completions is done as soon as one of its pods is. */
function completions(job: ApiObject): string {
  const succeeded = status(job, "succeeded");
  const wanted = field(job, "spec", "completions");
  if (typeof wanted === "number") return `${succeeded}/${wanted}`;
  const parallelism = count(job, "spec", "parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

/** Empty before it starts. */
function jobDuration(job: ApiObject, nowMs: number): string {
  const startMs = Date.parse(text(job, "status", "startTime"));
  if (Number.isNaN(startMs)) return "";
  const endMs = Date.parse(text(job, "status", "completionTime"));
  return humanDuration((Number.isNaN(endMs) ? nowMs : endMs) - startMs);
}

function countOrPercentage(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? `${value}` : "N/A";
}

/** Absent means 1, as kube-apiserver fills in. */
function replicas(object: ApiObject): number {
  return field(object, "spec", "replicas") === undefined ? 1 : count(object, "spec", "replicas");
}

function status(object: ApiObject, key: string): number {
  return count(object, "status", key);
}

function integer(name: string, cell: Column["cell"]): Column {
  return column(name, cell, { type: "integer" });
}
