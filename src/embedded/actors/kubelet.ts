// Kubelet: the kubelets of all nodes, or of those selected. A pod that was bound is admitted or rejected as the real one
// would, starts, runs, and ends if it is one that ends; one that was deleted stops within its grace period. Pods on nodes
// that are not there, or not selected, are left alone: nobody is there to stop them either.
//
// Which pods end: those of a Job, after `runMs`, and those whose annotation `batch-scheduler/run-seconds` says when; each
// only if its restartPolicy is not Always. `batch-scheduler/exit-code` is what a pod with restartPolicy Never ends with.
// What it does not do: restart containers, probes, evictions under pressure, events.

import { pairsOf, objectsOf, textOf } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { rejectionOf } from "./node-admission.ts";
import { controllerOf, isKind, keyOf, specOf, statusOf, uidOf } from "./objects.ts";
import {
  endedStatus,
  rejectedStatus,
  runningSinceMs,
  runningStatus,
  startingStatus,
  type Addresses,
} from "./pod-status.ts";
import { isLeaving, isTerminal, nodeNameOf, phaseOf } from "./pods.ts";

export const RUN_SECONDS = "batch-scheduler/run-seconds";
export const EXIT_CODE = "batch-scheduler/exit-code";

export interface KubeletOptions {
  /** From the bind until the node looks at the pod: admits or rejects it. Default 0. */
  readonly admitMs?: number;
  /** From admission until it runs. Default 1 s. */
  readonly startMs?: number;
  /** How long the pods of Jobs run that do not say. Default 10 s. */
  readonly runMs?: number;
  /** How long a deleted pod takes to stop, within its grace period. Default 1 s; Infinity: it takes all of the grace period. */
  readonly stopMs?: number;
  /** Nodes that have a kubelet, by name; all by default. Asked whenever a pod of the node changes or something of it is due. */
  readonly isAlive?: (nodeName: string) => boolean;
}

/** What the kubelet remembers of a pod, by UID. Monotonic milliseconds. */
interface Course {
  admitAtMs?: number;
  isAdmitted: boolean;
  runAtMs?: number;
  endAtMs?: number;
  leavingSinceMs?: number;
  isRemoved: boolean;
}

const KILLED = 137; // by SIGKILL, when the grace period is over
const TERMINATED = 143; // by SIGTERM
const DEFAULT_GRACE_SECONDS = 30;
const ADDRESSES = 64 * 256 * 256; // 10.64.0.0/10

