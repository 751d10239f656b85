// Commit: Plan in, API calls out, one outcome for each event. The only writer of decisions to the API server. It knows
// nothing of how a plan came about.

export type { CommitCache } from "./cache.ts";
export { PLAN_ANNOTATION, planMarkText } from "./bind-request.ts";
export { Committer } from "./committer.ts";
export type { CommitterOptions } from "./committer.ts";
export type { BindOutcome, DropReason, LaneOutcome, Outcome, StatusOutcome } from "./outcome.ts";
