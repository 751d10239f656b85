// Table: a simulation's result for people: the groups and where they landed, what waits and why, how full each node is.

import {
  ALLOCATABLE,
  compareText,
  INTERNAL_DIMENSIONS,
  nodesOf,
  pageOf,
  rowStart,
  USED,
  type Snapshot,
} from "../model/index.ts";
import type { CycleReport, Report } from "./report.ts";

/** Resources that a node shows even where nothing uses them. */
const ALWAYS = ["cpu", "memory", "pods"];

/** `after`: the world after the last cycle. Ends with a line end. */
export function tableOf(report: Report, after: Snapshot): string {
  const last = report.cycles.at(-1);
  if (last === undefined) return "";
  const parts = [
    groupTable(last, new Map(Object.entries(report.placements)), report.cycles),
    waitingTable(last),
    nodeTable(after),
    summary(report),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function groupTable(
  last: CycleReport,
  placements: ReadonlyMap<string, string>,
  cycles: readonly CycleReport[],
): string {
  const nodesByGroup = new Map<string, string[]>();
  for (const { pod, group } of cycles.flatMap(({ binds }) => binds)) {
    const node = placements.get(pod);
    if (node !== undefined) nodesByGroup.set(group, [...(nodesByGroup.get(group) ?? []), node]);
  }
  const rows = last.groups.map(({ group, dialect, queue, phase, minAvailable, members, allocated }) => [
    group,
    dialect,
    queue,
    phase,
    `${allocated}/${members}`,
    String(minAvailable),
    tally(nodesByGroup.get(group) ?? []),
  ]);
  return rows.length === 0
    ? "No groups."
    : columns(["GROUP", "DIALECT", "QUEUE", "PHASE", "ALLOCATED", "MINIMUM", "BOUND TO"], rows);
}

/** `n1 ×2, n2`, in the order of names. */
function tally(nodes: readonly string[]): string {
  const counts = Map.groupBy(nodes, (node) => node);
  const texts = [...counts]
    .sort(([a], [b]) => compareText(a, b))
    .map(([node, all]) => (all.length === 1 ? node : `${node} ×${all.length}`));
  const shown = texts.slice(0, 6);
  return shown.join(", ") + (shown.length < texts.length ? `, and ${texts.length - shown.length} more nodes` : "");
}

/** One line per group and reason; its pods are counted, not listed. */
function waitingTable({ pending }: CycleReport): string {
  const byCause = Map.groupBy(pending, ({ group, reason, message }) => JSON.stringify([group, reason, message]));
  const rows = [...byCause.values()].map((pods) => {
    const [first] = pods;
    return [first!.group, String(pods.length), first!.reason, first!.message];
  });
  return rows.length === 0 ? "Nothing waits." : columns(["WAITING", "PODS", "REASON", "MESSAGE"], rows);
}

function nodeTable(snapshot: Snapshot): string {
  const nodes = [...nodesOf(snapshot)].sort((a, b) => compareText(a.name, b.name));
  const amount = (slot: number, block: number, dimension: number): number =>
    snapshot.rows[pageOf(slot)]?.[rowStart(slot, snapshot.stride) + block * snapshot.stride + dimension] ?? 0;
  const shown = snapshot.dimensions
    .map((name, dimension) => ({ name, dimension }))
    .filter(({ dimension }) => !INTERNAL_DIMENSIONS.has(dimension))
    .filter(
      ({ name, dimension }) =>
        ALWAYS.includes(name) || nodes.some(({ slot }) => 0 < amount(slot, ALLOCATABLE, dimension)),
    );
  const rows = nodes.map(({ name, slot, isReady, unschedulable }) => [
    name,
    [isReady ? "Ready" : "NotReady", ...(unschedulable ? ["cordoned"] : [])].join(", "),
    ...shown.map(({ dimension }) => share(amount(slot, USED, dimension), amount(slot, ALLOCATABLE, dimension))),
  ]);
  return rows.length === 0
    ? "No nodes."
    : columns(["NODE", "STATE", ...shown.map(({ name }) => name.toUpperCase())], rows);
}

function share(used: number, allocatable: number): string {
  if (allocatable === 0) return used === 0 ? "-" : "over";
  return `${Math.round((100 * used) / allocatable)}%`;
}

function summary({ cycles, stable }: Report): string {
  const bound = cycles.reduce((sum, { binds }) => sum + binds.length, 0);
  const evicted = cycles.reduce((sum, { evictions }) => sum + evictions.length, 0);
  const waiting = cycles.at(-1)?.pending.length ?? 0;
  const rest = stable ? "stable" : "not stable yet";
  return `${bound} bound, ${evicted} evicted, ${waiting} waiting after ${cycles.length} cycles; ${rest}.`;
}

/** Left-aligned; the last column is as wide as it wants. */
function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
