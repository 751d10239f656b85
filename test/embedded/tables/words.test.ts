import { assert } from "chai";
import { humanDuration, since } from "../../../src/embedded/tables/age.ts";
import { selectorText } from "../../../src/embedded/tables/labels.ts";
import { quantityText } from "../../../src/embedded/tables/quantities.ts";
import { nowMs } from "../../support/table-rows.ts";

describe("embedded tables: words in cells", () => {
  it("shortens durations as they grow", () => {
    const durations: [number, string][] = [
      [-3_000, "<invalid>"],
      [-1_999, "0s"],
      [119_999, "119s"],
      [120_000, "2m"],
      [125_000, "2m5s"],
      [10 * 60_000 + 5_000, "10m"],
      [179 * 60_000, "179m"],
      [3 * 3_600_000, "3h"],
      [7 * 3_600_000 + 59 * 60_000, "7h59m"],
      [47 * 3_600_000, "47h"],
      [50 * 3_600_000, "2d2h"],
      [8 * 86_400_000, "8d"],
      [729 * 86_400_000, "729d"],
      [730 * 86_400_000, "2y"],
      [731 * 86_400_000, "2y1d"],
      [3000 * 86_400_000, "8y"],
    ];
    for (const [durationMs, words] of durations) assert.equal(humanDuration(durationMs), words);
    assert.equal(since(undefined, nowMs), "<unknown>");
  });

  it("writes selectors by key", () => {
    const matchExpressions = [
      { key: "c", operator: "In", values: ["y", "x"] },
      { key: "a", operator: "DoesNotExist" },
      { key: "d", operator: "NotIn", values: ["z"] },
      { key: "e", operator: "Exists" },
    ];
    assert.equal(selectorText({ matchLabels: { b: "1" }, matchExpressions }, ""), "!a,b=1,c in (x,y),d notin (z),e");
    assert.equal(selectorText({}, "<none>"), "<none>");
  });

  it("writes quantities in canonical form", () => {
    const quantities = ["1024Mi", "1.5", "0.1", "1000", "1500", "512", "0Gi", "1e3", "100n", "1.5Gi", "12E", "abc"];
    assert.deepEqual(quantities.map(quantityText), [
      "1Gi",
      "1500m",
      "100m",
      "1k",
      "1500",
      "512",
      "0",
      "1e3",
      "100n",
      "1536Mi",
      "12E",
      "abc",
    ]);
  });
});
