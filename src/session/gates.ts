// Gates: what keeps a group from being placed before any room is looked at, in the order in which its owner should hear of it.

import type { Job, JobMemory, Policy, Verdict, WaitReason } from "../model/index.ts";
import type { Refused, SessionView } from "./hooks.ts";

export interface LogicalTime {
  readonly nowMs: number;
  readonly cycleIntervalMs: number;
}

const NO_TASKS: Verdict["tasks"] = new Map();

/** Defects of the group and states of its queue: they stop the group at every door, enqueue included. */
export function gateOf(session: Pick<SessionView, "queues">, job: Job): Verdict | undefined {
  if (job.quarantine !== undefined) return verdict("quarantine", "InvalidGroup", job.quarantine);
  if (job.missingObject !== undefined) {
    return verdict(
      "members",
      "WaitingForMembers",
      `waiting for the group object ${job.missingObject}, which does not exist`,
    );
  }
  if (job.unknownQueue !== undefined)
    return verdict("queue", "QueueLimit", `queue ${JSON.stringify(job.unknownQueue)} does not exist`);
  if (session.queues.get(job.queue)?.isOpen === false) {
    return verdict("queue", "QueueLimit", `queue ${JSON.stringify(job.queue)} is not open: it starts nothing new`);
  }
  return undefined;
}

/** A group of unknown size waits until no member has appeared for the settle time (dialects.md). */
export function settlingOf(job: Job, memory: JobMemory, policy: Policy, time: LogicalTime): Verdict | undefined {
  const atMs = settledAtMs(job, memory, policy, time);
  if (atMs === undefined || atMs <= time.nowMs) return undefined;
  const members = job.tasks.filter(({ status }) => status === "Pending" || status === "Bound").length;
  return {
    ...verdict(
      "members",
      "WaitingForMembers",
      `waiting for the group to settle: ${String(members)} members so far, and nothing says how many will come`,
    ),
    have: members,
    want: members,
  };
}

/** Logical time when the group counts as complete; undefined where its size is known. */
export function settledAtMs(job: Job, memory: JobMemory, policy: Policy, time: LogicalTime): number | undefined {
  if (job.settle === undefined || job.settle.expected !== undefined) return undefined;
  const settleMs = policy.gang.settleMs ?? Math.max(2_000, 2 * time.cycleIntervalMs);
  return Math.min(memory.membershipSinceMs + settleMs, memory.firstSeenMs + policy.gang.settleMaxMs);
}

/** What is remembered of a job, brought up to date with its membership. */
export function rememberJob(job: Job, before: JobMemory | undefined, nowMs: number): JobMemory {
  if (before === undefined) {
    return { firstSeenMs: nowMs, membership: job.membership, membershipSinceMs: nowMs, isAdmitted: false };
  }
  return before.membership === job.membership
    ? before
    : { ...before, membership: job.membership, membershipSinceMs: nowMs };
}

export function refusedVerdict(stage: Verdict["stage"], refused: Refused): Verdict {
  const counts =
    refused.have === undefined || refused.want === undefined ? {} : { have: refused.have, want: refused.want };
  return { ...verdict(stage, refused.reason, refused.message), ...counts };
}

function verdict(stage: Verdict["stage"], reason: WaitReason, message: string): Verdict {
  return { stage, reason, message, tasks: NO_TASKS };
}
