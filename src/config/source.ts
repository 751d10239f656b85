// Source: one YAML file as values that know their place, so that whatever is wrong is reported with line, column and path.
// Reading goes on after an error: one run reports them all.

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, ParsedNode, YAMLError } from "yaml";

/** What a ConfigMap can hold. */
const MAX_BYTES = 1024 * 1024;
/** More is a YAML bomb, not a configuration. */
const MAX_ALIASES = 100;
const MAX_PROBLEMS = 100;
const DEPTH_MAX = 200;
const TOO_DEEP = "it is nested too deeply";

interface Problem {
  readonly offset: number;
  readonly text: string;
}

/** A key of a map with its value. */
export interface Entry {
  readonly key: string;
  /** The place of the key; what is wrong with the key itself is reported here. */
  readonly at: Field;
  readonly value: Field;
}

export class Source {
  readonly #file: string;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed | undefined;
  readonly #errors: Problem[] = [];
  readonly #warnings: Problem[] = [];
  #aliases = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    if (MAX_BYTES < Buffer.byteLength(text)) {
      this.fail(0, "", `the file is larger than ${String(MAX_BYTES / 1024)} KiB`);
    } else {
      this.#document = this.#parse();
    }
  }

  /** The whole file; undefined where it is no YAML, empty, or several documents. */
  root(): Field | undefined {
    const contents = this.#document?.contents;
    if (0 < this.#errors.length) return undefined;
    if (contents === undefined || contents === null) {
      this.fail(0, "", "the file is empty");
      return undefined;
    }
    return new Field(this, contents, "", contents.range[0]);
  }

  fail(offset: number, path: string, message: string): void {
    this.#errors.push({ offset, text: this.#line(offset, path, message) });
  }

  warn(offset: number, path: string, message: string): void {
    this.#warnings.push({ offset, text: this.#line(offset, path, message) });
  }

  /** One line each, in the order of the file. */
  get errors(): string[] {
    return inOrder(this.#errors);
  }

  get warnings(): string[] {
    return inOrder(this.#warnings);
  }

  /** What is written between two offsets. */
  slice(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  /** Follows an alias to what it stands for; undefined, and reported, where that is nothing or too much. */
  resolve(node: ParsedNode, path: string): ParsedNode | undefined {
    if (!isAlias(node)) return node;
    this.#aliases += 1;
    if (this.#aliases <= MAX_ALIASES) {
      const target = node.resolve(this.#document!) as ParsedNode | undefined;
      if (target !== undefined) return target;
      this.fail(node.range[0], path, `nothing is anchored as ${quoted(node.source)}`);
    } else if (this.#aliases === MAX_ALIASES + 1) {
      this.fail(node.range[0], path, `more than ${String(MAX_ALIASES)} aliases`);
    }
    return undefined;
  }

  #parse(): Document.Parsed | undefined {
    if (DEPTH_MAX < bracketDepth(this.#text)) {
      this.fail(0, "", `not valid YAML: ${TOO_DEEP}`); // the parser would need minutes to say so
      return undefined;
    }
    try {
      const document = parseDocument(this.#text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        uniqueKeys: false, // reported by Field.entries, with its path
        logLevel: "error", // "silent" would let a second document pass
      });
      // Whatever the parser says after its first error is a consequence of it.
      const error = [...document.errors, ...document.warnings][0];
      if (error !== undefined) this.fail(error.pos[0], "", `not valid YAML: ${syntaxMessage(error)}`);
      return document;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fail(0, "", `not valid YAML: ${TOO_DEEP}`); // the parser's stack ran out
      return undefined;
    }
  }

  #line(offset: number, path: string, message: string): string {
    const { line, col } = this.#lines.linePos(offset);
    const place = line === 0 ? "1:1" : `${String(line)}:${String(col)}`;
    return `${this.#file}:${place}: ${path === "" ? "" : `${path}: `}${message}`;
  }
}

/** One value of a file. The getters report a value that is of another type, and return undefined then. */
export class Field {
  readonly path: string;
  readonly #source: Source;
  /** What an alias stands for; null is a key without a value; undefined is an alias that was reported already. */
  readonly #node: ParsedNode | null | undefined;
  readonly #offset: number;

  constructor(source: Source, node: ParsedNode | null | undefined, path: string, offset: number) {
    this.path = path;
    this.#source = source;
    this.#node = node === null || node === undefined ? node : source.resolve(node, path);
    this.#offset = offset;
  }

  fail(message: string): void {
    this.#source.fail(this.#offset, this.path, message);
  }

  warn(message: string): void {
    this.#source.warn(this.#offset, this.path, message);
  }

  /** Keys in the order of the file, each once; an empty value is an empty map. */
  entries(): Entry[] | undefined {
    const node = this.#node;
    if (isNothing(node)) return [];
    if (!isMap(node)) {
      this.#mustBe("a map");
      return undefined;
    }
    const entries = new Map<string, Entry>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? key.value : undefined;
      if (typeof name !== "string") {
        this.#source.fail(key.range[0], this.path, "a key must be plain text");
        continue;
      }
      const path = joined(this.path, name);
      const at = new Field(this.#source, key, path, key.range[0]);
      const field = new Field(this.#source, value, path, (value ?? key).range[0]);
      if (entries.has(name)) at.fail("the key is there twice");
      else entries.set(name, { key: name, at, value: field });
    }
    return [...entries.values()];
  }

  items(): Field[] | undefined {
    const node = this.#node;
    if (!isSeq(node)) {
      this.#mustBe("a list");
      return undefined;
    }
    return node.items.map((item, index) => {
      const parsed = item;
      return new Field(this.#source, parsed, `${this.path}[${String(index)}]`, parsed.range[0]);
    });
  }

  isList(): boolean {
    return isSeq(this.#node);
  }

  text(): string | undefined {
    const value = this.raw();
    if (typeof value === "string") return value;
    this.#mustBe("text");
    return undefined;
  }

  boolean(): boolean | undefined {
    const value = this.raw();
    if (typeof value === "boolean") return value;
    this.#mustBe("true or false");
    return undefined;
  }

  number(): number | undefined {
    const value = this.raw();
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.#mustBe("a number");
    return undefined;
  }

  /** The plain value; undefined for maps and lists. Reports nothing. */
  raw(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  /** The words of a list written as text, `a, b`, each at its own place. `what`: what it must be, for the report. */
  words(what: string): { word: string; at: Field }[] | undefined {
    const text = this.raw();
    if (typeof text !== "string") {
      this.#mustBe(what);
      return undefined;
    }
    const start = this.#node?.range[0] ?? this.#offset;
    const written = this.#source.slice(start, this.#node?.range[1] ?? start);
    let from = 0;
    return text.split(",").map((part, index) => {
      const word = part.trim();
      const found = written.indexOf(word, from);
      from = found < 0 ? from : found + word.length;
      const at = new Field(this.#source, this.#node, `${this.path}[${String(index)}]`, start + Math.max(found, 0));
      return { word, at };
    });
  }

  #mustBe(what: string): void {
    if (this.#node !== undefined) this.fail(`must be ${what}, not ${describe(this.#node)}`);
  }
}

/** User text on one line: quoted, escaped and of bounded length. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}

function describe(node: ParsedNode | null): string {
  if (node === null || isNothing(node)) return "nothing";
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (isAlias(node)) return "an alias";
  return typeof node.value === "string" ? `the text ${quoted(node.value)}` : quoted(String(node.value)).slice(1, -1);
}

function isNothing(node: ParsedNode | null | undefined): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function joined(path: string, key: string): string {
  if (!/^[\w./-]{1,80}$/.test(key)) return `${path}[${quoted(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function syntaxMessage(error: YAMLError): string {
  if (error.code === "MULTIPLE_DOCS") return "the file holds more than one document";
  if (error.message.includes("call stack")) return TOO_DEEP;
  return error.message.split("\n", 1)[0]!;
}

/** How deep brackets nest, at most; those in quotes and comments count too, where they hardly nest. */
function bracketDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function inOrder(problems: readonly Problem[]): string[] {
  const sorted = problems.toSorted((left, right) => left.offset - right.offset).map((problem) => problem.text);
  const more = sorted.length - MAX_PROBLEMS;
  return more <= 0 ? sorted : [...sorted.slice(0, MAX_PROBLEMS), `and ${String(more)} more`];
}
