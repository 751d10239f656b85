// Output: one result of `simulate -o json` as the checker sees it, and whether it has the form that the contract promises.

export interface Output {
  readonly version: number;
  readonly cycles: readonly OutputCycle[];
  readonly placements: Readonly<Record<string, string>>;
  readonly stable: boolean;
}

export interface OutputCycle {
  readonly cycle: number;
  readonly binds: readonly OutputBind[];
  readonly evictions: readonly OutputEviction[];
  readonly pipelined: readonly OutputBind[];
  readonly groups: readonly OutputGroup[];
  readonly pending: readonly OutputPending[];
}

export interface OutputBind {
  readonly pod: string;
  readonly node: string;
  readonly group: string;
}

export interface OutputEviction extends OutputBind {
  readonly action: string;
  readonly for: string;
}

export interface OutputGroup {
  readonly group: string;
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface OutputPending {
  readonly pod: string;
  readonly group: string;
  readonly reason?: string;
  readonly message?: string;
}

type Row = Readonly<Record<string, unknown>>;

const FIELDS: readonly (readonly [list: string, keys: readonly string[]])[] = [
  ["binds", ["pod", "node", "group"]],
  ["evictions", ["pod", "node", "group", "action", "for"]],
  ["pipelined", ["pod", "node", "group"]],
  ["groups", ["group", "dialect", "phase"]],
  ["pending", ["pod", "group", "reason", "message"]],
];
const SORTED: readonly (readonly [list: string, key: string])[] = [
  ["groups", "group"],
  ["pending", "pod"],
  ["pipelined", "pod"],
];
const PHASES = ["Pending", "Inqueue", "Running", "Unknown", "Completed"];

/** What is wrong with the form; what is not an Output at all answers with problems too. */
export function checkFormat(value: unknown): string[] {
  const problems: string[] = [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return ["output is not one JSON object"];
  const output = value as Row;
  if (output["version"] !== 1) problems.push(`version is ${JSON.stringify(output["version"])}, not 1`);
  const cycles = output["cycles"];
  if (!Array.isArray(cycles) || cycles.length === 0) return [...problems, "cycles is not a filled list"];
  if (typeof output["placements"] !== "object" || output["placements"] === null) problems.push("placements is missing");
  if (typeof output["stable"] !== "boolean") problems.push("stable is missing");
  (cycles as readonly Row[]).forEach((cycle, index) => {
    const at = `cycle ${index + 1}`;
    if (cycle["cycle"] !== index + 1) problems.push(`cycle number ${String(cycle["cycle"])} at place ${index + 1}`);
    for (const [list, keys] of FIELDS) {
      const rows = rowsOf(cycle, list);
      if (rows === undefined) problems.push(`${at}: ${list} is not a list`);
      for (const row of rows ?? []) {
        for (const key of keys) {
          if (typeof row[key] === "string" && row[key] !== "") continue;
          problems.push(`${at}: ${list} entry without ${key}: ${JSON.stringify(row).slice(0, 120)}`);
        }
      }
    }
    for (const [list, key] of SORTED) {
      const names = (rowsOf(cycle, list) ?? []).map((row) => String(row[key]));
      if (names.some((name, i) => 0 < i && names[i - 1]! > name)) problems.push(`${at}: ${list} is not sorted by name`);
    }
    for (const group of rowsOf(cycle, "groups") ?? []) {
      if (!PHASES.includes(String(group["phase"])))
        problems.push(`group ${String(group["group"])}: phase ${String(group["phase"])}`);
    }
  });
  return problems;
}

function rowsOf(cycle: Row, list: string): readonly Row[] | undefined {
  return Array.isArray(cycle[list]) ? (cycle[list] as readonly Row[]) : undefined;
}
