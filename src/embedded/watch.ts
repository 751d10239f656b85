// Watching: the changes of one resource after a resourceVersion, in order, as one consumer's selectors see them: what begins
// to match is ADDED, what ceases to match is DELETED. Ends at its time limit; the faces end it for who reads too slowly.

import type { Core, Target } from "./core.ts";
import { expired, type ApiFailure } from "./failure.ts";
import { apiVersionOf, storageOf } from "./kinds.ts";
import { listOptions, type ListOptions } from "./list-options.ts";
import { currentObjects } from "./read.ts";
import { selectionOf, type Matches } from "./selectors.ts";
import { asVersion } from "./versions.ts";
import type { ApiObject, WatchStream, Write } from "./types.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** kube-apiserver chooses between 30 and 60 minutes for who asks for nothing. */
const TIMEOUT_SECONDS = 45 * 60;
const BOOKMARK_INTERVAL_MS = 60_000;
const LAST_BOOKMARK_MS = 2_000;

/** Throws ApiFailure for options that cannot be read. What is too old is told in the stream, as kube-apiserver does. */
export function watchObjects(core: Core, target: Target, query: URLSearchParams): WatchStream {
  const options = listOptions(query);
  const selects = selectionOf(target.kind, query);
  return { start: (onEvent, onEnd) => new Watch(core, target, options, selects, onEvent, onEnd).start() };
}

class Watch {
  readonly #core: Core;
  readonly #target: Target;
  readonly #options: ListOptions;
  readonly #selects: Matches;
  readonly #isFiltered: boolean;
  readonly #onEvent: (event: WatchEvent) => void;
  readonly #onEnd: () => void;
  readonly #storage: string;
  /** Changes up to here have been sent. */
  #sent = 0;
  #hasEnded = false;
  readonly #cancels: (() => void)[] = [];
  #cancelBookmark: () => void = () => undefined;

  constructor(
    core: Core,
    target: Target,
    options: ListOptions,
    selects: Matches | undefined,
    onEvent: (event: WatchEvent) => void,
    onEnd: () => void,
  ) {
    this.#core = core;
    this.#target = target;
    this.#options = options;
    this.#isFiltered = selects !== undefined || target.name !== undefined;
    this.#selects = (object) =>
      (target.name === undefined || object.metadata.name === target.name) && (selects === undefined || selects(object));
    this.#onEvent = onEvent;
    this.#onEnd = onEnd;
    this.#storage = storageOf(target.kind);
  }

  start(): () => void {
    const { store, timers } = this.#core;
    const { resourceVersion = 0, sendsInitialEvents, allowsBookmarks, timeoutSeconds } = this.#options;
    const beginsWithAll = sendsInitialEvents ?? resourceVersion === 0;
    const from = beginsWithAll || resourceVersion === 0 ? store.resourceVersion : resourceVersion;
    if (from < store.compactedResourceVersion) {
      this.#fail(expired(`too old resource version: ${from} (${store.compactedResourceVersion})`));
      return () => undefined;
    }
    const timeoutMs = 1_000 * (timeoutSeconds === undefined || timeoutSeconds === 0 ? TIMEOUT_SECONDS : timeoutSeconds);
    this.#sent = from;
    if (beginsWithAll) this.#sendAll();
    for (const write of store.since(Math.min(from, store.resourceVersion))) this.#send(write);
    if (this.#hasEnded) return () => undefined;
    this.#cancels.push(
      store.subscribe((write) => this.#send(write)),
      timers.after(timeoutMs, () => this.#end()),
      () => this.#cancelBookmark(),
    );
    if (allowsBookmarks) {
      this.#bookmarkLater();
      if (LAST_BOOKMARK_MS < timeoutMs) {
        this.#cancels.push(timers.after(timeoutMs - LAST_BOOKMARK_MS, () => this.#bookmark()));
      }
    }
    return () => this.#stop();
  }

  #sendAll(): void {
    const { store } = this.#core;
    const resourceVersion = store.resourceVersion;
    for (const object of currentObjects(this.#core, this.#target, this.#isFiltered ? this.#selects : undefined)) {
      this.#emit("ADDED", object);
    }
    this.#sent = resourceVersion;
    if (this.#options.allowsBookmarks) this.#bookmark({ "k8s.io/initial-events-end": "true" });
  }

  #send(write: Write): void {
    if (write.resourceVersion <= this.#sent) return;
    this.#sent = write.resourceVersion;
    const { kind, verb, before, object } = write;
    if (storageOf(kind) !== this.#storage) return;
    if (this.#target.namespace !== undefined && object.metadata.namespace !== this.#target.namespace) return;
    const did = before !== undefined && (!this.#isFiltered || this.#selects(before));
    const does = verb !== "delete" && (!this.#isFiltered || this.#selects(object));
    if (does) this.#emit(did ? "MODIFIED" : "ADDED", object);
    else if (did) this.#emit("DELETED", verb === "delete" ? object : lastSeen(before, object));
  }

  #emit(type: WatchEvent["type"], object: ApiObject): void {
    if (!this.#hasEnded) this.#onEvent({ type, object: asVersion(this.#target.kind, object) });
  }

  #bookmarkLater(): void {
    this.#cancelBookmark = this.#core.timers.after(BOOKMARK_INTERVAL_MS, () => {
      this.#bookmark();
      if (!this.#hasEnded) this.#bookmarkLater();
    });
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    if (this.#hasEnded) return;
    const { kind } = this.#target;
    // A watch from the future has nothing to say about the present.
    const resourceVersion = String(Math.max(this.#sent, this.#core.store.resourceVersion));
    const metadata = annotations === undefined ? { resourceVersion } : { resourceVersion, annotations };
    this.#onEvent({ type: "BOOKMARK", object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } });
  }

  #fail(failure: ApiFailure): void {
    this.#onEvent({ type: "ERROR", object: failure.body });
    this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#onEnd();
  }

  #stop(): void {
    this.#hasEnded = true;
    for (const cancel of this.#cancels) cancel();
  }
}

/** What left the selection is shown as it was in it, with the resourceVersion of its leaving. */
function lastSeen(before: ApiObject, { metadata }: ApiObject): ApiObject {
  const { resourceVersion = "" } = metadata;
  return { ...before, metadata: { ...before.metadata, resourceVersion } };
}
