// Settings: the sections of a configuration that are neither actions nor plugins, with their documented defaults.

import { GROUP_DIALECTS } from "../model/index.ts";
import type { ArgumentSpec, Policy } from "../model/index.ts";
import { didYouMean } from "./nearest.ts";
import { quoted } from "./source.ts";
import type { Field } from "./source.ts";
import { readValue } from "./values.ts";

interface Setting {
  readonly spec: ArgumentSpec;
  /** What it sets comes in a later version: only the default may be written down, which is what happens anyway. */
  readonly isLater?: true;
}

const DAY_SECONDS = 86_400;

/** Sections with named values, as documented; a default is what happens when nothing is written. */
const SECTIONS: ReadonlyMap<string, ReadonlyMap<string, Setting>> = new Map([
  [
    "gang",
    new Map<string, Setting>([
      [
        "settleSeconds",
        { spec: seconds(2, "time without a new member after which a group of unknown size is complete") },
      ],
      ["settleMaxSeconds", { spec: seconds(30, "longest wait for that") }],
      ["owners", later(flag(false, "pods of one owner are one group"))],
      ["repairTimeoutSeconds", later(seconds(60, "time to make a broken gang whole again"))],
      ["repairBarePods", later(flag(false, "repair may evict pods without a controller"))],
    ]),
  ],
  [
    "preemption",
    new Map<string, Setting>([
      ["respectPDB", later({ type: "string", default: "always", about: "disruption budgets" })],
      ["minRuntimeSeconds", later(seconds(0, "younger pods are no victims"))],
      ["nominationTimeoutSeconds", later(seconds(60, "how long room is held for a preemptor"))],
      ["maxEvictionRoundsPerGroupHour", later(count(6, "sessions that may evict for one group"))],
    ]),
  ],
  [
    "allocate",
    new Map<string, Setting>([
      ["reserveAfterSeconds", later(seconds(300, "wait after which room is reserved"))],
      ["reservations", later(count(1, "groups that may reserve at once"))],
      ["reserveShare", later({ type: "number", default: 0.25, min: 0, max: 1, about: "part of the nodes" })],
    ]),
  ],
  [
    "status",
    new Map<string, Setting>([
      ["qps", { spec: { type: "number", default: 50, min: 0.1, max: 10_000, about: "status writes a second" } }],
    ]),
  ],
  ["volumes", new Map<string, Setting>([["bindTimeoutSeconds", later(seconds(600, "wait for volumes"))]])],
  ["priority", new Map<string, Setting>([["trustGroupClass", later(flag(true, "a group object's class ranks it"))]])],
  ["volcano", new Map<string, Setting>([["adoptEmpty", { spec: flag(false, "PodGroups without pods are ours") }]])],
]);

export const SECTION_NAMES: readonly string[] = [...SECTIONS.keys()];

/** Keys of Volcano's Queue objects, which a later version takes from the file too. */
const LATER_QUEUE_KEYS = ["capability", "deserved", "guarantee", "parent", "priority", "reclaimable"];

type Value = number | boolean | string;

/** What is written in a section; a setting that is not is not in the map. */
export function readSection(name: string, field: Field): ReadonlyMap<string, Value> {
  const settings = SECTIONS.get(name) ?? new Map<string, Setting>();
  const values = new Map<string, Value>();
  for (const { key, at, value } of field.entries() ?? []) {
    const setting = settings.get(key);
    if (setting === undefined) {
      at.fail(`unknown key ${quoted(key)}${didYouMean(key, settings.keys())}`);
      continue;
    }
    const found = readValue(value, setting.spec);
    if (found === undefined) continue;
    if (setting.isLater === true && found !== setting.spec.default) {
      value.fail(`this version does not support another value than ${String(setting.spec.default)}; leave it out`);
    }
    values.set(key, found);
  }
  return values;
}

export function readDialects(field: Field): Policy["dialects"] {
  const found = new Set<string>();
  for (const item of field.items() ?? []) {
    const name = item.text();
    if (name === undefined) continue;
    if (!GROUP_DIALECTS.some((dialect) => dialect === name))
      item.fail(`unknown dialect ${quoted(name)}${didYouMean(name, GROUP_DIALECTS)}`);
    else if (found.has(name)) item.fail(`the dialect ${quoted(name)} is there twice`);
    found.add(name);
  }
  return GROUP_DIALECTS.filter((dialect) => found.has(dialect));
}

export function readQueues(field: Field): Policy["queues"] {
  const queues = new Map<string, { name: string; weight: number }>();
  for (const item of field.items() ?? []) {
    const entries = item.entries();
    if (entries === undefined) continue;
    let name: string | undefined;
    let weight = 1;
    for (const { key, at, value } of entries) {
      if (key === "name") name = readQueueName(value);
      else if (key === "weight")
        weight = (readValue(value, count(1, "share among queues", 1)) as number | undefined) ?? 1;
      else if (LATER_QUEUE_KEYS.includes(key))
        at.fail(`this version does not support ${quoted(key)} of queues yet; leave it out`);
      else at.fail(`unknown key ${quoted(key)}${didYouMean(key, ["name", "weight", ...LATER_QUEUE_KEYS])}`);
    }
    if (entries.every(({ key }) => key !== "name")) item.fail("a queue needs the key name");
    if (name === undefined) continue;
    if (queues.has(name)) item.fail(`the queue ${quoted(name)} is there twice`);
    queues.set(name, { name, weight });
  }
  return [...queues.values()];
}

/** Queues may also be objects, so their names are Kubernetes names. */
function readQueueName(field: Field): string | undefined {
  const name = field.text();
  if (name === undefined || (name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))) return name;
  field.fail(`must be a name of lower-case letters, digits, "-" and ".", not ${quoted(name)}`);
  return undefined;
}

function seconds(fallback: number, about: string): ArgumentSpec {
  return { type: "number", default: fallback, min: 0, max: DAY_SECONDS, about };
}

function count(fallback: number, about: string, min = 0): ArgumentSpec {
  return { type: "integer", default: fallback, min, max: 1_000_000, about };
}

function flag(fallback: boolean, about: string): ArgumentSpec {
  return { type: "boolean", default: fallback, about };
}

function later(spec: ArgumentSpec): Setting {
  return { spec, isLater: true };
}
