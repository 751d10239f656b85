// Place: tries to give a group its room, under a statement that the action ends. One candidate set after the other, each under a checkpoint.

import type { Job, Node, Task } from "../model/index.ts";
import type { Refusals } from "./finder.ts";
import type { CandidateSet } from "./hooks.ts";
import type { Session } from "./session.ts";
import type { Checkpoint, Statement } from "./statement.ts";

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
  /** Tasks that had room, or the promise of it, in the attempt that was taken; for `refused` in the first one. */
  readonly placedCount: number;
}

/** A candidate set, and the order in which tasks are placed inside it. */
interface Attempt {
  readonly candidates: CandidateSet;
  readonly tasks: readonly Task[];
}

/**
 * Places `tasks` of `job` in their order, at most up to the job's minimum where it is below it.
 * Candidate sets are tried one after the other; inside each, members of different shapes are tried a second time with those
 * first that the fewest nodes can take, so that a small member does not crowd a big one out.
 * The first attempt in which the job becomes ready is taken, else the first in which it is pipelined.
 * The statement then holds exactly the operations of that attempt; for `refused` none.
 */
export function place(session: Session, statement: Statement, job: Job, tasks: readonly Task[]): Placed {
  const start = statement.checkpoint();
  let promising: Attempt | undefined;
  let first: Placed | undefined;
  for (const attempt of attemptsFor(session, job, tasks)) {
    const placed = tryTo(session, statement, job, attempt);
    if (placed.outcome === "ready") return placed;
    if (placed.outcome === "pipelined") promising ??= attempt;
    first ??= placed;
    statement.rollback(start); // also before the next attempt is made up, which asks for the rooms as they are
  }
  if (promising !== undefined) return tryTo(session, statement, job, promising);
  return first ?? { outcome: "refused", refusals: new Map(), placedCount: 0 };
}

function* attemptsFor(session: Session, job: Job, tasks: readonly Task[]): Generator<Attempt> {
  const isBelow = !session.isReady(job);
  const ordered = isBelow ? neededFirst(session, job, tasks) : tasks;
  const isMixed = isBelow && new Set(ordered.map(({ shape }) => shape.signature)).size > 1;
  for (const candidates of session.hooks.candidateSets(job)) {
    yield { candidates, tasks: ordered };
    if (isMixed) yield { candidates, tasks: constrainedFirst(session, ordered, candidates) };
  }
}

function tryTo(session: Session, statement: Statement, job: Job, { candidates, tasks }: Attempt): Placed {
  const wasReady = session.isReady(job);
  const refusals = new Map<string, Refusals>();
  let placedCount = 0;
  /** Where the job became pipelined. */
  let enough: { readonly checkpoint: Checkpoint; readonly placedCount: number } | undefined;
  for (const task of tasks) {
    // One shape that fits nowhere is passed over: smaller tasks may still make the minimum.
    if (refusals.has(task.shape.signature)) continue;
    session.recorder.podsConsidered++;
    const node = placeTask(session, statement, job, task, candidates);
    if (node === undefined) refusals.set(task.shape.signature, session.finder.refusals(task.shape, candidates));
    else placedCount++;
    if (!wasReady && session.isReady(job)) break;
    if (session.isPipelined(job)) enough ??= { checkpoint: statement.checkpoint(), placedCount };
  }
  if (session.isReady(job))
    return { outcome: wasReady && placedCount === 0 ? "refused" : "ready", refusals, placedCount };
  if (enough === undefined) return { outcome: "refused", refusals, placedCount };
  // The tasks behind were tried because idle room might have made the job ready. It did not: their claims are for others.
  statement.rollback(enough.checkpoint);
  return { outcome: "pipelined", refusals, placedCount: enough.placedCount };
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

/** Tasks whose shape the most nodes refuse first; else in the order given. The rooms must be as they will be for the attempt. */
function constrainedFirst(session: Session, tasks: readonly Task[], candidates: CandidateSet): readonly Task[] {
  const refusing = new Map<string, number>();
  for (const { shape } of tasks) {
    if (!refusing.has(shape.signature))
      refusing.set(shape.signature, session.finder.refusals(shape, candidates).refusingCount);
  }
  const refusingOf = ({ shape }: Task): number => refusing.get(shape.signature) ?? 0;
  return tasks.toSorted((left, right) => refusingOf(right) - refusingOf(left));
}
