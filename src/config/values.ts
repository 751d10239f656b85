// Values: arguments and settings, each read as its specification says.

import type { Arguments, ArgumentSpec, ArgumentSpecs } from "../model/index.ts";
import { quoted } from "./source.ts";
import type { Field } from "./source.ts";

type Value = number | boolean | string;

/** The checked value; undefined, and reported, where it is of the wrong type or out of range. */
export function readValue(field: Field, spec: ArgumentSpec): Value | undefined {
  switch (spec.type) {
    case "boolean":
      return field.boolean();
    case "string":
      return field.text();
    case "number":
    case "integer": {
      const value = field.number();
      if (value === undefined) return undefined;
      if (spec.type === "integer" && !Number.isSafeInteger(value)) {
        field.fail(`must be a whole number, not ${String(value)}`);
        return undefined;
      }
      if (value < (spec.min ?? -Infinity) || (spec.max ?? Infinity) < value) {
        const why = spec.min === spec.max ? `: ${spec.about}` : "";
        field.fail(`must be ${rangeOf(spec.min, spec.max)}, not ${String(value)}${why}`);
        return undefined;
      }
      return value;
    }
  }
}

/**
 * The specification of an argument. A name that ends in `.*` stands for every name that begins as it does and goes on
 * (`binpack.resources.*` for `binpack.resources.nvidia.com/gpu`); an exact name goes before.
 */
export function specOf(specs: ArgumentSpecs, name: string): ArgumentSpec | undefined {
  const all = Object.entries(specs);
  const exact = all.find(([known]) => known === name);
  const family = all.find(([known]) => isFamily(known) && isOfFamily(name, known));
  return (exact ?? family)?.[1];
}

/** Defaults of all arguments that have one name each. */
export function defaultsOf(specs: ArgumentSpecs): Map<string, Value> {
  return new Map(
    Object.entries(specs).flatMap(([name, spec]) => (isFamily(name) ? [] : [[name, spec.default] as const])),
  );
}

/** All weights are 0: the plugin is configured, and can never prefer one node to another. */
export function weighsNothing(values: Arguments): boolean {
  const weights = [...values].filter(([name]) => name.endsWith(".weight"));
  return 0 < weights.length && weights.every(([, value]) => value === 0);
}

/** A choice of words. */
export function readChoice<T extends string>(field: Field, choices: readonly T[]): T | undefined {
  const text = field.text();
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) field.fail(`must be ${choices.join(" or ")}, not ${quoted(text)}`);
  return found;
}

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (min === max) return String(min);
  if (max === undefined) return `${String(min)} or more`;
  if (min === undefined) return `${String(max)} or less`;
  return `from ${String(min)} to ${String(max)}`;
}

function isFamily(name: string): boolean {
  return name.endsWith(".*");
}

function isOfFamily(name: string, family: string): boolean {
  const stem = family.slice(0, -1);
  return name.startsWith(stem) && stem.length < name.length;
}
