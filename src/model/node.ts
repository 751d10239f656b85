// Node: what a node is, apart from what runs on it. What runs on it is numbers in the rows of a snapshot.

import type { ResourceVector } from "./resources.ts";

export interface Node {
  readonly name: string;
  readonly uid: string;
  /** Its row in the pages of the snapshot. A handle of the cache: no decision may depend on it. */
  readonly slot: number;
  readonly labels: ReadonlyMap<string, string>;
  readonly taints: readonly Taint[];
  /** `spec.unschedulable`: cordoned. */
  readonly unschedulable: boolean;
  /** The Ready condition is True, or the node has no conditions at all (a manifest, not a kubelet, wrote it). */
  readonly isReady: boolean;
  readonly allocatable: ResourceVector;
  /** Size in bytes by image name, normalised; for ImageLocality. */
  readonly images: ReadonlyMap<string, number>;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}
