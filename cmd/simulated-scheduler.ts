// SimulatedScheduler: the cache and the session engine of `run`, joined for simulate: what a watch would tell goes in, and
// each session is run to its plan at once, on the clock that simulate keeps.

import { ACTIONS } from "../src/actions/index.ts";
import { ClusterCache, RESOURCES, type CacheEvent } from "../src/cache/index.ts";
import type { Memory, Policy } from "../src/model/index.ts";
import { compareText, EMPTY_MEMORY } from "../src/model/index.ts";
import { ALWAYS, PLUGINS } from "../src/plugins/index.ts";
import { SessionRunner } from "../src/session/index.ts";
import type { SimulatedScheduler } from "../src/simulate/index.ts";
import { createLogger, logSession, type LogLevel } from "../src/telemetry/index.ts";
import { cacheOptions, type SelectionFlags } from "./cache-options.ts";

/** `logLevel`: of the lines that each session hands out; they carry no real time, so that they are the same in every run. */
export function simulatedScheduler(policy: Policy, flags: SelectionFlags, logLevel: LogLevel): SimulatedScheduler {
  const cache = new ClusterCache(cacheOptions(policy, flags, true));
  const runner = new SessionRunner(policy, { actions: ACTIONS, plugins: PLUGINS, always: ALWAYS });
  let memory: Memory = EMPTY_MEMORY;
  return {
    resources: RESOURCES,
    observe: ({ resource, type, object }) =>
      cache.enqueue({ resource: resource as CacheEvent["resource"], type, object }),
    snapshot: () => cache.advance(),
    problems: () => new Map([...cache.quarantined].sort(([a], [b]) => compareText(a, b))),
    decide(snapshot, moment) {
      const lines: string[] = [];
      const result = runner.run({ snapshot, memory, ...moment });
      memory = result.memory;
      const sink = { write: (line: string) => void lines.push(line.trimEnd()) };
      const logger = createLogger({ level: logLevel, format: "json", sink, wallMs: () => moment.nowMs });
      logSession(logger, { plan: result.plan, trigger: "interval", phaseMs: new Map() });
      return { plan: result.plan, memory, timers: result.timers, log: lines };
    },
  };
}
