// Kubernetes quantities, exactly, over the whole grammar (apimachinery pkg/api/resource: sign, digits, and a decimal, binary or exponent suffix).

/** One, in the unit that quantities are kept in: the API's smallest step is one thousand-millionth. */
export const NANO = 1_000_000_000n;

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

const DECIMAL: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY: ReadonlyMap<string, bigint> = new Map([
  ["Ki", 10n],
  ["Mi", 20n],
  ["Gi", 30n],
  ["Ti", 40n],
  ["Pi", 50n],
  ["Ei", 60n],
]);

/**
 * The value in NANO units, rounded away from zero below one nano as the API server does; undefined where the text is no quantity.
 * YAML writes bare numbers, so a number is taken for its shortest text.
 */
export function parseQuantity(value: unknown): bigint | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = FORM.exec(typeof value === "number" ? String(value) : value);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  const shift = BINARY.get(suffix);
  const power = 9 - fraction.length + (exponent === undefined ? (DECIMAL.get(suffix) ?? 0) : Number(exponent));
  const scaled = shift === undefined ? digits : digits << shift;
  const nano = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
  return sign === "-" ? -nano : nano;
}

/** NANO units as thousandths (for cpu) or whole units, rounded up; Infinity where that is above 2^53 - 1. */
export function toInteger(nano: bigint, unit: "milli" | "whole"): number {
  const rounded = divideUp(nano, unit === "milli" ? NANO / 1000n : NANO);
  return rounded > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(rounded);
}

/** Quotient rounded towards +infinity; `divisor` is positive. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && quotient * divisor !== value ? quotient + 1n : quotient;
}
