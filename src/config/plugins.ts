// Plugins: the tiers of a configuration with their switches and arguments.

import { SWITCHES } from "../model/index.ts";
import type { Arguments, ArgumentSpecs, Catalogue, PluginPolicy, Switch } from "../model/index.ts";
import { didYouMean } from "./nearest.ts";
import { quoted } from "./source.ts";
import type { Entry, Field } from "./source.ts";
import { defaultsOf, readValue, specOf, weighsNothing } from "./values.ts";
import {
  LATER_ARGUMENTS,
  LATER_PLUGINS,
  VOLCANO_ARGUMENTS,
  VOLCANO_PLUGINS,
  VOLCANO_REPLACES,
  VOLCANO_SWITCHES,
} from "./volcano.ts";
import type { VolcanoArgument } from "./volcano.ts";

const NO_ARGUMENTS: ReadonlyMap<string, VolcanoArgument> = new Map();
const FORMS = ["enable", "enabled"] as const;

/** Tiers in order. What is wrong is reported and left out. */
export function readTiers(field: Field, catalogue: Catalogue): PluginPolicy[][] {
  const placeByName = new Map<string, string>();
  return (field.items() ?? []).map((tier) => readTier(tier, catalogue, placeByName));
}

function readTier(field: Field, catalogue: Catalogue, placeByName: Map<string, string>): PluginPolicy[] {
  const entries = field.entries();
  if (entries === undefined) return [];
  for (const { key, at } of entries) {
    if (key === "name") at.fail("a plugin stands in the list plugins of a tier; indent it");
    else if (key !== "plugins") at.fail(`unknown key ${quoted(key)}${didYouMean(key, ["plugins"])}`);
  }
  const plugins = entries.find(({ key }) => key === "plugins");
  if (plugins === undefined && entries.length === 0) field.fail("a tier needs the key plugins");
  const items = plugins?.value.items() ?? [];
  if (plugins !== undefined && plugins.value.isList() && items.length === 0)
    plugins.value.warn("a tier without plugins");
  return items.flatMap((item) => readPlugin(item, catalogue, placeByName) ?? []);
}

function readPlugin(field: Field, catalogue: Catalogue, placeByName: Map<string, string>): PluginPolicy | undefined {
  const entries = field.entries();
  const name = entries === undefined ? undefined : readName(field, entries);
  if (entries === undefined || name === undefined) return undefined;
  const specs = catalogue.plugins.get(name.key);
  if (specs === undefined) {
    name.value.fail(whyNoPlugin(name.key, catalogue));
    return undefined; // its switches and arguments mean nothing by themselves
  }
  const place = placeByName.get(name.key);
  if (place !== undefined) name.value.fail(`the plugin ${quoted(name.key)} is already at ${place}`);
  placeByName.set(name.key, field.path);

  const disabled = new Set<Switch>();
  let values: Arguments = defaultsOf(specs);
  for (const entry of entries) {
    if (entry.key === "arguments") {
      values = readArguments(entry.value, name.key, specs, VOLCANO_ARGUMENTS.get(name.key) ?? NO_ARGUMENTS);
    } else if (entry.key !== "name") {
      readSwitch(entry, disabled);
    }
  }
  if (weighsNothing(values))
    name.value.warn(`every weight of the plugin ${quoted(name.key)} is 0: it can never do anything`);
  return { name: name.key, arguments: values, disabled };
}

/** The name as key and the field that holds it. */
function readName(field: Field, entries: readonly Entry[]): { key: string; value: Field } | undefined {
  const entry = entries.find(({ key }) => key === "name");
  if (entry === undefined) {
    field.fail("a plugin needs the key name");
    return undefined;
  }
  const key = entry.value.text();
  return key === undefined ? undefined : { key, value: entry.value };
}

function whyNoPlugin(name: string, catalogue: Catalogue): string {
  if (LATER_PLUGINS.has(name)) return `this version does not have the plugin ${quoted(name)} yet; leave it out`;
  const instead = VOLCANO_PLUGINS.get(name);
  if (instead !== undefined) return `Volcano's plugin ${quoted(name)} does not exist here: ${instead}`;
  const known = [...catalogue.plugins.keys(), ...LATER_PLUGINS, ...VOLCANO_PLUGINS.keys()];
  return `unknown plugin ${quoted(name)}${didYouMean(name, known)}`;
}

/** `enableX` and `enabledX`, default true. */
function readSwitch({ key, at, value }: Entry, disabled: Set<Switch>): void {
  const name = key.replace(/^enabled?/, "");
  const found = key.startsWith("enable") ? SWITCHES.find((candidate) => candidate === name) : undefined;
  if (found === undefined) {
    at.fail(whyNoSwitch(key, name));
    return;
  }
  const isOn = value.boolean();
  if (isOn === true && found === "Hierarchy")
    at.fail("this version does not support hierarchical queues; leave it out");
  if (isOn === false) disabled.add(found);
}

function whyNoSwitch(key: string, name: string): string {
  if (key.startsWith("enable") && VOLCANO_SWITCHES.has(name)) {
    return `Volcano's switch ${quoted(key)} does not exist here; leave it out`;
  }
  const old = SWITCHES.find((candidate) => key === `disable${candidate}`);
  if (old !== undefined) return `unknown key ${quoted(key)}; write "enable${old}" with the opposite value`;
  const switches = FORMS.flatMap((form) => SWITCHES.map((candidate) => `${form}${candidate}`));
  return `unknown key ${quoted(key)}${didYouMean(key, ["name", "arguments", ...switches])}`;
}

/** Arguments of a plugin or an action, defaults filled in. `elsewhere`: those that Volcano has for it. */
export function readArguments(
  field: Field,
  owner: string,
  specs: ArgumentSpecs,
  elsewhere: ReadonlyMap<string, VolcanoArgument>,
): Arguments {
  const values = defaultsOf(specs);
  for (const { key, at, value } of field.entries() ?? []) {
    const spec = specOf(specs, key);
    const volcano = elsewhere.get(key) ?? (isResourceWeight(key) ? elsewhere.get("binpack.resources") : undefined);
    if (spec !== undefined) {
      const found = replaced(value, `${owner} ${key}`) ?? readValue(value, spec);
      if (found !== undefined) values.set(key, found);
    } else if (LATER_ARGUMENTS.has(`${owner} ${key}`)) {
      at.fail(`this version does not support the argument ${quoted(key)} yet; leave it out`);
    } else if (volcano === undefined) {
      at.fail(
        `unknown argument ${quoted(key)} of ${owner}${didYouMean(key, [...Object.keys(specs), ...elsewhere.keys()])}`,
      );
    } else if (volcano.off === undefined || value.raw() !== volcano.off) {
      at.fail(`Volcano's argument ${quoted(key)} does not exist here: ${volcano.instead}`);
    }
  }
  return values;
}

function isResourceWeight(key: string): boolean {
  return key.startsWith("binpack.resources.");
}

/** The value that Volcano puts in place of this one, with a warning. */
function replaced(field: Field, name: string): number | undefined {
  const rule = VOLCANO_REPLACES.get(name);
  const raw = field.raw();
  if (rule === undefined || typeof raw !== "number" || rule.below <= raw) return undefined;
  field.warn(`${String(raw)} is below ${String(rule.below)} and is replaced by ${String(rule.by)}, as in Volcano`);
  return rule.by;
}
