// Folder diagram: which folder imports which, drawn from the imports themselves for ARCHITECTURE.md.
// What nearly every folder imports would hide the rest, so it is a sentence below the drawing.

import { folderOf } from "./boundaries.ts";

/** One import between two files, as paths from the root of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

const begin = "<!-- folders:begin -->";
const end = "<!-- folders:end -->";
const inSentences = ["model", "env"];

/** `text` with the part between the markers drawn anew, or undefined when it has no markers. */
export function withDiagram(text: string, imports: readonly Import[]): string | undefined {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from + begin.length)}\n${diagramOf(imports)}\n${text.slice(to)}`;
}

/** The drawing and the sentences; the same for the same imports in any order. */
export function diagramOf(imports: readonly Import[]): string {
  const arrows = arrowsOf(imports);
  const drawn = arrows.filter(({ to }) => !inSentences.includes(to));
  const lines = drawn.map(({ from, to }) => `  ${from} --> ${to}`);
  const sentences = inSentences.map((name) => {
    const users = arrows.filter(({ to }) => to === name).map(({ from }) => from);
    return users.length === 0 ? `\`${name}\` is imported by none.` : `\`${name}\` is imported by ${users.join(", ")}.`;
  });
  return ["```mermaid", "flowchart LR", ...lines, "```", "", `Not drawn: ${sentences.join(" ")}`].join("\n");
}

function arrowsOf(imports: readonly Import[]): Import[] {
  const arrows = new Map<string, Import>();
  for (const { from, to } of imports) {
    const arrow = { from: folderOf(from), to: folderOf(to) };
    if (isDrawable(from) && isDrawable(to) && arrow.from !== arrow.to) arrows.set(`${arrow.from} ${arrow.to}`, arrow);
  }
  return [...arrows.keys()].sort().map((key) => arrows.get(key)!);
}

function isDrawable(path: string): boolean {
  return path.startsWith("src/") || path.startsWith("cmd/");
}