export function kubelet(context: Context, options: KubeletOptions = {}): Actor {
  const { admitMs = 0, startMs = 1000, runMs = 10_000, stopMs = 1000, isAlive = () => true } = options;
  const { view, client, clock, kinds } = context;
  const courses = new Map<string, Course>();
  const queue = context.work.queue(sync);
  let addresses = 0;

  return {
    react(write: Write): void {
      if (isKind(write.kind, kinds.nodes)) {
        if (write.verb === "create") for (const pod of view.podsOn(write.object.metadata.name)) queue.add(keyOf(pod));
      } else if (isKind(write.kind, kinds.pods)) {
        if (write.verb === "delete") courses.delete(uidOf(write.object));
        else if (nodeNameOf(write.object) !== "") queue.add(keyOf(write.object));
      }
    },
  };

  /** Takes the pod one step further, if it is time, and says when to look again. */
  function sync(key: string): void {
    const pod = view.get(kinds.pods, key);
    if (pod === undefined) return;
    const node = view.get(kinds.nodes, nodeNameOf(pod));
    if (node === undefined || !isAlive(node.metadata.name)) return;
    const course = courseOf(pod);
    if (isLeaving(pod)) stop(pod, course);
    else if (isTerminal(pod)) return;
    else if (phaseOf(pod) === "Running") run(pod, course);
    else if (course.isAdmitted) start(pod, course, node);
    else admit(pod, course, node);
  }

  function courseOf(pod: ApiObject): Course {
    const known = courses.get(uidOf(pod));
    if (known !== undefined) return known;
    // A pod that has started before these actors did was admitted then.
    const course: Course = { isAdmitted: statusOf(pod)["startTime"] !== undefined, isRemoved: false };
    courses.set(uidOf(pod), course);
    return course;
  }

  function isDue(pod: ApiObject, atMs: number): boolean {
    const waitMs = atMs - clock.nowMs();
    if (waitMs <= 0) return true;
    if (Number.isFinite(waitMs)) queue.addAfter(keyOf(pod), waitMs);
    return false;
  }

  function admit(pod: ApiObject, course: Course, node: ApiObject): void {
    course.admitAtMs ??= clock.nowMs() + admitMs;
    if (!isDue(pod, course.admitAtMs)) return;
    const others = view
      .podsOn(node.metadata.name)
      .filter((other) => uidOf(other) !== uidOf(pod) && !isTerminal(other) && courseOf(other).isAdmitted);
    const rejection = rejectionOf(pod, node, others);
    if (rejection !== undefined) {
      client.replaceStatus(kinds.pods, pod, rejectedStatus(pod, rejection, clock.wallMs()));
      return;
    }
    course.isAdmitted = true;
    if (startMs === 0) start(pod, course, node);
    else client.replaceStatus(kinds.pods, pod, startingStatus(pod, addressesOf(pod, node, ""), clock.wallMs()));
  }

  function start(pod: ApiObject, course: Course, node: ApiObject): void {
    course.runAtMs ??= clock.nowMs() + startMs;
    if (!isDue(pod, course.runAtMs)) return;
    const own = addressesOf(pod, node, nextAddress());
    client.replaceStatus(kinds.pods, pod, runningStatus(pod, own, clock.wallMs()));
  }

  function run(pod: ApiObject, course: Course): void {
    const forMs = runTimeMs(pod);
    if (forMs === undefined) return;
    const sinceMs = runningSinceMs(pod) ?? clock.wallMs();
    course.endAtMs ??=
      clock.nowMs() + Math.max(0, course.runAtMs === undefined ? sinceMs + forMs - clock.wallMs() : forMs);
    if (!isDue(pod, course.endAtMs)) return;
    client.replaceStatus(kinds.pods, pod, endedStatus(pod, exitCodeOf(pod), clock.wallMs()));
  }

  /** The pod ends, then is removed; a finalizer may hold the object longer than that. */
  function stop(pod: ApiObject, course: Course): void {
    const { deletionGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = pod.metadata;
    const graceMs = deletionGracePeriodSeconds * 1000;
    course.leavingSinceMs ??= clock.nowMs();
    const isRunning = phaseOf(pod) === "Running";
    if (isRunning && !isDue(pod, course.leavingSinceMs + Math.min(graceMs, stopMs))) return;
    const stopping = isRunning ? ended(pod, stopMs < graceMs ? TERMINATED : KILLED) : pod;
    if (course.isRemoved) return;
    client.remove(kinds.pods, stopping, { graceSeconds: 0 });
    course.isRemoved = true;
  }

  function ended(pod: ApiObject, exitCode: number): ApiObject {
    return client.replaceStatus(kinds.pods, pod, endedStatus(pod, exitCode, clock.wallMs()));
  }

  /** How long the pod runs; undefined: for ever. */
  function runTimeMs(pod: ApiObject): number | undefined {
    if (specOf(pod)["restartPolicy"] === "Always") return undefined;
    const text = pairsOf(pod.metadata.annotations).get(RUN_SECONDS);
    if (text !== undefined && /^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
    return controllerOf(pod)?.kind === "Job" ? runMs : undefined;
  }

  function nextAddress(): string {
    addresses = (addresses + 1) % ADDRESSES;
    return `10.${64 + (addresses >> 16)}.${(addresses >> 8) & 255}.${addresses & 255}`;
  }
}

function exitCodeOf(pod: ApiObject): number {
  const text = pairsOf(pod.metadata.annotations).get(EXIT_CODE) ?? "";
  if (specOf(pod)["restartPolicy"] !== "Never" || !/^\d{1,3}$/.test(text)) return 0;
  return Number(text);
}

function addressesOf(pod: ApiObject, node: ApiObject, podIp: string): Addresses {
  const all = objectsOf(statusOf(node)["addresses"]);
  const hostIp = textOf(all.find(({ type }) => type === "InternalIP")?.["address"]);
  return { hostIp, podIp: specOf(pod)["hostNetwork"] === true && hostIp !== "" ? hostIp : podIp };
}
