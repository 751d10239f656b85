// ManagedFields: who set which field of an object last, kept in metadata.managedFields (apimachinery pkg/util/managedfields).

import { fromFieldsV1, isEmptySet, minus, toFieldsV1, union, withoutField } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { isObject, objectsOf, textOf, without } from "./json.ts";
import { structureOf } from "./kind-structures.ts";
import { apiVersionOf } from "./kinds.ts";
import { changesBetween } from "./owned-fields.ts";
import type { Changes } from "./owned-fields.ts";
import type { Structure } from "./structure.ts";
import type { ApiObject, Kind } from "./types.ts";

export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Managers by what tells them apart. */
export type Managers = ReadonlyMap<string, Manager>;

export interface Tracking {
  readonly fieldManager: string;
  /** Empty for the object itself. */
  readonly subresource?: string;
  /** Now, as the API writes timestamps. */
  readonly time: string;
  /** Of a custom resource, where its definition says more than that lists are replaced. */
  readonly structure?: Structure;
}

/**
 * The object after a create (`before` undefined) or an update, with the fields that it changed owned by the one who did it.
 * An object whose managers were dropped is not tracked again until it is applied.
 */
export function withUpdateTracked(
  kind: Kind,
  before: ApiObject | undefined,
  after: ApiObject,
  tracking: Tracking,
): ApiObject {
  const { fieldManager, subresource = "", time } = tracking;
  const sent = after.metadata["managedFields"];
  const isReset = Array.isArray(sent) && isEqualReset(sent);
  const given = managersOf(after);
  const known = isReset || 0 < given.size || before === undefined ? given : managersOf(before);
  if (before !== undefined && known.size === 0) return withManagers(after, known);
  const changes = trackedChanges(kind, before, after, tracking);
  const self: Manager = {
    name: fieldManager,
    operation: "Update",
    apiVersion: apiVersionOf(kind),
    subresource,
    time,
    fields: changes.set,
  };
  const others = withoutLost(known, changes, identityOf(self));
  const previous = others.get(identityOf(self));
  if (isEmptySet(changes.set)) return withManagers(after, others);
  const fields = previous === undefined ? self.fields : union(previous.fields, self.fields);
  return withManagers(after, new Map([...others, [identityOf(self), { ...self, fields }]]));
}

function isEqualReset(sent: readonly unknown[]): boolean {
  return sent.length === 0 || (sent.length === 1 && isObject(sent[0]) && Object.keys(sent[0]).length === 0);
}

/** The managers without the fields that a change took from them: those removed, and from all but `self` those set. */
export function withoutLost(managers: Managers, changes: Changes, self: string): Managers {
  const left = [...managers].map(([identity, manager]) => {
    const lost = identity === self ? changes.removed : union(changes.set, changes.removed);
    return [identity, { ...manager, fields: minus(manager.fields, lost) }] as const;
  });
  return new Map(left.filter(([, { fields }]) => !isEmptySet(fields)));
}

/** What changes between two states in fields that can be owned through the (sub)resource. */
export function trackedChanges(
  kind: Kind,
  before: ApiObject | undefined,
  after: ApiObject,
  { subresource = "", structure = structureOf(kind) }: Pick<Tracking, "subresource" | "structure">,
): Changes {
  const { set, removed } = changesBetween(before ?? {}, after, structure);
  return { set: ownable(kind, subresource, set), removed: ownable(kind, subresource, removed) };
}

/** The fields that can be owned: not those that name the object or are the server's, and of an object and its status each only its own. */
export function ownable(kind: Kind, subresource: string, set: FieldSet): FieldSet {
  const isOther = (step: string) =>
    subresource === "status" ? step !== "f:status" : step === "f:status" && kind.subresources.includes("status");
  const foreign = [...set.children.keys()].filter(isOther).map((step) => [step]);
  const owned = [...SERVER_FIELDS, ...foreign].reduce(withoutField, set);
  const metadata = owned.children.get("f:metadata");
  if (metadata?.isMember !== true) return owned;
  const bare = withoutField(owned, ["f:metadata"]);
  return metadata.children.size === 0
    ? bare
    : { ...bare, children: new Map([...bare.children, ["f:metadata", { ...metadata, isMember: false }]]) };
}

const SERVER_FIELDS: readonly (readonly string[])[] = [
  ["f:apiVersion"],
  ["f:kind"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
];

/** Appliers are the same whatever version they apply; updaters are not. */
export function identityOf({ name, operation, apiVersion, subresource }: Omit<Manager, "fields" | "time">): string {
  return JSON.stringify([name, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

export function managersOf({ metadata }: ApiObject): Managers {
  const managers = objectsOf(metadata["managedFields"]).flatMap((entry): readonly Manager[] => {
    const { operation, time } = entry;
    if (operation !== "Apply" && operation !== "Update") return [];
    return [
      {
        name: textOf(entry["manager"]),
        operation,
        apiVersion: textOf(entry["apiVersion"]),
        subresource: textOf(entry["subresource"]),
        time: typeof time === "string" ? time : undefined,
        fields: fromFieldsV1(entry["fieldsV1"]),
      },
    ];
  });
  return new Map(managers.map((manager) => [identityOf(manager), manager]));
}

/** The object with these managers, appliers first, then by time, name, version and subresource. */
export function withManagers(object: ApiObject, managers: Managers): ApiObject {
  const metadata = without(object.metadata, "managedFields");
  if (managers.size === 0) return { ...object, metadata };
  const managedFields = [...managers.values()].toSorted(byOrder).map((manager) => ({
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(manager.fields),
    ...(manager.subresource === "" ? {} : { subresource: manager.subresource }),
  }));
  return { ...object, metadata: { ...metadata, managedFields } };
}

function byOrder(a: Manager, b: Manager): number {
  const keys = ({ operation, time, name, apiVersion, subresource }: Manager) =>
    [operation, time ?? "", name, apiVersion, subresource] as const;
  const [left, right] = [keys(a), keys(b)];
  const index = left.findIndex((key, at) => key !== right[at]);
  if (index < 0) return 0;
  return (left[index] ?? "") < (right[index] ?? "") ? -1 : 1;
}
