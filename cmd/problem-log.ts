// ProblemLog: what keeps the cluster from being read, in one line a minute for each kind of trouble, and one when it is over.

import type { Problem } from "../src/cache/reflectors.ts";
import type { Env } from "../src/env.ts";
import type { Logger } from "../src/telemetry/index.ts";

const REPEAT_MS = 60_000;
/** Reflectors fail one after the other; the line waits for the others. */
const GATHER_MS = 250;
const MESSAGES_MAX = 10;

export class ProblemLog {
  readonly #env: Env;
  readonly #logger: Logger;
  readonly #problems: () => readonly Problem[];
  readonly #loggedMsByCode = new Map<string, number>();
  /** Since when there are problems. */
  #sinceMs: number | undefined;
  /** The present problems have had a line. */
  #isLogged = false;

  constructor(env: Env, logger: Logger, problems: () => readonly Problem[]) {
    this.#env = env;
    this.#logger = logger;
    this.#problems = problems;
  }

  /** Logs what is due. Called every second, and when a problem appears. `cured`: there were problems, and there are none. */
  look(): "well" | "troubled" | "cured" {
    const problems = this.#problems();
    const nowMs = this.#env.clock.nowMs();
    if (problems.length === 0) {
      if (this.#sinceMs === undefined) return "well";
      this.#sinceMs = undefined;
      if (this.#isLogged) this.#logger.info("the API server answers again");
      this.#isLogged = false;
      return "cured";
    }
    this.#sinceMs ??= nowMs;
    if (this.#sinceMs + GATHER_MS <= nowMs) {
      for (const code of new Set(problems.map((problem) => problem.code))) this.#logDue(code, problems, nowMs);
    }
    return "troubled";
  }

  #logDue(code: string, problems: readonly Problem[], nowMs: number): void {
    const loggedMs = this.#loggedMsByCode.get(code);
    if (loggedMs !== undefined && nowMs < loggedMs + REPEAT_MS) return;
    this.#loggedMsByCode.set(code, nowMs);
    this.#isLogged = true;
    const ofCode = problems.filter((problem) => problem.code === code).map(({ message }) => message);
    // Nobody needs to read of a server that is away once for each resource.
    const shown =
      code === "unreachable" || code === "unauthorized" ? ofCode.slice(0, 1) : ofCode.slice(0, MESSAGES_MAX);
    this.#logger.warn({ code, problem: shown.join("; "), resources: ofCode.length }, "cannot read the cluster");
  }
}
