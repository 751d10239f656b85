// Durations as people write them: Go's time.ParseDuration, `250ms`, `1m30s`, `1.5h`.

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

const MS_BY_UNIT: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3], // micro sign
  ["μs", 1e-3], // Greek mu
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** What Go can hold, in milliseconds (292 years). */
const MAX_MS = 9_223_372_036_854;

/** Milliseconds, 0 or more; undefined where the text is no duration. Negative ones mean nothing here and are none. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0" || text === "+0") return 0;
  const start = text.startsWith("+") ? 1 : 0;
  let totalMs = 0;
  PART.lastIndex = start;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * MS_BY_UNIT.get(match[2]!)!;
  }
  return start < text.length && totalMs <= MAX_MS ? totalMs : undefined;
}
