// Behaviour: runs cases through `simulate` and checks its answers; `npm run behaviour -- --help` lists the options.
// Prints each case that this version leaves out with the reason, each failure on a line, then a table per area.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadCases, type Case } from "./cases.ts";
import { judge } from "./judge.ts";
import { whyLeftOut } from "./left-out.ts";

const USAGE = `npm run behaviour -- [DIR…] [options]

  DIR              folders of cases (default: those of this repository)
  --area NAME      only this area (repeatable, or a comma list)
  --case TEXT      only cases whose path contains the text (repeatable)
  --level must     leave the should cases out
  --shuffle N      run each case N more times with its documents shuffled and spread over two files (default 1)
  --verbose        every problem of a failing case, not only the first

Exit: 0 no must case failed, 1 one did, 2 wrong usage.`;

interface Row {
  readonly passed: { must: number; should: number };
  readonly all: { must: number; should: number };
  leftOut: number;
}

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      area: { type: "string", multiple: true, default: [] },
      case: { type: "string", multiple: true, default: [] },
      level: { type: "string", default: "" },
      shuffle: { type: "string", default: "1" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (!["", "must", "should"].includes(values.level))
    throw new TypeError(`--level is must or should, not ${values.level}`);
  if (!/^\d{1,4}$/.test(values.shuffle)) throw new TypeError(`--shuffle is a number, not ${values.shuffle}`);
  const areas = values.area.flatMap((text) => text.split(","));
  const dirs = positionals.length === 0 ? [fileURLToPath(new URL("cases", import.meta.url))] : positionals;
  for (const dir of dirs) if (!existsSync(dir)) throw new TypeError(`${dir}: no such folder of cases`);
  const cases = dirs
    .flatMap(loadCases)
    .filter(
      ({ area, path, spec }) =>
        (areas.length === 0 || areas.includes(area)) &&
        (values.case.length === 0 || values.case.some((text) => path.includes(text))) &&
        (values.level === "" || spec.level === values.level),
    );
  if (cases.length === 0) throw new TypeError("no case matches");
  return runCases(cases, Number(values.shuffle), values.verbose);
}

async function runCases(cases: readonly Case[], shuffles: number, isVerbose: boolean): Promise<number> {
  const rows = new Map<string, Row>();
  for (const test of cases) {
    const row = rows.get(test.area) ?? { passed: { must: 0, should: 0 }, all: { must: 0, should: 0 }, leftOut: 0 };
    rows.set(test.area, row);
    const reasons = whyLeftOut(test);
    if (0 < reasons.length) {
      row.leftOut++;
      console.log(`left out    ${test.path}: ${reasons.join(", ")}`);
      continue;
    }
    const { level } = test.spec;
    const problems = await judge(test, shuffles);
    row.all[level]++;
    if (problems.length === 0) row.passed[level]++;
    else console.log(`FAIL ${level.padEnd(6)} ${test.path}: ${inWords(problems, isVerbose)}`);
  }
  console.log(`\n${line("area", "must", "should", "left out")}`);
  const total: Row = { passed: { must: 0, should: 0 }, all: { must: 0, should: 0 }, leftOut: 0 };
  for (const [area, { passed, all, leftOut }] of rows) {
    console.log(line(area, `${passed.must}/${all.must}`, `${passed.should}/${all.should}`, String(leftOut)));
    for (const level of ["must", "should"] as const) {
      total.passed[level] += passed[level];
      total.all[level] += all[level];
    }
  }
  const passed = total.passed.must + total.passed.should;
  console.log(`\n${passed} passed, ${total.all.must + total.all.should - passed} failed`);
  return total.passed.must < total.all.must ? 1 : 0;
}

function inWords(problems: readonly string[], isVerbose: boolean): string {
  if (isVerbose) return problems.join("\n            ");
  return `${problems[0]!}${problems.length === 1 ? "" : ` (+${problems.length - 1} more)`}`;
}

function line(area: string, ...columns: readonly string[]): string {
  return area.padEnd(14) + columns.map((column) => column.padStart(10)).join("");
}

try {
  process.exitCode = await start(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
