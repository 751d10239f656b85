// ReplicaSet: keeps as many pods active as its spec says (kubernetes pkg/controller/replicaset, 1.36). What it does not
// do: adopt pods that match its selector, let go of those that no longer do, slow start when creations fail, events.

import { pairsOf, isEqual, objectOf, objectsOf, type JsonObject } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import { Refusal } from "./client.ts";
import type { Actor, Context } from "./context.ts";
import { controllerOf, integerOf, isKind, keyOf, specOf, statusOf, timestamp, withoutZeros } from "./objects.ts";
import { podOf } from "./pod-template.ts";
import { availableInMs, compareForRemoval, isActive, isReady, isTerminating } from "./pods.ts";

/** replicaset.BurstReplicas: no more are created or deleted at a time. */
const BURST = 500;

export function replicaSetController(context: Context): Actor {
  const { view, client, clock, kinds } = context;
  const queue = context.work.queue(sync);

  return {
    react({ verb, kind, object }: Write): void {
      if (isKind(kind, kinds.replicaSets)) {
        if (verb !== "delete") queue.add(keyOf(object));
      } else if (isKind(kind, kinds.pods)) {
        const owner = controllerOf(object);
        if (owner?.kind === "ReplicaSet") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
      }
    },
  };

  function sync(key: string): void {
    const set = view.get(kinds.replicaSets, key);
    if (set === undefined) return;
    const pods = view.controlledBy(set, kinds.pods);
    const active = pods.filter(isActive);
    let failure: Refusal | undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      try {
        scale(set, active);
      } catch (error) {
        if (!(error instanceof Refusal) || error.isNamespaceTerminating) throw error;
        failure = error;
      }
    }
    writeStatus(set, active, pods.filter(isTerminating).length, failure);
    if (failure !== undefined) throw failure; // tried again
  }

  function scale(set: ApiObject, active: readonly ApiObject[]): void {
    const spec = specOf(set);
    const missing = integerOf(spec["replicas"], 1) - active.length;
    for (let made = 0; made < Math.min(BURST, missing); made++) {
      client.create(kinds.pods, podOf(set, spec["template"]));
    }
    if (0 <= missing) return;
    const surplus = [...active].sort(compareForRemoval).slice(0, Math.min(BURST, -missing));
    for (const pod of surplus) client.remove(kinds.pods, pod);
  }

  /** Of the pods as they were found; what was done about them is seen at the next look. */
  function writeStatus(set: ApiObject, active: readonly ApiObject[], terminating: number, failure?: Refusal): void {
    const spec = specOf(set);
    const minReadySeconds = integerOf(spec["minReadySeconds"], 0);
    const waits = active.map((pod) => availableInMs(pod, minReadySeconds, clock.wallMs()));
    const nextMs = Math.min(...waits.filter((ms) => ms !== undefined && 0 < ms).map(Number));
    if (Number.isFinite(nextMs)) queue.addAfter(keyOf(set), nextMs);
    const labels = pairsOf(objectOf(objectOf(spec["template"])["metadata"])["labels"]);
    const old = statusOf(set);
    const conditions = conditionsOf(old, failure, integerOf(spec["replicas"], 1) - active.length);
    const status = {
      replicas: active.length,
      ...withoutZeros({
        fullyLabeledReplicas: active.filter((pod) => hasLabels(pod, labels)).length,
        readyReplicas: active.filter(isReady).length,
        availableReplicas: waits.filter((ms) => ms === 0).length,
      }),
      terminatingReplicas: terminating,
      ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
      ...(conditions.length === 0 ? {} : { conditions }),
    };
    if (!isEqual(old, status)) client.replaceStatus(kinds.replicaSets, set, status);
  }

  function conditionsOf(old: JsonObject, failure: Refusal | undefined, missing: number): readonly JsonObject[] {
    const known = objectsOf(old["conditions"]);
    const others = known.filter(({ type }) => type !== "ReplicaFailure");
    if (failure === undefined) return others;
    if (others.length < known.length) return known; // said already
    const reason = missing < 0 ? "FailedDelete" : "FailedCreate";
    const lastTransitionTime = timestamp(clock.wallMs());
    return [
      ...others,
      { type: "ReplicaFailure", status: "True", lastTransitionTime, reason, message: failure.message },
    ];
  }
}

function hasLabels({ metadata }: ApiObject, wanted: ReadonlyMap<string, string>): boolean {
  const labels = pairsOf(metadata.labels);
  return [...wanted].every(([key, value]) => labels.get(key) === value);
}
