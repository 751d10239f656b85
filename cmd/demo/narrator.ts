// Narrator: prints the story in lines of 80 columns at most: headings, explanations, what happened and when, pictures.

import type { Paint } from "./picture.ts";
import { plainPaint } from "./picture.ts";

export const WIDTH = 80;
const MARGIN = "  ";
/** `  12.3 s  R ring    ` */
const NEWS_INDENT = 20;

export interface NarratorOptions {
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
  readonly isColoured: boolean;
}

export class Narrator {
  readonly paint: Paint;
  readonly #write: (text: string) => void;
  readonly #nowMs: () => number;
  readonly #isColoured: boolean;
  #startMs: number;
  /** The last line is an empty one. */
  #isSetOff = false;

  constructor({ write, nowMs, isColoured }: NarratorOptions) {
    this.#write = (text) => {
      write(text);
      this.#isSetOff = text === "\n" || text.endsWith("\n\n");
    };
    this.#nowMs = nowMs;
    this.#isColoured = isColoured;
    this.#startMs = nowMs();
    this.paint = isColoured ? colourOfLetter : plainPaint;
  }

  /** Times of news count from here. */
  startClock(): void {
    this.#startMs = this.#nowMs();
  }

  heading(text: string): void {
    this.#setOff();
    this.#write(`${this.#isColoured ? `\u001b[1m${text}\u001b[0m` : text}\n`);
  }

  /** A paragraph. */
  tell(text: string): void {
    for (const line of wrapped(text, WIDTH - MARGIN.length)) this.#write(`${MARGIN}${line}\n`);
  }

  /** What happened to a group, now. */
  news(letter: string, name: string, text: string): void {
    const time = `${((this.#nowMs() - this.#startMs) / 1000).toFixed(1)} s`;
    const head = `${time.padStart(8)}  ${this.paint(letter, letter)} ${name}`;
    const headWidth = 8 + 2 + 2 + name.length;
    const [first = "", ...rest] = wrapped(text, WIDTH - NEWS_INDENT);
    if (NEWS_INDENT <= headWidth) this.#write(`${head}\n${" ".repeat(NEWS_INDENT)}${first}\n`);
    else this.#write(`${head}${" ".repeat(NEWS_INDENT - headWidth)}${first}\n`);
    for (const line of rest) this.#write(`${" ".repeat(NEWS_INDENT)}${line}\n`);
  }

  /** Lines as they are, set off by empty lines. */
  block(lines: readonly string[]): void {
    this.#setOff();
    this.#write(`${lines.map((line) => `${MARGIN}${line}`.trimEnd() + "\n").join("")}\n`);
  }

  #setOff(): void {
    if (!this.#isSetOff) this.#write("\n");
  }
}

/** Words in lines of at most `width`; a longer word has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && width < line.length + 1 + word.length) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Six colours that are readable on light and dark; the same letter has the same one. */
function colourOfLetter(letter: string, text: string): string {
  return `\u001b[${String(31 + (letter.toUpperCase().charCodeAt(0) % 6))}m${text}\u001b[0m`;
}
