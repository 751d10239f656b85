// Lean: takes off API objects what scheduling never reads, as soon as they are decoded.
//
// Lists of 50,000 pods are mostly managedFields, environment variables, commands and probes. Holding on to them costs
// memory, and environment values may be secrets that have no business in a snapshot, a dump or a log. What is taken
// off is named here; everything else stays as it came, also what has not the shape it should have.

import { assertNever } from "../model/index.ts";
import type { KubeObject, ResourceName } from "./events.ts";

type Fields = Readonly<Record<string, unknown>>;

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"; // a second copy of the whole object
const containerLists = ["containers", "initContainers", "ephemeralContainers"];

/** The same object without what nobody reads. Shares the rest with it. */
export function lean<T extends KubeObject>(resource: ResourceName, object: T): T {
  const leanMetadata = leanMetadataOf(object.metadata);
  switch (resource) {
    case "pods":
      return { ...object, metadata: leanMetadata, ...withLean(object, "spec", leanPodSpec) };
    case "jobs":
    case "replicasets":
    case "statefulsets":
      return { ...object, metadata: leanMetadata, ...withLean(object, "spec", leanTemplateHolder) };
    case "volcanojobs":
      return { ...object, metadata: leanMetadata, ...withLean(object, "spec", leanVolcanoJobSpec) };
    case "nodes":
    case "namespaces":
    case "priorityclasses":
    case "volcanopodgroups":
    case "volcanoqueues":
      return { ...object, metadata: leanMetadata };
    default:
      return assertNever(resource);
  }
}

function leanMetadataOf<T extends KubeObject["metadata"]>(metadata: T): T {
  const { annotations } = metadata;
  const withoutManagers = { ...metadata, managedFields: undefined };
  if (!isFields(annotations) || !Object.hasOwn(annotations, lastApplied)) return withoutManagers;
  const others = Object.entries(annotations).filter(([key]) => key !== lastApplied);
  return { ...withoutManagers, annotations: Object.fromEntries(others) };
}

function leanVolcanoJobSpec(spec: Fields): Fields {
  return { ...spec, ...withLeanEach(spec, "tasks", leanTemplateHolder) };
}

/** What has a pod template at `template`. */
function leanTemplateHolder(holder: Fields): Fields {
  return { ...holder, ...withLean(holder, "template", leanTemplate) };
}

function leanTemplate(template: Fields): Fields {
  return { ...template, ...withLean(template, "spec", leanPodSpec) };
}

function leanPodSpec(spec: Fields): Fields {
  return containerLists.reduce<Fields>(
    (result, list) => ({ ...result, ...withLeanEach(result, list, leanContainer) }),
    spec,
  );
}

function leanContainer({ name, image, resources, ports, restartPolicy }: Fields): Fields {
  return { name, image, resources, ports, restartPolicy };
}

/** The field made lean, as an object to spread; nothing where there is no such field, or another shape. */
function withLean(fields: object, name: string, makeLean: (value: Fields) => Fields): Fields {
  const value = valueOf(fields, name);
  return isFields(value) ? { [name]: makeLean(value) } : {};
}

function withLeanEach(fields: object, name: string, makeLean: (value: Fields) => Fields): Fields {
  const value = valueOf(fields, name);
  if (!Array.isArray(value)) return {};
  return { [name]: value.map((element: unknown) => (isFields(element) ? makeLean(element) : element)) };
}

function valueOf(fields: object, name: string): unknown {
  return Object.hasOwn(fields, name) ? (Reflect.get(fields, name) as unknown) : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
