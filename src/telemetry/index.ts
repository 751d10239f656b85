// What operators see of a running scheduler: log lines and metrics.

export { BoundedSink } from "./bounded-sink.ts";
export type { LineSink } from "./bounded-sink.ts";
export { createLogger, describeError, LOG_LEVELS, silentLogger } from "./logger.ts";
export type { Logger, LoggerOptions, LogLevel } from "./logger.ts";
export { createMetrics } from "./metrics.ts";
export type { Metrics } from "./metrics.ts";
export { logSession } from "./session-log.ts";
export type { SessionRecord } from "./session-log.ts";
