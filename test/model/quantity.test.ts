// Quantities: the whole grammar of apimachinery's resource.Quantity, exactly.

import { inspect } from "node:util";
import { assert } from "chai";
import { NANO, parseQuantity, toInteger } from "../../src/model/index.ts";
import { firstFailure, forEachSeed, type Random } from "../support/random.ts";

describe("quantity: what it says", () => {
  const cases: readonly (readonly [unknown, bigint])[] = [
    ["0", 0n],
    ["1", NANO],
    ["+1", NANO],
    ["-1", -NANO],
    ["007", 7n * NANO],
    ["1.", NANO],
    [".5", NANO / 2n],
    ["0.1", NANO / 10n],
    ["100m", NANO / 10n],
    ["0.1m", NANO / 10_000n],
    ["1u", 1000n],
    ["1n", 1n],
    ["0.5n", 1n],
    ["-0.5n", -1n],
    ["0.0000000001", 1n],
    ["0.0000000000000000000000001", 1n],
    ["1.0000000001", NANO + 1n],
    ["1k", 1000n * NANO],
    ["1M", 10n ** 6n * NANO],
    ["1G", 10n ** 9n * NANO],
    ["1T", 10n ** 12n * NANO],
    ["1P", 10n ** 15n * NANO],
    ["1E", 10n ** 18n * NANO],
    ["1Ki", 1024n * NANO],
    ["1.5Ki", 1536n * NANO],
    ["0.1Ki", 102_400_000_000n],
    ["1Mi", 2n ** 20n * NANO],
    ["1Gi", 2n ** 30n * NANO],
    ["1Ti", 2n ** 40n * NANO],
    ["1Pi", 2n ** 50n * NANO],
    ["1Ei", 2n ** 60n * NANO],
    ["9Ei", 9n * 2n ** 60n * NANO],
    ["1e3", 1000n * NANO],
    ["1E3", 1000n * NANO],
    ["1e+3", 1000n * NANO],
    ["1E-3", NANO / 1000n],
    ["1.5e1", 15n * NANO],
    ["12e0", 12n * NANO],
    ["1e400", 10n ** 400n * NANO],
    ["1e-400", 1n],
    [2, 2n * NANO],
    [0.5, NANO / 2n],
    [1e21, 10n ** 21n * NANO],
  ];
  for (const [text, nano] of cases) {
    it(`${typeof text} ${String(text)}`, () => assert.equal(parseQuantity(text), nano));
  }

  const refused = [
    ...[
      "",
      " ",
      "1 ",
      " 1",
      "+",
      "-",
      ".",
      "+.",
      "m",
      "Ki",
      "1K",
      "1KI",
      "1ki",
      "1mi",
      "1k1",
      "1kk",
      "1e",
      "1e+",
      "1ei",
    ],
    ...["1e1k", "1e3Ki", "0x10", "1_000", "1,5", "1.2.3", "--1", "+-1", "NaN", "Infinity", "٣", "1\n", "1e1.5", "abc"],
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.isUndefined(parseQuantity(text)));
  }
  for (const value of [null, undefined, true, {}, [], ["1"], NaN, Infinity, -Infinity]) {
    it(`refuses ${inspect(value)}`, () => assert.isUndefined(parseQuantity(value)));
  }
});

describe("quantity: integers of a unit", () => {
  const cases = [
    { text: "100m", unit: "milli", integer: 100 },
    { text: "0.0001", unit: "milli", integer: 1 },
    { text: "1n", unit: "milli", integer: 1 },
    { text: "2", unit: "milli", integer: 2000 },
    { text: "100m", unit: "whole", integer: 1 },
    { text: "1.5", unit: "whole", integer: 2 },
    { text: "0", unit: "whole", integer: 0 },
    { text: "9007199254740991", unit: "whole", integer: Number.MAX_SAFE_INTEGER },
    { text: "9007199254740991.5", unit: "whole", integer: Infinity },
    { text: "9007199254740992", unit: "whole", integer: Infinity },
    { text: "9007199254741", unit: "milli", integer: Infinity },
    { text: "9Ei", unit: "whole", integer: Infinity },
    { text: "-1.5", unit: "whole", integer: -1 },
  ] as const;
  for (const { text, unit, integer } of cases) {
    it(`${text} in ${unit} units`, () => assert.equal(toInteger(parseQuantity(text)!, unit), integer));
  }
});

describe("property: quantity", () => {
  it("equals a naive rational, rounded away from zero below one nano", () => {
    forEachSeed(3000, (random) => check(random, naive));
  });

  it("canary: the same check catches a rational that rounds down", () => {
    assert.isDefined(firstFailure(3000, (random) => check(random, (drawn) => truncated(drawn))));
  });
});

interface Drawn {
  readonly text: string;
  readonly isNegative: boolean;
  /** The value is `digits * 2^shift * 10^power`. */
  readonly digits: bigint;
  readonly shift: bigint;
  readonly power: number;
}

function check(random: Random, expected: (drawn: Drawn) => bigint): void {
  const drawn = draw(random);
  assert.equal(parseQuantity(drawn.text), expected(drawn), drawn.text);
}

const SUFFIXES: readonly (readonly [string, number, bigint])[] = [
  ...(
    [
      ["n", -9],
      ["u", -6],
      ["m", -3],
      ["", 0],
      ["k", 3],
      ["M", 6],
      ["G", 9],
      ["T", 12],
      ["P", 15],
      ["E", 18],
    ] as const
  ).map(([suffix, power]) => [suffix, power, 0n] as const),
  ...(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const).map((suffix, i) => [suffix, 0, 10n * BigInt(i + 1)] as const),
];

function draw(random: Random): Drawn {
  const sign = random.pick(["", "+", "-"]);
  const digitsOf = (length: number): string => Array.from({ length }, () => String(random.integer(0, 9))).join("");
  const whole = digitsOf(random.integer(0, 12));
  const fraction = digitsOf(random.integer(whole === "" ? 1 : 0, 14));
  const isExponent = random.chance(0.3);
  const exponent = random.integer(-30, 30);
  const [suffix, power, shift] = isExponent
    ? [`${random.pick(["e", "E"])}${exponent < 0 || random.chance(0.5) ? "" : "+"}${String(exponent)}`, exponent, 0n]
    : random.pick(SUFFIXES);
  const point = fraction !== "" || random.chance(0.1) ? "." : "";
  return {
    text: `${sign}${whole}${point}${fraction}${suffix}`,
    isNegative: sign === "-",
    digits: BigInt(whole + fraction),
    shift,
    power: power - fraction.length,
  };
}

/** As numerator and denominator, which cannot lose anything. */
function rational({ digits, shift, power }: Drawn): readonly [bigint, bigint] {
  const numerator = digits * 2n ** shift * NANO;
  return power < 0 ? [numerator, 10n ** BigInt(-power)] : [numerator * 10n ** BigInt(power), 1n];
}

function naive(drawn: Drawn): bigint {
  const [numerator, denominator] = rational(drawn);
  const size = numerator / denominator + (numerator % denominator === 0n ? 0n : 1n);
  return drawn.isNegative ? -size : size;
}

function truncated(drawn: Drawn): bigint {
  const [numerator, denominator] = rational(drawn);
  return drawn.isNegative ? -(numerator / denominator) : numerator / denominator;
}
