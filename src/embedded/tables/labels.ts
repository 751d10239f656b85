// Labels and label selectors in one line, as apimachinery's pkg/labels writes them.

import { field, fields, items, text, texts, type Fields } from "./fields.ts";

/** `a=1,b=2` in order, or `<none>`. */
export function labelsText(labels: unknown): string {
  const pairs = Object.entries(fields(labels)).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? "<none>" : pairs.sort().join(",");
}

/** A selector of a spec, `a=1,b in (x,y),!c` by key. `ifEmpty` stands for one that asks for nothing, which printers treat differently. */
export function selectorText(selector: unknown, ifEmpty: string): string {
  const equal = Object.entries(fields(field(selector, "matchLabels"))).map(
    ([key, value]) => [key, `${key}=${String(value)}`] as const,
  );
  const others = items(selector, "matchExpressions").map(
    (expression) => [text(expression, "key"), requirementText(expression)] as const,
  );
  const requirements = [...equal, ...others].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return requirements.length === 0 ? ifEmpty : requirements.map(([, words]) => words).join(",");
}

function requirementText(expression: Fields): string {
  const key = text(expression, "key");
  const values = [...texts(expression, "values")].sort().join(",");
  switch (expression.operator) {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}
