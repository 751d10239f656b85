// Quantities in canonical form: `1024Mi` is `1Gi`, `1.5` is `1500m` (apimachinery pkg/api/resource).

import { NANO, parseQuantity } from "../../model/index.ts";

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

/** Absent is `0`; a text that is no quantity stays as it is. */
export function quantityText(value: unknown): string {
  if (value === undefined || value === null) return "0";
  const nano = parseQuantity(value);
  if (nano === undefined) return typeof value === "string" ? value : "0";
  if (nano === 0n) return "0";
  const isBinary = typeof value === "string" && value.endsWith("i");
  if (isBinary && nano % NANO === 0n && (1024n * NANO <= nano || nano <= -1024n * NANO)) {
    return shortest(nano / NANO, 1024n, binary);
  }
  const hasExponent = typeof value === "string" && /[eE][+-]?\d/.test(value);
  return shortest(nano, 1000n, hasExponent ? exponents : decimal);
}

const exponents = decimal.map((_, index) => (index === 3 ? "" : `e${3 * index - 9}`));

/** The smallest whole number, with the suffix that makes it the value. */
function shortest(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let number = value;
  let step = 0;
  while (number % base === 0n && step + 1 < suffixes.length) {
    number /= base;
    step += 1;
  }
  return `${number}${suffixes[step]!}`;
}
