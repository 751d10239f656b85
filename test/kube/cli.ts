// `npm run kube -- up` and `npm run kube -- down`: a control plane that stays until it is told to go.
//
// The last line on stdout of `up` is the path of the admin's kubeconfig, and nothing else is on stdout.

import { existsSync } from "node:fs";
import { realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { markerFile, startControlPlane } from "./control-plane.ts";
import { endRecorded, recordedAlive } from "./processes.ts";
import { serverNames } from "./servers.ts";

interface UpOptions {
  readonly dir: string;
  readonly nodes: number;
  readonly kwok?: boolean;
  readonly kubeScheduler?: boolean;
  readonly audit?: boolean;
}

const defaultDir = join(tmpdir(), "batch-scheduler-kube");

const program = new Command("kube").description("A real Kubernetes control plane on loopback, without containers.");

program
  .command("up")
  .description("build it if need be, start it, and print the path of its kubeconfig")
  .option("--nodes <count>", "create this many nodes of 32 cpu and 256Gi", wholeNumber, 0)
  .option("--kwok", "play the kubelets: pods that are bound run, and those of Jobs complete")
  .option("--kube-scheduler", "start the scheduler of Kubernetes as well")
  .option("--audit", "write every request to audit.log in the directory")
  .option("--dir <path>", "where its files are kept", defaultDir)
  .action(up);

program
  .command("down")
  .description("stop it and remove its files")
  .option("--dir <path>", "where its files are kept", defaultDir)
  .action(down);

await program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`kube: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

async function up(options: UpOptions): Promise<void> {
  const dir = await existingControlPlane(options.dir);
  if (dir !== undefined) {
    if ((await recordedAlive(dir)).length > 0) throw new Error(`one is running in ${dir}; take it down first`);
    await rm(dir, { recursive: true }); // what a crash of the machine left
  }
  const plane = await startControlPlane({
    controllerManager: true,
    kwok: options.kwok ?? false,
    kubeScheduler: options.kubeScheduler ?? false,
    audit: options.audit ?? false,
    dir: resolve(options.dir),
    outlives: true,
  });
  try {
    await plane.addNodes(options.nodes);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  process.stderr.write(`kube: running in ${plane.dir}; kubectl is ${plane.programs.kubectl}\n`);
  process.stdout.write(`${plane.kubeconfig}\n`);
}

async function down(options: { readonly dir: string }): Promise<void> {
  const dir = await existingControlPlane(options.dir);
  if (dir === undefined) {
    process.stderr.write(`kube: nothing is running in ${options.dir}\n`);
    return;
  }
  await endRecorded(dir, serverNames);
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Its path without links, as its servers know it; undefined when there is none. A directory of anything else is refused. */
async function existingControlPlane(wanted: string): Promise<string | undefined> {
  const path = resolve(wanted);
  if (!existsSync(path)) return undefined;
  const dir = await realpath(path);
  if (!existsSync(join(dir, markerFile))) throw new Error(`${dir} is not the directory of a control plane`);
  return dir;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("a whole number is needed");
  return number;
}
