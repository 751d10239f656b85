// Golden: text that a test must produce byte for byte, kept in test/golden. UPDATE_GOLDEN=1 rewrites the files instead of comparing.

import { readFileSync, writeFileSync } from "node:fs";
import { assert } from "chai";

/** Throws where the file says something else or does not exist. */
export function assertGolden(name: string, text: string): void {
  const file = new URL(`../golden/${name}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else assert.equal(text, readFileSync(file, "utf8"), `test/golden/${name}.txt`);
}
