// OutcomeLog: what became of plans at the API server, as log lines. What happened as planned is at debug: the decision has
// its line already.

import type { Outcome } from "../src/commit/index.ts";
import type { Env } from "../src/env.ts";
import { assertNever } from "../src/model/index.ts";
import type { Bind } from "../src/model/index.ts";
import type { Logger, Metrics } from "../src/telemetry/index.ts";
import { lacksRight } from "./missing-right.ts";

/** A right that is missing is missing for every pod: it is said once in so long, for each kind of write. */
const LACK_REPEAT_MS = 60_000;

export class OutcomeLog {
  readonly #clock: Env["clock"];
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #lackSaidMs = new Map<string, number>();

  constructor(clock: Env["clock"], logger: Logger, metrics: Metrics) {
    this.#clock = clock;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  note(outcome: Outcome): void {
    switch (outcome.kind) {
      case "bound": {
        const { cycle, bind, code, latencyMs, queuedMs } = outcome;
        this.#logger.debug({ cycle, ...named(bind), code, latencyMs, queuedMs }, "bound");
        this.#metrics.podsBound.inc();
        this.#metrics.bindRequestSeconds.observe({ code: String(code) }, latencyMs / 1000);
        this.#metrics.bindQueueSeconds.observe(queuedMs / 1000);
        return;
      }
      case "refused": {
        const { cycle, bind, code, reason, message } = outcome;
        const level = this.#isSaidAlready("bind", code, message) ? "debug" : "warn";
        this.#logger[level]({ cycle, ...named(bind), code, reason, message }, "bind refused");
        break;
      }
      case "lost": {
        const { cycle, bind, code, message } = outcome;
        this.#logger.info({ cycle, ...named(bind), code, message }, "bind lost");
        break;
      }
      case "conflict_foreign": {
        const { cycle, bind, node } = outcome;
        this.#logger.warn({ cycle, ...named(bind), boundTo: node }, "bind conflict");
        this.#metrics.conflicts.inc();
        break;
      }
      case "unknown": {
        const { cycle, bind, message } = outcome;
        this.#logger.warn({ cycle, ...named(bind), message }, "bind outcome unknown");
        this.#metrics.unknownOutcomes.inc();
        return;
      }
      case "parked": {
        const { cycle, bind, message } = outcome;
        this.#logger.warn({ cycle, ...named(bind), message }, "bind parked");
        return;
      }
      case "dropped": {
        const { cycle, group, binds, why, message } = outcome;
        this.#logger.info({ cycle, group, pods: binds.length, why, message }, "binds dropped");
        this.#metrics.bindFailures.inc({ outcome: "dropped" }, binds.length);
        return;
      }
      case "held":
        this.#logger.warn({ holdMs: Math.round(outcome.holdMs) }, "the API server asks to wait");
        return;
      case "breaker":
        this.#logger.warn({ isOpen: outcome.isOpen, message: outcome.message }, "commit breaker");
        return;
      case "status": {
        const { write, object, result, code, message } = outcome;
        const isTrouble = result === "refused" || result === "failed";
        const level = isTrouble && !this.#isSaidAlready(write, code, message) ? "warn" : "debug";
        this.#logger[level]({ write, object, result, code, message }, "status write");
        this.#metrics.statusWrites.inc({ write, result });
        return;
      }
      default:
        assertNever(outcome);
    }
    this.#metrics.bindFailures.inc({ outcome: outcome.kind });
  }

  #isSaidAlready(write: string, code: number | undefined, message: string | undefined): boolean {
    if (!lacksRight(code, message ?? "")) return false;
    const nowMs = this.#clock.nowMs();
    if (nowMs < (this.#lackSaidMs.get(write) ?? -Infinity) + LACK_REPEAT_MS) return true;
    this.#lackSaidMs.set(write, nowMs);
    return false;
  }
}

function named({ group, task, node }: Bind): { readonly group: string; readonly pod: string; readonly node: string } {
  return { group, pod: task, node };
}
