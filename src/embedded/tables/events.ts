// The columns of events. Both forms are read: core v1 and events.k8s.io/v1 are two spellings of one object.

import type { ApiObject } from "../types.ts";
import { since } from "./age.ts";
import { column, wideColumn, type Column } from "./column.ts";
import { count, field, text } from "./fields.ts";

export const eventColumns: readonly Column[] = [
  column("Last Seen", lastSeen),
  column("Type", (event) => text(event, "type")),
  column("Reason", (event) => text(event, "reason")),
  column("Object", (event) => {
    const kind = text(about(event), "kind").toLowerCase();
    const name = text(about(event), "name");
    return name === "" ? kind : `${kind}/${name}`;
  }),
  wideColumn("Subobject", (event) => text(about(event), "fieldPath")),
  wideColumn("Source", source),
  column("Message", (event) => (text(event, "message") || text(event, "note")).trim()),
  wideColumn("First Seen", firstSeen),
  wideColumn("Count", (event) => {
    const series = field(event, "series");
    if (series !== undefined) return count(series, "count");
    return count(event, "count") || count(event, "deprecatedCount") || 1;
  }),
  wideColumn("Name", (event) => event.metadata.name, { format: "name" }),
];

function about(event: ApiObject): unknown {
  return event.involvedObject ?? event.regarding;
}

function lastSeen(event: ApiObject, nowMs: number): string {
  const series = field(event, "series");
  if (series !== undefined) return since(field(series, "lastObservedTime"), nowMs);
  const last = text(event, "lastTimestamp") || text(event, "deprecatedLastTimestamp");
  return last === "" ? firstSeen(event, nowMs) : since(last, nowMs);
}

function firstSeen(event: ApiObject, nowMs: number): string {
  const first = text(event, "firstTimestamp") || text(event, "deprecatedFirstTimestamp");
  return since(first === "" ? event.eventTime : first, nowMs);
}

function source(event: ApiObject): string {
  const old = event.source ?? event.deprecatedSource;
  const controller = text(event, "reportingComponent") || text(event, "reportingController");
  const component = text(old, "component") || controller;
  const instance = text(old, "host") || text(event, "reportingInstance");
  return instance === "" ? component : `${component}, ${instance}`;
}
