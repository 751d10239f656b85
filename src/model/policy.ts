// Policy: the scheduler configuration, read and checked. Plain data; the catalogue of actions and plugins is data too.

import type { Dialect } from "./job.ts";

/** One argument of a plugin or an action. */
export type ArgumentSpec =
  | {
      readonly type: "number" | "integer";
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly about: string;
    }
  | { readonly type: "boolean"; readonly default: boolean; readonly about: string }
  | { readonly type: "string"; readonly default: string; readonly about: string };

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;

/** Checked values by name, defaults filled in. */
export type Arguments = ReadonlyMap<string, number | boolean | string>;

/** What `config` checks a file against. Built in cmd from the tables of actions and plugins. */
export interface Catalogue {
  readonly actions: ReadonlyMap<string, ArgumentSpecs>;
  readonly plugins: ReadonlyMap<string, ArgumentSpecs>;
}

/** The hooks that a configuration can switch off per plugin, by the part of the Volcano switch after `enable`. */
export const SWITCHES = [
  "JobOrder",
  "TaskOrder",
  "QueueOrder",
  "JobReady",
  "JobPipelined",
  "JobEnqueued",
  "JobStarving",
  "Predicate",
  "NodeOrder",
  "BestNode",
  "Preemptable",
  "Preemptive",
  "Reclaimable",
  "Overused",
  "Allocatable",
  "Victim",
  "Hierarchy",
  "ReservedNodes",
  "TargetJob",
] as const;
export type Switch = (typeof SWITCHES)[number];

export interface PluginPolicy {
  readonly name: string;
  readonly arguments: Arguments;
  /** Switches that are off. */
  readonly disabled: ReadonlySet<Switch>;
}

export interface ActionPolicy {
  readonly name: string;
  readonly arguments: Arguments;
}

export interface Policy {
  readonly actions: readonly ActionPolicy[];
  readonly tiers: readonly (readonly PluginPolicy[])[];
  /** `settleMs` undefined: two cycle intervals, at least 2 s. */
  readonly gang: { readonly settleMs: number | undefined; readonly settleMaxMs: number };
  readonly dialects: readonly Dialect[];
  readonly queues: readonly { readonly name: string; readonly weight: number }[];
  readonly unknownQueue: "default" | "wait";
  readonly adoptEmptyVolcano: boolean;
  readonly statusQps: number;
}
