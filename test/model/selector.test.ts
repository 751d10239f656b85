// Label selectors: what they select, and what is refused.

import { assert } from "chai";
import { matchesSelector, parseSelector } from "../../src/model/index.ts";

describe("selector: what it selects", () => {
  const labels = new Map([
    ["a", "1"],
    ["b", ""],
    ["example.com/zone", "x.y_z"],
  ]);
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["  ", true],
    ["a=1", true],
    ["a==1", true],
    [" a = 1 ", true],
    ["a=2", false],
    ["a=", false],
    ["b=", true],
    ["a!=1", false],
    ["a!=2", true],
    ["missing!=2", true],
    ["a", true],
    ["missing", false],
    ["!a", false],
    ["!missing", true],
    ["! missing", true],
    ["a in (1)", true],
    ["a in (2, 1)", true],
    ["a in(2,1)", true],
    ["a in (2,3)", false],
    ["missing in (1)", false],
    ["a notin (2,3)", true],
    ["a notin (1)", false],
    ["missing notin (1)", true],
    ["b in (,x)", true],
    ["a=1,b,!c", true],
    ["a=1,a=2", false],
    ["a in (1,2),example.com/zone=x.y_z", true],
    ["constructor", false],
  ];
  for (const [text, isMatch] of cases) {
    it(JSON.stringify(text), () => assert.equal(matchesSelector(parseSelector(text), labels), isMatch));
  }
});

describe("selector: what is refused", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [",", /a requirement is empty/],
    ["a=1,", /a requirement is empty/],
    ["a=1,,b", /a requirement is empty/],
    ["=1", /is no label key/],
    ["a b", /"a b" is no label key/],
    ["a=b=c", /"b=c" is no label value/],
    ["a=-x", /"-x" is no label value/],
    ["a>1", /is no label key/],
    ["a in (1", /is no label key/],
    ["a in 1", /is no label key/],
    ["a in (1))", /is no label key/],
    ["-a", /is no label key/],
    ["A.com/x/y", /is no label key/],
    ["!", /is no label key/],
    ["!!a", /"!a" is no label key/],
    [`a=${"x".repeat(64)}`, /is no label value/],
  ];
  for (const [text, message] of cases) {
    it(JSON.stringify(text), () => assert.throws(() => parseSelector(text), message));
  }
});
