// Actions: which run, in which order, with which arguments.

import type { ActionPolicy, Arguments, Catalogue } from "../model/index.ts";
import { didYouMean } from "./nearest.ts";
import { readArguments } from "./plugins.ts";
import { quoted } from "./source.ts";
import type { Field } from "./source.ts";
import { defaultsOf } from "./values.ts";
import { LATER_ACTIONS, VOLCANO_ACTION_ARGUMENTS, VOLCANO_ACTIONS } from "./volcano.ts";

/** Names in order, from a comma string or a list. What is wrong is reported and left out. */
export function readActionNames(field: Field, catalogue: Catalogue): string[] {
  const words = field.isList()
    ? (field.items() ?? []).map((at) => ({ word: at.text(), at }))
    : (field.words("text or a list") ?? []);
  if (field.isList() && words.length === 0) field.fail("no action is listed");
  const names: string[] = [];
  for (const { word, at } of words) {
    if (word === undefined) continue;
    if (!catalogue.actions.has(word)) at.fail(whyNoAction(word, catalogue));
    else if (names.includes(word))
      at.warn(`${quoted(word)} is listed twice: the second time nothing is left to do, and it is left out`);
    else names.push(word);
  }
  return names;
}

/** `configurations`: arguments by action. */
export function readConfigurations(field: Field, catalogue: Catalogue): Map<string, Arguments> {
  const byAction = new Map<string, Arguments>();
  for (const item of field.items() ?? []) {
    const entries = item.entries();
    if (entries === undefined) continue;
    const name = entries.find(({ key }) => key === "name");
    const action = name?.value.text();
    if (name === undefined) item.fail("a configuration needs the key name, the name of an action");
    if (name === undefined || action === undefined) continue;
    const specs = catalogue.actions.get(action);
    if (specs === undefined) {
      name.value.fail(whyNoAction(action, catalogue));
      continue;
    }
    if (byAction.has(action)) name.value.fail(`there are two configurations for ${quoted(action)}`);
    byAction.set(action, defaultsOf(specs));
    for (const { key, at, value } of entries) {
      if (key === "arguments") {
        byAction.set(action, readArguments(value, action, specs, VOLCANO_ACTION_ARGUMENTS.get(action) ?? new Map()));
      } else if (key !== "name") {
        at.fail(`unknown key ${quoted(key)}${didYouMean(key, ["name", "arguments"])}`);
      }
    }
  }
  return byAction;
}

/** The actions with their arguments, defaults filled in. */
export function actionPolicies(
  names: readonly string[],
  byAction: ReadonlyMap<string, Arguments>,
  catalogue: Catalogue,
): ActionPolicy[] {
  return names.map((name) => ({
    name,
    arguments: byAction.get(name) ?? defaultsOf(catalogue.actions.get(name) ?? {}),
  }));
}

function whyNoAction(name: string, catalogue: Catalogue): string {
  if (name === "") return "the name of an action is missing";
  if (LATER_ACTIONS.has(name)) return `this version does not have the action ${quoted(name)} yet; leave it out`;
  const instead = VOLCANO_ACTIONS.get(name);
  if (instead !== undefined) return `Volcano's action ${quoted(name)} does not exist here: ${instead}`;
  const known = [...catalogue.actions.keys(), ...LATER_ACTIONS, ...VOLCANO_ACTIONS.keys()];
  return `unknown action ${quoted(name)}${didYouMean(name, known)}`;
}
