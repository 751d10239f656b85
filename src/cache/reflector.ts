// Reflector: keeps a sink informed of all objects of one resource, whatever happens to the connection (faults A and B).
//
// List, then watch from the list's version, then watch again from the last version that was good; a new list only when
// the server has forgotten that version (410).
// - Lists ask for no resourceVersion: the server answers with what is committed, never from an older replica. They come
//   in pages of 500, all of them at the version of the first. When a page expires on the way, the list begins again
//   without a limit, since with one it might never end. A list older than what was seen before is refused.
// - Pages are decoded one at a time, and of each object only what `lean` leaves is kept until the list is complete;
//   then the sink gets all of it at once: deletes of what is gone, upserts of what is new or changed. Half a list is
//   never published. (A copy of the objects outside the sink is not kept: see KnownObjects.)
// - A watch that is silent for 90 s is opened again: the server sends a bookmark every minute even when nothing happens.
// - A line that is not what it should be ends the watch, and it resumes from the last good version. No line is skipped.
// - Optional resources: 404 means not served, which deletes what was known; 403 means not allowed, which does the same
//   when it is said again (an API server that starts refuses everybody for a moment). Both are tried again every
//   30 to 60 s and are no problem. Everything else is one, and is tried again with back-off.
// - A sink that throws loses nothing: everything is listed and sent again.

import type { Env } from "../env.ts";
import { statusErrorOf } from "../kube/answers.ts";
import { type ApiClient, type ApiRequest, ApiStatusError, TransportError } from "../kube/client.ts";
import { groupVersionPath } from "../kube/discovery.ts";
import { SchedulerError } from "../model/index.ts";
import { backOffMs, SharedHold } from "./back-off.ts";
import type { CacheEvent, Resource } from "./events.ts";
import { isNewer, KnownObjects } from "./known-objects.ts";
import { lean } from "./lean.ts";
import { type Problem, problemOf, type ReadVerb } from "./problem.ts";
import { readListPage, readWatchEvent, type WatchEvent, type WireObject } from "./wire-objects.ts";

export interface ReflectorOptions {
  readonly client: ApiClient;
  readonly env: Env;
  readonly resource: Resource;
  /** Called with what has changed, in order. */
  readonly sink: (events: readonly CacheEvent[]) => void;
  /** Called once, after the events of the first complete list. */
  readonly onSynced?: () => void;
  /** Called when a problem appears or becomes another one. */
  readonly onProblem?: (problem: Problem) => void;
  /** Shared by those who use the same API server. */
  readonly hold?: SharedHold;
}

/** `pending` until the first answer. An optional resource that is `unserved` or `forbidden` has no objects. */
export type ReflectorState = "pending" | "listed" | "unserved" | "forbidden";

const pageLimit = 500;
const pageTimeoutMs = 60_000;
const inactivityMaxMs = 90_000;
/** A watch that lasted so long, or brought anything, was no failure when it ends. */
const healthyMs = 5_000;
const atOnceMaxMs = 100;
/** From this to twice this until an optional resource that is not there is tried again. */
const recheckMinMs = 30_000;

export class Reflector {
  readonly resource: Resource;
  readonly #options: ReflectorOptions;
  readonly #env: Env;
  readonly #hold: SharedHold;
  readonly #path: string;
  readonly #known: KnownObjects;
  #stopping: AbortController | undefined;
  #running: Promise<void> | undefined;
  #verb: ReadVerb = "list";
  /** Where a watch goes on; undefined when a list is needed. */
  #resumeFrom: string | undefined;
  /** The highest version seen in the life of this reflector. */
  #newest = "";
  #sinkMissedSome = false;
  #failures = 0;
  /** Of the present watch. */
  #openedAtMs: number | undefined;
  #broughtSome = false;
  #state: ReflectorState = "pending";
  #hasListed = false;
  #problem: Problem | undefined;
  #lastActivityMs: number | undefined;
  #watchesOpened = 0;

