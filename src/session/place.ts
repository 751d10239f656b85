// Place: tries to give a group its room, under a statement that the action ends. One candidate set after the other, each under a checkpoint.

import type { Job, Node, Task } from "../model/index.ts";
import type { Refusals } from "./finder.ts";
import type { CandidateSet } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { Statement } from "./statement.ts";

/**
 * - `ready`: enough tasks hold room that is idle; commit.
 * - `pipelined`: enough hold room or the promise of it; hold.
 * - `refused`: discard. For a job that is ready anyway: nothing more was placed.
 */
export type Outcome = "ready" | "pipelined" | "refused";

export interface Placed {
  readonly outcome: Outcome;
  /** Why nodes refused, by signature of the shapes that found none; as of the moment they were refused. */
  readonly refusals: ReadonlyMap<string, Refusals>;
  /** Tasks that had room, or the promise of it, when the last candidate set was given up or taken. */
  readonly placedCount: number;
}

/**
 * Places `tasks` of `job` in their order, at most up to the job's minimum where it is below it.
 * The first candidate set in which the job becomes ready is taken, else the first in which it is pipelined.
 * The statement then holds exactly the operations of that set; for `refused` those of the last one tried.
 */
export function place(session: Session, statement: Statement, job: Job, tasks: readonly Task[]): Placed {
  const sets = session.hooks.candidateSets(job);
  const start = statement.checkpoint();
  let promising: CandidateSet | undefined;
  let last: Placed = { outcome: "refused", refusals: new Map(), placedCount: 0 };
  for (const candidates of sets) {
    statement.rollback(start);
    last = placeInside(session, statement, job, tasks, candidates);
    if (last.outcome === "ready") return last;
    if (last.outcome === "pipelined") promising ??= candidates;
  }
  if (promising === undefined || (last.outcome === "pipelined" && promising === sets.at(-1))) return last;
  statement.rollback(start);
  return placeInside(session, statement, job, tasks, promising);
}

function placeInside(
  session: Session,
  statement: Statement,
  job: Job,
  tasks: readonly Task[],
  candidates: CandidateSet,
): Placed {
  const wasReady = session.isReady(job);
  const refusals = new Map<string, Refusals>();
  let placedCount = 0;
  for (const task of wasReady ? tasks : neededFirst(session, job, tasks)) {
    // One shape that fits nowhere is passed over: smaller tasks may still make the minimum.
    if (refusals.has(task.shape.signature)) continue;
    session.recorder.podsConsidered++;
    const node = placeTask(session, statement, job, task, candidates);
    if (node === undefined) refusals.set(task.shape.signature, session.finder.refusals(task.shape, candidates));
    else placedCount++;
    if (!wasReady && session.isReady(job)) break;
  }
  if (session.isReady(job))
    return { outcome: wasReady && placedCount === 0 ? "refused" : "ready", refusals, placedCount };
  return { outcome: session.isPipelined(job) ? "pipelined" : "refused", refusals, placedCount };
}

function placeTask(
  session: Session,
  statement: Statement,
  job: Job,
  task: Task,
  candidates: CandidateSet,
): Node | undefined {
  const idle = session.finder.best(task.shape, candidates);
  if (idle !== undefined) {
    statement.allocate(task, job, idle);
    return idle;
  }
  const future = session.finder.bestInFuture(task.shape, candidates);
  if (future !== undefined) statement.pipeline(task, job, future);
  return future;
}

/** Tasks that a role's minimum still needs, then all others; each part in task order. */
function neededFirst(session: Session, job: Job, tasks: readonly Task[]): readonly Task[] {
  if (job.minByRole.size === 0) return tasks;
  const missing = new Map(
    [...job.minByRole].map(([role, minimum]) => [role, minimum - session.occupiedInRole(job, role)]),
  );
  const needed: Task[] = [];
  const rest: Task[] = [];
  for (const task of tasks) {
    const left = missing.get(task.role) ?? 0;
    if (left > 0) missing.set(task.role, left - 1);
    (left > 0 ? needed : rest).push(task);
  }
  return [...needed, ...rest];
}
