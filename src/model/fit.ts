// Fit: can this task run on this node, and if not, why. A refusal is a value.

export type Fit =
  | { readonly kind: "fits" }
  | { readonly kind: "misfit"; readonly reasons: readonly string[]; readonly curableByEviction: boolean };

export type Misfit = Extract<Fit, { kind: "misfit" }>;

/** The one value for yes: the hot loop allocates nothing. */
export const FITS: Fit = Object.freeze({ kind: "fits" });

export function misfit(reasons: readonly string[], curableByEviction: boolean): Misfit {
  return Object.freeze({ kind: "misfit", reasons: Object.freeze([...reasons]), curableByEviction });
}

/**
 * `0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint(s).`
 * Worded and sorted as kube-scheduler's FitError: the pieces `<count> <reason>` sorted as text.
 */
export function fitErrorMessage(nodeCount: number, countByReason: ReadonlyMap<string, number>): string {
  const pieces = [...countByReason].map(([reason, count]) => `${String(count)} ${reason}`).sort();
  const detail = pieces.length > 0 ? `: ${pieces.join(", ")}` : "";
  return `0/${String(nodeCount)} nodes are available${detail}.`;
}
