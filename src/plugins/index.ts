// The table of plugins that a configuration can name, and what no configuration can leave out.

import type { PluginFactory } from "../session/index.ts";
import { binpack } from "./binpack.ts";
import { conformance } from "./conformance.ts";
import { exclusive } from "./exclusive.ts";
import { gang } from "./gang.ts";
import { nodeorder } from "./nodeorder/index.ts";
import { predicates } from "./predicates/index.ts";
import { priority } from "./priority.ts";
import { resourcesFit } from "./resources-fit.ts";

export const PLUGINS: ReadonlyMap<string, PluginFactory> = new Map(
  [priority, gang, conformance, predicates, nodeorder, binpack, exclusive].map((plugin) => [plugin.name, plugin]),
);

/** Asked after every tier, whatever the configuration says. */
export const ALWAYS: readonly PluginFactory[] = [resourcesFit];
