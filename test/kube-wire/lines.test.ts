import { assert } from "chai";
import { LineSplitter, LineTooLongError } from "../../src/kube/lines.ts";
import { seededRandom } from "../support/virtual-env.ts";

describe("lines", () => {
  it("come out the same however the body is cut", () => {
    const lines = ["{}", '{"größe":"3 €"}', "x".repeat(1_000), "😀"];
    const body = Buffer.from(`\n${lines.join("\n\n")}\n`);
    const random = seededRandom(7);
    for (let round = 0; round < 200; round++) {
      const splitter = new LineSplitter(10_000);
      const found: string[] = [];
      for (let start = 0; start < body.length;) {
        const end = start + 1 + Math.floor(random() * (round % 2 === 0 ? 4 : 900));
        found.push(...splitter.push(body.subarray(start, end)));
        start = end;
      }
      assert.deepEqual(found, lines, `round ${round}`);
      assert.isFalse(splitter.hasRest);
    }
  });

  it("that are not complete are not given out", () => {
    const splitter = new LineSplitter(100);
    assert.deepEqual(splitter.push(Buffer.from("a\nb")), ["a"]);
    assert.isTrue(splitter.hasRest);
  });

  it("have a cap that many small pieces do not get past", () => {
    const splitter = new LineSplitter(100);
    for (let index = 0; index < 100; index++) splitter.push(Buffer.from("x"));
    assert.throws(() => splitter.push(Buffer.from("x")), LineTooLongError);
  });
});
