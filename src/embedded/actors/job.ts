// Job: the Job controller (kubernetes pkg/controller/job, 1.36): pods up to parallelism until enough have succeeded,
// indexed or not; failures are replaced with growing delays until backoffLimit; suspension, deadlines, pod failure and
// replacement policies, and removal of finished Jobs by TTL. What it does not do: the finalizer
// batch.kubernetes.io/job-tracking on pods (see job-book.ts), limits per index, successPolicy, Workload objects, events.

import { isEqual, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import { COMPLETION_INDEX, formatIndexes, indexOf } from "./completion-indexes.ts";
import type { Actor, Context } from "./context.ts";
import { JobBook } from "./job-book.ts";
import {
  conditionOf,
  controllerOf,
  integerOf,
  isConditionTrue,
  isKind,
  keyOf,
  specOf,
  statusOf,
  timeOf,
  timestamp,
  uidOf,
  withoutZeros,
} from "./objects.ts";
import { podOf } from "./pod-template.ts";
import { compareForRemoval, isActive, isReady, isTerminating } from "./pods.ts";

export interface JobOptions {
  /** The delay before the first pod that failed is replaced; doubles with each further failure in a row. Default 10 s. */
  readonly backOffMs?: number;
}

const BACK_OFF_MAX_MS = 600_000;
const BACKOFF_LIMIT = 6;
/** What a generated name keeps of its base (apiserver names.MaxGeneratedNameLength). */
const GENERATED_MAX = 58;

/** What one look at a Job has found and done. */
interface Look {
  readonly job: ApiObject;
  readonly spec: JsonObject;
  readonly book: JobBook;
  readonly active: ApiObject[];
  terminating: number;
  conditions: readonly JsonObject[];
}

export function jobController(context: Context, options: JobOptions = {}): Actor {
  const { backOffMs = 10_000 } = options;
  const { view, client, clock, kinds } = context;
  const books = new Map<string, JobBook>();
  const queue = context.work.queue(sync);

  return {
    react({ verb, kind, object }: Write): void {
      if (isKind(kind, kinds.jobs)) {
        if (verb !== "delete") return queue.add(keyOf(object));
        books.delete(uidOf(object));
      } else if (isKind(kind, kinds.pods)) {
        const owner = controllerOf(object);
        if (owner?.kind !== "Job") return;
        if (verb === "delete") books.get(owner.uid)?.lose(object);
        queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
      }
    },
  };

  function sync(key: string): void {
    const job = view.get(kinds.jobs, key);
    if (job === undefined) return;
    const spec = withDefaults(specOf(job));
    if (spec["managedBy"] !== undefined && spec["managedBy"] !== "kubernetes.io/job-controller") return;
    const status = statusOf(job);
    if (isConditionTrue(status, "Complete") || isConditionTrue(status, "Failed")) return expire(job, spec);
    const pods = view.controlledBy(job, kinds.pods);
    const book = bookOf(job, spec, pods);
    book.look(pods, clock.nowMs());
    const look: Look = {
      job,
      spec,
      book,
      active: pods.filter(isActive),
      terminating: pods.filter(isTerminating).length,
      conditions: objectsOf(status["conditions"]),
    };
    const isSuspended = spec["suspend"] === true;
    const isFirst = status["startTime"] === undefined && !isSuspended;
    let startTime = isFirst ? timestamp(clock.wallMs()) : status["startTime"];
    const end = endingOf(look) ?? failureOf(look, timeOf(startTime) ?? clock.wallMs());
    if (end !== undefined) removeAll(look, end["type"] === "SuccessCriteriaMet");
    else if (job.metadata.deletionTimestamp === undefined) manage(look, isSuspended);
    const outcome = end ?? successOf(look);
    if (outcome === undefined) {
      const changed = suspension(look, isSuspended);
      if (changed) startTime = isSuspended ? undefined : timestamp(clock.wallMs());
    } else {
      conclude(look, outcome);
    }
    writeStatus(look, startTime, status);
  }

  function bookOf(job: ApiObject, spec: JsonObject, pods: readonly ApiObject[]): JobBook {
    const known = books.get(uidOf(job));
    if (known !== undefined) return known;
    const book = new JobBook(job, spec, pods);
    books.set(uidOf(job), book);
    return book;
  }

  /** ttlSecondsAfterFinished: the TTL controller's part. */
  function expire(job: ApiObject, spec: JsonObject): void {
    const ttlSeconds = spec["ttlSecondsAfterFinished"];
    if (typeof ttlSeconds !== "number" || job.metadata.deletionTimestamp !== undefined) return;
    const finished = conditionOf(statusOf(job), "Complete") ?? conditionOf(statusOf(job), "Failed");
    const sinceMs = timeOf(finished?.["lastTransitionTime"]) ?? clock.wallMs();
    const leftMs = sinceMs + ttlSeconds * 1000 - clock.wallMs();
    if (0 < leftMs) queue.addAfter(keyOf(job), leftMs, true);
    else client.remove(kinds.jobs, job, { propagation: "Foreground" });
  }

  /** What was found out earlier and only waits for pods to leave. */
  function endingOf({ conditions }: Look): JsonObject | undefined {
    return conditions.find(
      ({ type, status }) => (type === "SuccessCriteriaMet" || type === "FailureTarget") && status === "True",
    );
  }

  function failureOf({ job, spec, book, active }: Look, startMs: number): JsonObject | undefined {
    const limit = integerOf(spec["backoffLimit"], BACKOFF_LIMIT);
    const failure = (reason: string, message: string) => condition("FailureTarget", "True", reason, message);
    if (book.failsJob !== undefined) return failure("PodFailurePolicy", book.failsJob);
    if (limit < book.failed || (restartsInPlace(spec) && hasRestartedTooOften(active, limit))) {
      return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    const deadlineSeconds = spec["activeDeadlineSeconds"];
    if (typeof deadlineSeconds !== "number" || spec["suspend"] === true) return undefined;
    const leftMs = startMs + deadlineSeconds * 1000 - clock.wallMs();
    if (leftMs <= 0) return failure("DeadlineExceeded", "Job was active longer than specified deadline");
    queue.addAfter(keyOf(job), leftMs, true);
    return undefined;
  }

  function successOf({ spec, book, active }: Look): JsonObject | undefined {
    const completions = spec["completions"];
    const isEnough = typeof completions === "number" ? completions <= book.succeeded : 0 < book.succeeded;
    if (!isEnough || 0 < active.length) return undefined;
    return condition("SuccessCriteriaMet", "True", "CompletionsReached", "Reached expected number of succeeded pods");
  }

  function removeAll(look: Look, hasSucceeded: boolean): void {
    for (const pod of look.active.splice(0)) {
      if (hasSucceeded) look.book.ignore(pod);
      remove(look, pod);
    }
  }

  function remove(look: Look, pod: ApiObject): void {
    client.remove(kinds.pods, pod, { propagation: "Background" });
    look.terminating += 1;
  }

  /** Makes as many pods active as there should be: removes the surplus, or creates what lacks, never both. */
  function manage(look: Look, isSuspended: boolean): void {
    const { spec, book, active } = look;
    const parallelism = integerOf(spec["parallelism"], 1);
    const completions = spec["completions"];
    let wanted = parallelism;
    if (typeof completions === "number") wanted = Math.min(parallelism, Math.max(0, completions - book.succeeded));
    else if (0 < book.succeeded) wanted = active.length;
    if (isSuspended) wanted = 0;
    const surplus = surplusOf(look, active.length - wanted);
    for (const pod of surplus) {
      active.splice(active.indexOf(pod), 1);
      book.ignore(pod); // what the Job itself does not want has not failed
      remove(look, pod);
    }
    if (0 < surplus.length || isSuspended) return;
    const isReplacedLate = spec["podReplacementPolicy"] === "Failed" || spec["podFailurePolicy"] !== undefined;
    create(look, wanted - active.length - (isReplacedLate ? look.terminating : 0));
  }

  /** At least `count`, and of indexed Jobs whatever has no index or one that another pod has. */
  function surplusOf({ spec, active }: Look, count: number): readonly ApiObject[] {
    const surplus: ApiObject[] = [];
    const left = [...active].sort(compareForRemoval);
    if (spec["completionMode"] === "Indexed") {
      const taken = new Set<number>();
      for (const pod of left.toReversed()) {
        const index = indexOf(pod, integerOf(spec["completions"], 0));
        if (index === undefined || taken.has(index)) surplus.push(pod);
        else taken.add(index);
      }
    }
    const rest = left.filter((pod) => !surplus.includes(pod));
    return [...surplus, ...rest.slice(0, Math.max(0, count - surplus.length))];
  }

  function create(look: Look, count: number): void {
    const { job, spec, book, active } = look;
    if (count <= 0) return;
    if (0 < book.failuresInRow) {
      const delayMs = Math.min(BACK_OFF_MAX_MS, backOffMs * 2 ** (book.failuresInRow - 1));
      const leftMs = book.lastFailureMs + delayMs - clock.nowMs();
      if (0 < leftMs) return queue.addAfter(keyOf(job), leftMs);
    }
    const template = withJobLabels(job, objectOf(spec["template"]));
    if (spec["completionMode"] !== "Indexed") {
      for (let made = 0; made < count; made++) {
        active.push(client.create(kinds.pods, podOf(job, template)));
      }
      return;
    }
    const indexed = withIndexVariables(template);
    for (const index of missingIndexes(look, count)) {
      const mark = { [COMPLETION_INDEX]: String(index) };
      const hostname = `${job.metadata.name}-${index}`;
      const generateName = generateNameOf(job.metadata.name, index);
      const pod = podOf(job, indexed, { generateName, labels: mark, annotations: mark, spec: { hostname } });
      active.push(client.create(kinds.pods, pod));
    }
  }

  function missingIndexes({ job, spec, book, active }: Look, count: number): readonly number[] {
    const completions = integerOf(spec["completions"], 0);
    const isReplacedLate = spec["podReplacementPolicy"] === "Failed" || spec["podFailurePolicy"] !== undefined;
    const leaving = isReplacedLate ? view.controlledBy(job, kinds.pods).filter(isTerminating) : [];
    const taken = new Set([...active, ...leaving].map((pod) => indexOf(pod, completions)));
    const missing: number[] = [];
    for (let index = 0; index < completions && missing.length < count; index++) {
      if (!book.succeededIndexes.has(index) && !taken.has(index)) missing.push(index);
    }
    return missing;
  }

  /** Whether the condition Suspended has changed. */
  function suspension(look: Look, isSuspended: boolean): boolean {
    const old = look.conditions.find(({ type }) => type === "Suspended");
    const status = isSuspended ? "True" : "False";
    if (old === undefined ? !isSuspended : old["status"] === status) return false;
    const next = isSuspended
      ? condition("Suspended", status, "JobSuspended", "Job suspended")
      : condition("Suspended", status, "JobResumed", "Job resumed");
    look.conditions =
      old === undefined ? [...look.conditions, next] : look.conditions.map((one) => (one === old ? next : one));
    return true;
  }

  /** The outcome at once, the last word when no pod is left. */
  function conclude(look: Look, outcome: JsonObject): void {
    if (!look.conditions.includes(outcome)) look.conditions = [...look.conditions, outcome];
    if (0 < look.terminating) return;
    const type = outcome["type"] === "FailureTarget" ? "Failed" : "Complete";
    const last = condition(type, "True", textOf(outcome["reason"]), textOf(outcome["message"]));
    look.conditions = [...look.conditions, last];
  }

  function writeStatus(look: Look, startTime: unknown, old: JsonObject): void {
    const { job, book, active, terminating, conditions } = look;
    const complete = conditions.find(({ type }) => type === "Complete");
    const counts = withoutZeros({ active: active.length, succeeded: book.succeeded, failed: book.failed });
    const status = {
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(complete === undefined ? {} : { completionTime: complete["lastTransitionTime"] }),
      ...counts,
      ...(book.succeededIndexes.size === 0 ? {} : { completedIndexes: formatIndexes(book.succeededIndexes) }),
      terminating,
      ready: active.filter(isReady).length,
      uncountedTerminatedPods: {},
    };
    if (!isEqual(old, status)) client.replaceStatus(kinds.jobs, job, status);
  }

  function condition(type: string, status: string, reason: string, message: string): JsonObject {
    const now = timestamp(clock.wallMs());
    return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
  }
}

/** One pod once, where neither number is given; without completions the pods agree among themselves when they are done. */
function withDefaults(spec: JsonObject): JsonObject {
  const { parallelism, completions } = spec;
  return parallelism === undefined && completions === undefined ? { ...spec, parallelism: 1, completions: 1 } : spec;
}

/** The index stays whole, however long the name is. */
function generateNameOf(jobName: string, index: number): string {
  const suffix = `-${index}-`;
  return `${jobName.slice(0, GENERATED_MAX - suffix.length)}${suffix}`;
}

function restartsInPlace(spec: JsonObject): boolean {
  return objectOf(objectOf(spec["template"])["spec"])["restartPolicy"] === "OnFailure";
}

function hasRestartedTooOften(active: readonly ApiObject[], limit: number): boolean {
  const statuses = active.flatMap((pod) => [
    ...objectsOf(statusOf(pod)["initContainerStatuses"]),
    ...objectsOf(statusOf(pod)["containerStatuses"]),
  ]);
  const restarts = statuses.reduce((sum, status) => sum + integerOf(status["restartCount"], 0), 0);
  return limit === 0 ? 0 < restarts : limit <= restarts;
}

/** The API server writes them into the template; a Job that was stored otherwise still gets pods that can be found. */
function withJobLabels(job: ApiObject, template: JsonObject): JsonObject {
  const { name } = job.metadata;
  const metadata = objectOf(template["metadata"]);
  const labels = {
    "batch.kubernetes.io/controller-uid": uidOf(job),
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uidOf(job),
    "job-name": name,
    ...objectOf(metadata["labels"]),
  };
  return { ...template, metadata: { ...metadata, labels } };
}

const INDEX_VARIABLE = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } },
};

function withIndexVariables(template: JsonObject): JsonObject {
  const spec = objectOf(template["spec"]);
  const withVariable = (container: JsonObject): JsonObject => {
    const variables = objectsOf(container["env"]);
    if (variables.some(({ name }) => name === INDEX_VARIABLE.name)) return container;
    return { ...container, env: [...variables, INDEX_VARIABLE] };
  };
  const containers = objectsOf(spec["containers"]).map(withVariable);
  const initContainers = objectsOf(spec["initContainers"]).map(withVariable);
  const changed = { containers, ...(initContainers.length === 0 ? {} : { initContainers }) };
  return { ...template, spec: { ...spec, ...changed } };
}
