// Quality of service: which of the three classes a pod is of (pkg/apis/core/v1/helper/qos).

import { parseQuantity } from "../model/index.ts";
import { fieldOf, objectOf, objectsOf, type JsonObject } from "./json.ts";

const COUNTED = ["cpu", "memory"] as const;

export function qualityOfService(spec: JsonObject): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...objectsOf(spec["initContainers"]), ...objectsOf(spec["containers"])];
  const resources = containers.map(({ resources: own }) => objectOf(own));
  const asks = (list: unknown): boolean => COUNTED.some((name) => 0n < amountOf(list, name));
  if (!resources.some(({ requests, limits }) => asks(requests) || asks(limits))) return "BestEffort";
  const isGuaranteed = resources.every(({ requests, limits }) =>
    COUNTED.every((name) => {
      const limit = amountOf(limits, name);
      const request = fieldOf(requests, name);
      return 0n < limit && (request === undefined || amountOf(requests, name) === limit);
    }),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function amountOf(list: unknown, name: string): bigint {
  return parseQuantity(fieldOf(list, name)) ?? 0n;
}
