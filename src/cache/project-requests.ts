// What a pod asks of a node, exactly as kube-scheduler computes it (component-helpers resource.PodRequests): the sum of
// the containers and sidecars, or the most that its init containers need at once (KEP-753), replaced by pod-level
// resources where they are set (KEP-2837), plus the overhead. Sums are exact, and rounded up once per pod.

import {
  FIRST_DIMENSIONS,
  NANO,
  OWN_PODS,
  PODS,
  SCORED_CPU,
  SCORED_MEMORY,
  toInteger,
  type Dimensions,
  type ResourceVector,
} from "../model/index.ts";
import { isObject, objectOf, objectsOf, quantitiesOf, textOf, type RawObject } from "./read.ts";
import type { QuantityMap } from "./unreadable.ts";

/** What kube-scheduler's scores assume of a container that requests none (pkg/scheduler/util DefaultMilliCPURequest, DefaultMemoryRequest). */
const ASSUMED: QuantityMap = new Map([
  ["cpu", NANO / 10n],
  ["memory", 200n * 1024n * 1024n * NANO],
]);
const NOTHING: QuantityMap = new Map();

export interface PodRequests {
  /** In nano units. */
  readonly asked: QuantityMap;
  /** The same with ASSUMED for containers that are silent: what scores are computed from. */
  readonly scored: QuantityMap;
}

/** Throws Unreadable where a quantity is invalid or negative. */
export function podRequests(spec: RawObject, status: RawObject): PodRequests {
  const statuses = [...objectsOf(status["containerStatuses"]), ...objectsOf(status["initContainerStatuses"])];
  const read = (field: "containers" | "initContainers"): ContainerRequests[] =>
    objectsOf(spec[field]).map((container, index) => ({
      requests: containerRequests(container, `spec.${field}[${index}]`, statuses),
      isSidecar: field === "initContainers" && container["restartPolicy"] === "Always",
    }));
  const containers = read("containers");
  const initContainers = read("initContainers");
  const level = podLevel(objectOf(spec["resources"]));
  const overhead = quantitiesOf(spec["overhead"], "spec.overhead");
  const total = (assumed: QuantityMap): QuantityMap => {
    return sum(withPodLevel(sumOfContainers(containers, initContainers, assumed), level), overhead);
  };
  return { asked: total(NOTHING), scored: total(ASSUMED) };
}

interface ContainerRequests {
  readonly requests: QuantityMap;
  readonly isSidecar: boolean;
}

function sumOfContainers(
  containers: readonly ContainerRequests[],
  initContainers: readonly ContainerRequests[],
  assumed: QuantityMap,
): QuantityMap {
  let total: QuantityMap = NOTHING;
  let sidecars: QuantityMap = NOTHING;
  let initPeak: QuantityMap = NOTHING;
  for (const { requests } of containers) total = sum(total, withMissing(requests, assumed));
  for (const { requests, isSidecar } of initContainers) {
    const own = withMissing(requests, assumed);
    if (isSidecar) {
      total = sum(total, own);
      sidecars = sum(sidecars, own);
      initPeak = largest(initPeak, sidecars);
    } else {
      initPeak = largest(initPeak, sum(own, sidecars));
    }
  }
  return largest(total, initPeak);
}

/** Requests in the units of the dimensions, with the pod's slot and, if it is ours, its place among our pods. */
export function requestVector({ asked, scored }: PodRequests, isOurs: boolean, dimensions: Dimensions): ResourceVector {
  const vector = toVector(asked, dimensions);
  vector[SCORED_CPU] = toInteger(scored.get("cpu") ?? 0n, "milli");
  vector[SCORED_MEMORY] = toInteger(scored.get("memory") ?? 0n, "whole");
  vector[PODS] = 1;
  vector[OWN_PODS] = isOurs ? 1 : 0;
  return vector;
}

/** Amounts in nano units as a vector, each rounded up to the unit of its dimension. */
export function toVector(amounts: QuantityMap, dimensions: Dimensions): number[] {
  const vector = new Array<number>(FIRST_DIMENSIONS.length).fill(0);
  for (const [name, nano] of amounts) {
    const dimension = dimensions.indexOf(name);
    while (vector.length <= dimension) vector.push(0);
    vector[dimension] = toInteger(nano, name === "cpu" ? "milli" : "whole");
  }
  return vector;
}

/** Its requests, with a limit where a request is missing; while a resize is going on, the larger of what it has and wants (KEP-1287). */
function containerRequests(container: RawObject, path: string, statuses: readonly RawObject[]): QuantityMap {
  const resources = objectOf(container["resources"]);
  const limits = quantitiesOf(resources["limits"], `${path}.resources.limits`);
  const requests = quantitiesOf(resources["requests"], `${path}.resources.requests`);
  const wanted: QuantityMap = limits.size === 0 ? requests : new Map([...limits, ...requests]);
  const name = textOf(container["name"]);
  const status = statuses.find((one) => one["name"] === name);
  if (status === undefined || !isObject(status["resources"])) return wanted;
  const given = quantitiesOf(status["resources"]["requests"], `${path} status.resources.requests`);
  return largest(
    largest(wanted, given),
    quantitiesOf(status["allocatedResources"], `${path} status.allocatedResources`),
  );
}

interface PodLevel {
  readonly requests: QuantityMap;
  readonly limits: QuantityMap;
}

function podLevel(resources: RawObject): PodLevel {
  return {
    requests: quantitiesOf(resources["requests"], "spec.resources.requests"),
    limits: quantitiesOf(resources["limits"], "spec.resources.limits"),
  };
}

/** cpu, memory and huge pages may be set for the pod as a whole; a limit stands in only where no container asks. */
function withPodLevel(byContainers: QuantityMap, { requests, limits }: PodLevel): QuantityMap {
  if (requests.size === 0 && limits.size === 0) return byContainers;
  const result = new Map(byContainers);
  for (const [name, nano] of limits) if (isPodLevel(name) && !byContainers.has(name)) result.set(name, nano);
  for (const [name, nano] of requests) if (isPodLevel(name)) result.set(name, nano);
  return result;
}

function isPodLevel(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

function withMissing(requests: QuantityMap, assumed: QuantityMap): QuantityMap {
  return assumed.size === 0 ? requests : new Map([...assumed, ...requests]);
}

function sum(left: QuantityMap, right: QuantityMap): QuantityMap {
  if (right.size === 0) return left;
  if (left.size === 0) return right;
  const result = new Map(left);
  for (const [name, nano] of right) result.set(name, (result.get(name) ?? 0n) + nano);
  return result;
}

function largest(left: QuantityMap, right: QuantityMap): QuantityMap {
  if (right.size === 0) return left;
  const result = new Map(left);
  for (const [name, nano] of right) if ((result.get(name) ?? -1n) < nano) result.set(name, nano);
  return result;
}
