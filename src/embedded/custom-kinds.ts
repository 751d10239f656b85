// CustomKinds: kinds that CustomResourceDefinitions add. A definition is established the moment it is stored; the real server
// takes about a second. Lists, columns, scales and checks of the objects follow what the definition says.

import type { PrinterColumn } from "./tables.ts";
import type { Core } from "./core.ts";
import { isObject, objectOf, objectsOf, textOf, textsOf, type JsonObject } from "./json.ts";
import { storageOf } from "./kinds.ts";
import type { ScalePaths } from "./scale.ts";
import type { ApiObject, Kind, Write } from "./types.ts";

/** What a definition says of one version, beside its names. */
export interface CustomKind {
  readonly printerColumns: readonly PrinterColumn[];
  readonly schema: JsonObject;
  readonly scale: ScalePaths | undefined;
}

const CUSTOM = new WeakMap<Kind, CustomKind>();

/** Undefined for kinds that no definition made. */
export function customKindOf(kind: Kind): CustomKind | undefined {
  return CUSTOM.get(kind);
}

const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";

/** Serves what definitions define, from now on. Definitions that are stored already count. */
export function serveCustomKinds(core: Core): void {
  const kind = core.kinds.must("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  for (const definition of core.store.list(kind)) serve(core, definition);
  core.store.subscribe((write) => {
    if (storageOf(write.kind) === DEFINITIONS) follow(core, write);
  });
}

function follow(core: Core, { verb, kind, before, object }: Write): void {
  if (before !== undefined) for (const old of kindsOf(before)) core.kinds.remove(old);
  if (verb === "delete") {
    for (const gone of kindsOf(object).slice(0, 1)) {
      for (const instance of core.store.list(gone)) core.store.commit("delete", gone, instance);
    }
    return;
  }
  serve(core, object);
  if (!isEstablished(object)) core.store.commit("update", kind, { ...object, status: establishedStatus(core, object) });
}

function serve(core: Core, definition: ApiObject): void {
  for (const kind of kindsOf(definition)) core.kinds.add(kind);
}

/** One kind for each version that is served. */
function kindsOf(definition: ApiObject): readonly Kind[] {
  const spec = objectOf(definition["spec"]);
  const names = objectOf(spec["names"]);
  const versions = objectsOf(spec["versions"]).filter(({ served }) => served !== false);
  return versions.map((version) => {
    const subresources = objectOf(version["subresources"]);
    const kind: Kind = {
      group: textOf(spec["group"]),
      version: textOf(version["name"]),
      plural: textOf(names["plural"]),
      singular: textOf(names["singular"]) || textOf(names["kind"]).toLowerCase(),
      kind: textOf(names["kind"]),
      shortNames: textsOf(names["shortNames"]),
      categories: textsOf(names["categories"]),
      isNamespaced: spec["scope"] !== "Cluster",
      subresources: ["status", "scale"].filter((name) => isObject(subresources[name as "status"])),
      isCustom: true,
    };
    CUSTOM.set(kind, {
      printerColumns: objectsOf(version["additionalPrinterColumns"]) as unknown as readonly PrinterColumn[],
      schema: objectOf(objectOf(version["schema"])["openAPIV3Schema"]),
      scale: scaleOf(subresources["scale"]),
    });
    return kind;
  });
}

function scaleOf(scale: unknown): ScalePaths | undefined {
  if (!isObject(scale)) return undefined;
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const path = (text: unknown): readonly string[] => textOf(text).split(".").slice(1);
  return {
    spec: path(specReplicasPath),
    status: path(statusReplicasPath),
    ...(textOf(labelSelectorPath) === "" ? {} : { selector: path(labelSelectorPath) }),
  };
}

function isEstablished(definition: ApiObject): boolean {
  const conditions = objectsOf(objectOf(definition["status"])["conditions"]);
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
}

function establishedStatus(core: Core, definition: ApiObject): JsonObject {
  const spec = objectOf(definition["spec"]);
  const names = objectOf(spec["names"]);
  const stored = objectsOf(spec["versions"]).filter(({ storage }) => storage === true);
  const lastTransitionTime = core.timestamp();
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    lastTransitionTime,
    message,
    reason,
    status: "True",
    type,
  });
  return {
    acceptedNames: {
      listKind: `${textOf(names["kind"])}List`,
      singular: textOf(names["kind"]).toLowerCase(),
      ...names,
    },
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    storedVersions: stored.map(({ name }) => textOf(name)),
  };
}
