// NodeTable: how full each node is: what the pods on it have requested, of what it can give.

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
import { columns } from "./columns.ts";

/** Resources that a node shows even where nothing uses them. */
const ALWAYS = ["cpu", "memory", "pods"];

/** Without a line end. */
export function nodeTable(snapshot: Snapshot): string {
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
    ...shown.map(({ name: resource, dimension }) =>
      fill(resource, amount(slot, USED, dimension), amount(slot, ALLOCATABLE, dimension)),
    ),
  ]);
  return rows.length === 0
    ? "No nodes."
    : columns(["NODE", "STATE", ...shown.map(({ name }) => (name.includes("/") ? name : name.toUpperCase()))], rows);
}

/** `3.5/4 (88%)`. */
export function fill(resource: string, used: number, allocatable: number): string {
  if (used === 0 && allocatable === 0) return "-";
  const { divisor, unit } = scaleOf(resource, Math.max(used, allocatable));
  const text = (amount: number): string => String(Math.round((10 * amount) / divisor) / 10);
  return `${text(used)}/${text(allocatable)}${unit} (${percent(used, allocatable)})`;
}

/** What is left over or taken at all is not rounded away. */
function percent(used: number, allocatable: number): string {
  if (allocatable === 0) return "over";
  const rounded = Math.round((100 * used) / allocatable);
  if (rounded === 0 && 0 < used) return "<1%";
  if (rounded === 100 && used !== allocatable) return used < allocatable ? ">99%" : ">100%";
  return `${rounded}%`;
}

/** In which unit people write such an amount; the ledger counts millicores, bytes and pieces. */
function scaleOf(resource: string, amount: number): { readonly divisor: number; readonly unit: string } {
  if (resource === "cpu") return { divisor: 1000, unit: "" };
  if (!["memory", "ephemeral-storage"].includes(resource) && !resource.startsWith("hugepages-"))
    return { divisor: 1, unit: "" };
  const power = Math.min(Math.floor(Math.log2(Math.max(1, amount)) / 10), UNITS.length - 1);
  return { divisor: 1024 ** power, unit: UNITS[power]! };
}

const UNITS = ["", "Ki", "Mi", "Gi", "Ti"];
