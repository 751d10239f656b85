// Admission: what an API server fills in when it stores an object, as far as the cache does not read around it (it knows
// limits without requests, capacity without allocatable and PriorityClasses). What is missing is derived from names.

import { createHash } from "node:crypto";
import { isJsonObject, keyOf, objectIn, type ApiObject, type JsonObject } from "./api-object.ts";

/** `createdMs`: for an object that does not say when it was made. */
export function admitted(object: ApiObject, createdMs: number): ApiObject {
  const { metadata } = object;
  const stored: ApiObject = {
    ...object,
    metadata: {
      ...metadata,
      uid: metadata.uid ?? uidOf(`${object.kind} ${object.apiVersion} ${keyOf(object)}`),
      creationTimestamp: metadata.creationTimestamp ?? new Date(createdMs).toISOString().replace(".000Z", "Z"),
    },
  };
  if (object.kind !== "Pod") return stored;
  return { ...stored, spec: podSpec(objectIn(object.spec)), status: { phase: "Pending", ...object.status } };
}

/** A UID for an object that brings none: made of its name, so that it is the same in every run. */
export function uidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function podSpec(spec: JsonObject): JsonObject {
  if (spec["hostNetwork"] !== true || !Array.isArray(spec["containers"])) return spec;
  return { ...spec, containers: spec["containers"].map(onHostNetwork) };
}

/** On the host's network every port is a host port. What is malformed stays so. */
function onHostNetwork(container: unknown): unknown {
  if (!isJsonObject(container) || !Array.isArray(container["ports"])) return container;
  const withHostPort = (port: unknown): unknown =>
    isJsonObject(port) ? { hostPort: port["containerPort"], ...port } : port;
  return { ...container, ports: container["ports"].map(withHostPort) };
}
