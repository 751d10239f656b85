// ObjectSelectors: the selectors of API objects (meta/v1 LabelSelector, core/v1 NodeSelector) against labels.

import { invariant, requirementHolds } from "../model/index.ts";
import type { Requirement } from "../model/index.ts";
import { isObject, objectOf, objectsOf, pairsOf, textOf, type JsonObject } from "./json.ts";
import type { ApiObject } from "./types.ts";

type Operator = Requirement["operator"];
const OPERATORS: ReadonlySet<string> = new Set<Operator>(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);

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
  const operator = textOf(requirement["operator"]);
  invariant(isOperator(operator), `no operator ${JSON.stringify(operator)}: validation lets none pass`);
  return requirementHolds(operator, values, value);
}

function isOperator(text: string): text is Operator {
  return OPERATORS.has(text);
}
