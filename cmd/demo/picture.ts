// Picture: how full each node is, by group, in plain text: one letter for half a core, zones side by side.

import { compareText } from "../../src/model/index.ts";
import type { Board, Group, NodeFacts, PodFacts } from "./board.ts";

const MILLI_PER_LETTER = 500;
const ROWS_MAX = 8;
const COLUMN_WIDTH = 37;

/** Colours a text for a group; a picture for no terminal leaves it as it is. */
export type Paint = (letter: string, text: string) => string;

export const plainPaint: Paint = (_letter, text) => text;

/** Lines of at most two zones each next to each other; more nodes than fit are summed up. */
export function pictureOf(board: Board, paint: Paint): readonly string[] {
  const podsByNode = Map.groupBy(placedOf(board.groups), ({ pod }) => pod.node);
  const zones = Map.groupBy([...board.nodes.values()].sort(byName), ({ zone }) => zone);
  const columns = [...zones]
    .sort(([a], [b]) => compareText(a, b))
    .map(([zone, nodes]) => columnOf(zone, nodes, podsByNode, paint));
  const lines: string[] = [];
  for (let first = 0; first < columns.length; first += 2) {
    const [left, right] = [columns[first]!, columns[first + 1] ?? []];
    for (let row = 0; row < Math.max(left.length, right.length); row += 1) {
      lines.push(`${padded(left[row])} ${padded(right[row])}`.trimEnd());
    }
  }
  return [...lines, ...legendOf(board, paint)];
}

/** The letter of a group in the picture; those that request nothing have a small one. */
export function letterOf({ workload }: Group): string {
  const letter = /[a-z]/i.exec(workload.name)?.[0] ?? "?";
  return workload.cpu === 0 && workload.size !== 0 ? letter.toLowerCase() : letter.toUpperCase();
}

interface Placed {
  readonly pod: PodFacts;
  readonly letter: string;
}

/** A piece of a line: its text, and how wide it is without colours. */
interface Cell {
  readonly text: string;
  readonly width: number;
}

function placedOf(groups: readonly Group[]): readonly Placed[] {
  return groups.flatMap((group) =>
    group.bound.filter(({ isFinished }) => !isFinished).map((pod) => ({ pod, letter: letterOf(group) })),
  );
}

function columnOf(
  zone: string,
  nodes: readonly NodeFacts[],
  podsByNode: ReadonlyMap<string, readonly Placed[]>,
  paint: Paint,
): readonly Cell[] {
  const shown = nodes.length <= ROWS_MAX ? nodes : nodes.slice(0, ROWS_MAX - 1);
  const rest = nodes.slice(shown.length);
  const rows = shown.map((node) => rowOf(node, podsByNode.get(node.name) ?? [], paint));
  const head = cell(zone === "" ? "no zone" : `zone ${zone}`);
  if (rest.length === 0) return [head, ...rows];
  const used = sum(rest.flatMap(({ name }) => podsByNode.get(name) ?? []).map(({ pod }) => pod.cpuMilli));
  const percent = Math.round((100 * used) / sum(rest.map(({ cpuMilli }) => cpuMilli)));
  return [head, ...rows, cell(`and ${String(rest.length)} more, ${String(percent)}% of their cpu used`)];
}

/** `node-a1 |RRRRRRRRCCCC....| 6/8 ff`: what requests nothing stands behind the numbers. */
function rowOf(node: NodeFacts, placed: readonly Placed[], paint: Paint): Cell {
  const total = Math.round(node.cpuMilli / MILLI_PER_LETTER);
  const used = sum(placed.map(({ pod }) => pod.cpuMilli));
  const letters = placed.flatMap(({ pod, letter }) =>
    Array.from({ length: Math.round(pod.cpuMilli / MILLI_PER_LETTER) }, () => letter),
  );
  const extra = placed.filter(({ pod }) => pod.cpuMilli === 0).map(({ letter }) => letter);
  const dots = ".".repeat(Math.max(0, total - letters.length));
  const numbers = `${cores(used)}/${cores(node.cpuMilli)}`;
  const bar = [...Map.groupBy(letters, (letter) => letter)].map(([letter, all]) => paint(letter, all.join("")));
  const tail = extra.length === 0 ? "" : ` ${extra.slice(0, 3).join("")}${3 < extra.length ? "+" : ""}`;
  const width = node.name.length + 2 + Math.max(letters.length, total) + 2 + numbers.length + tail.length;
  return { text: `${node.name} |${bar.join("")}${dots}| ${numbers}${tail}`, width };
}

/** Which letter is whose, of those that are on a node now; as many lines as it takes. */
function legendOf(board: Board, paint: Paint): readonly string[] {
  const present = board.groups.filter((group) => group.bound.some(({ isFinished }) => !isFinished));
  const entries = [
    cell("cpu of each node:"),
    ...present.map((group) => {
      const [letter, { name }] = [letterOf(group), group.workload];
      return { text: `${paint(letter, letter)} ${name}`, width: 2 + name.length };
    }),
    cell(". free"),
  ];
  const lines: Cell[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last === undefined || 2 * COLUMN_WIDTH < last.width + 2 + entry.width) lines.push(entry);
    else lines[lines.length - 1] = { text: `${last.text}  ${entry.text}`, width: last.width + 2 + entry.width };
  }
  return lines.map(({ text }) => text);
}

function padded(part: Cell | undefined): string {
  return part === undefined ? " ".repeat(COLUMN_WIDTH) : part.text + " ".repeat(Math.max(0, COLUMN_WIDTH - part.width));
}

function cores(milli: number): string {
  return String(Math.round(milli / 100) / 10);
}

function cell(text: string): Cell {
  return { text, width: text.length };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** node-a2 before node-a10. */
function byName(a: NodeFacts, b: NodeFacts): number {
  return a.name.length - b.name.length || compareText(a.name, b.name);
}