  constructor(options: ReflectorOptions) {
    this.resource = options.resource;
    this.#options = options;
    this.#env = options.env;
    this.#hold = options.hold ?? new SharedHold(options.env);
    this.#path = `${groupVersionPath(this.resource.group, this.resource.version)}/${this.resource.plural}`;
    this.#known = new KnownObjects(this.resource.name);
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Whether the sink has had a complete list, now or earlier. */
  get hasListed(): boolean {
    return this.#hasListed;
  }

  /** The present one. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** When the server last said something about this resource, on the monotonic clock. */
  get lastActivityMs(): number | undefined {
    return this.#lastActivityMs;
  }

  /** Watches opened after the first. */
  get restarts(): number {
    return Math.max(0, this.#watchesOpened - 1);
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Resolves when nothing is under way any more; the sink is not called after that. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delayMs = await this.#listAndWatch(signal);
      await this.#env.timers.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** One round, which ends when the watch does. Returns how long to wait before the next; never throws. */
  async #listAndWatch(signal: AbortSignal): Promise<number> {
    this.#openedAtMs = undefined;
    this.#broughtSome = false;
    try {
      if (this.#resumeFrom === undefined) await this.#list(signal);
      await this.#watch(signal);
      return this.#delayAfter(undefined);
    } catch (error) {
      return signal.aborted ? 0 : this.#delayAfter(error);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#verb = "list";
    const { objects, resourceVersion } = await this.#readList(signal);
    if (this.#newest !== "" && !isNewer(resourceVersion, this.#newest) && resourceVersion !== this.#newest) {
      const message = `a list at version ${resourceVersion}, after ${this.#newest} was seen: the server went back in time`;
      throw new SchedulerError("protocol", message, { retryable: true });
    }
    this.#emit(this.#known.replace(objects, this.#sinkMissedSome));
    this.#sinkMissedSome = false;
    this.#resumeFrom = this.#newest = resourceVersion;
    this.#failures = Math.min(this.#failures, 2); // not 0: a watch that never opens must not repeat lists quickly
    this.#problem = undefined;
    this.#state = "listed";
    if (this.#hasListed) return;
    this.#hasListed = true;
    this.#options.onSynced?.();
  }

  async #readList(signal: AbortSignal): Promise<{ readonly objects: WireObject[]; readonly resourceVersion: string }> {
    let objects: WireObject[] = [];
    let limit: number | undefined = pageLimit;
    let next = "";
    for (let resourceVersion = ""; ;) {
      const query = new Map<string, string>();
      if (limit !== undefined) query.set("limit", String(limit));
      if (next !== "") query.set("continue", next);
      const request = await this.#request(query, signal);
      const answer = await this.#options.client.request({ ...request, timeoutMs: pageTimeoutMs });
      if (answer.status === 410 && next !== "") {
        [objects, limit, next, resourceVersion] = [[], undefined, "", ""];
        continue;
      }
      if (answer.status !== 200) throw statusErrorOf(answer);
      const page = readListPage(this.resource, answer.body);
      this.#heard();
      for (const object of page.objects) objects.push(lean(this.resource.name, object));
      if (resourceVersion === "") resourceVersion = page.resourceVersion;
      if (page.next === "") return { objects, resourceVersion };
      if (page.next === next) throw new SchedulerError("protocol", "a page that continues with itself");
      next = page.next;
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    this.#verb = "watch";
    const timeoutSeconds = 300 + Math.floor(this.#env.random() * 300);
    const query = new Map([
      ["watch", "true"],
      ["allowWatchBookmarks", "true"],
      ["resourceVersion", this.#resumeFrom ?? ""],
      ["timeoutSeconds", String(timeoutSeconds)],
    ]);
    const request = await this.#request(query, signal);
    const lines = await this.#options.client.stream({ ...request, idleTimeoutMs: inactivityMaxMs });
    this.#heard();
    this.#openedAtMs = this.#env.clock.nowMs();
    this.#watchesOpened++;
    this.#problem = undefined;
    this.#state = "listed"; // also when it was forbidden for a moment
    for await (const line of lines) {
      if (signal.aborted) return;
      this.#apply(readWatchEvent(this.resource, line));
      this.#heard();
      this.#broughtSome = true;
    }
  }

  #apply(event: WatchEvent): void {
    switch (event.type) {
      case "ERROR":
        throw new ApiStatusError(event.status, event.reason, event.message);
      case "BOOKMARK":
        return this.#advance(event.resourceVersion);
      case "DELETED":
        this.#emit(this.#known.delete(lean(this.resource.name, event.object)));
        return this.#advance(event.object.metadata.resourceVersion);
      case "ADDED":
      case "MODIFIED":
        this.#emit(this.#known.upsert(lean(this.resource.name, event.object)));
        return this.#advance(event.object.metadata.resourceVersion);
    }
  }

  /** Duplicates and late events do not turn the version back. */
  #advance(resourceVersion: string): void {
    if (!isNewer(resourceVersion, this.#newest)) return;
    this.#resumeFrom = this.#newest = resourceVersion;
  }

  #emit(events: readonly CacheEvent[]): void {
    if (events.length === 0) return;
    try {
      this.#options.sink(events);
    } catch (error) {
      this.#sinkMissedSome = true;
      this.#resumeFrom = undefined;
      throw error;
    }
  }

  #heard(): void {
    this.#lastActivityMs = this.#env.clock.nowMs();
  }

  /** Waits while the server has asked everybody to. */
  async #request(query: ReadonlyMap<string, string>, signal: AbortSignal): Promise<ApiRequest> {
    const waitMs = this.#hold.waitMs();
    if (0 < waitMs) await this.#env.timers.sleep(waitMs, signal);
    return { method: "GET", path: this.#path, query, signal };
  }

  /** `error` is undefined when the server ended the watch. Takes note of what the failure means. */
  #delayAfter(error: unknown): number {
    const { random } = this.#env;
    const wasHealthy = this.#wasHealthy();
    if (wasHealthy) this.#failures = 0;
    if (error === undefined && wasHealthy) return random() * atOnceMaxMs;
    this.#failures++;
    if (error === undefined) return backOffMs(this.#failures, random);
    if (error instanceof ApiStatusError) {
      if (error.status === 410) {
        this.#resumeFrom = undefined;
        return this.#failures === 1 ? random() * atOnceMaxMs : backOffMs(this.#failures, random);
      }
      if (this.resource.need === "optional" && this.#becameUnavailable(error)) return recheckMinMs * (1 + random());
      if (error.status === 429 && error.retryAfterMs !== undefined) this.#hold.hold(error.retryAfterMs);
    }
    // A watch that breaks is no problem yet; one is that it cannot be opened again.
    if (!(wasHealthy && error instanceof TransportError)) this.#report(problemOf(this.resource, this.#verb, error));
    return backOffMs(this.#failures, random);
  }

  #wasHealthy(): boolean {
    if (this.#openedAtMs === undefined) return false;
    return this.#broughtSome || this.#openedAtMs + healthyMs <= this.#env.clock.nowMs();
  }

  #becameUnavailable({ status }: ApiStatusError): boolean {
    if (status !== 404 && status !== 403) return false;
    const isSure = status === 404 || this.#state !== "listed";
    this.#state = status === 404 ? "unserved" : "forbidden";
    this.#failures = 0; // it is an answer
    this.#problem = undefined;
    if (isSure) {
      this.#resumeFrom = undefined;
      this.#forgetAll();
    }
    return true;
  }

  #forgetAll(): void {
    try {
      this.#emit(this.#known.clear());
    } catch (error) {
      this.#report(problemOf(this.resource, this.#verb, error));
    }
  }

  #report(problem: Problem): void {
    const isSame = this.#problem?.message === problem.message;
    this.#problem = problem;
    if (!isSame) this.#options.onProblem?.(problem);
  }
}
