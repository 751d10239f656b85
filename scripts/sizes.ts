// Sizes: files that one can read. Most fit in 200 lines; 400 is where a second noun must be named or moved out.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const linesMax = 400;
const screenLinesMax = 120;
const reasonMark = "// Long because:";

/** What a reader meets first; each is read on one screen. */
const oneScreen = ["src/actions/allocate.ts", "src/plugins/gang.ts", "src/session/statement.ts", "src/scheduler.ts"];

/** One sentence for each file that is too long, sorted by path. */
export function sizeProblems(root: string): string[] {
  const paths = globSync("{src,cmd,test,scripts}/**/*.{ts,mjs,js,go}", { cwd: root, exclude: ["**/node_modules/**"] });
  return paths.sort().flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8");
    const lines = text.split("\n").length - 1;
    if (oneScreen.includes(path) && screenLinesMax < lines) {
      return [`${path} has ${lines} lines; it must fit on one screen (${screenLinesMax})`];
    }
    if (linesMax < lines && !hasReason(text)) {
      return [`${path} has ${lines} lines; over ${linesMax} its header comment says why: "${reasonMark} …"`];
    }
    return [];
  });
}

/** In the comment that the file begins with, and nowhere else. */
function hasReason(text: string): boolean {
  for (const line of text.split("\n")) {
    if (line.startsWith(reasonMark)) return true;
    if (line !== "" && !line.startsWith("//")) return false;
  }
  return false;
}
