// Gang label: the label names the gang, an annotation its minimum as a number or a percentage; without one, the whole
// gang. There is no group object: the members say it all.

import type { Minimum } from "../model/index.ts";
import type { DialectDefinition, MemberClaim } from "./dialect.ts";
import { nameProblem, parseMinimum, resolveMinimum, shown } from "./values.ts";

export const gangLabel: DialectDefinition = {
  name: "gang-label",
  waitsForQueue: false,

  claimOf(pod, settings) {
    const group = pod.labels.get(settings.gangLabel);
    if (group === undefined) return undefined;
    const text = pod.annotations.get(settings.minAvailableAnnotation);
    const minimum = text === undefined ? undefined : parseMinimum(text);
    const problem =
      nameProblem(`label ${settings.gangLabel}`, group) ??
      (text !== undefined && minimum === undefined
        ? `annotation ${settings.minAvailableAnnotation}: ${shown(text)} is neither a number from 1 to 99999 nor a percentage from 1% to 100%`
        : undefined);
    return {
      dialect: "gang-label",
      group,
      role: "",
      ...(minimum !== undefined && { minimum }),
      ...(problem !== undefined && { problem }),
    };
  },

  read({ namespace, name, members, size }) {
    const stated = members.flatMap(({ claim }) => (claim.minimum === undefined ? [] : [claim.minimum]));
    const bad = members.find(({ claim }) => claim.problem !== undefined);
    return {
      group: {
        dialect: "gang-label",
        namespace,
        name,
        minimum: largest(stated, size),
        minByRole: new Map(),
      },
      dependsOnSize: stated.length === 0 || stated.some(({ kind }) => kind === "percent"),
      ...(bad !== undefined && { problem: problemOf(bad) }),
      ...(isDisputed(stated) && { warnings: ["members disagree on the minimum: the largest is used"] }),
    };
  },
};

export function problemOf({ pod, claim }: MemberClaim): string {
  return `pod ${pod}: ${claim.problem ?? ""}`;
}

/** Members that say nothing go along with those that do. */
function largest(stated: readonly Minimum[], size: number): Minimum {
  let best: Minimum | undefined;
  for (const minimum of stated) {
    if (best === undefined || resolveMinimum(best, size) < resolveMinimum(minimum, size)) best = minimum;
  }
  return best ?? { kind: "whole" };
}

function isDisputed(stated: readonly Minimum[]): boolean {
  const first = stated[0];
  return first !== undefined && stated.some((minimum) => minimum.kind !== first.kind || !isSame(minimum, first));
}

function isSame(left: Minimum, right: Minimum): boolean {
  return resolveMinimum(left, 100) === resolveMinimum(right, 100); // percentages of 100 are themselves
}
