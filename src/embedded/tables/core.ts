// The columns of the small kinds: namespaces, services, configuration, quotas, priority classes, roles and their bindings.

import type { ApiObject } from "../types.ts";
import { ageColumn, column, nameColumn, wideColumn, type Column } from "./column.ts";
import { count, field, fields, items, text, texts } from "./fields.ts";
import { labelsText } from "./labels.ts";
import { quantityText } from "./quantities.ts";

export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column("Status", (namespace) => text(namespace, "status", "phase")),
  ageColumn,
];

export const configMapColumns: readonly Column[] = [
  nameColumn,
  column("Data", (object) => sizeOf(object.data) + sizeOf(object.binaryData)),
  ageColumn,
];

export const secretColumns: readonly Column[] = [
  nameColumn,
  column("Type", (secret) => text(secret, "type")),
  column("Data", (secret) => sizeOf(secret.data)),
  ageColumn,
];

export const serviceAccountColumns: readonly Column[] = [nameColumn, ageColumn];

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column("Type", (service) => text(service, "spec", "type")),
  column(
    "Cluster-IP",
    (service) => texts(service, "spec", "clusterIPs")[0] ?? (text(service, "spec", "clusterIP") || "<none>"),
  ),
  column("External-IP", externalAddress),
  column("Port(s)", (service) => items(service, "spec", "ports").map(portText).join(",") || "<none>"),
  ageColumn,
  wideColumn("Selector", (service) => labelsText(field(service, "spec", "selector"))),
];

export const priorityClassColumns: readonly Column[] = [
  nameColumn,
  column("Value", (object) => count(object, "value"), { type: "integer" }),
  column("Global-Default", (object) => object.globalDefault === true, { type: "boolean" }),
  ageColumn,
  column("PreemptionPolicy", (object) => text(object, "preemptionPolicy")),
];

export const quotaColumns: readonly Column[] = [
  nameColumn,
  column("Request", (quota) => usageText(quota, (resource) => !resource.startsWith("limits."))),
  column("Limit", (quota) => usageText(quota, (resource) => resource.startsWith("limits."))),
  ageColumn,
];

export const roleBindingColumns: readonly Column[] = [
  nameColumn,
  column("Role", (binding) => `${text(binding, "roleRef", "kind")}/${text(binding, "roleRef", "name")}`),
  ageColumn,
  wideColumn("Users", (binding) => subjects(binding, "User")),
  wideColumn("Groups", (binding) => subjects(binding, "Group")),
  wideColumn("ServiceAccounts", (binding) => subjects(binding, "ServiceAccount")),
];

/** Of kinds that have no columns of their own, such as roles, CSIStorageCapacities and CustomResourceDefinitions. */
export const plainColumns: readonly Column[] = [
  nameColumn,
  column("Created At", (object) => object.metadata.creationTimestamp ?? null, { type: "date" }),
];

function subjects(binding: ApiObject, kind: string): string {
  return items(binding, "subjects")
    .filter((subject) => subject.kind === kind)
    .map(({ namespace, name }) => (kind === "ServiceAccount" ? `${String(namespace)}/${String(name)}` : String(name)))
    .join(", ");
}

function usageText(quota: ApiObject, isShown: (resource: string) => boolean): string {
  const quantity = (list: "hard" | "used", resource: string) => quantityText(field(quota, "status", list, resource));
  return Object.keys(fields(quota, "status", "hard"))
    .filter(isShown)
    .sort()
    .map((resource) => `${resource}: ${quantity("used", resource)}/${quantity("hard", resource)}`)
    .join(", ");
}

function externalAddress(service: ApiObject): string {
  const given = texts(service, "spec", "externalIPs");
  switch (field(service, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return given.join(",") || "<none>";
    case "LoadBalancer":
      return [...balancerAddresses(service), ...given].join(",") || "<pending>";
    case "ExternalName":
      return text(service, "spec", "externalName");
    default:
      return "<unknown>";
  }
}

function balancerAddresses(service: ApiObject): readonly string[] {
  const ingress = items(service, "status", "loadBalancer", "ingress");
  return [...new Set(ingress.map((entry) => text(entry, "ip") || text(entry, "hostname")).filter(Boolean))].sort();
}

function portText(port: Readonly<Record<string, unknown>>): string {
  const nodePort = count(port, "nodePort");
  const numbers = nodePort > 0 ? `${count(port, "port")}:${nodePort}` : `${count(port, "port")}`;
  return `${numbers}/${text(port, "protocol") || "TCP"}`;
}

function sizeOf(value: unknown): number {
  return Object.keys(fields(value)).length;
}
