// Unreadable: why one object cannot be used. Thrown while it is projected, caught for that object alone: it is
// quarantined with the reason, and everything else goes on.

export class Unreadable extends Error {}

/** Amounts in nano units by resource name. */
export type QuantityMap = ReadonlyMap<string, bigint>;

const SHOWN_MAX = 40;

export function invalidQuantity(path: string, name: string, value: unknown, isNegative: boolean): Unreadable {
  return new Unreadable(`${path}.${name}: ${shown(value)} is ${isNegative ? "negative" : "no quantity"}`);
}

/** A user's value as one short printable line: quoted, escaped, cut. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return "nothing";
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
