// Selector: the selectors of API objects (meta/v1 LabelSelector, core/v1 NodeSelector) against labels.

import { assertNever } from "../../model/index.ts";
import { isObject, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { pairsOf } from "./objects.ts";

type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";

/** Requirements are ANDed; an empty selector matches everything, none at all matches nothing. */
export function matchesLabelSelector(selector: unknown, labels: ReadonlyMap<string, string>): boolean {
  if (!isObject(selector)) return false;
  const wanted = pairsOf(selector["matchLabels"]);
  return (
    [...wanted].every(([key, value]) => labels.get(key) === value) &&
    objectsOf(selector["matchExpressions"]).every((one) => isMet(one, labels.get(textOf(one["key"]))))
  );
}

/** A pod's `nodeSelector` and required node affinity (component-helpers nodeaffinity.GetRequiredNodeAffinity). */
export function matchesNode(podSpec: JsonObject, node: ApiObject): boolean {
  const labels = pairsOf(node.metadata.labels);
  const wanted = pairsOf(podSpec["nodeSelector"]);
  if (![...wanted].every(([key, value]) => labels.get(key) === value)) return false;
  const affinity = objectOf(objectOf(podSpec["affinity"])["nodeAffinity"]);
  const required = affinity["requiredDuringSchedulingIgnoredDuringExecution"];
  if (!isObject(required)) return true;
  // Terms are alternatives; an empty term matches nothing.
  return objectsOf(required["nodeSelectorTerms"]).some((term) => {
    const expressions = objectsOf(term["matchExpressions"]);
    const fields = objectsOf(term["matchFields"]);
    return (
      0 < expressions.length + fields.length &&
      expressions.every((one) => isMet(one, labels.get(textOf(one["key"])))) &&
      fields.every((one) => isMet(one, one["key"] === "metadata.name" ? node.metadata.name : undefined))
    );
  });
}

function isMet(requirement: JsonObject, value: string | undefined): boolean {
  const values: readonly unknown[] = Array.isArray(requirement["values"]) ? requirement["values"] : [];
  const operator = requirement["operator"] as Operator;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [left, right] = [wholeNumber(value), wholeNumber(values[0])];
      if (left === undefined || right === undefined || values.length !== 1) return false;
      return operator === "Gt" ? right < left : left < right;
    }
    default:
      return assertNever(operator);
  }
}

/** A 64-bit integer as Go's strconv.ParseInt reads it. */
function wholeNumber(text: unknown): bigint | undefined {
  if (typeof text !== "string" || !/^[+-]?\d{1,30}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
