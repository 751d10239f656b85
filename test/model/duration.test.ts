// parseDurationMs: the grammar of Go's time.ParseDuration, without negative ones.

import { assert } from "chai";
import { parseDurationMs } from "../../src/model/index.ts";

describe("durations", () => {
  const cases: readonly (readonly [text: string, ms: number | undefined])[] = [
    ["0", 0],
    ["250ms", 250],
    ["5s", 5_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1_000],
    ["+2s", 2_000],
    ["1h2m3s", 3_723_000],
    ["100us", 0.1],
    ["100µs", 0.1],
    ["", undefined],
    ["5", undefined],
    ["s", undefined],
    [".s", undefined],
    ["-1s", undefined],
    ["1 s", undefined],
    [" 1s", undefined],
    ["1s ", undefined],
    ["1d", undefined],
    ["1S", undefined],
    ["1e3s", undefined],
    ["1,5s", undefined],
    ["٣s", undefined],
    ["+", undefined],
    ["9999999999999h", undefined],
  ];
  for (const [text, ms] of cases) {
    it(`${JSON.stringify(text)} is ${String(ms)}`, () => {
      if (ms === undefined) assert.isUndefined(parseDurationMs(text));
      else assert.closeTo(parseDurationMs(text) ?? NaN, ms, 1e-9);
    });
  }
});
