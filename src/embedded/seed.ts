// Seed: what every cluster has from its first moment: four namespaces, the two highest classes of priority, some roles, and in every
// namespace, also those to come, the service account `default`.

import { BOOTSTRAP_POLICY } from "./bootstrap-policy.ts";
import type { Core } from "./core.ts";
import { textOf } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { createObject } from "./write.ts";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"] as const;

const CLASSES = [
  [
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ],
  [
    "system-node-critical",
    2_000_001_000,
    "Used for system critical pods that must not be moved from their current node.",
  ],
] as const;

export function seed(core: Core): void {
  const namespaces = core.kinds.must("v1", "Namespace");
  const accounts = core.kinds.must("v1", "ServiceAccount");
  core.store.subscribe(({ verb, kind, object }) => {
    if (verb !== "create" || storageOf(kind) !== storageOf(namespaces)) return;
    const namespace = object.metadata.name;
    if (core.store.get(accounts, namespace, "default") !== undefined) return;
    createObject(core, { kind: accounts, namespace }, { metadata: { name: "default" } });
  });
  for (const name of NAMESPACES) createObject(core, { kind: namespaces, namespace: undefined }, { metadata: { name } });
  for (const policy of BOOTSTRAP_POLICY) {
    const kind = core.kinds.must(textOf(policy["apiVersion"]), textOf(policy["kind"]));
    createObject(core, { kind, namespace: undefined }, policy);
  }
  const classes = core.kinds.must("scheduling.k8s.io/v1", "PriorityClass");
  for (const [name, value, description] of CLASSES) {
    createObject(core, { kind: classes, namespace: undefined }, { metadata: { name }, value, description });
  }
}
