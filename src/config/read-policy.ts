// ReadPolicy turns the text of a scheduler configuration into a Policy, strictly: whatever it does not know is an error
// with its place and what to write instead, because a key that is ignored in silence can switch a gang off.

import { GROUP_DIALECTS, SchedulerError } from "../model/index.ts";
import type { Catalogue, Policy } from "../model/index.ts";
import { actionPolicies, readActionNames, readConfigurations } from "./actions.ts";
import { didYouMean } from "./nearest.ts";
import { readTiers } from "./plugins.ts";
import { readDialects, readQueues, readSection, SECTION_NAMES } from "./settings.ts";
import { quoted, Source } from "./source.ts";
import type { Entry, Field } from "./source.ts";
import { readChoice } from "./values.ts";
import { VOLCANO_KEYS } from "./volcano.ts";

/** What runs without a file, and what a file without `actions` or `tiers` gets. */
export const BUILT_IN_CONFIGURATION = `actions: "enqueue, allocate, backfill"
tiers:
- plugins:
  - name: priority
  - name: gang
  - name: conformance
- plugins:
  - name: predicates
  - name: nodeorder
`;

const KEYS: readonly string[] = [
  ...["actions", "tiers", "configurations", "dialects", "queues", "unknownQueue"],
  ...SECTION_NAMES,
];

const UNKNOWN_QUEUE = ["default", "wait"] as const;

/**
 * `file` is the name that messages begin with. Warnings are whole lines. Throws SchedulerError("config") whose message
 * has one line per error, in the order of the file.
 */
export function readPolicy(
  text: string,
  file: string,
  catalogue: Catalogue,
): { readonly policy: Policy; readonly warnings: readonly string[] } {
  const source = new Source(file, text);
  const entries = source.root()?.entries();
  const policy = entries === undefined ? undefined : policyOf(entries, catalogue);
  if (policy === undefined || 0 < source.errors.length) throw new SchedulerError("config", source.errors.join("\n"));
  return { policy, warnings: [...source.warnings, ...warningsAbout(policy).map((warning) => `${file}: ${warning}`)] };
}

/** The policy that runs without a file. */
export function builtInPolicy(catalogue: Catalogue): Policy {
  return readPolicy(BUILT_IN_CONFIGURATION, "built-in configuration", catalogue).policy;
}

function policyOf(entries: readonly Entry[], catalogue: Catalogue): Policy {
  for (const { key, at } of entries) if (!KEYS.includes(key)) at.fail(whyNoKey(key));
  /** What `read` makes of the value of `key`; undefined where the key is not there. */
  const read = <T>(key: string, reader: (field: Field) => T): T | undefined => {
    const entry = entries.find((candidate) => candidate.key === key);
    return entry === undefined ? undefined : reader(entry.value);
  };
  const names = read("actions", (field) => readActionNames(field, catalogue));
  const byAction = read("configurations", (field) => readConfigurations(field, catalogue));
  const sections = new Map(SECTION_NAMES.map((name) => [name, read(name, (field) => readSection(name, field))]));
  const settleSeconds = sections.get("gang")?.get("settleSeconds") as number | undefined;
  const settleMaxSeconds = sections.get("gang")?.get("settleMaxSeconds") as number | undefined;

  return {
    actions: actionPolicies(names ?? builtInActions(catalogue), byAction ?? new Map(), catalogue),
    tiers: read("tiers", (field) => readTiers(field, catalogue)) ?? builtInPolicy(catalogue).tiers,
    gang: {
      settleMs: settleSeconds === undefined ? undefined : settleSeconds * 1000,
      settleMaxMs: (settleMaxSeconds ?? 30) * 1000,
    },
    dialects: read("dialects", readDialects) ?? GROUP_DIALECTS,
    queues: read("queues", readQueues) ?? [],
    unknownQueue: read("unknownQueue", (field) => readChoice(field, UNKNOWN_QUEUE)) ?? "default",
    adoptEmptyVolcano: (sections.get("volcano")?.get("adoptEmpty") as boolean | undefined) ?? false,
    statusQps: (sections.get("status")?.get("qps") as number | undefined) ?? 50,
  };
}

function builtInActions(catalogue: Catalogue): string[] {
  return builtInPolicy(catalogue).actions.map(({ name }) => name);
}

function whyNoKey(key: string): string {
  const instead = VOLCANO_KEYS.get(key);
  if (instead !== undefined) return `Volcano's key ${quoted(key)} does not exist here: ${instead}`;
  return `unknown key ${quoted(key)}${didYouMean(key, KEYS)}`;
}

/** Combinations that are valid, and cannot be what somebody wants. */
function warningsAbout(policy: Policy): string[] {
  const actions = new Set(policy.actions.map(({ name }) => name));
  const plugins = new Map(policy.tiers.flat().map((plugin) => [plugin.name, plugin]));
  const gang = plugins.get("gang");
  const warnings: string[] = [];
  if (gang === undefined) {
    warnings.push(
      "the gang plugin is not configured: pods of a group are placed one by one, as if there were no group",
    );
  } else if (gang.disabled.has("JobReady")) {
    warnings.push("enableJobReady of the gang plugin is false: groups are bound in part");
  }
  if (!actions.has("allocate")) {
    const what = actions.has("backfill") ? "only pods without requests are ever placed" : "no pod is ever placed";
    warnings.push(`the action allocate is not configured: ${what}`);
  }
  if (!plugins.has("predicates")) {
    warnings.push(
      "the predicates plugin is not configured: taints, selectors, affinity and host ports are not looked at",
    );
  }
  if (policy.gang.settleMs !== undefined && policy.gang.settleMaxMs < policy.gang.settleMs) {
    warnings.push("gang.settleSeconds is longer than gang.settleMaxSeconds and can never be reached");
  }
  return warnings;
}
