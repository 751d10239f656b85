// The JSON paths that CustomResourceDefinitions may use in columns: `.spec.size`, `['a.b']`, `.items[0]`, `[*]`, and
// `.status.conditions[?(@.type=="Ready")].status`. A missing field is no error: the path then leads nowhere.

import { valueAt } from "../json.ts";

/** From a value to those that it leads to. */
export type Step = (value: unknown) => readonly unknown[];

const NAME = /^\.((?:\\.|[^.[\]\\])+)/;
const QUOTED = /^\[(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^\[\*\]/;
const FILTER = /^\[\?\(\s*@((?:\.[^.\s=!<>()]+)+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|([^\s()]+))\s*\)\]/;

/** The steps of a path; undefined where it is of another form. */
export function parsePath(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = path.startsWith(".") || path.startsWith("[") ? path : `.${path}`;
  while (rest !== "") {
    const parsed = parseStep(rest);
    if (parsed === undefined) return undefined;
    steps.push(parsed.step);
    rest = rest.slice(parsed.length);
  }
  return steps;
}

function parseStep(rest: string): { readonly step: Step; readonly length: number } | undefined {
  const all = ALL.exec(rest);
  if (all !== null) return { step: elementsOf, length: all[0].length };
  const name = NAME.exec(rest) ?? QUOTED.exec(rest);
  if (name !== null) {
    const key = (name[1] ?? name[2] ?? "").replace(/\\(.)/g, "$1");
    return { step: (value) => present(valueAt(value, [key])), length: name[0].length };
  }
  const index = INDEX.exec(rest);
  if (index !== null) {
    const position = Number(index[1]);
    return { step: (value) => (Array.isArray(value) ? present(value.at(position)) : []), length: index[0].length };
  }
  const filter = FILTER.exec(rest);
  if (filter !== null) return { step: filterStep(filter), length: filter[0].length };
  return undefined;
}

function filterStep(match: RegExpExecArray): Step {
  const path = match[1]!.split(".").slice(1);
  const isWanted = match[2] === "==";
  const wanted = match[3] ?? match[4] ?? match[5]!;
  return (value) =>
    elementsOf(value).filter((element) => {
      const found = valueAt(element, path);
      const words = typeof found === "string" ? found : JSON.stringify(found);
      return found !== undefined && (words === wanted) === isWanted;
    });
}

/** Of lists only: kube-apiserver refuses to look through an object. */
function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function present(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}
