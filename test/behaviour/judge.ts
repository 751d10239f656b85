// Judge: one case through the command line of the program, in this process, and everything that is wrong with its answer.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { main } from "../../cmd/main.ts";
import { Random } from "../support/random.ts";
import { configurationOf, documentsOf, schedulerNamesOf, type Case } from "./cases.ts";
import { checkExpectations } from "./expectations.ts";
import { readWorld, type Manifest } from "./input.ts";
import { checkInvariants } from "./invariants.ts";
import { checkFormat, type Output } from "./output.ts";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `simulate` on these files with the configuration and the arguments of the case. */
export type RunCase = (test: Case, files: readonly string[]) => Promise<Answer>;

const MAX_CYCLES = 60;

export function commandLineOf({ configFile, spec }: Case, files: readonly string[]): readonly string[] {
  const config = configFile === undefined ? [] : ["--config", configFile];
  const fixed = ["-o", "json", "--until-stable", "--max-cycles", String(MAX_CYCLES)];
  return ["simulate", ...files, ...config, ...fixed, ...(spec.args ?? [])];
}

export const runInProcess: RunCase = async (test, files) => {
  const written = { stdout: "", stderr: "" };
  const code = await main(commandLineOf(test, files), {
    stdout: (text) => (written.stdout += text),
    stderr: (text) => (written.stderr += text),
  });
  return { code, ...written };
};

/** What is wrong with the answer; `shuffles` more runs must give the same bytes. */
export async function judge(test: Case, shuffles: number, run: RunCase = runInProcess): Promise<readonly string[]> {
  const answer = await run(test, [test.clusterFile]);
  const problems = problemsOf(test, answer);
  if (test.spec.exit !== undefined) return problems;
  const documents = documentsOf(test);
  for (let seed = 1; seed <= shuffles; seed++) {
    const again = await withShuffled(documents, seed, (files) => run(test, files));
    if (again.stdout !== answer.stdout)
      return [...problems, `determinism: shuffle ${seed} of the input changed the output`];
  }
  return problems;
}

export function problemsOf(test: Case, { code, stdout, stderr }: Answer): readonly string[] {
  const { spec } = test;
  const wantedExit = spec.exit ?? 0;
  const firstLine = stderr.trim().split("\n", 1)[0] ?? "";
  if (code !== wantedExit) return [`exit ${code}, expected ${wantedExit}: ${firstLine.slice(0, 300)}`];
  const isSaid = spec.stderr === undefined || new RegExp(spec.stderr).test(stderr);
  const warnings = isSaid ? [] : [`stderr "${stderr.trim().slice(0, 200)}", expected /${spec.stderr}/`];
  if (wantedExit !== 0) {
    return [
      ...warnings,
      ...(firstLine === "" ? ["nothing on stderr"] : []),
      ...(/\n\s+at .*[:(]\d+/.test(stderr) ? ["a stack trace on stderr"] : []),
    ];
  }
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch (error) {
    return [`stdout is not JSON: ${String(error)}`];
  }
  const malformed = checkFormat(value);
  if (0 < malformed.length) return malformed;
  const output = value as Output;
  const annotation = configurationOf(test).plugins.find(({ name }) => name === "priority")?.arguments?.annotation;
  const world = readWorld(documentsOf(test), schedulerNamesOf(spec), annotation);
  return [
    ...warnings,
    ...checkExpectations(output, world, spec.expect ?? {}),
    ...checkInvariants(output, world, { gangs: spec.gangs, skip: spec.skipInvariants }),
  ];
}

/** Spreads the documents over two files, in an order of their own, for the time of `action`. */
async function withShuffled<T>(
  documents: readonly Manifest[],
  seed: number,
  action: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  const random = new Random(seed);
  const list = random.shuffled(
    documents.flatMap((document) =>
      document.kind === "List" && document.items !== undefined ? document.items : [document],
    ),
  );
  const cut = random.integer(0, list.length);
  const dir = mkdtempSync(join(tmpdir(), "behaviour-"));
  try {
    const parts = [list.slice(0, cut), list.slice(cut)].filter((part) => 0 < part.length);
    const files = parts.map((part, index) => {
      const file = join(dir, `part-${index}.yaml`);
      writeFileSync(
        file,
        part
          .map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, version: "1.1" }))
          .join("---\n"),
      );
      return file;
    });
    return await action(files);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
