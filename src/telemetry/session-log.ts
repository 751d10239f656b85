// SessionLog: a session's plan as log lines, so that `jq 'select(.cycle==42)'` tells its whole story: one line for each
// decision, in the order in which they were taken, then one `session` with counts and times. The core appends Decisions
// and does not log, so a replay prints what production printed.

import { assertNever } from "../model/index.ts";
import type { Decision, Plan } from "../model/index.ts";
import type { Logger } from "./logger.ts";

export interface SessionRecord {
  readonly plan: Plan;
  /** `interval`, or what woke the session. */
  readonly trigger: string;
  /** Milliseconds by phase, in order: `snapshot`, `open`, each action, `commit`. */
  readonly phaseMs: ReadonlyMap<string, number>;
}

export function logSession(logger: Logger, record: SessionRecord): void {
  const { plan, trigger, phaseMs } = record;
  for (const decision of plan.decisions) logDecision(logger, plan.cycle, decision);
  logger.info(
    { cycle: plan.cycle, trigger, ...plan.counts, milliseconds: Object.fromEntries([...phaseMs].map(rounded)) },
    "session",
  );
}

function logDecision(logger: Logger, cycle: number, decision: Decision): void {
  switch (decision.kind) {
    case "bind": {
      const { group, task, node, action } = decision;
      logger.info({ cycle, group, pod: task, node, action }, "bind");
      return;
    }
    case "pipeline": {
      // The same promise is made again each session until the room is free.
      const { group, task, node, action } = decision;
      logger.debug({ cycle, group, pod: task, node, action }, "pipeline");
      return;
    }
    case "evict": {
      const { group, task, node, action, reason } = decision;
      logger.info({ cycle, group, pod: task, node, action, for: decision.for, reason }, "evict");
      return;
    }
    case "discard": {
      const { group, stage, reason, message } = decision;
      logger[decision.isNew ? "info" : "debug"]({ cycle, group, stage, reason, message }, "discard");
      return;
    }
    case "warning": {
      const { group, message } = decision;
      logger[decision.isNew ? "warn" : "debug"]({ cycle, group, message }, "group warning");
      return;
    }
    case "waiting for members": {
      const { group, have, want, message } = decision;
      logger[decision.isNew ? "info" : "debug"]({ cycle, group, have, want, message }, "waiting for members");
      return;
    }
    default:
      assertNever(decision);
  }
}

/** To the microsecond. */
function rounded([phase, ms]: readonly [string, number]): readonly [string, number] {
  return [phase, Math.round(ms * 1000) / 1000];
}
