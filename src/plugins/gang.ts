// Gang: a job runs with at least `minAvailable` tasks, and at least each role's minimum, or with none.

import type { Job } from "../model/index.ts";
import type { PluginFactory, Refused, SessionView } from "../session/index.ts";

export const gang: PluginFactory = {
  name: "gang",
  arguments: {},
  create: () => ({
    onSessionOpen: (session) => ({
      jobValid: membersMissing,
      jobReady: (job) => isMet(job, session.occupiedCount(job), (role) => session.occupiedInRole(job, role)),
      jobPipelined: (job) => isMet(job, session.promisedCount(job), (role) => session.promisedInRole(job, role)),
      jobOrder: (left, right) => urgency(session, left) - urgency(session, right),
    }),
  }),
};

function isMet(job: Job, count: number, countInRole: (role: string) => number): boolean {
  if (count < job.minAvailable) return false;
  for (const [role, minimum] of job.minByRole) if (countInRole(role) < minimum) return false;
  return true;
}

/** Degraded jobs first, then those below their minimum, then the rest (contract rule 17). */
function urgency(session: SessionView, job: Job): number {
  const occupied = session.occupiedCount(job);
  if (isMet(job, occupied, (role) => session.occupiedInRole(job, role))) return 2;
  return 0 < occupied - job.succeededCounted ? 0 : 1;
}

/** Members that are gated, leaving or gone do not count (dialects.md note 8, contract rule 4). */
function membersMissing(job: Job): Refused | undefined {
  const members = job.tasks.filter(({ status }) => status === "Pending" || status === "Bound");
  const have = members.length + job.succeededCounted;
  if (have < job.minAvailable) return missing("members", have, job.minAvailable);
  for (const [role, minimum] of job.minByRole) {
    const inRole = members.filter((task) => task.role === role).length;
    if (inRole < minimum) return missing(`members of role ${JSON.stringify(role)}`, inRole, minimum);
  }
  return undefined;
}

function missing(what: string, have: number, want: number): Refused {
  return {
    reason: "WaitingForMembers",
    message: `waiting for ${what}: ${String(have)} of ${String(want)} are there`,
    have,
    want,
  };
}
