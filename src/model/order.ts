// Orders: every one is total, by code points and never by locale.

/** Negative: `left` first. */
export type Compare<T> = (left: T, right: T) => number;

/** By UTF-16 code units: the same on every machine, whatever its locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
