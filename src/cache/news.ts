// News: could a queued event let something be scheduled? Asked before the event is applied, so that heartbeats, our own
// status writes and pods that merely run start no cycle early. Too often yes costs a cycle; too often no costs latency only:
// the next interval sees everything.

import { isLive } from "./build-job.ts";
import type { ClassBook } from "./class-book.ts";
import type { QueuedEvent } from "./event-queue.ts";
import type { JobBook } from "./job-book.ts";
import type { PodBook } from "./pod-book.ts";
import { equalFacts, type NodeFacts } from "./project-node.ts";
import { projectGroupObject, projectOwner, projectQueue, projectVolcanoJob } from "./project-objects.ts";
import { isFinished, projectPod, sketchPod, type PodReading } from "./project-pod.ts";

export interface NewsContext {
  readonly reading: PodReading;
  readonly nodeNow: (name: string) => NodeFacts | undefined;
  readonly nodeNext: (event: QueuedEvent) => NodeFacts | undefined;
  readonly isSelected: (namespace: string) => boolean;
  readonly hasNamespaceSelector: boolean;
}

export function couldHelp(
  event: QueuedEvent,
  pods: PodBook,
  jobs: JobBook,
  classes: ClassBook,
  context: NewsContext,
): boolean {
  const isDelete = event.type === "delete";
  switch (event.resource) {
    case "pods":
      return podCouldHelp(event, pods, context);
    case "nodes": {
      const now = context.nodeNow(event.key);
      const next = isDelete ? undefined : context.nodeNext(event);
      return next !== undefined && (now === undefined || !equalFacts(now, next));
    }
    case "namespaces":
      return context.hasNamespaceSelector && !isDelete && !context.isSelected(event.key);
    case "priorityclasses":
      return classes.get(event.key) === undefined || isDelete;
    case "volcanoqueues": {
      const queue = jobs.queueObjectOf(event.key);
      return isDelete || JSON.stringify(queue) !== JSON.stringify(projectQueue(event.object));
    }
    case "jobs":
    case "replicasets":
    case "statefulsets":
      return !isDelete && jobs.ownerOf(event.resource, event.key)?.expected !== projectOwner(event).expected;
    case "volcanojobs":
      return !isDelete && jobs.volcanoJobOf(event.key)?.schedulerName !== projectVolcanoJob(event).schedulerName;
    case "volcanopodgroups": {
      // The phase is what we write ourselves.
      const before = jobs.objectOf(`volcano:${event.key}`);
      return !isDelete && before?.ownSignature !== projectGroupObject(event).ownSignature;
    }
  }
}

function podCouldHelp(event: QueuedEvent, pods: PodBook, context: NewsContext): boolean {
  const before = pods.get(event.key);
  const isKnown = before?.record.uid === event.uid;
  if (event.type === "delete") {
    return before?.occupant !== undefined || (before?.task !== undefined && isLive(before.task));
  }
  const next = sketchPod(event, context.reading);
  const isOurs = context.reading.schedulerNames.has(next.schedulerName);
  const isWaiting = isOurs && next.node === "" && !next.isGated && !next.isDeleting && !isFinished(next);
  // A new pod matters if it is ours, or if it replaces one that held room.
  if (!isKnown) return isOurs ? !isFinished(next) : before?.occupant !== undefined;
  const { record } = before;
  if (isFinished(next) !== isFinished(record) || next.isDeleting !== record.isDeleting) return true;
  if (next.isGated !== record.isGated || next.job !== record.job) return true;
  if (!isWaiting) return false;
  // Our own writes to a waiting pod are status only.
  const projected = projectPod(event, context.reading);
  return (
    projected.usage.signature !== record.usage.signature ||
    projected.priority !== record.priority ||
    JSON.stringify(projected.claim) !== JSON.stringify(record.claim)
  );
}
