// The table of dialects, in the order of precedence: the first that a pod speaks is the one that counts.

import { GROUP_DIALECTS, invariant, type Dialect } from "../model/index.ts";
import type { Claim, DialectDefinition, DialectSettings, PodFacts } from "./dialect.ts";
import { gangLabel } from "./gang-label.ts";
import { later } from "./later.ts";
import { solo } from "./solo.ts";
import { volcano } from "./volcano.ts";

export type * from "./dialect.ts";
export { listed, resolveMinimum, shown } from "./values.ts";

export const PRECEDENCE: readonly Dialect[] = [...GROUP_DIALECTS, "solo"];

const DEFINITIONS = [volcano, gangLabel, solo, ...later];

/** By precedence. */
export const DIALECTS: readonly DialectDefinition[] = PRECEDENCE.flatMap((name) =>
  DEFINITIONS.filter((definition) => definition.name === name),
);

const BY_NAME: ReadonlyMap<Dialect, DialectDefinition> = new Map(DIALECTS.map((one) => [one.name, one]));

export function dialectOf(name: Dialect): DialectDefinition {
  const found = BY_NAME.get(name);
  invariant(found !== undefined, `no dialect ${name}`);
  return found;
}

/**
 * Which group a pod belongs to: the first enabled dialect it speaks, and solo where it speaks none. Other dialects it
 * speaks, and groups of dialects that are switched off, become warnings: nothing is ignored in silence.
 */
export function claimOf(pod: PodFacts, enabled: ReadonlySet<Dialect>, settings: DialectSettings): Claim {
  const spoken = DIALECTS.flatMap((dialect) => {
    const claim = dialect.claimOf(pod, settings);
    return claim === undefined ? [] : [claim];
  });
  const chosen = spoken.find(({ dialect }) => dialect === "solo" || enabled.has(dialect));
  invariant(chosen !== undefined, "solo takes every pod");
  const others = spoken.filter((claim) => {
    return claim !== chosen && claim.dialect !== "solo" && !spoken.some((one) => isSameWord(claim, one, chosen));
  });
  if (others.length === 0) return chosen;
  return { ...chosen, warnings: others.map((other) => warningOf(other, chosen, enabled)) };
}

/** `scheduling.k8s.io/group-name` serves Volcano and kube-batch: whoever writes it speaks one of them, and is told of one. */
function isSameWord(claim: Claim, one: Claim, chosen: Claim): boolean {
  if (claim.group !== one.group) return false;
  if (claim.dialect === "kube-batch") return one.dialect === "volcano";
  return claim.dialect === "volcano" && one === chosen && one.dialect === "kube-batch";
}

function warningOf(other: Claim, chosen: Claim, enabled: ReadonlySet<Dialect>): string {
  const group = `group ${JSON.stringify(other.group)} of the dialect ${other.dialect}`;
  if (!enabled.has(other.dialect)) {
    const alone = chosen.dialect === "solo" ? ": pods are scheduled one by one" : "";
    return `pods name the ${group}, which is not enabled${alone}`;
  }
  return `pods also name the ${group}: ${chosen.dialect} comes first`;
}
