// Reporter: says what is new about each group since it was last said. Changes come one pod at a time; it waits a moment,
// so that a gang's binds are one line.

import type { Env } from "../../src/env.ts";
import type { Board, Group } from "./board.ts";
import type { Narrator } from "./narrator.ts";
import { letterOf } from "./picture.ts";

const GATHER_MS = 120;

/** What has been said of a group. */
interface Told {
  readonly created: number;
  readonly bound: number;
  readonly finished: number;
  readonly gist: string;
}

interface Waiter {
  /** Ends the wait if what is waited for holds. */
  readonly look: () => void;
  readonly giveUp: () => void;
}

const NOTHING: Told = { created: 0, bound: 0, finished: 0, gist: "" };

export class Reporter {
  readonly #env: Pick<Env, "timers">;
  readonly #board: Board;
  readonly #narrator: Narrator;
  /** By identity: a workload that comes again under the same name is another one. */
  readonly #told = new WeakMap<Group, Told>();
  readonly #waiters = new Set<Waiter>();
  #cancel: (() => void) | undefined;

  constructor(env: Pick<Env, "timers">, board: Board, narrator: Narrator) {
    this.#env = env;
    this.#board = board;
    this.#narrator = narrator;
  }

  /** Something on the board has changed: it will be said soon. */
  changed(): void {
    this.#cancel ??= this.#env.timers.after(GATHER_MS, () => this.flush());
  }

  /** Says what is new, now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const group of this.#board.groups) this.#tellAbout(group);
    for (const { look } of [...this.#waiters]) look();
  }

  /** Says nothing more; whoever waits gets false. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = () => undefined;
    for (const { giveUp } of [...this.#waiters]) giveUp();
  }

  /** Resolves with true as soon as `holds` does and has been told, and with false after `withinMs`. */
  until(holds: () => boolean, withinMs: number): Promise<boolean> {
    this.flush();
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (result: boolean): void => {
        cancel();
        this.#waiters.delete(waiter);
        resolve(result);
      };
      const waiter: Waiter = {
        look: () => {
          if (holds()) end(true);
        },
        giveUp: () => end(false),
      };
      const cancel = this.#env.timers.after(withinMs, () => {
        this.flush();
        waiter.giveUp(); // the flush has let it go if it held
      });
      this.#waiters.add(waiter);
    });
  }

  #tellAbout(group: Group): void {
    const told = this.#told.get(group) ?? NOTHING;
    const { now, lines } = newsOf(group, told);
    this.#told.set(group, now);
    for (const line of lines) this.#narrator.news(letterOf(group), group.workload.name, line);
  }
}

function newsOf(group: Group, told: Told): { readonly now: Told; readonly lines: readonly string[] } {
  const created = group.everSeen.size;
  const bound = group.everBound.size;
  const finished = Math.max(told.finished, group.finishedCount);
  const isStopped = 0 < group.waiting.length && group.wait !== undefined;
  const gist = isStopped ? gistOf(group.wait) : told.gist;
  const lines = [
    ...(told.created < created ? [arrival(group, created - told.created, told.created)] : []),
    ...(told.bound < bound && isTellable(group) ? [placement(group, told.bound)] : []),
    ...(gist !== told.gist && isStopped ? [waitText(group)] : []),
    ...(told.finished < finished && finished === created
      ? [`finished: ${String(finished)} pods, their room is free`]
      : []),
  ];
  const saidBound = isTellable(group) ? bound : told.bound;
  return { now: { created, bound: saidBound, finished, gist }, lines };
}

/** A gang of which only some are bound so far is told of when it is whole: a moment later, or at the end as broken. */
function isTellable(group: Group): boolean {
  return !group.isGang || group.wholeMs !== undefined;
}

function arrival({ workload, isGang }: Group, more: number, before: number): string {
  const count =
    before === 0 ? pods(more) : `${String(more)} more ${more === 1 ? "pod" : "pods"}, ${String(before + more)} so far`;
  if (0 < before) return `+ ${count}`;
  if (workload.size === 0) return `+ ${count}`; // nobody announced it
  const size = workload.cpu === 0 ? "that request nothing" : `of ${String(workload.cpu)} cpu`;
  const percent = workload.minimumText.endsWith("%");
  const need = !isGang
    ? "each on its own"
    : percent
      ? `${workload.minimumText} of the gang needed`
      : workload.minimum === more
        ? `all ${String(more)} needed`
        : `${String(workload.minimum)} needed`;
  return `+ ${count} ${size}; ${need}`;
}

function placement(group: Group, toldBound: number): string {
  const { workload, everBound, isGang, firstBindMs, wholeMs } = group;
  const nodes = new Set(group.bound.map(({ node }) => node)).size;
  if (!isGang)
    return `placed: ${String(everBound.size)} of ${pods(Math.max(workload.size, everBound.size))}, on ${nodesText(nodes)}`;
  if (0 < toldBound) {
    return `${String(everBound.size - toldBound)} more placed: ${String(everBound.size)} of ${String(group.pods.size)} now`;
  }
  const within =
    1 < workload.minimum ? `, all within ${String(Math.max(1, Math.round(wholeMs! - firstBindMs!)))} ms` : "";
  const surplus = everBound.size - workload.minimum;
  const more = 0 < surplus ? ` and ${String(surplus)} above that` : "";
  return `PLACED: the ${String(workload.minimum)} that it needs${more}, on ${nodesText(nodes)}${within}`;
}

function waitText(group: Group): string {
  const { reason, message } = group.wait!;
  const who = 0 < group.bound.length ? `${pods(group.waiting.length)} of it still wait` : "waits";
  return `${who} (${reason}): ${message}`;
}

/** A reason without its numbers: the same one is not told again when they change. */
function gistOf(wait: Group["wait"]): string {
  return `${wait?.reason ?? ""} ${wait?.message.replace(/[0-9]+/g, "#") ?? ""}`;
}

function pods(count: number): string {
  return `${String(count)} ${count === 1 ? "pod" : "pods"}`;
}

function nodesText(count: number): string {
  return `${String(count)} ${count === 1 ? "node" : "nodes"}`;
}
