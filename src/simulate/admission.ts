// Admission: what an API server fills in when it stores an object, as far as the cache does not read around it. Follows
// pkg/apis/core/v1/defaults.go and the Priority admission plugin of Kubernetes. What is missing is derived from names.

import { createHash } from "node:crypto";
import { isJsonObject, keyOf, objectIn, type ApiObject, type JsonObject } from "./api-object.ts";

export interface PriorityClasses {
  readonly byName: ReadonlyMap<string, PriorityClass>;
  readonly globalDefault?: PriorityClass;
}

export interface PriorityClass {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

/** `createdMs`: for an object that does not say when it was made. */
export function admitted(object: ApiObject, classes: PriorityClasses, createdMs: number): ApiObject {
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
  return { ...stored, spec: podSpec(objectIn(object.spec), classes), status: { phase: "Pending", ...object.status } };
}

/** The two `system-` classes are built in, whatever the input says of them. */
export function priorityClassesOf(objects: readonly ApiObject[]): PriorityClasses {
  const own = objects.flatMap((object) => {
    // A PriorityClass keeps its fields beside metadata, not in spec.
    const { value, globalDefault, preemptionPolicy } = object as ApiObject & JsonObject;
    if (typeof value !== "number" || !Number.isInteger(value)) return [];
    const policy = preemptionPolicy === "Never" ? "Never" : "PreemptLowerPriority";
    return [{ name: object.metadata.name, value, preemptionPolicy: policy, isDefault: globalDefault === true }];
  });
  const system = [
    { name: "system-cluster-critical", value: 2_000_000_000, preemptionPolicy: "PreemptLowerPriority" },
    { name: "system-node-critical", value: 2_000_001_000, preemptionPolicy: "PreemptLowerPriority" },
  ];
  // Several defaults: the API server takes the lowest.
  const [globalDefault] = own.filter(({ isDefault }) => isDefault).sort((a, b) => a.value - b.value);
  const byName = new Map([...own, ...system].map((entry) => [entry.name, entry]));
  return globalDefault === undefined ? { byName } : { byName, globalDefault };
}

/** A UID for an object that brings none: made of its name, so that it is the same in every run. */
export function uidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function podSpec(spec: JsonObject, classes: PriorityClasses): JsonObject {
  const priority = priorityOf(spec, classes);
  if (spec["hostNetwork"] !== true || !Array.isArray(spec["containers"])) return { ...spec, ...priority };
  return { ...spec, containers: spec["containers"].map(onHostNetwork), ...priority };
}

/** On the host's network every port is a host port. What is malformed stays so. */
function onHostNetwork(container: unknown): unknown {
  if (!isJsonObject(container) || !Array.isArray(container["ports"])) return container;
  const withHostPort = (port: unknown): unknown =>
    isJsonObject(port) ? { hostPort: port["containerPort"], ...port } : port;
  return { ...container, ports: container["ports"].map(withHostPort) };
}

function priorityOf(spec: JsonObject, { byName, globalDefault }: PriorityClasses): JsonObject {
  if (typeof spec["priority"] === "number") return {};
  const name = spec["priorityClassName"];
  const found = typeof name === "string" && name !== "" ? byName.get(name) : globalDefault;
  if (found === undefined) return {};
  return {
    priorityClassName: found.name,
    priority: found.value,
    preemptionPolicy: spec["preemptionPolicy"] ?? found.preemptionPolicy,
  };
}
