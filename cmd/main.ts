// Main: the command line. It parses arguments, runs one command and turns what became of it into an exit code.

import { Command, CommanderError } from "commander";
import { addCheckConfig } from "./check-config.ts";
import { addDemo } from "./demo.ts";
import { errorText, EXIT_FAILURE, EXIT_SUCCESS, EXIT_USAGE, exitCodeOf } from "./errors.ts";
import { processIo } from "./io.ts";
import type { Io } from "./io.ts";
import { addRun } from "./run.ts";
import { addSimulate } from "./simulate.ts";
import { versionOf } from "./version.ts";

const HELP = `
Examples:
  batch-scheduler demo
  batch-scheduler run --kubeconfig ~/.kube/config --context test
  batch-scheduler simulate cluster.yaml job.yaml
  batch-scheduler check-config scheduler.yaml

Exit codes: 0 success, 1 failure while running, 2 wrong usage or an invalid input file.`;

/** Runs the process: what it prints and how it ends. Called by the bin, and never returns to anything else. */
export async function start(argv: readonly string[]): Promise<void> {
  const withStack = wantsStack(argv);
  const crash = (error: unknown): void => {
    processIo.stderr(errorText(error, withStack));
    process.exit(EXIT_FAILURE);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  // Whoever reads has gone (`| head`): there is nobody to tell.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") crash(error);
  });
  process.exitCode = await main(argv, processIo);
}

/** Resolves to the exit code; everything that goes wrong has been printed by then. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_SUCCESS;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = new Command("batch-scheduler")
    .description("A session-based batch scheduler for Kubernetes: gangs whole or not at all.")
    .version(versionOf(), "--version", "print the version")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .addHelpText("after", HELP);
  addDemo(program, io, done);
  addRun(program, io, done);
  addSimulate(program, io, done);
  addCheckConfig(program, io, done);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      outputError: (text, write) => write(usageLine(text, command.name())),
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_SUCCESS : EXIT_USAGE; // it has printed it
    io.stderr(errorText(error, wantsStack(argv)));
    return exitCodeOf(error);
  }
  return exitCode;
}

/** Commander's message on one line, with where to read on. */
function usageLine(text: string, command: string): string {
  const help = command === "batch-scheduler" ? "--help" : `${command} --help`;
  return `${text.trim().replace(/\s*\n\s*/g, " ")} (see batch-scheduler ${help})\n`;
}

/** Asked of the bare arguments, because an error may come before they are parsed. */
function wantsStack(argv: readonly string[]): boolean {
  return argv.some(
    (word, index) =>
      /^--log-level=(debug|trace)$/.test(word) || (/^(debug|trace)$/.test(word) && argv[index - 1] === "--log-level"),
  );
}
