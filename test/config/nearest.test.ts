// nearest: the name that somebody probably meant, and none where there is none.

import { assert } from "chai";
import { didYouMean, nearest } from "../../src/config/nearest.ts";

describe("nearest known name", () => {
  const known = ["allocate", "backfill", "enqueue", "preempt", "gang", "pdb"];
  const cases = [
    { text: "alocate", meant: "allocate" },
    { text: "Allocate", meant: "allocate" },
    { text: "enqeue", meant: "enqueue" },
    { text: "back-fill", meant: "backfill" },
    { text: "gnag", meant: "gang" },
    { text: "pdp", meant: "pdb" },
    { text: "shuffle", meant: undefined },
    { text: "x", meant: undefined },
    { text: "", meant: undefined },
    { text: "a".repeat(100_000), meant: undefined },
  ];
  for (const { text, meant } of cases) {
    it(`${text.slice(0, 20)} is ${meant ?? "nothing"}`, () => assert.equal(nearest(text, known), meant));
  }
  it("is a half sentence, or nothing", () => {
    assert.equal(didYouMean("gnag", known), '; did you mean "gang"?');
    assert.equal(didYouMean("shuffle", known), "");
  });
});
