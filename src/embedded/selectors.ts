// Selectors of lists and watches: labels as kubectl writes them, and fields, of which each kind offers a few.

import { parseSelector, type LabelSelector } from "../model/index.ts";
import { badRequest } from "./failure.ts";
import { fieldOf, textOf, valueAt } from "./json.ts";
import { storageOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

export type Matches = (object: ApiObject) => boolean;

/** What the query selects; undefined where it selects everything. Throws ApiFailure 400 for what cannot be read. */
export function selectionOf(kind: Kind, query: URLSearchParams): Matches | undefined {
  const labels = labelsMatch(query.get("labelSelector") ?? "");
  const fields = fieldsMatch(kind, query.get("fieldSelector") ?? "");
  if (labels === undefined) return fields;
  if (fields === undefined) return labels;
  return (object) => labels(object) && fields(object);
}

/** The name that a field selector asks for, if it is one that does. */
export function selectedName(query: URLSearchParams): string | undefined {
  return /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(query.get("fieldSelector") ?? "")?.[1];
}

function labelsMatch(text: string): Matches | undefined {
  if (text.trim() === "") return undefined;
  const { rest, comparisons } = withoutComparisons(text);
  let requirements: LabelSelector;
  try {
    requirements = parseSelector(rest);
  } catch (error) {
    throw badRequest(`unable to parse requirement: ${(error as Error).message}`);
  }
  return ({ metadata: { labels } }) =>
    comparisons.every((holds) => holds(labels)) &&
    requirements.every(({ key, operator, values }) => {
      const value = fieldOf(labels, key);
      switch (operator) {
        case "in":
          return typeof value === "string" && values.includes(value);
        case "notin":
          return typeof value !== "string" || !values.includes(value);
        case "exists":
          return value !== undefined;
        case "absent":
          return value === undefined;
      }
    });
}

/** `size>5`, `size<5`: the API knows them, kubectl and the model's selectors do not. Labels that are no integers match neither. */
function withoutComparisons(text: string): { rest: string; comparisons: ((labels: unknown) => boolean)[] } {
  const comparisons: ((labels: unknown) => boolean)[] = [];
  const parts = text.split(",").filter((part) => {
    const [, key = "", sign, bound] = /^\s*([^\s<>=!()]+)\s*([<>])\s*(-?[0-9]{1,15})\s*$/.exec(part) ?? [];
    if (sign === undefined) return true;
    comparisons.push((labels) => {
      const value = fieldOf(labels, key);
      if (typeof value !== "string" || !/^-?[0-9]{1,15}$/.test(value)) return false;
      return sign === "<" ? Number(value) < Number(bound) : Number(bound) < Number(value);
    });
    return false;
  });
  return { rest: parts.join(","), comparisons };
}

function fieldsMatch(kind: Kind, text: string): Matches | undefined {
  if (text.trim() === "") return undefined;
  const requirements = text.split(",").map((part) => fieldRequirement(kind, part));
  return (object) => requirements.every((matches) => matches(object));
}

function fieldRequirement(kind: Kind, part: string): Matches {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
  if (match === null) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  const [, field = "", operator, wanted] = match;
  const read = readerOf(kind, field);
  if (read === undefined) throw badRequest(`field label not supported: ${field}`);
  return operator === "!=" ? (object) => read(object) !== wanted : (object) => read(object) === wanted;
}

type Read = (object: ApiObject) => string;

function readerOf(kind: Kind, field: string): Read | undefined {
  if (field === "metadata.name") return ({ metadata }) => metadata.name;
  if (field === "metadata.namespace") return ({ metadata }) => metadata.namespace ?? "";
  return FIELDS.get(storageOf(kind))?.get(field);
}

/** The fields besides name and namespace, by storage (the registries of kube-apiserver, `GetAttrs` and their conversions). */
const FIELDS: ReadonlyMap<string, ReadonlyMap<string, Read>> = new Map([
  [
    "/pods",
    new Map<string, Read>([
      ...texts("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"),
      ...texts("status.phase", "status.podIP", "status.nominatedNodeName"),
      ["spec.hostNetwork", flagAt(["spec", "hostNetwork"])],
    ]),
  ],
  ["/nodes", new Map<string, Read>([["spec.unschedulable", flagAt(["spec", "unschedulable"])]])],
  ["/namespaces", new Map(texts("status.phase", "name"))],
  ["/secrets", new Map(texts("type"))],
  [
    "/events",
    new Map<string, Read>([
      ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].flatMap((field) => [
        [`involvedObject.${field}`, textAt(["involvedObject", field])] as const,
        [`regarding.${field}`, textAt(["involvedObject", field])] as const,
      ]),
      ...texts("reason", "type", "reportingComponent"),
      ["reportingController", textAt(["reportingComponent"])],
      ["source", (event) => textOf(valueAt(event, ["source", "component"])) || textOf(event["reportingComponent"])],
    ]),
  ],
  ["batch/jobs", new Map<string, Read>([["status.successful", numberAt(["status", "succeeded"])]])],
  ["apps/replicasets", new Map<string, Read>([["status.replicas", numberAt(["status", "replicas"])]])],
]);

function texts(...fields: readonly string[]): readonly (readonly [string, Read])[] {
  return fields.map((field) => [field, textAt(field.split("."))]);
}

function textAt(path: readonly string[]): Read {
  return (object) => textOf(valueAt(object, path));
}

function flagAt(path: readonly string[]): Read {
  return (object) => String(valueAt(object, path) === true);
}

function numberAt(path: readonly string[]): Read {
  return (object) => {
    const value = valueAt(object, path);
    return typeof value === "number" ? String(value) : "0";
  };
}
