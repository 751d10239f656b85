// Explain: why the tasks of a group wait for room, in numbers, in the words of kube-scheduler, plus what a gang adds.

import { fitErrorMessage } from "../model/index.ts";
import type { Job, Verdict } from "../model/index.ts";
import type { Refusals } from "./finder.ts";
import type { Placed } from "./place.ts";
import type { Session } from "./session.ts";

/** The verdict on a job that was tried and found no room (for its minimum, or for the tasks that are left of it). */
export function noRoomVerdict(session: Session, stage: "allocate" | "backfill", job: Job, placed: Placed): Verdict {
  const { nodeCount } = session.snapshot;
  const isBelow = !session.isReady(job);
  const tasks = session.pendingTasks(job);
  const fitting = session.occupiedCount(job) + (isBelow ? placed.placedCount : 0);
  const gang = isBelow && 1 < job.minAvailable ? gangSentence(job, fitting) : "";
  const sentences = new Map(
    [...placed.refusals].map(([signature, refusals]) => [signature, refusalSentence(nodeCount, refusals)]),
  );
  const [first = `0/${String(nodeCount)} nodes are available.`] = sentences.values();
  const message = joined(first, gang);
  const before = session.recorder.verdicts.get(job.key); // of the action that tried the tasks which this one leaves alone
  const differing = new Map<string, { reason: "Unschedulable"; message: string }>();
  for (const task of tasks) {
    const own = sentences.get(task.shape.signature);
    const earlier = before?.tasks.get(task.key) ?? before;
    const text = own === undefined ? (earlier?.message ?? joined(gang, first)) : joined(own, gang);
    if (text !== message) differing.set(task.key, { reason: "Unschedulable", message: text });
  }
  return { stage, reason: "Unschedulable", message, tasks: differing };
}

/** The verdict on a job whose minimum (or so many members above it) has room, or the promise of it, as soon as somebody has left. */
export function waitingForRoomVerdict(
  stage: "allocate" | "backfill",
  job: Job,
  memberCount: number = job.minAvailable,
): Verdict {
  return {
    stage,
    reason: "WaitingForVictims",
    message: `room for ${String(memberCount)} members is promised and still being freed`,
    tasks: new Map(),
  };
}

function refusalSentence(nodeCount: number, { countByReason, prefilter }: Refusals): string {
  if (prefilter === undefined) return fitErrorMessage(nodeCount, countByReason);
  return `0/${String(nodeCount)} nodes are available: ${prefilter.toSorted().join(", ")}.`;
}

function gangSentence(job: Job, fitting: number): string {
  const roles =
    job.minByRole.size === 0
      ? ""
      : ` (${[...job.minByRole].map(([role, minimum]) => `${role} ${String(minimum)}`).join(", ")})`;
  return `The group needs ${String(job.minAvailable)} members${roles}, ${String(fitting)} fit.`;
}

function joined(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== "").join(" ");
}
