// LiveStage: the stage on which the story is played for real: what a user does goes to the API server, what comes of it is
// read off the board, and everything has a time by which it must have come.

import type { Env } from "../../src/env.ts";
import type { Board } from "./board.ts";
import { StoryFailure } from "./failure.ts";
import type { Narrator } from "./narrator.ts";
import { pictureOf } from "./picture.ts";
import type { Reporter } from "./reporter.ts";
import type { Stage } from "./story.ts";
import type { User } from "./user.ts";
import { finishRequest, jobOf, podsOf } from "./workloads.ts";
import type { Cast, Workload } from "./workloads.ts";

export interface LiveStageOptions {
  readonly env: Env;
  readonly user: User;
  readonly board: Board;
  readonly reporter: Reporter;
  readonly narrator: Narrator;
  readonly cast: Cast;
  /** Pauses are divided by it. */
  readonly speed: number;
  /** How long a fact may take. */
  readonly patienceMs: number;
  /** Ends pauses. */
  readonly signal: AbortSignal;
}

/** Until the demo ends. */
const RUN_SECONDS_MAX = 86_400;

export class LiveStage implements Stage {
  readonly board: Board;
  readonly cast: Cast;
  readonly #options: LiveStageOptions;

  constructor(options: LiveStageOptions) {
    this.#options = options;
    this.board = options.board;
    this.cast = options.cast;
  }

  heading(text: string): void {
    this.#options.narrator.heading(text);
  }

  tell(text: string): void {
    this.#options.reporter.flush(); // what happened before is told before
    this.#options.narrator.tell(text);
  }

  picture(): void {
    const { reporter, narrator } = this.#options;
    reporter.flush();
    narrator.block(pictureOf(this.board, narrator.paint));
  }

  async submitJob(workload: Workload): Promise<void> {
    this.board.announce(workload);
    await this.#options.user.create([jobOf(workload, RUN_SECONDS_MAX)]);
  }

  async submitPods(workload: Workload, count: number): Promise<void> {
    const group = this.board.group(workload.name) ?? this.board.announce(workload);
    const from = group.everSeen.size;
    await this.#options.user.create(podsOf(workload, from, from + count));
  }

  async finish(workload: Workload): Promise<void> {
    const { pods } = this.board.group(workload.name) ?? this.board.announce(workload);
    await this.#options.user.sendAll([...pods.values()].map(({ name }) => finishRequest(name)));
  }

  async until(fact: string, holds: () => boolean): Promise<void> {
    const { reporter, patienceMs, signal } = this.#options;
    if (await reporter.until(holds, patienceMs)) return;
    signal.throwIfAborted();
    throw new StoryFailure(`it should have come true within ${String(patienceMs / 1000)} s that ${fact}`);
  }

  must(fact: string, isTrue: boolean): void {
    if (!isTrue) throw new StoryFailure(`it should be true that ${fact}`);
  }

  async pause(seconds: number, secondsMax = Infinity): Promise<void> {
    const { env, speed, signal } = this.#options;
    await env.timers.sleep(1000 * Math.min(seconds / speed, secondsMax), signal);
  }
}
