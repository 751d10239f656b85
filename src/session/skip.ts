// Skip: a group that could not be placed is not tried again until something that could help it has changed.

import type { Job, JobMemory, Refusal } from "../model/index.ts";
import { isLate as isLatePredicate } from "./combinators.ts";
import type { Session } from "./session.ts";

/** A refused group is tried again after this time even if nothing that we know of could help it. */
export const RETRY_MS = 60_000;

/** Whether trying the job now must end as it ended the last time. Never true once RETRY_MS have passed. */
export function canSkip(session: Session, job: Job): boolean {
  const refusal = session.pending.get(job.key)?.memory.refusedAt;
  return refusal !== undefined && session.input.nowMs - refusal.atMs < RETRY_MS && isUnchanged(session, job, refusal);
}

/** Whether nothing that could help the job has changed since it was refused. */
export function isUnchanged(session: Session, job: Job, refusal: Refusal): boolean {
  const { versions } = session.snapshot;
  const before = refusal.versions;
  const nothingHelps =
    refusal.jobVersion === job.version &&
    before.freed === versions.freed &&
    before.constraints === versions.constraints &&
    before.queues === versions.queues;
  // Members of different shapes compete with each other: taking room can change who goes where, and so let the group fit.
  return (
    nothingHelps && (refusal.isOneShape || (before.taken === versions.taken && session.ledger.operationCount === 0))
  );
}

/** What to remember of a refusal; undefined where the next session must try again. */
export function refusalOf(session: Session, job: Job): Refusal | undefined {
  // Room held for somebody in this session may be free in the next one without any event.
  if (session.recorder.pipelined.length > 0) return undefined;
  const [shape, ...others] = new Map(
    job.tasks.filter(({ status }) => status === "Pending").map((task) => [task.shape.signature, task.shape]),
  ).values();
  // A predicate that counts neighbours can be satisfied by somebody else's placement.
  const isLate =
    shape !== undefined &&
    session.hooks.predicates.some((hook) => isLatePredicate(hook) && hook.appliesTo?.(shape) !== false);
  return {
    jobVersion: job.version,
    versions: session.snapshot.versions,
    isOneShape: others.length === 0 && !isLate,
    atMs: session.input.nowMs,
  };
}

/** The refusal that stands when the session ends. A job that was given anything is tried again: what it was promised must be promised anew. */
export function standingRefusal(session: Session, job: Job, before: JobMemory): Refusal | undefined {
  const { ledger, recorder } = session;
  if (job.tasks.some((task) => ledger.standingOf(task) !== undefined)) return undefined;
  return recorder.refusals.get(job.key) ?? (recorder.skipped.has(job.key) ? before.refusedAt : undefined);
}
