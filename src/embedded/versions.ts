// Versions: one resource may be served under several API versions, and events under two groups. Objects are stored once;
// here they are put into the words of the version that was asked for.

import { objectOf, without } from "./json.ts";
import { apiVersionOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

/** The object as `kind` shows it: the same one unless it was stored in the words of another version. */
export function asVersion(kind: Kind, object: ApiObject): ApiObject {
  const apiVersion = apiVersionOf(kind);
  if (object.apiVersion === apiVersion) return object;
  return kind.group === "events.k8s.io" ? newEvent(object) : { ...object, apiVersion };
}

/** The object as it is stored: events in the words of the core group (pkg/apis/events/v1/conversion.go). */
export function asStored(kind: Kind, object: ApiObject): ApiObject {
  return kind.group === "events.k8s.io" ? coreEvent(object) : object;
}

/** Fields of events.k8s.io/v1 and what they are called in v1. */
const EVENT_FIELDS: readonly (readonly [string, string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

function newEvent(event: ApiObject): ApiObject {
  return renamed(event, "events.k8s.io/v1", (field) => EVENT_FIELDS.find(([, old]) => old === field)?.[0]);
}

function coreEvent(event: ApiObject): ApiObject {
  const stored = renamed(event, "v1", (field) => EVENT_FIELDS.find(([now]) => now === field)?.[1]);
  const series = objectOf(event["series"]);
  return Object.keys(series).length === 0 ? without(stored, "series") : stored;
}

function renamed(event: ApiObject, apiVersion: string, nameOf: (field: string) => string | undefined): ApiObject {
  const fields = Object.entries(event).map(([field, value]) => [nameOf(field) ?? field, value] as const);
  return { ...(Object.fromEntries(fields) as ApiObject), apiVersion };
}
