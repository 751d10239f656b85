// Validation: the rules of names, labels, finalizers and owners for every kind, and of pods and classes as far as scheduling
// and kubectl meet them. Deeper structure is not checked; the header of index.ts says so.

import { forbiddenField, invalidValue, required, type FieldError } from "./failure.ts";
import { objectOf, objectsOf, textOf, type JsonObject } from "./json.ts";
import { customKindOf } from "./custom-kinds.ts";
import { schemaErrors } from "./custom-validation.ts";
import { storageOf } from "./kinds.ts";
import { labelKeyProblem, labelValueProblem, nameProblem, qualifiedNameProblem } from "./names.ts";
import type { ApiObject, Kind } from "./types.ts";

/** In the order in which kube-apiserver reports them. */
export function validationErrors(kind: Kind, object: ApiObject): readonly FieldError[] {
  const custom = customKindOf(kind);
  const own = custom === undefined ? BY_STORAGE.get(storageOf(kind))?.(object) : schemaErrors(custom.schema, object);
  return [...metadataErrors(kind, object), ...(own ?? [])];
}

const BY_STORAGE: ReadonlyMap<string, (object: ApiObject) => readonly FieldError[]> = new Map<
  string,
  (object: ApiObject) => readonly FieldError[]
>([
  ["/pods", (pod) => podErrors(objectOf(pod["spec"]), "spec")],
  ["scheduling.k8s.io/priorityclasses", priorityClassErrors],
  ["coordination.k8s.io/leases", leaseErrors],
  ["apiextensions.k8s.io/customresourcedefinitions", definitionErrors],
  ["batch/jobs", (job) => templateErrors(job, ["Never", "OnFailure"])],
  ["apps/deployments", selectingErrors],
  ["apps/replicasets", selectingErrors],
  ["apps/statefulsets", selectingErrors],
  ["apps/daemonsets", selectingErrors],
]);

function metadataErrors(kind: Kind, { metadata }: ApiObject): readonly FieldError[] {
  const problem = nameProblem(kind, metadata.name);
  return [
    ...(problem === undefined ? [] : [invalidValue("metadata.name", metadata.name, problem)]),
    ...labelErrors(metadata.labels, "metadata.labels"),
    ...annotationErrors(metadata.annotations),
    ...(metadata.ownerReferences ?? []).flatMap(ownerErrors),
    ...(metadata.finalizers ?? []).flatMap(finalizerErrors),
  ];
}

function labelErrors(labels: unknown, field: string): readonly FieldError[] {
  return Object.entries(objectOf(labels)).flatMap(([key, value]) => {
    const keyProblem = labelKeyProblem(key);
    const valueProblem = labelValueProblem(textOf(value));
    return [
      ...(keyProblem === undefined ? [] : [invalidValue(field, key, keyProblem)]),
      ...(valueProblem === undefined ? [] : [invalidValue(field, value, valueProblem)]),
    ];
  });
}

const ANNOTATIONS_BYTES_MAX = 256 * 1024;

function annotationErrors(annotations: unknown): readonly FieldError[] {
  const entries = Object.entries(objectOf(annotations));
  const errors = entries.flatMap(([key]) => {
    const problem = labelKeyProblem(key.toLowerCase());
    return problem === undefined ? [] : [invalidValue("metadata.annotations", key, problem)];
  });
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + textOf(value).length, 0);
  if (bytes <= ANNOTATIONS_BYTES_MAX) return errors;
  const detail = `may not be more than ${ANNOTATIONS_BYTES_MAX} bytes`;
  return [...errors, { field: "metadata.annotations", type: "FieldValueTooLong", detail }];
}

function ownerErrors(owner: unknown): readonly FieldError[] {
  const { apiVersion, kind, name, uid } = objectOf(owner);
  const empty = (field: string, value: unknown): readonly FieldError[] =>
    textOf(value) === "" ? [invalidValue(`metadata.ownerReferences.${field}`, textOf(value), "must not be empty")] : [];
  return [...empty("apiVersion", apiVersion), ...empty("kind", kind), ...empty("name", name), ...empty("uid", uid)];
}

