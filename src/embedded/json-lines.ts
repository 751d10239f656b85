// JsonLines: watch events as lines of text. Watches of one resource send the same object one right after the other, so the last
// line is kept: an object that fifty watches send is written out once.

import { isObject } from "./json.ts";

export class JsonLines {
  #type: unknown;
  #object: unknown;
  #line = "";

  /** Without the newline. */
  lineOf(event: unknown): string {
    if (!isObject(event)) return JSON.stringify(event);
    const { type, object } = event;
    if (object === this.#object && type === this.#type) return this.#line;
    this.#line = JSON.stringify(event);
    this.#type = type;
    this.#object = object;
    return this.#line;
  }
}
