// Serve: what goes on after the story, until somebody stops it: a new gang every few seconds, which runs for a while,
// finishes and is cleaned away, so that there is always something to look at with kubectl.

import type { Env } from "../../src/env.ts";
import type { Board, Group } from "./board.ts";
import type { Narrator } from "./narrator.ts";
import { pictureOf } from "./picture.ts";
import { seededIntegers } from "./random.ts";
import type { Reporter } from "./reporter.ts";
import type { User } from "./user.ts";
import { deletePodRequest, deleteJobRequest, finishRequest, gang, jobOf } from "./workloads.ts";
import type { Cast, Workload } from "./workloads.ts";

export interface ServeOptions {
  readonly env: Env;
  readonly board: Board;
  readonly user: User;
  readonly reporter: Reporter;
  readonly narrator: Narrator;
  readonly cast: Cast;
  readonly nodeCount: number;
  readonly seed: number;
  /** Times between arrivals are divided by it. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

/** Their first letters are in no name of the story. */
const NAMES = ["anvil", "bolt", "delta", "ember", "grove", "hazel", "iris", "jetty", "kelp", "lilac", "maple", "north"];
/** While so many gangs wait, nobody submits another. */
const WAITING_MAX = 3;
const PICTURE_EVERY = 3;
/** How long what has finished is left to be looked at. */
const CLEAN_AFTER_MS = 8_000;

/** Rejects with the reason of `signal` when it is aborted; never resolves. */
export async function serve(options: ServeOptions): Promise<never> {
  const { env, board, user, reporter, narrator, signal, speed, nodeCount } = options;
  const integer = seededIntegers(options.seed);
  const cleaner = new Cleaner(options);
  await makeRoom(options, cleaner);
  let shown = "";
  for (let arrivals = 0; ;) {
    await env.timers.sleep(integer(3_000, 6_000) / speed, signal);
    await cleaner.clean();
    const waiting = board.groups.filter(({ isGang, wholeMs }) => isGang && wholeMs === undefined);
    if (waiting.length <= WAITING_MAX) {
      const workload = arrival(arrivals, nodeCount, integer);
      arrivals += 1;
      board.announce(workload);
      cleaner.watchJob(workload.name);
      await user.create([jobOf(workload, integer(8, 25))]);
      if (arrivals % PICTURE_EVERY !== 0) continue;
    }
    reporter.flush();
    const lines = pictureOf(board, narrator.paint);
    if (lines.join("\n") === shown) continue;
    shown = lines.join("\n");
    narrator.block(lines);
  }
}

/** Of the story, only the gang that never fits and the one that came last stay. */
async function makeRoom({ board, user, cast }: ServeOptions, cleaner: Cleaner): Promise<void> {
  for (const { name } of [cast.choir, cast.pool]) {
    const pods = [...(board.group(name)?.pods.values() ?? [])];
    await user.sendAll(pods.map((pod) => finishRequest(pod.name)));
  }
  for (const { name } of [cast.ring, cast.choir, cast.pool]) cleaner.watchPods(name);
}

function arrival(number: number, nodeCount: number, integer: (min: number, max: number) => number): Workload {
  const generation = Math.floor(number / NAMES.length);
  const name = `${NAMES[number % NAMES.length]!}${generation === 0 ? "" : `-${String(generation + 1)}`}`;
  const cpu = integer(1, 4);
  const whole = gang(name, integer(2, nodeCount + 1), cpu);
  if (integer(1, 3) !== 1) return whole;
  return { ...whole, minimum: Math.ceil(whole.size / 2), minimumText: "50%" };
}

/** Deletes what has finished a while ago, as a careful user does. */
class Cleaner {
  readonly #options: ServeOptions;
  readonly #jobs = new Set<string>();
  readonly #podGroups = new Set<string>();
  readonly #finishedMs = new Map<string, number>();

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  /** What the Job of this name makes. */
  watchJob(name: string): void {
    this.#jobs.add(name);
  }

  /** The pods of this group, which have no controller. */
  watchPods(name: string): void {
    this.#podGroups.add(name);
  }

  async clean(): Promise<void> {
    const { board, user, env } = this.#options;
    for (const name of [...this.#jobs, ...this.#podGroups]) {
      const group = board.group(name);
      if (group === undefined || !isFinished(group)) continue;
      const sinceMs = this.#finishedMs.get(name) ?? env.clock.nowMs();
      this.#finishedMs.set(name, sinceMs);
      if (env.clock.nowMs() < sinceMs + CLEAN_AFTER_MS) continue;
      const pods = [...group.pods.values()];
      await user.sendAll(
        this.#jobs.has(name) ? [deleteJobRequest(name)] : pods.map((pod) => deletePodRequest(pod.name)),
      );
      board.forget(name);
      this.#finishedMs.delete(name);
      this.#jobs.delete(name);
      this.#podGroups.delete(name);
    }
  }
}

function isFinished(group: Group): boolean {
  return 0 < group.pods.size && group.finishedCount === group.pods.size;
}
