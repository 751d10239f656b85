// JobBook: which pods of a Job have ended and how, each counted once, also when its object is gone. The real controller
// keeps a finalizer (batch.kubernetes.io/job-tracking) on pods for that; here nothing is lost between two looks, so pods
// carry none. A book that is opened late takes the counts of the Job's status over.

import { textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { indexOf, parseIndexes } from "./completion-indexes.ts";
import { integerOf, statusOf, uidOf } from "./objects.ts";
import { isLeaving, phaseOf } from "./pods.ts";
import { judge } from "./pod-failure-policy.ts";

export class JobBook {
  readonly #spec: JsonObject;
  /** The number of indexes; undefined where pods have none. */
  readonly #indexes: number | undefined;
  readonly #counted = new Set<string>();
  /** Pods of this Job whose objects are gone since the last look. */
  readonly #gone: ApiObject[] = [];
  #failures = 0;
  succeeded: number;
  failed: number;
  readonly succeededIndexes: Set<number>;
  /** Since the last success. */
  failuresInRow = 0;
  /** Monotonic milliseconds. */
  lastFailureMs = 0;
  /** Why the Job's own rules fail it. */
  failsJob: string | undefined;

  constructor(job: ApiObject, spec: JsonObject, pods: readonly ApiObject[]) {
    this.#spec = spec;
    this.#indexes = spec["completionMode"] === "Indexed" ? integerOf(spec["completions"], 0) : undefined;
    const status = statusOf(job);
    const have = (phase: string): number => pods.filter((pod) => phaseOf(pod) === phase).length;
    this.succeeded = Math.max(0, integerOf(status["succeeded"], 0) - have("Succeeded"));
    this.failed = Math.max(0, integerOf(status["failed"], 0) - have("Failed"));
    this.succeededIndexes = parseIndexes(textOf(status["completedIndexes"]));
  }

  /** The object is gone: it is counted with the next look, if it was not before. */
  lose(pod: ApiObject): void {
    this.#gone.push(pod);
  }

  /** This pod shall not count, however it ends. */
  ignore(pod: ApiObject): void {
    this.#counted.add(uidOf(pod));
  }

  /** Counts the pods that have ended since the last look, at `nowMs`. */
  look(pods: readonly ApiObject[], nowMs: number): void {
    const before = this.succeeded;
    this.#failures = 0;
    for (const pod of this.#gone.splice(0)) this.#count(pod, true);
    for (const pod of pods) this.#count(pod, phaseOf(pod) === "Failed" || (isLeaving(pod) && !this.#waitsForEnd()));
    if (this.#indexes !== undefined) this.succeeded = this.succeededIndexes.size;
    if (before < this.succeeded) this.failuresInRow = 0;
    this.failuresInRow += this.#failures;
    if (0 < this.#failures) this.lastFailureMs = nowMs;
  }

  #count(pod: ApiObject, hasEnded: boolean): void {
    const hasSucceeded = phaseOf(pod) === "Succeeded";
    if (this.#counted.has(uidOf(pod)) || !(hasEnded || hasSucceeded)) return;
    this.#counted.add(uidOf(pod));
    const index = this.#indexes === undefined ? undefined : indexOf(pod, this.#indexes);
    if (this.#indexes !== undefined && index === undefined) return; // an index that the Job does not have
    if (hasSucceeded) {
      if (index === undefined) this.succeeded += 1;
      else this.succeededIndexes.add(index);
      return;
    }
    const { isCounted, failsJob } = judge(this.#spec["podFailurePolicy"], pod);
    this.#failures += 1; // also what the policy ignores is replaced with a delay
    if (isCounted) this.failed += 1;
    this.failsJob ??= failsJob;
  }

  /** Pods that are leaving are replaced, and count as failed, when they have ended and not before. */
  #waitsForEnd(): boolean {
    return this.#spec["podReplacementPolicy"] === "Failed" || this.#spec["podFailurePolicy"] !== undefined;
  }
}
