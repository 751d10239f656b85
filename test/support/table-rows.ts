// Objects with the least that a table needs, and the cells of their rows at a fixed time.

import { tableFor, type TableOptions } from "../../src/embedded/tables.ts";
import type { ApiObject, Kind } from "../../src/embedded/types.ts";

export const nowMs = Date.parse("2026-03-01T12:00:00Z");

/** An object called `x`, ten minutes old; `body` may add to its metadata. */
export function objectOf(apiVersion: string, kind: string, body: Readonly<Record<string, unknown>>): ApiObject {
  const { metadata, ...rest } = body;
  const given = metadata as object | undefined;
  return { apiVersion, kind, metadata: { name: "x", creationTimestamp: "2026-03-01T11:50:00Z", ...given }, ...rest };
}

export function cellsOf(kind: Kind, object: ApiObject, options: Partial<TableOptions> = {}): readonly unknown[] {
  return tableFor(kind, [object], {}, { nowMs, ...options }).rows[0]!.cells;
}
