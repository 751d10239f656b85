// Events in, Snapshots out: the only place that turns API objects into model types.

export { ClusterCache, type CacheOptions } from "./cluster-cache.ts";
export * from "./events.ts";
export { PLAN_ANNOTATION } from "./project-pod.ts";
