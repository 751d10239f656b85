// Table: a simulation's result for people: the groups and the nodes that they sit on, what waits and why, who was evicted,
// how full each node is, and in the last line what came of it all.

import { compareText, entriesOf, type Job, type Snapshot } from "../model/index.ts";
import { columns } from "./columns.ts";
import { nodeTable } from "./node-table.ts";
import type { CycleReport, Report } from "./report.ts";

/** `after`: the world after the last cycle. Ends with a line end. */
export function tableOf(report: Report, after: Snapshot): string {
  const last = report.cycles.at(-1);
  if (last === undefined) return "";
  const jobs = [...entriesOf(after.jobs)].map(([, job]) => job);
  const parts = [
    groupTable(last, jobs),
    waitingTable(last, jobs),
    evictedTable(report.cycles),
    nodeTable(after),
    summary(report),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function groupTable({ groups }: CycleReport, jobs: readonly Job[]): string {
  const byName = new Map(jobs.map((job) => [`${job.dialect} ${job.name}`, job]));
  const rows = groups.map(({ group, dialect, queue, phase, minAvailable, members, allocated }) => {
    const tasks = byName.get(`${dialect} ${group}`)?.tasks ?? [];
    const nodes = tasks.filter(({ status }) => status === "Bound").map(({ node }) => node);
    return [group, dialect, queue, phase, `${allocated}/${members}`, String(minAvailable), tally(nodes)];
  });
  return rows.length === 0
    ? "No groups."
    : columns(["GROUP", "DIALECT", "QUEUE", "PHASE", "ALLOCATED", "MINIMUM", "NODES"], rows);
}

/** One line per group and reason; its pods are counted, not listed. Pods of no group share a line where they share a reason. */
function waitingTable({ pending, groups }: CycleReport, jobs: readonly Job[]): string {
  const solo = new Set(groups.filter(({ dialect }) => dialect === "solo").map(({ group }) => group));
  const gated = jobs.flatMap(({ name, dialect, tasks }) => {
    if (dialect === "solo") solo.add(name);
    const waiting = tasks.filter(({ status }) => status === "Gated");
    return waiting.map(() => ({ group: name, reason: "SchedulingGated", message: GATED }));
  });
  const byCause = Map.groupBy([...pending, ...gated], ({ group, reason, message }) =>
    JSON.stringify([solo.has(group) ? "" : group, reason, message]),
  );
  const rows = [...byCause.values()].map((pods) => {
    const [first] = pods;
    return [
      someOf([...new Set(pods.map(({ group }) => group))], 2),
      String(pods.length),
      first!.reason,
      first!.message,
    ];
  });
  return rows.length === 0 ? "Nothing waits." : columns(["WAITING", "PODS", "REASON", "MESSAGE"], rows);
}

const GATED = "its scheduling gates are not open yet";

/** Over all cycles; empty where nobody was evicted. */
function evictedTable(cycles: readonly CycleReport[]): string {
  const evictions = cycles.flatMap(({ evictions: all }) => all);
  const byCause = Map.groupBy(evictions, ({ group, action, for: preemptor }) =>
    JSON.stringify([group, action, preemptor]),
  );
  const rows = [...byCause.values()].map((pods) => {
    const [first] = pods;
    return [first!.group, String(pods.length), tally(pods.map(({ node }) => node)), first!.action, first!.for];
  });
  return rows.length === 0 ? "" : columns(["EVICTED", "PODS", "FROM", "BY", "FOR"], rows);
}

/** `n1 ×2, n2`, in the order of names. */
function tally(nodes: readonly string[]): string {
  const counts = [...Map.groupBy(nodes, (node) => node)].sort(([a], [b]) => compareText(a, b));
  return someOf(
    counts.map(([node, all]) => (all.length === 1 ? node : `${node} ×${all.length}`)),
    6,
  );
}

/** `a, b, and 3 more`. */
function someOf(texts: readonly string[], most: number): string {
  const shown = texts.slice(0, most);
  return shown.join(", ") + (shown.length < texts.length ? `, and ${texts.length - shown.length} more` : "");
}

function summary({ cycles, stable }: Report): string {
  const bound = cycles.reduce((sum, { binds }) => sum + binds.length, 0);
  const evicted = cycles.reduce((sum, { evictions }) => sum + evictions.length, 0);
  const waiting = cycles.at(-1)?.pending.length ?? 0;
  const after = cycles.length === 1 ? "1 cycle" : `${cycles.length} cycles`;
  const rest = stable ? "Stable: nothing changes any more." : "Not stable: another cycle may change more.";
  return `${bound} bound, ${evicted} evicted, ${waiting} waiting after ${after}. ${rest}`;
}
