// Scenarios: one session each, by the built-in policy or what the scenario says; the outcome is golden text (test/golden).

import type { Job, Node, Policy } from "../../src/model/index.ts";
import { assertGolden } from "../support/golden.ts";
import { inSlots, nodeWith, outcomeInWords, runOn, tablesWith } from "../support/scenario.ts";
import type { RunOptions } from "../support/scenario.ts";
import { policyOf } from "../support/session-world.ts";

export interface Scenario {
  readonly name: string;
  /** The golden file. */
  readonly golden: string;
  readonly nodes: readonly Node[];
  readonly jobs: readonly Job[];
  readonly options?: RunOptions;
}

export function checkGolden(scenarios: readonly Scenario[]): void {
  for (const { name, golden, nodes, jobs, options = {} } of scenarios) {
    it(name, () => {
      assertGolden(golden, outcomeInWords(runOn({ nodes: inSlots(nodes), jobs }, options)));
    });
  }
}

/** Nodes n1, n2, … with so much idle cpu. */
export function nodesWithIdle(...idleMilli: readonly number[]): readonly Node[] {
  return idleMilli.map((cpuMilli, index) => nodeWith(`n${String(index + 1)}`, { cpuMilli }));
}

export function policyWith(...actions: readonly string[]): Policy {
  for (const name of actions) if (!tablesWith().actions.has(name)) throw new Error(`no action ${name}`);
  return { ...policyOf(), actions: actions.map((name) => ({ name, arguments: new Map() })) };
}
