// A column of a table: what its head says, and what it shows of an object.

import type { ApiObject } from "../types.ts";
import { since } from "./age.ts";
import { items, text } from "./fields.ts";

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** `name` marks the column by which kubectl calls the row. */
  readonly format: string;
  /** Columns above 0 are shown by `-o wide` only. */
  readonly priority: number;
  readonly cell: (object: ApiObject, nowMs: number) => Cell;
}

export function column(
  name: string,
  cell: Column["cell"],
  options: { readonly type?: Column["type"]; readonly format?: string } = {},
): Column {
  return { name, type: options.type ?? "string", format: options.format ?? "", priority: 0, cell };
}

/** One that `-o wide` shows. */
export function wideColumn(name: string, cell: Column["cell"], options: { readonly format?: string } = {}): Column {
  return { ...column(name, cell, options), priority: 1 };
}

export const nameColumn = column("Name", (object) => object.metadata.name, { format: "name" });

export const ageColumn = column("Age", (object, nowMs) => since(object.metadata.creationTimestamp, nowMs));

/** What `-o wide` adds for kinds with a pod template. */
export const templateColumns: readonly Column[] = [
  wideColumn("Containers", (object) => containersText(object, "name")),
  wideColumn("Images", (object) => containersText(object, "image")),
];

function containersText(object: ApiObject, key: "name" | "image"): string {
  return items(object, "spec", "template", "spec", "containers")
    .map((container) => text(container, key))
    .join(",");
}
