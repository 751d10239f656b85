// Core: what every verb has at hand. Identifiers come from counters, so that the same requests give the same answers.

import type { Clock, Timers } from "../env.ts";
import type { User } from "./access.ts";
import type { Kinds } from "./kinds.ts";
import type { Store } from "./store.ts";
import type { Kind } from "./types.ts";

export class Core {
  readonly store: Store;
  readonly kinds: Kinds;
  readonly clock: Clock;
  readonly timers: Timers;
  /** See EmbeddedApiOptions. */
  readonly isTrusting: boolean;
  #uids = 0;
  #suffixes = 0;

  constructor(parts: Pick<Core, "store" | "kinds" | "clock" | "timers"> & Partial<Pick<Core, "isTrusting">>) {
    this.store = parts.store;
    this.kinds = parts.kinds;
    this.clock = parts.clock;
    this.timers = parts.timers;
    this.isTrusting = parts.isTrusting ?? false;
  }

  /** A UID that was not given before. */
  newUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, "0")}`;
  }

  /** The five letters that follow a generateName; the first 14 million differ. */
  newSuffix(): string {
    this.#suffixes += 1;
    let rest = (this.#suffixes * SUFFIX_STEP) % LETTERS.length ** 5;
    let suffix = "";
    for (let i = 0; i < 5; i++) {
      suffix += LETTERS[rest % LETTERS.length]!;
      rest = Math.floor(rest / LETTERS.length);
    }
    return suffix;
  }

  /** Now, as the API writes it: whole seconds. */
  timestamp(laterMs = 0): string {
    return timestampOf(this.clock.wallMs() + laterMs);
  }
}

/** No vowels and nothing that looks like one (apimachinery pkg/util/rand). */
const LETTERS = "bcdfghjklmnpqrstvwxz2456789";
/** Has no factor in common with 27, so that every suffix comes up once before any comes up twice. */
const SUFFIX_STEP = 7_919_003;

/** Milliseconds since 1970 as the API writes them: whole seconds. */
export function timestampOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** What a request is about, and who asks. */
export interface Target {
  readonly kind: Kind;
  /** Undefined for kinds without namespaces and for requests over all of them. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Empty where there is none. */
  readonly subresource: string;
  readonly user: User;
}

/** How a write is to be done. */
export interface WriteOptions {
  /** Everything but storing it. */
  readonly isDryRun?: boolean;
}
