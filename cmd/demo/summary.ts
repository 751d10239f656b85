// Summary: what a newcomer should take home: which gangs were placed whole, how long they waited, who still waits and why.

import type { Board, Group } from "./board.ts";
import type { Narrator } from "./narrator.ts";

export function summarize(board: Board, narrator: Narrator, nowMs: number): void {
  const gangs = board.groups.filter(({ isGang }) => isGang);
  const others = board.groups.filter((group) => !group.isGang && 0 < group.everBound.size);
  const split = gangs.filter((group) => group.isSplit(nowMs));
  const waiting = gangs.filter((group) => group.wholeMs === undefined && !split.includes(group));
  const placed = gangs.length - split.length - waiting.length;
  narrator.heading("Summary");
  narrator.tell(
    `${count(gangs.length, "gang")}: ${placed} placed whole, ${waiting.length} waiting, ${split.length} placed in part.`,
  );
  narrator.block(columns([HEAD, ...gangs.map((group) => rowOf(group, nowMs))]));
  narrator.tell(
    "Waited: from its first pod until it could start. Placed within: from the first to the last of the binds that it needs.",
  );
  for (const { workload, wait } of waiting) {
    narrator.tell(`${workload.name} still waits (${wait?.reason ?? "no reason yet"}): ${wait?.message ?? ""}`);
  }
  for (const { workload, everBound } of others) {
    narrator.tell(`${workload.name}: ${count(everBound.size, "pod")} placed beside them, each on its own.`);
  }
}

const HEAD = ["gang", "needs", "placed", "waited", "placed within", "now"];

function rowOf(group: Group, nowMs: number): readonly string[] {
  const { workload, everBound, firstBindMs, wholeMs } = group;
  const isPlaced = wholeMs !== undefined && firstBindMs !== undefined;
  return [
    workload.name,
    `${String(workload.minimum)} of ${String(workload.size)}`,
    everBound.size === 0 ? "none" : `${String(everBound.size)} of ${String(workload.size)}`,
    `${(group.waitedMs(nowMs) / 1000).toFixed(1)} s`,
    isPlaced ? `${String(Math.max(1, Math.round(wholeMs - firstBindMs)))} ms` : "-",
    stateOf(group, nowMs),
  ];
}

function stateOf(group: Group, nowMs: number): string {
  if (group.isSplit(nowMs)) return "IN PART";
  if (group.wholeMs === undefined) return "waiting";
  return 0 < group.finishedCount && group.finishedCount === group.bound.length ? "finished" : "running";
}

/** Left-aligned; the last column is as wide as it wants. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join("   ")
      .trimEnd(),
  );
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}
