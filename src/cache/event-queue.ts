// EventQueue: what reflectors told us since the last cycle, the newest per object. Old news is dropped at the door.

import { RESOURCES, type CacheEvent, type KubeObject, type ResourceName } from "./events.ts";
import { textOf } from "./read.ts";

/** An event with what identifies its object. */
export interface QueuedEvent extends CacheEvent {
  /** `namespace/name`, or the name of a cluster-wide object. */
  readonly key: string;
  readonly uid: string;
}

interface Seen {
  readonly uid: string;
  readonly version: number | undefined;
  readonly isDeleted: boolean;
}

const NAMESPACED: ReadonlyMap<ResourceName, boolean> = new Map(RESOURCES.map((one) => [one.name, one.isNamespaced]));

/** Facts that others are derived from come first, so that an advance derives each once. */
const ORDER: readonly ResourceName[] = [
  "namespaces",
  "priorityclasses",
  "volcanoqueues",
  "jobs",
  "replicasets",
  "statefulsets",
  "volcanojobs",
  "volcanopodgroups",
  "nodes",
  "pods",
];

export class EventQueue {
  readonly #queued = new Map<ResourceName, Map<string, QueuedEvent>>(ORDER.map((name) => [name, new Map()]));
  /** By resource and key: the newest that came in, whether it was applied yet or not. */
  readonly #seen = new Map<ResourceName, Map<string, Seen>>(ORDER.map((name) => [name, new Map()]));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The event, if it is news. O(1); never throws: an object without a name is no object. */
  add(event: CacheEvent): QueuedEvent | undefined {
    const key = keyOf(event);
    const queued = this.#queued.get(event.resource);
    const seen = this.#seen.get(event.resource);
    if (key === undefined || queued === undefined || seen === undefined) return undefined;
    const { metadata } = event.object;
    const now: Seen = {
      uid:
        textOf(metadata.uid) ||
        (event.type === "delete" ? seen.get(key)?.uid : undefined) ||
        `${event.resource} ${key}`,
      version: versionOf(metadata.resourceVersion),
      isDeleted: event.type === "delete",
    };
    if (isOldNews(now, seen.get(key))) return undefined;
    seen.set(key, now);
    const news: QueuedEvent = { ...event, key, uid: now.uid };
    if (!queued.has(key)) this.#size += 1;
    queued.set(key, news);
    return news;
  }

  get(resource: ResourceName, key: string): QueuedEvent | undefined {
    return this.#queued.get(resource)?.get(key);
  }

  /** Everything queued, in the order in which it has to be applied; the queue is empty afterwards. */
  drain(): readonly QueuedEvent[] {
    const events: QueuedEvent[] = [];
    for (const [resource, queued] of this.#queued) {
      for (const event of queued.values()) {
        events.push(event);
        if (event.type === "delete") this.#seen.get(resource)?.delete(event.key);
      }
      queued.clear();
    }
    this.#size = 0;
    return events;
  }
}

function keyOf({ resource, object }: CacheEvent): string | undefined {
  const metadata = (object as KubeObject | undefined)?.metadata;
  const name: unknown = metadata?.name;
  if (typeof name !== "string" || name === "") return undefined;
  return NAMESPACED.get(resource) === true ? `${namespaceOf(object)}/${name}` : name;
}

/** An object without a namespace is in `default`, as kubectl reads it. */
export function namespaceOf(object: KubeObject): string {
  return textOf(object.metadata.namespace) || "default";
}

/** Of 15 digits at most, so that a number holds it; anything else cannot be compared. */
function versionOf(text: unknown): number | undefined {
  return typeof text === "string" && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Of one UID the higher version is newer, and an equal one says nothing new; versions that are no numbers come in order of
 * arrival. Of two UIDs the later arrival is newer, except that a deletion speaks of its own UID only.
 */
function isOldNews(now: Seen, before: Seen | undefined): boolean {
  if (before === undefined) return false;
  if (now.uid !== before.uid) return now.isDeleted;
  if (now.isDeleted) return before.isDeleted;
  if (now.version === undefined || before.version === undefined) return false;
  return before.isDeleted ? now.version < before.version : now.version <= before.version;
}
