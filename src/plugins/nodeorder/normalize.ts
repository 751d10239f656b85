// Normalisers: raw scores to 0..100 over the nodes that are feasible now.

/** The share of the largest raw score, rounded down; 0 where all are 0 (kube-scheduler helper.DefaultNormalizeScore). */
export function shareOfMax(raw: number, _min: number, max: number): number {
  return max === 0 ? 0 : Math.floor((100 * raw) / max);
}
