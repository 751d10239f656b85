// The words of the field as plain readonly types and pure functions. Knows no Kubernetes client, clock, timer or network.

export * from "./duration.ts";
export * from "./errors.ts";
export * from "./fit.ts";
export * from "./job.ts";
export type * from "./live.ts";
export * from "./memory.ts";
export * from "./node.ts";
export * from "./order.ts";
export * from "./phase.ts";
export * from "./plan.ts";
export * from "./policy.ts";
export * from "./quantity.ts";
export * from "./requirement.ts";
export * from "./resources.ts";
export * from "./selector.ts";
export * from "./shape.ts";
export * from "./sharded-map.ts";
export * from "./snapshot.ts";
export * from "./task.ts";
