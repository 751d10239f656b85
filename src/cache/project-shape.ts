// Pod spec -> Shape: the part of a pod that nodes are asked about. Canonical, so that pods of one template share one object.

import {
  compareText,
  FIRST_DIMENSIONS,
  OWN_PODS,
  PODS,
  type Dimensions,
  type HostPort,
  type NodeSelectorTerm,
  type Requirement,
  type ResourceVector,
  type Shape,
  type Toleration,
  type WeightedNodeTerm,
} from "../model/index.ts";
import { podRequests, requestVector, type PodRequests } from "./project-requests.ts";
import { integerOf, isObject, objectOf, objectsOf, textMapOf, textOf, textsOf, type RawObject } from "./read.ts";

/** What a pod of another scheduler is to us: usage. */
export interface Usage {
  readonly signature: string;
  readonly requests: ResourceVector;
  readonly hostPorts: readonly HostPort[];
}

/** Throws Unreadable where a quantity of the pod is invalid. */
export function projectUsage(spec: RawObject, status: RawObject, dimensions: Dimensions): Usage {
  const requests = podRequests(spec, status);
  const hostPorts = hostPortsOf(spec);
  const signature = JSON.stringify([requestPairs(requests), hostPorts]);
  return { signature, requests: requestVector(requests, false, dimensions), hostPorts };
}

/** Throws Unreadable where a quantity of the pod is invalid. */
export function projectShape(spec: RawObject, status: RawObject, dimensions: Dimensions): Shape {
  const requests = podRequests(spec, status);
  const nodeAffinity = objectOf(objectOf(spec["affinity"])["nodeAffinity"]);
  const required = nodeAffinity["requiredDuringSchedulingIgnoredDuringExecution"];
  const body = {
    nodeSelector: textMapOf(spec["nodeSelector"]),
    ...(isObject(required) && { requiredNodeTerms: objectsOf(required["nodeSelectorTerms"]).map(nodeSelectorTerm) }),
    preferredNodeTerms: objectsOf(nodeAffinity["preferredDuringSchedulingIgnoredDuringExecution"]).map(weightedTerm),
    tolerations: objectsOf(spec["tolerations"]).map(toleration),
    hostPorts: hostPortsOf(spec),
    images: imagesOf(spec),
    unsupported: unsupportedOf(spec),
  };
  const signature = JSON.stringify([requestPairs(requests), { ...body, nodeSelector: sortedPairs(body.nodeSelector) }]);
  const isBestEffort = [...requests.asked.values()].every((nano) => nano === 0n);
  return { signature, requests: requestVector(requests, true, dimensions), isBestEffort, ...body };
}

/** The shape of a pod of ours that cannot be read: it holds its slot and is placed nowhere. */
export function unreadableShape(reason: string): Shape {
  const requests = new Array<number>(FIRST_DIMENSIONS.length).fill(0);
  requests[PODS] = 1;
  requests[OWN_PODS] = 1;
  return {
    signature: `unreadable: ${reason}`,
    requests,
    isBestEffort: false,
    nodeSelector: new Map(),
    preferredNodeTerms: [],
    tolerations: [],
    hostPorts: [],
    images: [],
    unsupported: ["spec"],
  };
}

function requestPairs({ asked, scored }: PodRequests): string[][][] {
  return [sortedPairs(asked), sortedPairs(scored)];
}

function sortedPairs<V>(map: ReadonlyMap<string, V>): string[][] {
  return [...map].sort(([left], [right]) => compareText(left, right)).map(([key, value]) => [key, String(value)]);
}

function nodeSelectorTerm(term: RawObject): NodeSelectorTerm {
  return {
    matchExpressions: objectsOf(term["matchExpressions"]).map(requirement),
    matchFields: objectsOf(term["matchFields"]).map(requirement),
  };
}

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] as const;

/** An operator that does not exist matches nothing: `In` without values. */
function requirement(raw: RawObject): Requirement {
  const operator = OPERATORS.find((known) => known === raw["operator"]);
  const key = textOf(raw["key"]);
  return operator === undefined
    ? { key, operator: "In", values: [] }
    : { key, operator, values: textsOf(raw["values"]) };
}

function weightedTerm(raw: RawObject): WeightedNodeTerm {
  return { weight: integerOf(raw["weight"]) ?? 0, term: nodeSelectorTerm(objectOf(raw["preference"])) };
}

function toleration(raw: RawObject): Toleration {
  return {
    key: textOf(raw["key"]),
    operator: raw["operator"] === "Exists" ? "Exists" : "Equal",
    value: textOf(raw["value"]),
    effect: textOf(raw["effect"]),
  };
}

/** Of containers and sidecars, as written; sorted. */
function hostPortsOf(spec: RawObject): readonly HostPort[] {
  const sidecars = objectsOf(spec["initContainers"]).filter((container) => container["restartPolicy"] === "Always");
  const ports = [...objectsOf(spec["containers"]), ...sidecars]
    .flatMap((container) => objectsOf(container["ports"]))
    .map((port) => ({
      protocol: textOf(port["protocol"]) || "TCP",
      ip: textOf(port["hostIP"]) || "0.0.0.0",
      port: integerOf(port["hostPort"]) ?? 0,
    }))
    .filter((port) => 0 < port.port);
  return ports.length === 0 ? NO_PORTS : ports.sort(compareHostPorts);
}

const NO_PORTS: readonly HostPort[] = Object.freeze([]);

export function compareHostPorts(left: HostPort, right: HostPort): number {
  return left.port - right.port || compareText(left.protocol, right.protocol) || compareText(left.ip, right.ip);
}

function imagesOf(spec: RawObject): readonly string[] {
  return [...objectsOf(spec["initContainers"]), ...objectsOf(spec["containers"])]
    .map((container) => textOf(container["image"]))
    .filter((image) => image !== "")
    .map(normalizedImageName)
    .sort(compareText);
}

/** `:latest` where there is neither a tag nor a digest; kube-scheduler's ImageLocality compares these. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}

/** Demands that nothing here can honour yet. Preferred terms only rank nodes and block nothing. */
function unsupportedOf(spec: RawObject): readonly string[] {
  const found: string[] = [];
  objectsOf(spec["volumes"]).forEach((volume, index) => {
    for (const source of ["persistentVolumeClaim", "ephemeral"] as const) {
      if (isObject(volume[source])) found.push(`spec.volumes[${index}].${source}`);
    }
  });
  if (0 < objectsOf(spec["resourceClaims"]).length) found.push("spec.resourceClaims");
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    const terms = objectOf(objectOf(spec["affinity"])[kind])["requiredDuringSchedulingIgnoredDuringExecution"];
    if (0 < objectsOf(terms).length) found.push(`spec.affinity.${kind}.requiredDuringSchedulingIgnoredDuringExecution`);
  }
  objectsOf(spec["topologySpreadConstraints"]).forEach((constraint, index) => {
    // Absent is DoNotSchedule: the API server's default.
    if (constraint["whenUnsatisfiable"] !== "ScheduleAnyway") found.push(`spec.topologySpreadConstraints[${index}]`);
  });
  return found.sort(compareText);
}
