// PlanOf: what a finished session decided, as data, in order.

import { phaseOf } from "../model/index.ts";
import type { Bind, Decision, GroupPhase, GroupStatus, Job, Plan, Verdict, WaitCondition } from "../model/index.ts";
import { waitingForRoomVerdict } from "./explain.ts";
import type { Session } from "./session.ts";

export function planOf(session: Session): Plan {
  const { recorder, pending, input } = session;
  const jobs = [...pending.values()].map(({ job }) => job);
  return {
    cycle: input.memory.cycle + 1,
    intents: bindsOf(session),
    conditions: jobs.flatMap((job) => conditionsOf(session, job)),
    groupStatuses: jobs.flatMap((job) => groupStatusOf(session, job)),
    decisions: [
      ...recorder.decisions,
      ...jobs.flatMap((job) => warningsOf(session, job)),
      ...jobs.flatMap((job) => refusalDecision(session, job)),
    ],
    counts: {
      pendingGroups: pending.size,
      podsConsidered: recorder.podsConsidered,
      bound: recorder.binds.length,
      evicted: 0,
      pipelined: recorder.pipelined.length,
      skippedAsUnchanged: recorder.skipped.size,
    },
  };
}

/** The verdict that stands on a job after this session; undefined for one that nobody refused. */
export function rememberedVerdict(session: Session, job: Job): Verdict | undefined {
  const { recorder, pending } = session;
  const verdict = recorder.verdicts.get(job.key);
  if (verdict !== undefined) return verdict;
  const before = pending.get(job.key)?.memory.verdict;
  return before !== undefined && (recorder.skipped.has(job.key) || !session.isTakenOn(job))
    ? before
    : unrefused(session, job);
}

/** A job that nobody refused and that waits all the same: for promised room, or because no configured action cares for it. */
function unrefused(session: Session, job: Job): Verdict | undefined {
  const waiting = session.waitingTasks(job);
  if (!session.isTakenOn(job) || waiting.length === 0) return undefined;
  const promisedCount = waiting.filter(({ key }) => session.recorder.promised.has(key)).length;
  if (0 < promisedCount) return waitingForRoomVerdict("allocate", job, promisedCount);
  return {
    stage: "allocate",
    reason: "Unschedulable",
    message:
      "no action of the scheduler configuration places this pod (allocate for pods with requests, backfill for pods without)",
    tasks: new Map(),
  };
}

function bindsOf({ recorder, input }: Session): readonly Bind[] {
  const plannedByJob = new Map<string, number>();
  for (const { job } of recorder.binds) plannedByJob.set(job.key, (plannedByJob.get(job.key) ?? 0) + 1);
  return recorder.binds.map(({ task, job, node }) => ({
    kind: "bind",
    task: task.key,
    uid: task.uid,
    job: job.key,
    group: job.name,
    node: node.name,
    priority: job.priority,
    mark: { cycleId: input.cycleId, planned: plannedByJob.get(job.key) ?? 0, minimum: job.minAvailable },
  }));
}

/** Of every task that waits and whose condition says something else. */
function conditionsOf(session: Session, job: Job): readonly WaitCondition[] {
  const verdict = rememberedVerdict(session, job);
  if (verdict === undefined) return [];
  return session.waitingTasks(job).flatMap((task) => {
    const own = reasonFor(session, task.key, verdict);
    if (task.waiting.reason === own.reason && task.waiting.message === own.message) return [];
    return [{ task: task.key, uid: task.uid, ...own }];
  });
}

/** A promised task waits for room that is being freed, whatever keeps its siblings. */
function reasonFor(session: Session, task: string, verdict: Verdict): Pick<Verdict, "reason" | "message"> {
  const node = session.recorder.promised.get(task);
  if (node !== undefined)
    return { reason: "WaitingForVictims", message: `waiting for room that is being freed on node ${node}` };
  return verdict.tasks.get(task) ?? { reason: verdict.reason, message: verdict.message };
}

/** The phase of groups that have an object, where it is not what the object says. */
function groupStatusOf(session: Session, job: Job): readonly GroupStatus[] {
  if (job.groupUid === undefined) return [];
  const phase = sessionPhaseOf(session, job);
  if (phase === job.phase) return [];
  const status = { job: job.key, group: job.name, dialect: job.dialect, groupUid: job.groupUid, phase };
  return [job.tasks.length === 0 ? { ...status, hasNoPods: true } : status];
}

function sessionPhaseOf(session: Session, job: Job): GroupPhase {
  const occupied = session.occupiedCount(job);
  return phaseOf({
    occupied,
    running: occupied - job.succeededCounted,
    live: job.tasks.filter(
      ({ status }) => status === "Pending" || status === "Gated" || status === "Bound" || status === "Releasing",
    ).length,
    succeeded: job.succeededCounted,
    minAvailable: job.minAvailable,
    isAdmitted: session.isAdmitted(job),
  });
}

/** The group is scheduled, but not quite as its owner may think. New in the first session that sees it pending. */
function warningsOf(session: Session, job: Job): readonly Decision[] {
  const isNew = !session.input.memory.jobs.has(job.key);
  return (job.warnings ?? []).map((message) => ({ kind: "warning", group: job.name, message, isNew }));
}

function refusalDecision(session: Session, job: Job): readonly Decision[] {
  const verdict = session.recorder.verdicts.get(job.key);
  const isDone = job.tasks.length > 0 && session.waitingTasks(job).length === 0;
  if (verdict === undefined || isDone) return [];
  const before = session.pending.get(job.key)?.memory.verdict;
  const isNew = before === undefined || inWords(before) !== inWords(verdict);
  const { stage, reason, message, have, want } = verdict;
  if (have !== undefined && want !== undefined)
    return [{ kind: "waiting for members", group: job.name, have, want, message, isNew }];
  return [{ kind: "discard", group: job.name, stage, reason, message, isNew }];
}

/** A verdict without its numbers: changed counts alone are no new decision. */
function inWords({ stage, reason, message }: Verdict): string {
  return `${stage} ${reason} ${message.replaceAll(/\d+/g, "#")}`;
}
