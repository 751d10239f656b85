// Metrics: every definition in one place, in a registry of our own. Base units in the names; labels have few values
// (action, reason, code, resource, phase) and never carry the name of a pod, group, node, queue or user, so that the
// number of series does not grow with the cluster.

import { Counter, Gauge, Histogram, Registry } from "prom-client";

const PREFIX = "batch_scheduler_";

const SESSION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WAIT_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];

export type Metrics = ReturnType<typeof createMetrics>;

/** One set for one scheduler: two in one process do not share a series. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the table below is the type
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> =>
    new Counter<T>({ name: PREFIX + name, help, labelNames, registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> =>
    new Gauge<T>({ name: PREFIX + name, help, labelNames, registers });
  const histogram = <T extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly T[] = [],
  ): Histogram<T> => new Histogram<T>({ name: PREFIX + name, help, buckets, labelNames, registers });

  return {
    sessionSeconds: histogram("session_seconds", "Time of one session, from snapshot to plan.", SESSION_SECONDS),
    phaseSeconds: histogram(
      "session_phase_seconds",
      "Time of one phase of a session: snapshot, open, each action, commit.",
      SESSION_SECONDS,
      ["phase"],
    ),

    podsBound: counter("pods_bound_total", "Pods that the API server has bound for this scheduler."),
    podsEvicted: counter("pods_evicted_total", "Pods evicted, by the action that did.", ["action"]),
    podsPipelined: gauge("pods_pipelined", "Pods that were promised room which is being freed, in the last session."),
    pendingPods: gauge("pending_pods", "Pods that wait, by reason, after the last session.", ["reason"]),
    pendingGroups: gauge("pending_groups", "Groups that wait, by reason, after the last session.", ["reason"]),
    groupWaitSeconds: histogram(
      "group_wait_seconds",
      "Time from a group having enough members to the bind that made it whole.",
      WAIT_SECONDS,
    ),

    bindRequestSeconds: histogram(
      "bind_request_seconds",
      "Time of one bind at the API server, by status code; 0 is no answer.",
      REQUEST_SECONDS,
      ["code"],
    ),
    bindQueueSeconds: histogram(
      "bind_queue_seconds",
      "Time from the plan to the first request of a bind.",
      REQUEST_SECONDS,
    ),
    bindFailures: counter("bind_failures_total", "Binds that did not come about, by what became of them.", ["outcome"]),
    conflicts: counter("conflicts_total", "Binds that another scheduler had made first, elsewhere."),
    unknownOutcomes: counter(
      "unknown_outcomes_total",
      "Requests whose answer was lost; a read tells what became of them.",
    ),
    statusWrites: counter("status_writes_total", "Status writes by kind and result.", ["write", "result"]),

    watchAgeSeconds: gauge("watch_age_seconds", "Time since a watch last heard from the API server.", ["resource"]),
    watchRestarts: counter("watch_restarts_total", "Watches opened again after they had ended or broken.", [
      "resource",
    ]),
    cacheObjects: gauge("cache_objects", "Objects in the cache.", ["resource"]),
    unreadableObjects: gauge("unreadable_objects", "Objects put aside because something in them is not valid."),

    configGeneration: gauge("config_generation", "How many configurations have been in force since the start."),
    eventLoopLagSeconds: gauge("event_loop_lag_seconds", "Delay of the event loop since the last scrape.", [
      "quantile",
    ]),
    residentBytes: gauge("resident_memory_bytes", "Memory of the process."),
    skipMissed: counter(
      "skip_missed_total",
      "Groups that were placed by the regular retry although nothing had changed.",
    ),
    logLinesDropped: counter("log_lines_dropped_total", "Log lines lost because nobody read them."),
    invariantViolations: counter("invariant_violations_total", "Sessions whose plan was thrown away because of a bug."),

    contentType: registry.contentType,
    /** Everything in the text format of Prometheus. */
    text: (): Promise<string> => registry.metrics(),
  };
}
