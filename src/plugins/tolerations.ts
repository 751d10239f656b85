// Tolerations: whether a pod puts up with a taint (core/v1 Toleration.ToleratesTaint).

import type { Taint, Toleration } from "../model/index.ts";

export function toleratesTaint(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/** An empty effect stands for every effect, an empty key (with Exists) for every key. */
function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  return operator === "Exists" || (key !== "" && value === taint.value);
}
