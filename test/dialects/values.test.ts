// The values that users write into group metadata.

import { assert } from "chai";
import { listed, nameProblem, parseMinimum, resolveMinimum, shown } from "../../src/dialects/values.ts";

describe("dialects: minimum", () => {
  const cases = [
    { text: "1", minimum: { kind: "count", count: 1 } },
    { text: "99999", minimum: { kind: "count", count: 99_999 } },
    { text: "1%", minimum: { kind: "percent", percent: 1 } },
    { text: "60%", minimum: { kind: "percent", percent: 60 } },
    { text: "100%", minimum: { kind: "percent", percent: 100 } },
  ] as const;
  for (const { text, minimum } of cases) {
    it(text, () => assert.deepEqual(parseMinimum(text), minimum));
  }

  const refused = [
    ...[
      "",
      " ",
      "0",
      "-1",
      "+1",
      "01",
      "1.5",
      "1e3",
      "0x2",
      "abc",
      "٣",
      "٢%",
      "100000",
      "2147483648",
      " 3",
      "3 ",
      "3\n",
    ],
    ...["0%", "101%", "200%", "1.5%", "%", "-5%", "05%", "60 %", "60%%", "NaN", "x".repeat(300)],
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text).slice(0, 30)}`, () => assert.isUndefined(parseMinimum(text)));
  }
});

describe("dialects: resolved minimum", () => {
  const cases = [
    { minimum: { kind: "count", count: 3 }, size: 5, is: 3 },
    { minimum: { kind: "count", count: 3 }, size: 1, is: 3 },
    { minimum: { kind: "percent", percent: 60 }, size: 5, is: 3 },
    { minimum: { kind: "percent", percent: 60 }, size: 4, is: 3 },
    { minimum: { kind: "percent", percent: 1 }, size: 1, is: 1 },
    { minimum: { kind: "percent", percent: 7 }, size: 100, is: 7 },
    { minimum: { kind: "percent", percent: 29 }, size: 100, is: 29 },
    { minimum: { kind: "percent", percent: 100 }, size: 99_999, is: 99_999 },
    { minimum: { kind: "whole" }, size: 7, is: 7 },
    { minimum: { kind: "none" }, size: 7, is: 0 },
  ] as const;
  for (const { minimum, size, is } of cases) {
    it(`${JSON.stringify(minimum)} of ${String(size)}`, () => assert.equal(resolveMinimum(minimum, size), is));
  }
});

describe("dialects: names and words", () => {
  for (const name of ["g", "a.b-c_d", "constructor", "A1", "x".repeat(253)]) {
    it(`takes ${name.slice(0, 20)}`, () => assert.isUndefined(nameProblem("label l", name)));
  }
  const refused = [
    { name: "", problem: "label l is empty" },
    { name: "__proto__", problem: 'label l: "__proto__" is no name' },
    { name: "a\nb", problem: 'label l: "a\\nb" is no name' },
    { name: "a/b", problem: 'label l: "a/b" is no name' },
    { name: "\u001b[31m", problem: 'label l: "\\u001b[31m" is no name' },
    { name: "x".repeat(300), problem: `label l: "${"x".repeat(39)}… is no name` },
  ];
  for (const { name, problem } of refused) {
    it(`refuses ${JSON.stringify(name).slice(0, 20)}`, () => assert.equal(nameProblem("label l", name), problem));
  }

  it("shows what is no JSON", () => assert.equal(shown(undefined), "nothing"));
  it("lists a few", () => assert.equal(listed(["a", "b", "c"]), "a, b, c"));
  it("counts the rest", () => assert.equal(listed(["a", "b", "c", "d", "e"]), "a, b, c and 2 more"));
});
