// Dialects that are recognised and not honoured yet. A pod that speaks one belongs to a gang: it must not run alone, so
// its group is put aside with the reason. Each entry here is replaced by a file of its own.

import type { Dialect } from "../model/index.ts";
import type { DialectDefinition, PodFacts } from "./dialect.ts";

/** How a pod is seen to speak each, with the group that it names; an empty name counts. */
const SIGNS: readonly (readonly [Dialect, (pod: PodFacts) => string | undefined])[] = [
  ["native", (pod) => nameIn(pod.spec["schedulingGroup"], "podGroupName") ?? nameIn(pod.spec["workloadRef"], "name")],
  ["kai", (pod) => pod.annotations.get("pod-group-name")],
  ["coscheduling", (pod) => pod.labels.get("scheduling.x-k8s.io/pod-group")],
  [
    "koordinator",
    (pod) =>
      pod.labels.get("pod-group.scheduling.sigs.k8s.io") ?? pod.annotations.get("gang.scheduling.koordinator.sh/name"),
  ],
  [
    "kube-batch",
    (pod) =>
      pod.annotations.get("scheduling.k8s.io/group-name") ??
      (pod.annotations.has("scheduling.k8s.io/group-min-member") ? pod.name : undefined),
  ],
  [
    "godel",
    (pod) =>
      pod.labels.get("godel.bytedance.com/pod-group-name") ?? pod.annotations.get("godel.bytedance.com/pod-group-name"),
  ],
  ["kueue", (pod) => pod.labels.get("kueue.x-k8s.io/pod-group-name")],
  ["yunikorn", (pod) => pod.annotations.get("yunikorn.apache.org/task-group-name")],
  [
    "kubenexus",
    (pod) =>
      pod.annotations.get("pod-group.scheduling.sigs.k8s.io/name") ??
      pod.labels.get("pod-group.scheduling.sigs.k8s.io/name"),
  ],
  ["annotation", (pod) => pod.annotations.get("pod-group") ?? pod.annotations.get("pod_group")],
];

export const later: readonly DialectDefinition[] = SIGNS.map(([name, groupOf]) => ({
  name,
  waitsForQueue: name === "kube-batch",

  claimOf(pod) {
    const group = groupOf(pod);
    if (group === undefined) return undefined;
    return { dialect: name, group, role: "", problem: `groups of the dialect ${name} are not supported yet` };
  },

  read: ({ namespace, name: group, members }) => ({
    group: { dialect: name, namespace, name: group, minimum: { kind: "whole" }, minByRole: new Map() },
    dependsOnSize: false,
    problem: members[0]?.claim.problem ?? `groups of the dialect ${name} are not supported yet`,
  }),
}));

function nameIn(value: unknown, field: "podGroupName" | "name"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const name = (value as { readonly podGroupName?: unknown; readonly name?: unknown })[field];
  return typeof name === "string" ? name : undefined;
}
