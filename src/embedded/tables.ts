// Tables: lists as kubectl prints them. kube-apiserver makes them, not kubectl, so the columns, their order and every word in
// a cell are its own (pkg/printers/internalversion of Kubernetes 1.36). Columns carry no descriptions: nothing prints them.

import type { Cell, Column } from "./tables/column.ts";
import * as core from "./tables/core.ts";
import { customColumns, type PrinterColumn } from "./tables/custom.ts";
import { eventColumns } from "./tables/events.ts";
import { csiNodeColumns, leaseColumns, nodeColumns } from "./tables/nodes.ts";
import { podColumns, podRowConditions } from "./tables/pods.ts";
import * as storage from "./tables/storage.ts";
import * as workloads from "./tables/workloads.ts";
import type { ApiObject, Kind } from "./types.ts";

export type { PrinterColumn } from "./tables/custom.ts";

export interface TableOptions {
  /** Wall clock; ages are counted from it. */
  readonly nowMs: number;
  /** What of each object goes with its row; kube-apiserver's default is `Metadata`. */
  readonly includeObject?: "None" | "Metadata" | "Object";
  /** `additionalPrinterColumns` of a custom resource's version; present, if only empty, for every custom resource. */
  readonly crdColumns?: readonly PrinterColumn[];
  /** Leaves out the heads: of a watch, every table but the first. */
  readonly noHeaders?: boolean;
}

/** Of a list; for one object its resourceVersion. */
export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface Table {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly ColumnDefinition[] | null;
  readonly rows: readonly TableRow[];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly Cell[];
  readonly conditions?: readonly unknown[];
  readonly object: unknown;
}

const builtInColumns: ReadonlyMap<string, readonly Column[]> = new Map([
  ["/pods", podColumns],
  ["/nodes", nodeColumns],
  ["/namespaces", core.namespaceColumns],
  ["/services", core.serviceColumns],
  ["/serviceaccounts", core.serviceAccountColumns],
  ["/configmaps", core.configMapColumns],
  ["/secrets", core.secretColumns],
  ["/resourcequotas", core.quotaColumns],
  ["/persistentvolumes", storage.volumeColumns],
  ["/persistentvolumeclaims", storage.claimColumns],
  ["/events", eventColumns],
  ["events.k8s.io/events", eventColumns],
  ["apps/deployments", workloads.deploymentColumns],
  ["apps/replicasets", workloads.replicaSetColumns],
  ["apps/statefulsets", workloads.statefulSetColumns],
  ["apps/daemonsets", workloads.daemonSetColumns],
  ["batch/jobs", workloads.jobColumns],
  ["policy/poddisruptionbudgets", workloads.disruptionBudgetColumns],
  ["scheduling.k8s.io/priorityclasses", core.priorityClassColumns],
  ["coordination.k8s.io/leases", leaseColumns],
  ["rbac.authorization.k8s.io/rolebindings", core.roleBindingColumns],
  ["rbac.authorization.k8s.io/clusterrolebindings", core.roleBindingColumns],
  ["storage.k8s.io/storageclasses", storage.storageClassColumns],
  ["storage.k8s.io/csinodes", csiNodeColumns],
  ["storage.k8s.io/csidrivers", storage.csiDriverColumns],
  ["storage.k8s.io/volumeattachments", storage.volumeAttachmentColumns],
]);

/** The objects as the body of an answer to `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`. */
export function tableFor(kind: Kind, objects: readonly ApiObject[], metadata: ListMeta, options: TableOptions): Table {
  const columns = columnsOf(kind, options.crdColumns);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: options.noHeaders === true ? null : columns.map(definitionOf),
    rows: objects.map((object) => rowOf(kind, columns, object, options)),
  };
}

/** What a table watch sends as a bookmark: a row about no object that carries the resourceVersion, and the bookmark's annotations. */
export function bookmarkTable(
  kind: Kind,
  metadata: { readonly resourceVersion: string },
  options: TableOptions,
): Table {
  const bookmark = { apiVersion: "", kind: "", metadata: { name: "", ...metadata } };
  const { rows, ...table } = tableFor(kind, [bookmark], { resourceVersion: metadata.resourceVersion }, options);
  return { ...table, rows: rows.map((row) => ({ ...row, object: partial(metadata) })) };
}

function columnsOf(kind: Kind, crdColumns: readonly PrinterColumn[] | undefined): readonly Column[] {
  if (crdColumns !== undefined) return customColumns(crdColumns);
  return builtInColumns.get(`${kind.group}/${kind.plural}`) ?? core.plainColumns;
}

function definitionOf({ name, type, format, priority }: Column): ColumnDefinition {
  return { name, type, format, description: "", priority };
}

function rowOf(kind: Kind, columns: readonly Column[], object: ApiObject, options: TableOptions): TableRow {
  const cells = columns.map(({ cell }) => cell(object, options.nowMs));
  const conditions = kind.group === "" && kind.plural === "pods" ? podRowConditions(object) : [];
  return { cells, ...(conditions.length > 0 && { conditions }), object: included(object, options.includeObject) };
}

function included(object: ApiObject, include: TableOptions["includeObject"] = "Metadata"): unknown {
  switch (include) {
    case "None":
      return null;
    case "Metadata":
      return partial(object.metadata);
    case "Object":
      return object;
  }
}

function partial(metadata: object): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
