// What Volcano has and this scheduler has not, and what to use instead: one sentence each, so that nothing of a
// Volcano configuration is ever ignored in silence. Looked at only for names that the catalogue does not know.
// Source: volcano.sh pkg/scheduler/{actions,plugins,conf} and the configurations that its documentation publishes.

/** Actions, plugins and arguments that a later version has. */
export const LATER_ACTIONS: ReadonlySet<string> = new Set(["preempt", "reclaim"]);
export const LATER_PLUGINS: ReadonlySet<string> = new Set([
  "capacity",
  "drf",
  "network-topology-aware",
  "overcommit",
  "proportion",
  "resourcequota",
]);

/** By `plugin argument`. */
export const LATER_ARGUMENTS: ReadonlySet<string> = new Set(["priority annotation", "gang preemptForSurplus"]);

export const VOLCANO_ACTIONS: ReadonlyMap<string, string> = new Map([
  ["gangPreempt", "use preempt of a later version, which never takes a part of a gang's minimum"],
  ["gangReclaim", "use reclaim of a later version, which never takes a part of a gang's minimum"],
  ["shuffle", "use the descheduler (sigs.k8s.io/descheduler) beside this scheduler"],
  ["elect", "leave it out; room is reserved by allocate.reserveAfterSeconds in a later version"],
  ["reserve", "leave it out; room is reserved by allocate.reserveAfterSeconds in a later version"],
]);

const NODE_POOLS = "use a node selector or node affinity in the pods, or one scheduler per pool with --node-selector";
const WHOLE_DEVICES = "ask for whole devices as extended resources (nvidia.com/gpu) in the pods";

export const VOLCANO_PLUGINS: ReadonlyMap<string, string> = new Map([
  [
    "cdp",
    "leave it out; preemption.minRuntimeSeconds protects young pods in a later version, and this one evicts none",
  ],
  ["deviceshare", WHOLE_DEVICES],
  ["extender", "write the policy as a plugin; there are no HTTP extenders"],
  ["nodegroup", NODE_POOLS],
  ["numa-aware", "leave it out and let the kubelet's topology manager align the resources of a pod"],
  ["numaaware", "leave it out and let the kubelet's topology manager align the resources of a pod"],
  ["pdb", "leave it out; budgets are always respected, and this version evicts nothing"],
  ["rescheduling", "use the descheduler (sigs.k8s.io/descheduler) beside this scheduler"],
  ["reservation", "leave it out; room is reserved by allocate.reserveAfterSeconds in a later version"],
  ["resource-strategy-fit", "use nodeorder (leastrequested.weight, mostrequested.weight) or binpack"],
  ["sla", "leave it out; among equal priorities the group that has waited longest goes first"],
  ["task-topology", "use node affinity in the pods"],
  ["tdm", NODE_POOLS],
  ["usage", "use nodeorder with leastrequested.weight, which spreads by requests; measured load is not read"],
]);

export interface VolcanoArgument {
  readonly instead: string;
  /** The value that asks for nothing; it is accepted. */
  readonly off?: number | boolean;
}

const SHARED_GPU: VolcanoArgument = { instead: WHOLE_DEVICES, off: false };
const WAITS = "leave it out; pods that ask for it wait with a reason in this version";
const NOT_SCORED = "leave it out; this version does not score by it";

/** Arguments by plugin. */
export const VOLCANO_ARGUMENTS: ReadonlyMap<string, ReadonlyMap<string, VolcanoArgument>> = new Map([
  [
    "predicates",
    new Map<string, VolcanoArgument>([
      ["predicate.NodeAffinityEnable", { instead: "node affinity is always checked", off: true }],
      ["predicate.NodePortsEnable", { instead: "host ports are always checked", off: true }],
      ["predicate.TaintTolerationEnable", { instead: "taints are always checked", off: true }],
      ["predicate.PodAffinityEnable", { instead: WAITS }],
      ["predicate.PodTopologySpreadEnable", { instead: WAITS }],
      ["predicate.NodeVolumeLimitsEnable", { instead: WAITS }],
      ["predicate.VolumeZoneEnable", { instead: WAITS }],
      ["predicate.VolumeBindingEnable", { instead: WAITS }],
      ["predicate.DynamicResourceAllocationEnable", { instead: WAITS, off: false }],
      ["predicate.CacheEnable", { instead: "answers are cached wherever that cannot change them", off: true }],
      ["predicate.ProportionalEnable", { instead: NODE_POOLS, off: false }],
      ["predicate.resources", { instead: NODE_POOLS }],
      ["predicate.GPUSharingEnable", SHARED_GPU],
      ["predicate.GPUNumberEnable", SHARED_GPU],
    ]),
  ],
  [
    "nodeorder",
    new Map<string, VolcanoArgument>([
      ["leastrequested.weight", { instead: NOT_SCORED, off: 0 }],
      ["mostrequested.weight", { instead: NOT_SCORED, off: 0 }],
      ["balancedresource.weight", { instead: NOT_SCORED, off: 0 }],
      ["nodeaffinity.weight", { instead: NOT_SCORED, off: 0 }],
      ["podaffinity.weight", { instead: NOT_SCORED, off: 0 }],
      ["tainttoleration.weight", { instead: NOT_SCORED, off: 0 }],
      ["imagelocality.weight", { instead: NOT_SCORED, off: 0 }],
      ["selectorspread.weight", { instead: NOT_SCORED, off: 0 }],
      ["volumebinding.weight", { instead: NOT_SCORED, off: 0 }],
      ["podtopologyspread.weight", { instead: NOT_SCORED, off: 0 }],
    ]),
  ],
  [
    "binpack",
    new Map<string, VolcanoArgument>([
      ["binpack.cpu", { instead: "every resource weighs the same", off: 1 }],
      ["binpack.memory", { instead: "every resource weighs the same", off: 1 }],
      ["binpack.resources", { instead: "every resource that a pod asks for is packed" }],
    ]),
  ],
]);

/** Arguments by action (`configurations`). */
export const VOLCANO_ACTION_ARGUMENTS: ReadonlyMap<string, ReadonlyMap<string, VolcanoArgument>> = new Map([
  [
    "enqueue",
    new Map<string, VolcanoArgument>([
      [
        "overcommit-factor",
        { instead: "use the plugin overcommit of a later version; without it every group is let in" },
      ],
    ]),
  ],
  [
    "allocate",
    new Map<string, VolcanoArgument>([
      ["predicateErrorCacheEnable", { instead: "refusals are cached wherever that cannot change them", off: true }],
    ]),
  ],
]);

/** Values that Volcano replaces without a word; here with a warning. By `plugin argument`. */
export const VOLCANO_REPLACES: ReadonlyMap<string, { readonly below: number; readonly by: number }> = new Map([
  ["overcommit overcommit-factor", { below: 1, by: 1.2 }],
]);

/** Top-level keys of Volcano. */
export const VOLCANO_KEYS: ReadonlyMap<string, string> = new Map([
  ["metrics", "leave it out; measured load is not read, nodeorder scores by requests"],
]);

/** Switches of hooks that do not exist here. */
export const VOLCANO_SWITCHES: ReadonlySet<string> = new Set([
  "ClusterOrder",
  "HyperNodeGradient",
  "HyperNodeOrder",
  "JobEnqueueable",
  "NodeOrderBatch",
  "SubJobOrder",
  "SubJobPipelined",
  "SubJobReady",
]);
