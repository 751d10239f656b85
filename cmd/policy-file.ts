// PolicyFile: the configuration that --config names, read and checked against the actions and plugins of this program.

import { ACTIONS } from "../src/actions/index.ts";
import { builtInPolicy, readPolicy } from "../src/config/index.ts";
import type { Files } from "../src/env.ts";
import { SchedulerError } from "../src/model/index.ts";
import type { Catalogue, Policy } from "../src/model/index.ts";
import { PLUGINS } from "../src/plugins/index.ts";

export const CATALOGUE: Catalogue = {
  actions: new Map([...ACTIONS].map(([name, action]) => [name, action.arguments])),
  plugins: new Map([...PLUGINS].map(([name, plugin]) => [name, plugin.arguments])),
};

/** Without a file the built-in configuration. `warn` gets one line for each warning. Throws SchedulerError("config"). */
export function loadPolicy(files: Files, file: string | undefined, warn: (line: string) => void): Policy {
  if (file === undefined) return builtInPolicy(CATALOGUE);
  const { policy, warnings } = readPolicy(readText(files, file), file, CATALOGUE);
  for (const warning of warnings) warn(warning);
  return policy;
}

function readText(files: Files, file: string): string {
  try {
    return files.read(file);
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    const reasons = new Map<unknown, string>([
      ["ENOENT", "no such file"],
      ["EACCES", "no right to read it"],
      ["EISDIR", "it is a directory"],
    ]);
    const reason = reasons.get(code) ?? (error instanceof Error ? error.message : String(error));
    throw new SchedulerError("config", `${file}: ${reason}`, { cause: error });
  }
}
