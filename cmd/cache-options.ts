// CacheOptions: what a configuration and the flags say about which objects are whose, for `run` and `simulate` alike.

import type { CacheOptions } from "../src/cache/index.ts";
import type { LabelSelector, Policy } from "../src/model/index.ts";

export interface SelectionFlags {
  readonly schedulerName: readonly string[];
  readonly gangLabel: string;
  readonly minAvailableAnnotation: string;
  readonly nodeSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
}

export function cacheOptions(policy: Policy, flags: SelectionFlags, freeze: boolean): CacheOptions {
  return {
    schedulerNames: flags.schedulerName,
    gangLabel: flags.gangLabel,
    minAvailableAnnotation: flags.minAvailableAnnotation,
    dialects: policy.dialects,
    useOwners: true,
    queues: policy.queues,
    unknownQueue: policy.unknownQueue,
    adoptEmptyVolcano: policy.adoptEmptyVolcano,
    ...(flags.nodeSelector === undefined ? {} : { nodeSelector: flags.nodeSelector }),
    ...(flags.namespaceSelector === undefined ? {} : { namespaceSelector: flags.namespaceSelector }),
    freeze,
  };
}
