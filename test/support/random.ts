// Random: a seeded generator and what property tests draw with it. The same seed gives the same draws everywhere.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new Error("picked from nothing");
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
    return list;
  }
}

/** Runs `check` for seeds 1..count (or only SEED); a failure names its seed. */
export function forEachSeed(count: number, check: (random: Random, seed: number) => void): void {
  const only = process.env["SEED"];
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];
  for (const seed of seeds) {
    try {
      check(new Random(seed), seed);
    } catch (error) {
      throw new Error(`seed ${String(seed)} (replay with SEED=${String(seed)}): ${String(error)}`, { cause: error });
    }
  }
}

/** The first seed that fails, or undefined: for canaries, which must find one. */
export function firstFailure(count: number, check: (random: Random, seed: number) => void): number | undefined {
  for (let seed = 1; seed <= count; seed++) {
    try {
      check(new Random(seed), seed);
    } catch {
      return seed;
    }
  }
  return undefined;
}
