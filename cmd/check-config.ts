// check-config: is a scheduler configuration valid? Errors are printed as every command prints them.

import type { Command } from "commander";
import { EXIT_SUCCESS } from "./errors.ts";
import { logLevelOption } from "./flags.ts";
import type { Io } from "./io.ts";
import { loadPolicy } from "./policy-file.ts";
import { realEnv } from "./real-env.ts";

const HELP = `
Unknown keys, plugins, actions and arguments are errors, with line, column and the nearest known name;
combinations that can never do anything are warnings. Exit code 0: valid; 2: not valid.

Examples:
  batch-scheduler check-config scheduler.yaml
  kubectl -n kube-system get configmap batch-scheduler -o jsonpath='{.data.scheduler\\.yaml}' > scheduler.yaml &&
    batch-scheduler check-config scheduler.yaml`;

export function addCheckConfig(program: Command, io: Io, done: (exitCode: number) => void): void {
  program
    .command("check-config")
    .description("check a scheduler configuration strictly")
    .argument("<file>", "the configuration")
    .addOption(logLevelOption())
    .addHelpText("after", HELP)
    .action((file: string) => {
      loadPolicy(realEnv().files, file, (warning) => io.stderr(`warning: ${warning}\n`));
      io.stdout(`${file}: ok\n`);
      done(EXIT_SUCCESS);
    });
}
