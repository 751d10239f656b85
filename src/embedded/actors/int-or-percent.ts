// IntOrPercent: a number, or a share of a total (apimachinery intstr.GetScaledValueFromIntOrPercent).

import { invariant } from "../../model/index.ts";

/** `3`, or `"25%"` of `total`, rounded as told. Values are validated by the API server; anything else is its bug. */
export function scaled(value: unknown, total: number, rounding: "up" | "down"): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  const match = typeof value === "string" ? /^(\d{1,9})%$/.exec(value) : null;
  invariant(match !== null, `${JSON.stringify(value)} is neither a number nor a percentage`);
  const share = (Number(match[1]) * total) / 100;
  return rounding === "up" ? Math.ceil(share) : Math.floor(share);
}
