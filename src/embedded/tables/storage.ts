// The columns of volumes, claims, storage classes and CSI objects.

import type { ApiObject } from "../types.ts";
import { ageColumn, column, nameColumn, wideColumn, type Column } from "./column.ts";
import { field, fields, items, text, texts } from "./fields.ts";
import { quantityText } from "./quantities.ts";

const unset = "<unset>";
const attributesClassColumn = column(
  "VolumeAttributesClass",
  (object) => text(object, "spec", "volumeAttributesClassName") || unset,
);
const volumeModeColumn = wideColumn("VolumeMode", (object) => text(object, "spec", "volumeMode") || unset);
const classColumn = column(
  "StorageClass",
  (object) =>
    object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ??
    text(object, "spec", "storageClassName"),
);
const phaseColumn = column("Status", (object) =>
  object.metadata.deletionTimestamp === undefined ? text(object, "status", "phase") : "Terminating",
);

export const volumeColumns: readonly Column[] = [
  nameColumn,
  column("Capacity", (volume) => quantityText(field(volume, "spec", "capacity", "storage"))),
  column("Access Modes", (volume) => accessModes(texts(volume, "spec", "accessModes"))),
  column("Reclaim Policy", (volume) => text(volume, "spec", "persistentVolumeReclaimPolicy")),
  phaseColumn,
  column("Claim", (volume) => {
    const claim = field(volume, "spec", "claimRef");
    return claim === undefined ? "" : `${text(claim, "namespace")}/${text(claim, "name")}`;
  }),
  classColumn,
  attributesClassColumn,
  column("Reason", (volume) => text(volume, "status", "reason")),
  ageColumn,
  volumeModeColumn,
];

/** Size and modes are shown of what a claim got, not of what it asks for. */
export const claimColumns: readonly Column[] = [
  nameColumn,
  phaseColumn,
  column("Volume", (claim) => text(claim, "spec", "volumeName")),
  column("Capacity", (claim) => (isBound(claim) ? quantityText(field(claim, "status", "capacity", "storage")) : "")),
  column("Access Modes", (claim) => (isBound(claim) ? accessModes(texts(claim, "status", "accessModes")) : "")),
  classColumn,
  attributesClassColumn,
  ageColumn,
  volumeModeColumn,
];

export const storageClassColumns: readonly Column[] = [
  column("Name", (object) => `${object.metadata.name}${isDefaultClass(object) ? " (default)" : ""}`, {
    format: "name",
  }),
  column("Provisioner", (object) => text(object, "provisioner")),
  column("ReclaimPolicy", (object) => text(object, "reclaimPolicy") || "Delete"),
  column("VolumeBindingMode", (object) => text(object, "volumeBindingMode") || "Immediate"),
  column("AllowVolumeExpansion", (object) => object.allowVolumeExpansion === true),
  ageColumn,
];

export const csiDriverColumns: readonly Column[] = [
  nameColumn,
  boolean("AttachRequired", (driver) => fields(driver.spec).attachRequired !== false),
  boolean("PodInfoOnMount", (driver) => fields(driver.spec).podInfoOnMount === true),
  boolean("StorageCapacity", (driver) => fields(driver.spec).storageCapacity === true),
  column("TokenRequests", (driver) =>
    field(driver, "spec", "tokenRequests") === undefined
      ? unset
      : items(driver, "spec", "tokenRequests")
          .map((request) => text(request, "audience"))
          .join(","),
  ),
  boolean("RequiresRepublish", (driver) => fields(driver.spec).requiresRepublish === true),
  column("Modes", (driver) => texts(driver, "spec", "volumeLifecycleModes").join(",") || "<none>"),
  ageColumn,
];

export const volumeAttachmentColumns: readonly Column[] = [
  nameColumn,
  column("Attacher", (object) => text(object, "spec", "attacher"), { format: "name" }),
  column("PV", (object) => text(object, "spec", "source", "persistentVolumeName")),
  column("Node", (object) => text(object, "spec", "nodeName")),
  boolean("Attached", (object) => field(object, "status", "attached") === true),
  ageColumn,
];

const modeNames: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** In an order of their own, each once. */
function accessModes(modes: readonly string[]): string {
  return modeNames
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

function isBound(claim: ApiObject): boolean {
  return text(claim, "spec", "volumeName") !== "";
}

function isDefaultClass(object: ApiObject): boolean {
  const annotations = object.metadata.annotations;
  return (
    annotations?.["storageclass.kubernetes.io/is-default-class"] === "true" ||
    annotations?.["storageclass.beta.kubernetes.io/is-default-class"] === "true"
  );
}

function boolean(name: string, cell: Column["cell"]): Column {
  return column(name, cell, { type: "boolean" });
}
