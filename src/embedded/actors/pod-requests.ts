// PodRequests: what a pod takes of its node, as the kubelet counts it (component-helpers resource.PodRequests): the sum of
// containers and sidecars, or the most that init containers need at once, replaced by pod-level resources, plus overhead.
// Resizing in place is not taken into account.

import { NANO, parseQuantity, toInteger } from "../../model/index.ts";
import { objectOf, objectsOf, type JsonObject } from "../json.ts";

/** Whole units by resource name; cpu in thousandths. Above 2^53 - 1: Infinity. */
export type Amounts = ReadonlyMap<string, number>;
type Nanos = ReadonlyMap<string, bigint>;

/** Resources that are 0 are left out. */
export function podRequests(spec: JsonObject): Amounts {
  let total: Nanos = new Map();
  let sidecars: Nanos = new Map();
  let peak: Nanos = new Map();
  for (const container of objectsOf(spec["containers"])) total = sum(total, containerRequests(container));
  for (const container of objectsOf(spec["initContainers"])) {
    const own = containerRequests(container);
    if (container["restartPolicy"] === "Always") {
      total = sum(total, own);
      sidecars = sum(sidecars, own);
      peak = largest(peak, sidecars);
    } else {
      peak = largest(peak, sum(own, sidecars));
    }
  }
  const withPeak = largest(total, peak);
  const podLevel = quantities(objectOf(spec["resources"])["requests"]);
  return amounts(sum(new Map([...withPeak, ...podLevel]), quantities(spec["overhead"])));
}

/** A node's allocatable. */
export function nodeAmounts(list: unknown): Amounts {
  return amounts(quantities(list));
}

function containerRequests({ resources }: JsonObject): Nanos {
  const { limits, requests } = objectOf(resources);
  return new Map([...quantities(limits), ...quantities(requests)]);
}

function quantities(list: unknown): Nanos {
  const pairs = Object.entries(objectOf(list)).map(([name, value]) => [name, parseQuantity(value) ?? 0n] as const);
  return new Map(pairs);
}

function amounts(nanos: Nanos): Amounts {
  const pairs = [...nanos].filter(([, nano]) => nano !== 0n);
  return new Map(pairs.map(([name, nano]) => [name, toInteger(nano, name === "cpu" ? "milli" : "whole")]));
}

function sum(left: Nanos, right: Nanos): Nanos {
  const result = new Map(left);
  for (const [name, nano] of right) result.set(name, (result.get(name) ?? 0n) + nano);
  return result;
}

function largest(left: Nanos, right: Nanos): Nanos {
  const result = new Map(left);
  for (const [name, nano] of right) if ((result.get(name) ?? -1n * NANO) < nano) result.set(name, nano);
  return result;
}
