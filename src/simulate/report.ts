// Report: what a simulation decided, as the JSON object of the contract: one entry per cycle, then where every pod sits.
// Lists other than binds and evictions are sorted by name; nothing in it depends on the order of the input or on real time.

import { compareText, entriesOf, InvariantViolation } from "../model/index.ts";
import type { Dialect, GroupPhase, Job, Task, TaskStatus, WaitReason } from "../model/index.ts";
import type { Cycle, Outcome } from "./simulate.ts";

export interface Report {
  readonly version: 1;
  readonly cycles: readonly CycleReport[];
  readonly placements: Readonly<Record<string, string>>;
  readonly stable: boolean;
}

export interface CycleReport {
  readonly cycle: number;
  readonly binds: readonly Placed[];
  readonly evictions: readonly (Placed & { readonly action: string; readonly for: string })[];
  readonly pipelined: readonly Placed[];
  readonly groups: readonly GroupReport[];
  readonly pending: readonly PendingReport[];
  readonly timings?: { readonly sessionMs: number };
}

interface Placed {
  readonly pod: string;
  readonly node: string;
  readonly group: string;
}

export interface GroupReport {
  readonly group: string;
  readonly dialect: Dialect;
  readonly queue: string;
  readonly phase: GroupPhase;
  readonly minAvailable: number;
  readonly members: number;
  readonly allocated: number;
  readonly reason?: WaitReason;
  readonly message?: string;
}

export interface PendingReport {
  readonly pod: string;
  readonly group: string;
  readonly reason: WaitReason;
  readonly message: string;
}

const LIVE: ReadonlySet<TaskStatus> = new Set<TaskStatus>(["Pending", "Gated", "Bound"]);

export function reportOf({ cycles, placements, isStable }: Outcome, withTimings: boolean): Report {
  return {
    version: 1,
    cycles: cycles.map((cycle) => ({
      ...cycleReport(cycle),
      ...(withTimings ? { timings: { sessionMs: Math.round(cycle.tookMs * 1000) / 1000 } } : {}),
    })),
    placements: Object.fromEntries(placements),
    stable: isStable,
  };
}

function cycleReport({ cycle, snapshot, plan, memory }: Cycle): CycleReport {
  const jobs = [...entriesOf(snapshot.jobs)].map(([, job]) => job);
  const bound = new Set(plan.intents.filter(({ kind }) => kind === "bind").map(({ task }) => task));
  const evicted = new Set(plan.intents.filter(({ kind }) => kind === "evict").map(({ task }) => task));
  const phases = new Map(plan.groupStatuses.map(({ job, phase }) => [job, phase]));
  const groups = jobs.map((job): GroupReport => {
    const { verdict, isAdmitted = false } = memory.jobs.get(job.key) ?? {};
    const allocated = job.tasks.filter(
      ({ key, status }) => (status === "Bound" && !evicted.has(key)) || bound.has(key),
    ).length;
    return {
      group: job.name,
      dialect: job.dialect,
      queue: job.unknownQueue ?? job.queue,
      phase: phases.get(job.key) ?? job.phase ?? phaseOf(job, allocated, isAdmitted),
      minAvailable: job.minAvailable,
      members: job.tasks.filter(({ status }) => LIVE.has(status)).length,
      allocated,
      ...(verdict === undefined ? {} : { reason: verdict.reason, message: verdict.message }),
    };
  });
  const pending = jobs.flatMap((job) => {
    const waiting = job.tasks.filter(({ key, status }) => status === "Pending" && !bound.has(key));
    return waiting.map((task) => ({ pod: task.key, group: job.name, ...whyWaiting(job, task, memory) }));
  });
  const placed = ({ task, node, group }: { task: string; node: string; group: string }): Placed => ({
    pod: task,
    node,
    group,
  });
  return {
    cycle,
    binds: plan.intents.filter(({ kind }) => kind === "bind").map(placed),
    evictions: plan.intents.flatMap((intent) =>
      intent.kind === "evict" ? [{ ...placed(intent), action: intent.action, for: intent.for }] : [],
    ),
    pipelined: plan.intents
      .filter(({ kind }) => kind === "nominate")
      .map(placed)
      .sort((a, b) => compareText(a.pod, b.pod)),
    groups: groups.sort((a, b) => compareText(a.group, b.group) || compareText(a.dialect, b.dialect)),
    pending: pending.sort((a, b) => compareText(a.pod, b.pod)),
  };
}

/** Phase of a group whose API has none, in Volcano's words: a part of its minimum is `Unknown`. */
function phaseOf(job: Job, allocated: number, isAdmitted: boolean): GroupPhase {
  const held = allocated + job.succeededCounted;
  if (0 < allocated) return job.minAvailable <= held ? "Running" : "Unknown";
  if (0 < job.tasks.length && job.tasks.every(({ status }) => status === "Succeeded" || status === "Failed"))
    return "Completed";
  return isAdmitted ? "Inqueue" : "Pending";
}

/** Every waiting pod has a reason: a session that leaves one without is wrong. */
function whyWaiting(job: Job, task: Task, memory: Cycle["memory"]): { reason: WaitReason; message: string } {
  const verdict = memory.jobs.get(job.key)?.verdict;
  const own = verdict?.tasks.get(task.key) ?? verdict;
  if (own === undefined) throw new InvariantViolation(`${task.key} waits and no session has said why`);
  return { reason: own.reason, message: own.message };
}
