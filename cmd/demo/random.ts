// Random: numbers of a seed, so that a demo told again is the same story.

/** Whole numbers from `min` to `max`, both included; the same ones for the same seed. Mulberry32. */
export function seededIntegers(seed: number): (min: number, max: number) => number {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (min, max) => min + Math.floor(next() * (max - min + 1));
}
