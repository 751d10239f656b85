// EventQueue: between a watch, which pushes, and a reader, who takes when it can. Holds references only. A reader that falls
// behind too far is cut off, as kube-apiserver does; it comes back with the last resourceVersion that it has seen.

import type { WatchStream } from "./types.ts";

export const EVENTS_MAX = 10_000;

export class EventQueue {
  #events: unknown[] = [];
  #next = 0;
  #hasEnded = false;
  #isCutOff = false;
  #allowed = Number.POSITIVE_INFINITY;
  readonly #stop: () => void;
  #onChange: () => void;

  /** `onChange` is called when there is something to take, or the end. What a watch begins with does not count to the limit. */
  constructor(stream: WatchStream, onChange: () => void, eventsMax: number = EVENTS_MAX) {
    this.#onChange = () => undefined;
    this.#stop = stream.start(
      (event) => this.#push(event),
      () => this.end(),
    );
    this.#allowed = this.#events.length + eventsMax;
    this.#onChange = onChange;
  }

  /** Nothing comes after what is in the queue now. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether the end came because the reader fell behind. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  get length(): number {
    return this.#events.length - this.#next;
  }

  /** The oldest event; undefined where there is none. */
  take(): unknown {
    if (this.#next === this.#events.length) return undefined;
    const event = this.#events[this.#next];
    this.#events[this.#next] = undefined;
    this.#next += 1;
    if (this.#next === this.#events.length) {
      this.#events = [];
      this.#next = 0;
    }
    return event;
  }

  /** Stops the watch; what is queued can still be taken. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stopWatch();
    this.#onChange();
  }

  #stopWatch(): void {
    // The watch may end before `start` has returned.
    (this.#stop as (() => void) | undefined)?.();
  }

  #push(event: unknown): void {
    if (this.#hasEnded) return;
    this.#events.push(event);
    if (this.length <= this.#allowed) {
      this.#onChange();
      return;
    }
    this.#isCutOff = true;
    this.end();
  }
}
