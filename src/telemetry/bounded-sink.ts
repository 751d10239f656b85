// BoundedSink: where log lines go. It never waits: a reader that has stopped costs lines, which are counted, and not the
// scheduler's time. (A pipe is written without blocking; a file or a terminal is as fast as it is.)

import type { Writable } from "node:stream";

/** How much may wait for a slow reader. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

export interface LineSink {
  /** One whole line, with its line break. */
  write(line: string): void;
}

export class BoundedSink implements LineSink {
  readonly #stream: Writable;
  readonly #waitingBytesMax: number;
  readonly #onDropped: () => void;
  #dropped = 0;
  #isBroken = false;

  /** `onDropped` is called for each line that is lost. */
  constructor(stream: Writable, onDropped: () => void = () => undefined, waitingBytesMax = WAITING_BYTES_MAX) {
    this.#stream = stream;
    this.#onDropped = onDropped;
    this.#waitingBytesMax = waitingBytesMax;
    // A reader that is gone (EPIPE) is no reason to stop scheduling.
    stream.on("error", () => (this.#isBroken = true));
  }

  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#isBroken || this.#waitingBytesMax < this.#stream.writableLength + line.length) {
      this.#dropped += 1;
      this.#onDropped();
    } else {
      this.#stream.write(line);
    }
  }
}
