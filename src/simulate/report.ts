// Report: what a simulation decided, as the JSON object of the contract: one entry per cycle, then where every pod sits.
// Lists other than binds and evictions are sorted by name; nothing in it depends on the order of the input or on real time.

import { compareText, entriesOf, InvariantViolation, phaseOf } from "../model/index.ts";
import type { Dialect, GroupPhase, Job, Task, TaskRef, TaskStatus, WaitCondition, WaitReason } from "../model/index.ts";
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
  const told = new Map(plan.conditions.map((condition) => [condition.task, condition]));
  const groups = jobs.map((job): GroupReport => {
    const { verdict, isAdmitted = false } = memory.jobs.get(job.key) ?? {};
    const allocated = job.tasks.filter(
      ({ key, status }) => (status === "Bound" && !evicted.has(key)) || bound.has(key),
    ).length;
    return {
      group: job.name,
      dialect: job.dialect,
      queue: job.unknownQueue ?? job.queue,
      phase: phaseNow(job, allocated, isAdmitted),
      minAvailable: job.minAvailable,
      members: job.tasks.filter(({ status }) => LIVE.has(status)).length,
      allocated,
      ...(verdict === undefined ? {} : { reason: verdict.reason, message: verdict.message }),
    };
  });
  const pending = jobs.flatMap((job) =>
    job.tasks
      .filter(({ key, status }) => status === "Pending" && !bound.has(key))
      .map((task) => ({ pod: task.key, group: job.name, ...whyWaiting(task, told.get(task.key)) })),
  );
  return {
    cycle,
    binds: plan.intents.filter(({ kind }) => kind === "bind").map(placed),
    evictions: plan.intents.flatMap((intent) =>
      intent.kind === "evict" ? [{ ...placed(intent), action: intent.action, for: intent.for }] : [],
    ),
    pipelined: plan.decisions
      .flatMap((decision) => (decision.kind === "pipeline" ? [placed(decision)] : []))
      .sort((a, b) => compareText(a.pod, b.pod)),
    groups: groups.sort((a, b) => compareText(a.group, b.group) || compareText(a.dialect, b.dialect)),
    pending: pending.sort((a, b) => compareText(a.pod, b.pod)),
  };
}

function placed({ task, node, group }: Pick<TaskRef, "task" | "node" | "group">): Placed {
  return { pod: task, node, group };
}

/** The phase after the cycle, for every dialect in the words of those whose API has one. */
function phaseNow(job: Job, allocated: number, isAdmitted: boolean): GroupPhase {
  return phaseOf({
    occupied: allocated + job.succeededCounted,
    running: allocated,
    live: job.tasks.filter(({ status }) => LIVE.has(status) || status === "Releasing").length,
    succeeded: job.succeededCounted,
    minAvailable: job.minAvailable,
    isAdmitted: isAdmitted || (job.phase !== undefined && job.phase !== "Pending"),
  });
}

/** What the condition of the pod says after the cycle: that of this session, or an older one that still holds. */
function whyWaiting(task: Task, told: WaitCondition | undefined): Pick<WaitCondition, "reason" | "message"> {
  const { reason, message } = told ?? task.waiting;
  if (reason === "") throw new InvariantViolation(`${task.key} waits and no session has said why`);
  return { reason: reason as WaitReason, message };
}
