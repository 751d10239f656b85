// Phase: where a group stands in its life, in Volcano's words.

import type { GroupPhase } from "./job.ts";

export interface GroupStanding {
  /** Members that hold a node, plus finished ones that count. */
  readonly occupied: number;
  /** Members that hold a node. */
  readonly running: number;
  /** Members that hold a node or may come to. */
  readonly live: number;
  readonly succeeded: number;
  readonly minAvailable: number;
  readonly isAdmitted: boolean;
}

/** `Unknown` is a group that runs with fewer than its minimum. */
export function phaseOf(group: GroupStanding): GroupPhase {
  if (group.live === 0 && 0 < group.succeeded && group.minAvailable <= group.succeeded) return "Completed";
  if (0 < group.running) return group.minAvailable <= group.occupied ? "Running" : "Unknown";
  return group.isAdmitted ? "Inqueue" : "Pending";
}