const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function finalizerErrors(finalizer: string, index: number): readonly FieldError[] {
  const field = `metadata.finalizers[${index}]`;
  const problem = qualifiedNameProblem(finalizer);
  if (problem !== undefined) return [invalidValue(field, finalizer, problem)];
  if (finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer)) return [];
  return [invalidValue(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified")];
}

function podErrors(spec: JsonObject, field: string): readonly FieldError[] {
  const containers = objectsOf(spec["containers"]);
  const init = objectsOf(spec["initContainers"]);
  const all = [
    ...containers.map((container, i) => [container, `${field}.containers[${i}]`] as const),
    ...init.map((container, i) => [container, `${field}.initContainers[${i}]`] as const),
  ];
  const gates = objectsOf(spec["schedulingGates"]);
  return [
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...all.flatMap(([container, at]) => containerErrors(container, at)),
    ...(0 < gates.length && textOf(spec["nodeName"]) !== ""
      ? [forbiddenField(`${field}.nodeName`, "cannot be set until all schedulingGates have been cleared")]
      : []),
  ];
}

function containerErrors(container: JsonObject, field: string): readonly FieldError[] {
  const name = textOf(container["name"]);
  const problem = name === "" ? undefined : nameProblem("label", name);
  return [
    ...(name === "" ? [required(`${field}.name`)] : []),
    ...(problem === undefined ? [] : [invalidValue(`${field}.name`, name, problem)]),
    ...(textOf(container["image"]) === "" ? [required(`${field}.image`)] : []),
  ];
}

function templateErrors(object: ApiObject, policies?: readonly string[]): readonly FieldError[] {
  const template = objectOf(objectOf(object["spec"])["template"]);
  const spec = objectOf(template["spec"]);
  const errors = [
    ...labelErrors(objectOf(template["metadata"])["labels"], "spec.template.labels"),
    ...podErrors(spec, "spec.template.spec"),
  ];
  if (policies === undefined || policies.includes(textOf(spec["restartPolicy"]))) return errors;
  const supported = `supported values: ${[...policies]
    .reverse()
    .map((policy) => JSON.stringify(policy))
    .join(", ")}`;
  const policy: FieldError =
    spec["restartPolicy"] === "Always"
      ? {
          field: "spec.template.spec.restartPolicy",
          type: "FieldValueNotSupported",
          value: "Always",
          detail: supported,
        }
      : required("spec.template.spec.restartPolicy", `valid values: ${supported}`);
  return [...errors, policy];
}

function selectingErrors(object: ApiObject): readonly FieldError[] {
  const spec = objectOf(object["spec"]);
  const selector = objectOf(spec["selector"]);
  const wanted = Object.entries(objectOf(selector["matchLabels"]));
  const isEmpty = wanted.length === 0 && objectsOf(selector["matchExpressions"]).length === 0;
  const labels = objectOf(objectOf(objectOf(spec["template"])["metadata"])["labels"]);
  const selectorErrors = isEmpty
    ? [
        spec["selector"] === undefined
          ? required("spec.selector")
          : invalidValue("spec.selector", selector, "empty selector is invalid"),
      ]
    : [];
  const isMatched = wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key as "_"] === value);
  return [
    ...selectorErrors,
    ...(isMatched
      ? []
      : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]),
    ...templateErrors(object),
  ];
}

function leaseErrors({ spec }: ApiObject): readonly FieldError[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = objectOf(spec);
  return [
    ...(typeof duration === "number" && duration <= 0
      ? [invalidValue("spec.leaseDurationSeconds", duration, "must be greater than 0")]
      : []),
    ...(typeof transitions === "number" && transitions < 0
      ? [invalidValue("spec.leaseTransitions", transitions, "must be greater than or equal to 0")]
      : []),
  ];
}

function definitionErrors({ metadata: { name }, spec }: ApiObject): readonly FieldError[] {
  const { group, names } = objectOf(spec);
  const { plural } = objectOf(names);
  if (name === `${textOf(plural)}.${textOf(group)}`) return [];
  return [invalidValue("metadata.name", name, 'must be spec.names.plural+"."+spec.group')];
}

const HIGHEST_USER_PRIORITY = 1_000_000_000;

function priorityClassErrors(object: ApiObject): readonly FieldError[] {
  const { name } = object.metadata;
  const { value } = object;
  if (name.startsWith("system-")) {
    if (name === "system-cluster-critical" || name === "system-node-critical") return [];
    const detail = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
    return [forbiddenField("metadata.name", detail)];
  }
  if (typeof value !== "number" || value <= HIGHEST_USER_PRIORITY) return [];
  const detail = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`;
  return [forbiddenField("value", detail)];
}
