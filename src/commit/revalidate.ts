// Revalidate: whether what was decided on the snapshot may still be sent, asked of the live view right before sending.
// It is what stops a bind to a node that is gone: the API server would accept that.

import type { Bind } from "../model/index.ts";
import type { CommitCache } from "./cache.ts";

/** Why the bind may not be sent any more, or undefined where nothing speaks against it. */
export function staleness(cache: CommitCache, schedulerNames: ReadonlySet<string>, bind: Bind): string | undefined {
  const pod = cache.livePod(bind.task);
  if (pod === undefined) return `pod ${bind.task} is gone`;
  if (pod.uid !== bind.uid) return `pod ${bind.task} was replaced`;
  if (!schedulerNames.has(pod.schedulerName)) return `pod ${bind.task} belongs to another scheduler`;
  if (pod.node !== "") return `pod ${bind.task} is on node ${pod.node} already`;
  if (pod.isDeleting) return `pod ${bind.task} is being deleted`;
  if (pod.isGated) return `pod ${bind.task} is gated`;
  if (pod.phase === "Succeeded" || pod.phase === "Failed") return `pod ${bind.task} is finished`;
  if (pod.job !== bind.job) return `pod ${bind.task} belongs to another group`;

  const node = cache.liveNode(bind.node, bind.uid);
  if (node === undefined) return `node ${bind.node} is gone`;
  if (!node.isUsable) return `node ${bind.node} is not usable`;
  if (node.isOverfull) return `node ${bind.node} has no room for it any more`;
  return undefined;
}

/** The first reason against any of them; a group goes whole or not at all. */
export function firstStaleness(
  cache: CommitCache,
  schedulerNames: ReadonlySet<string>,
  binds: readonly Bind[],
): string | undefined {
  for (const bind of binds) {
    const why = staleness(cache, schedulerNames, bind);
    if (why !== undefined) return why;
  }
  return undefined;
}
