// CompletionIndexes: the set of indexes as a Job's status writes it (`0,2-4,7`), and the index of a pod.

import { pairsOf } from "../json.ts";
import type { ApiObject } from "../types.ts";

export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

/** Undefined where the pod has none that is below `completions`. */
export function indexOf(pod: ApiObject, completions: number): number | undefined {
  const text = pairsOf(pod.metadata.annotations).get(COMPLETION_INDEX) ?? "";
  const index = /^\d{1,9}$/.test(text) ? Number(text) : Infinity;
  return index < completions ? index : undefined;
}

/** Ranges of three or more are written with a dash, as Kubernetes does. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((left, right) => left - right);
  const parts: string[] = [];
  for (let first = 0; first < sorted.length;) {
    let last = first;
    while (sorted[last + 1] === sorted[last]! + 1) last += 1;
    const separator = last === first + 1 ? "," : "-";
    parts.push(first === last ? String(sorted[first]) : `${sorted[first]}${separator}${sorted[last]}`);
    first = last + 1;
  }
  return parts.join(",");
}

export function parseIndexes(text: string): Set<number> {
  const indexes = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    for (let index = first; index <= Number(match[2] ?? first); index++) indexes.add(index);
  }
  return indexes;
}
