// The columns of nodes and of what kubelets keep about them.

import type { ApiObject } from "../types.ts";
import { ageColumn, column, nameColumn, wideColumn, type Column } from "./column.ts";
import { fields, items, text } from "./fields.ts";

export const nodeColumns: readonly Column[] = [
  nameColumn,
  column("Status", nodeStatus),
  column("Roles", (node) => rolesOf(node).join(",") || "<none>"),
  ageColumn,
  column("Version", (node) => info(node, "kubeletVersion")),
  wideColumn("Internal-IP", (node) => address(node, "InternalIP")),
  wideColumn("External-IP", (node) => address(node, "ExternalIP")),
  wideColumn("OS-Image", (node) => info(node, "osImage") || "<unknown>"),
  wideColumn("Kernel-Version", (node) => {
    const architecture = info(node, "architecture");
    const kernel = info(node, "kernelVersion") || "<unknown>";
    return architecture === "" ? kernel : `${kernel} (${architecture})`;
  }),
  wideColumn("Container-Runtime", (node) => info(node, "containerRuntimeVersion") || "<unknown>"),
];

export const leaseColumns: readonly Column[] = [
  nameColumn,
  column("Holder", (lease) => text(lease, "spec", "holderIdentity")),
  ageColumn,
];

export const csiNodeColumns: readonly Column[] = [
  nameColumn,
  column("Drivers", (node) => items(node, "spec", "drivers").length, { type: "integer" }),
  ageColumn,
];

function nodeStatus(node: ApiObject): string {
  const ready = items(node, "status", "conditions").findLast(({ type }) => type === "Ready");
  const status = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return fields(node.spec).unschedulable === true ? `${status},SchedulingDisabled` : status;
}

/** From labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE`, in order. */
function rolesOf(node: ApiObject): readonly string[] {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.entries(node.metadata.labels ?? {}).map(([key, value]) =>
    key.startsWith(prefix) ? key.slice(prefix.length) : key === "kubernetes.io/role" ? value : "",
  );
  return [...new Set(roles.filter((role) => role !== ""))].sort();
}

function info(node: ApiObject, key: string): string {
  return text(node, "status", "nodeInfo", key);
}

function address(node: ApiObject, type: string): string {
  const found = items(node, "status", "addresses").find((candidate) => candidate.type === type);
  return found === undefined ? "<none>" : text(found, "address");
}
