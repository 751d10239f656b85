// PodCondition: which PodScheduled=False conditions are worth a write, and the write itself. A condition is rewritten
// when its reason or the set of refusing predicates changes; changed counts alone at most once a minute for each pod.

import type { Clock } from "../env.ts";
import type { WaitCondition } from "../model/index.ts";
import { podPath } from "./bind-request.ts";
import type { CommitCache } from "./cache.ts";
import type { StatusLane, StatusWrite } from "./status-lane.ts";

const REWRITE_MS = 60_000;
const REMEMBERED_SPARE = 1_024;

/** What was last written about a pod. */
interface Written {
  readonly task: string;
  readonly message: string;
  readonly gist: string;
  readonly atMs: number;
  /** Wall clock when the pod was first found unschedulable: a new reason is no transition. */
  readonly since: string;
}

export interface PodConditionsOptions {
  readonly lane: StatusLane;
  readonly cache: CommitCache;
  readonly clock: Clock;
  readonly schedulerNames: ReadonlySet<string>;
  /** A bind of this pod is queued or in flight. */
  readonly isBinding: (uid: string) => boolean;
}

export class PodConditions {
  readonly #options: PodConditionsOptions;
  /** By UID of the pod. */
  readonly #written = new Map<string, Written>();
  #pruneAtSize = REMEMBERED_SPARE;

  constructor(options: PodConditionsOptions) {
    this.#options = options;
  }

  /** The pod's condition in the last snapshot said something else. */
  put(condition: WaitCondition): void {
    const { lane, clock } = this.#options;
    const key = keyOf(condition.uid);
    const written = this.#written.get(condition.uid);
    const ageMs = written === undefined ? Infinity : clock.nowMs() - written.atMs;
    if (written === undefined || written.gist !== gistOf(condition)) return lane.put(this.#write(condition));
    // Back to what was written last: whatever waits to say otherwise is out of date.
    if (written.message === condition.message && ageMs < REWRITE_MS) return lane.cancel(key);
    lane.put(this.#write(condition), REWRITE_MS - ageMs);
  }

  /** The pod is being bound: what waits to be said about it is no longer true. */
  cancel(uid: string): void {
    this.#options.lane.cancel(keyOf(uid));
  }

  /** It is bound, or gone. */
  forget(uid: string): void {
    this.cancel(uid);
    this.#written.delete(uid);
  }

  /** Ends when the condition that is being written has been; undefined where none is. */
  inFlight(uid: string): Promise<void> | undefined {
    return this.#options.lane.inFlight(keyOf(uid));
  }

  #write(condition: WaitCondition): StatusWrite {
    const { task, uid } = condition;
    return {
      key: keyOf(uid),
      kind: "condition",
      object: task,
      value: gistOf(condition),
      isStillWanted: () => this.#isWaiting(task, uid),
      request: () => ({
        method: "PATCH",
        path: `${podPath(task)}/status`,
        contentType: "application/strategic-merge-patch+json",
        body: patchOf(condition, this.#remember(condition)),
      }),
      onResult: (result) => {
        // A refused one is left for a minute, as if it had been written.
        if (result === "stale" || result === "failed" || result === "full") this.#written.delete(uid);
      },
    };
  }

  #isWaiting(task: string, uid: string): boolean {
    const { cache, schedulerNames, isBinding } = this.#options;
    const pod = cache.livePod(task);
    if (pod === undefined || pod.uid !== uid || pod.node !== "" || pod.isDeleting || pod.isGated) return false;
    return schedulerNames.has(pod.schedulerName) && !isBinding(uid);
  }

  /** Returns since when the pod waits, as it is written. */
  #remember(condition: WaitCondition): string {
    const { clock } = this.#options;
    const { task, uid, message } = condition;
    const since = this.#written.get(uid)?.since ?? timestamp(clock.wallMs());
    this.#written.set(uid, { task, message, gist: gistOf(condition), atMs: clock.nowMs(), since });
    if (this.#pruneAtSize <= this.#written.size) this.#prune();
    return since;
  }

  /** Nobody says when a pending pod is deleted: asked for all of them, each time their number has doubled. */
  #prune(): void {
    for (const [uid, { task }] of this.#written) {
      if (this.#options.cache.livePod(task)?.uid !== uid) this.#written.delete(uid);
    }
    this.#pruneAtSize = this.#written.size * 2 + REMEMBERED_SPARE;
  }
}

/** Reason and the set of what the message names, without its numbers and their order. */
export function gistOf({ reason, message }: Pick<WaitCondition, "reason" | "message">): string {
  const pieces = message.replace(/(?<![\w.-])[0-9]+(?![\w-])/g, "#").split(/[:,.](?:\s+|$)/);
  return [reason, ...pieces.sort()].join("\n");
}

/** As kube-scheduler writes it; the UID makes a patch of another pod of this name a conflict. */
function patchOf({ uid, reason, message }: WaitCondition, since: string): object {
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime: since,
  };
  return { metadata: { uid }, status: { conditions: [condition] } };
}

/** metav1.Time: RFC 3339 in whole seconds. */
export function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.[0-9]+Z$/, "Z");
}

function keyOf(uid: string): string {
  return `pod ${uid}`;
}
