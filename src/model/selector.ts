// Label selectors as kubectl writes them: `a=b,c!=d,e in (x,y),f notin (z),g,!h`. All requirements must hold.

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent";
  readonly values: readonly string[];
}

export type LabelSelector = readonly LabelRequirement[];

const KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const PAIR = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/;

/** The empty text selects everything. Throws an Error with one sentence about the first part that is wrong. */
export function parseSelector(text: string): LabelSelector {
  if (text.trim() === "") return [];
  return splitOutsideParentheses(text).map((part) => parseRequirement(part.trim()));
}

/** As in Kubernetes, `!=` and `notin` also hold where the label is absent. */
export function matchesSelector(selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = labels.get(key);
    switch (operator) {
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
    }
  });
}

function parseRequirement(part: string): LabelRequirement {
  const set = SET.exec(part);
  if (set !== null) {
    const values = set[3]!.split(",").map((value) => checkedValue(value.trim(), part));
    return { key: checkedKey(set[1]!, part), operator: set[2] as "in" | "notin", values };
  }
  const pair = PAIR.exec(part);
  if (pair !== null) {
    return {
      key: checkedKey(pair[1]!, part),
      operator: pair[2] === "!=" ? "notin" : "in",
      values: [checkedValue(pair[3]!, part)],
    };
  }
  if (part.startsWith("!")) return { key: checkedKey(part.slice(1).trim(), part), operator: "absent", values: [] };
  return { key: checkedKey(part, part), operator: "exists", values: [] };
}

function checkedKey(key: string, part: string): string {
  if (KEY.test(key)) return key;
  throw new Error(
    part === "" ? "a requirement is empty" : `${JSON.stringify(part)}: ${JSON.stringify(key)} is no label key`,
  );
}

function checkedValue(value: string, part: string): string {
  if (VALUE.test(value)) return value;
  throw new Error(`${JSON.stringify(part)}: ${JSON.stringify(value)} is no label value`);
}

function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const letter = text[i];
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === undefined || (letter === "," && depth === 0)) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return parts;
}
