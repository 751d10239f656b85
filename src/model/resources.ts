// Resources are vectors of integers over interned names, so that sums undo exactly and no comparison needs a tolerance.

/**
 * Amounts by dimension: cpu in millicores, memory and storage in bytes, everything else in whole units.
 * A vector may be shorter than the table of dimensions; what is missing is 0.
 * An amount no node can have (above 2^53 - 1) is Infinity: it fits nowhere and is never summed.
 */
export type ResourceVector = readonly number[];

/** The dimensions that every table starts with, by index. */
export const CPU = 0;
export const MEMORY = 1;
export const PODS = 2;
export const EPHEMERAL_STORAGE = 3;
/** How many pods of this scheduler sit on a node. No node offers it and nobody reads it but the plugin `exclusive`. */
export const OWN_PODS = 4;
/**
 * Cpu and memory with what kube-scheduler assumes of a container that requests none (100m, 200 MB), so that scores tell
 * pods without requests apart from no pods. No node offers them; used by node orders only.
 */
export const SCORED_CPU = 5;
export const SCORED_MEMORY = 6;

/** Dimensions that are book-keeping of ours and no resource of a node: never asked for, never shown. */
export const INTERNAL_DIMENSIONS: ReadonlySet<number> = new Set([OWN_PODS, SCORED_CPU, SCORED_MEMORY]);

export const FIRST_DIMENSIONS: readonly string[] = [
  "cpu",
  "memory",
  "pods",
  "ephemeral-storage",
  "batch-scheduler/own-pods",
  "batch-scheduler/scored-cpu",
  "batch-scheduler/scored-memory",
];

/** What a bound pod with an infinite request is charged with: more than any node has, and still exact in sums. */
export const OVERSIZED = 2 ** 50;

/** Interns resource names to dimensions. Append-only: an index never changes its meaning. */
export class Dimensions {
  readonly #names: string[] = [...FIRST_DIMENSIONS];
  readonly #indexes = new Map<string, number>(FIRST_DIMENSIONS.map((name, index) => [name, index]));

  get names(): readonly string[] {
    return this.#names;
  }

  indexOf(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    const index = this.#names.length;
    this.#names.push(name);
    this.#indexes.set(name, index);
    return index;
  }
}

/** The amount of one dimension; 0 where the vector is shorter. */
export function amountOf(vector: ResourceVector, dimension: number): number {
  return vector[dimension] ?? 0;
}

/** `left + right`, by dimension. */
export function add(left: ResourceVector, right: ResourceVector): ResourceVector {
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, dimension) => amountOf(left, dimension) + amountOf(right, dimension));
}
