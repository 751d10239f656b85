// JsonValues: a text that is JSON: one object, or several one after the other, with or without `---` between them, as kubectl
// takes them (apimachinery, YAMLOrJSONDecoder).

export type JsonValue =
  | { readonly value: unknown; readonly line: number }
  /** Where the text goes on as it cannot. Always the last. */
  | { readonly problem: string; readonly line: number };

/** Undefined for a text that may be YAML: what begins with a brace is a flow mapping there, but two of them need a `---`. */
export function jsonValues(text: string): readonly JsonValue[] | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  const whole = parsed(text);
  if ("value" in whole) return [{ value: whole.value, line: 1 + linesIn(BLANK.exec(text)![0]) }];
  const values: JsonValue[] = [];
  let line = 1;
  for (let rest = text; ;) {
    const [gap] = BLANK.exec(rest)!;
    line += linesIn(gap);
    rest = rest.slice(gap.length);
    if (rest === "") return values;
    const isSeparated = values.length === 0 || /^---\s*$/m.test(gap);
    const end = endOfObject(rest);
    const one = parsed(rest.slice(0, end));
    if ("value" in one) values.push({ value: one.value, line });
    else if (isSeparated || !rest.startsWith("{")) return undefined;
    else return [...values, { problem: one.problem, line }];
    line += linesIn(rest.slice(0, end));
    rest = rest.slice(end);
  }
}

/** What may stand around objects. */
const BLANK = /^(\s|---[ \t\r]*$)*/m;

/** After the brace that closes the first one; the length of the text where none does. */
function endOfObject(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]+|\\.)*"|[{}]/gs)) {
    if (token === "{") depth += 1;
    else if (token === "}" && --depth <= 0) return index + 1;
  }
  return text.length;
}

function parsed(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    // Places in the message are counted from the beginning of this object.
    return {
      problem: String(error)
        .replace(/^SyntaxError: /, "")
        .replace(/ (in JSON )?at position \d+( \(.*\))?$/, ""),
    };
  }
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}
