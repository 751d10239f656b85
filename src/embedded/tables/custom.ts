// The columns of custom resources: name, then what their CustomResourceDefinition says under `additionalPrinterColumns`,
// or the age where it says nothing (apiextensions-apiserver pkg/registry/customresource/tableconvertor).

import type { ApiObject } from "../types.ts";
import { since } from "./age.ts";
import { ageColumn, nameColumn, type Cell, type Column } from "./column.ts";
import { parsePath, type Step } from "./json-path.ts";

/** An entry of `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
}

/** A column whose path cannot be read ends the table, as it does in kube-apiserver. */
export function customColumns(printerColumns: readonly PrinterColumn[] | undefined): readonly Column[] {
  if (printerColumns === undefined || printerColumns.length === 0) return [nameColumn, { ...ageColumn, type: "date" }];
  const columns: Column[] = [nameColumn];
  for (const printer of printerColumns) {
    const path = parsePath(printer.jsonPath);
    if (path === undefined) break;
    columns.push({
      name: printer.name,
      type: printer.type as Column["type"],
      format: printer.format ?? "",
      priority: printer.priority ?? 0,
      cell: (object, nowMs) => cellOf(printer.type, firstAt(object, path), nowMs),
    });
  }
  return columns;
}

/** The first value that the path leads to; undefined where there is none. */
function firstAt(object: ApiObject, path: readonly Step[]): unknown {
  return path.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [object])[0];
}

/** A value of another type than the column's is not shown. */
function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined) return null;
  switch (type) {
    case "string":
      if (value === null) return "<no value>"; // what Go's templates print
      return typeof value === "string" ? value : JSON.stringify(inKeyOrder(value));
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value !== "string" ? null : dateText(value, nowMs);
    default:
      return null;
  }
}

function dateText(value: string, nowMs: number): string {
  if (value === "") return "<unknown>";
  return Number.isNaN(Date.parse(value)) ? "<invalid>" : since(value, nowMs);
}

function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, inKeyOrder(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
