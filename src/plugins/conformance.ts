// Conformance: what the cluster itself needs is never a victim: critical priorities, system namespaces.

import type { PluginFactory, VictimUnit } from "../session/index.ts";

/** Value of the class system-cluster-critical; everything from here on is the system's. */
const SYSTEM_PRIORITY = 2_000_000_000;
const PROTECTED_NAMESPACES: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease"]);

export const conformance: PluginFactory = {
  name: "conformance",
  arguments: {},
  create: () => ({
    onSessionOpen: () => ({ victims: (_preemptor, units) => units.filter(mayLeave) }),
  }),
};

function mayLeave({ job, tasks }: VictimUnit): boolean {
  return !PROTECTED_NAMESPACES.has(job.namespace) && tasks.every((task) => task.priority < SYSTEM_PRIORITY);
}
