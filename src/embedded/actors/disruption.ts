// Disruption: the status of PodDisruptionBudgets, from which evictions are allowed (kubernetes pkg/controller/disruption,
// 1.36). A budget that cannot be counted allows nothing and says why. What it does not do: events; take back
// DisruptionTarget conditions of pods that stayed.

import { compareText } from "../../model/index.ts";
import { pairsOf, isEqual, objectOf, objectsOf, textOf, type JsonObject } from "../json.ts";
import { qualified } from "../failure.ts";
import type { ApiObject, Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { scaled } from "./int-or-percent.ts";
import { controllerOf, integerOf, isKind, keyOf, specOf, statusOf, timeOf, timestamp } from "./objects.ts";
import { isLeaving, isReady } from "./pods.ts";
import { matchesLabelSelector } from "../object-selectors.ts";

/** An eviction that was allowed counts as done for so long, until its pod is seen to leave (disruption.DeletionTimeout). */
const DELETION_TIMEOUT_MS = 120_000;

/** How many pods there should be, and how many of them healthy. */
interface Expected {
  readonly pods: number;
  readonly healthy: number;
}

export function disruptionController(context: Context): Actor {
  const { view, client, clock, kinds, served } = context;
  const queue = context.work.queue(sync);

  return {
    react({ kind, verb, object, before }: Write): void {
      if (isKind(kind, kinds.budgets)) {
        if (verb !== "delete") queue.add(keyOf(object));
      } else if (isKind(kind, kinds.pods)) {
        for (const budget of view.all(kinds.budgets)) {
          if (matches(budget, object) || (before !== undefined && matches(budget, before))) queue.add(keyOf(budget));
        }
      }
    },
  };

  function sync(key: string): void {
    const budget = view.get(kinds.budgets, key);
    if (budget === undefined) return;
    const { namespace = "" } = budget.metadata;
    const all = view.contentsOf(namespace).filter(({ kind }) => isKind(kind, kinds.pods));
    const pods = all.map(({ object }) => object).filter((pod) => matches(budget, pod));
    const expected = expectedOf(specOf(budget), pods);
    const status =
      typeof expected === "string" ? failedStatus(budget, expected) : countedStatus(budget, pods, expected);
    if (!isEqual(status, statusOf(budget))) client.replaceStatus(kinds.budgets, budget, status);
  }

  /** A text says why it cannot be known. */
  function expectedOf({ maxUnavailable, minAvailable }: JsonObject, pods: readonly ApiObject[]): Expected | string {
    if (maxUnavailable === undefined && minAvailable === undefined) return { pods: 0, healthy: 0 };
    if (maxUnavailable === undefined && typeof minAvailable === "number") {
      return { pods: pods.length, healthy: minAvailable };
    }
    const scale = scaleOf(pods);
    if (typeof scale === "string") return scale;
    if (maxUnavailable === undefined) return { pods: scale, healthy: scaled(minAvailable, scale, "up") };
    return { pods: scale, healthy: Math.max(0, scale - scaled(maxUnavailable, scale, "up")) };
  }

  /** The sum of what the pods' controllers want, each counted once. Pods without a controller count for nothing. */
  function scaleOf(pods: readonly ApiObject[]): number | string {
    const scales = new Map<string, number>();
    for (const pod of pods) {
      const reference = controllerOf(pod);
      if (reference === undefined || scales.has(reference.uid)) continue;
      const kind = served.ofObject(reference);
      const held = view.ofUid(reference.uid);
      if (kind !== undefined && !kind.subresources.includes("scale")) {
        return `${qualified(kind)} does not implement the scale subresource`;
      }
      if (held === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
      const parent = isKind(held.kind, kinds.replicaSets) ? controllerOf(held.object) : undefined;
      const top = parent?.kind === "Deployment" ? view.ofUid(parent.uid) : held;
      if (top === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
      // A Deployment counts once, however many sets its pods are of.
      scales.set(textOf(top.object.metadata.uid), integerOf(specOf(top.object)["replicas"], 1));
    }
    return [...scales.values()].reduce((sum, scale) => sum + scale, 0);
  }

  function countedStatus(budget: ApiObject, pods: readonly ApiObject[], expected: Expected): JsonObject {
    const old = statusOf(budget);
    const disrupted = disruptedOf(budget, pods);
    const healthy = pods.filter((pod) => !isLeaving(pod) && !disrupted.has(pod.metadata.name) && isReady(pod)).length;
    const allowed = expected.pods <= 0 ? 0 : Math.max(0, healthy - expected.healthy);
    const condition =
      0 < allowed ? { status: "True", reason: "SufficientPods" } : { status: "False", reason: "InsufficientPods" };
    return {
      ...observed(budget.metadata.generation),
      ...(disrupted.size === 0 ? {} : { disruptedPods: Object.fromEntries(disrupted) }),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: expected.healthy,
      expectedPods: expected.pods,
      conditions: withCondition(old, { ...condition, message: "", ...observed(budget.metadata.generation) }),
    };
  }

  /** Pods whose eviction was allowed and that have not begun to leave, with when that was. */
  function disruptedOf(budget: ApiObject, pods: readonly ApiObject[]): ReadonlyMap<string, string> {
    const noted = pairsOf(statusOf(budget)["disruptedPods"]);
    const disrupted = new Map<string, string>();
    for (const pod of [...pods].sort((left, right) => compareText(left.metadata.name, right.metadata.name))) {
      const since = noted.get(pod.metadata.name);
      if (since === undefined || isLeaving(pod)) continue;
      const leftMs = (timeOf(since) ?? 0) + DELETION_TIMEOUT_MS - clock.wallMs();
      if (leftMs <= 0) continue;
      disrupted.set(pod.metadata.name, since);
      queue.addAfter(keyOf(budget), leftMs, true);
    }
    return disrupted;
  }

  function failedStatus(budget: ApiObject, message: string): JsonObject {
    const old = statusOf(budget);
    const counts = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    const failed = { status: "False", reason: "SyncFailed", message };
    const conditions = withCondition(old, {
      ...failed,
      ...observed(integerOf(old["observedGeneration"], 0) || undefined),
    });
    return { ...counts, ...old, disruptionsAllowed: 0, conditions };
  }

  /** meta.SetStatusCondition: the time of transition changes with the status only. */
  function withCondition(old: JsonObject, condition: JsonObject): readonly JsonObject[] {
    const known = objectsOf(old["conditions"]);
    const own = known.find(({ type }) => type === "DisruptionAllowed");
    const isSame = own?.["status"] === condition["status"];
    const lastTransitionTime = isSame ? own?.["lastTransitionTime"] : timestamp(clock.wallMs());
    const next = { type: "DisruptionAllowed", lastTransitionTime, ...condition };
    return own === undefined ? [...known, next] : known.map((one) => (one === own ? next : one));
  }
}

function observed(generation: number | undefined): JsonObject {
  return generation === undefined ? {} : { observedGeneration: generation };
}

function matches({ metadata, ...budget }: ApiObject, pod: ApiObject): boolean {
  if (metadata.namespace !== pod.metadata.namespace) return false;
  return matchesLabelSelector(objectOf(budget["spec"])["selector"], pairsOf(pod.metadata.labels));
}
