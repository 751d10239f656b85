// Deployment: rolls pod templates out by ReplicaSets, one for each (kubernetes pkg/controller/deployment, 1.36): rolling
// update within surge and unavailability, Recreate, pause, revisions and their history. One step at a time: what it
// writes has it called again. What it does not do: scale old and new ReplicaSets in proportion when its size changes amid
// a rollout (it goes on to the new one instead), adopt ReplicaSets, events.

import { pairsOf, isEqual, objectsOf, type JsonObject } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import { Refusal } from "./client.ts";
import type { Actor, Context } from "./context.ts";
import {
  annotated,
  isRolling,
  maxUnavailable,
  newSet,
  replicasOfNew,
  resized,
  REVISION,
  revisionOf,
  setsOf,
  sum,
  wantedBy,
  type Sets,
} from "./deployment-sets.ts";
import { checkInMs, Conditions, deadlineMs, deploymentStatus } from "./deployment-status.ts";
import { conditionOf, controllerOf, integerOf, isKind, keyOf, specOf, statusOf } from "./objects.ts";
import { isTerminal } from "./pods.ts";

const HISTORY_LIMIT = 10;

export function deploymentController(context: Context): Actor {
  const { view, client, clock, kinds } = context;
  const queue = context.work.queue(sync);

  return {
    react({ verb, kind, object }: Write): void {
      if (isKind(kind, kinds.deployments)) {
        if (verb !== "delete") queue.add(keyOf(object));
      } else if (isKind(kind, kinds.replicaSets)) {
        const owner = controllerOf(object);
        if (owner?.kind === "Deployment") queue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
      }
    },
  };

  function sync(key: string): void {
    const deployment = view.get(kinds.deployments, key);
    if (deployment === undefined) return;
    const sets = setsOf(deployment, view.controlledBy(deployment, kinds.replicaSets));
    if (deployment.metadata.deletionTimestamp !== undefined) writeStatus(deployment, sets);
    else if (saysPause(deployment)) return;
    else if (specOf(deployment)["paused"] === true) whilePaused(deployment, sets);
    else if (isRolling(deployment)) roll(deployment, sets);
    else recreate(deployment, sets);
  }

  /** Writes that it was paused or resumed, if that is news: lack of progress is not counted meanwhile. */
  function saysPause(deployment: ApiObject): boolean {
    const reason = conditionOf(statusOf(deployment), "Progressing")?.["reason"];
    const isPaused = specOf(deployment)["paused"] === true;
    const isNoted = reason === "DeploymentPaused";
    if (deadlineMs(deployment) === undefined || reason === "ProgressDeadlineExceeded" || isPaused === isNoted)
      return false;
    if (isPaused) note(deployment, "Unknown", "DeploymentPaused", "Deployment is paused");
    else note(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed");
    return true;
  }

  /** Only its size is kept: on the one set that has pods, or the newest. */
  function whilePaused(deployment: ApiObject, sets: Sets): void {
    const all = sets.current === undefined ? sets.old : [...sets.old, sets.current];
    const active = all.filter((set) => 0 < wantedBy(set));
    const target = active.length === 0 ? all.at(-1) : active.length === 1 ? active[0] : undefined;
    if (target !== undefined && resize(target, wantedBy(deployment), deployment)) return;
    cleanUp(deployment, sets.old);
    writeStatus(deployment, sets);
  }

  function roll(deployment: ApiObject, sets: Sets): void {
    const ready = withCurrent(deployment, sets);
    if (ready === undefined) return;
    const { current } = ready;
    const wanted = wantedBy(deployment);
    const size = wantedBy(current);
    const next = wanted < size ? wanted : replicasOfNew(deployment, sets, size);
    const hasMoved = resize(current, next, deployment) || scaleDownOld(deployment, sets.old, current);
    if (!hasMoved && isRolledOut(ready.deployment)) cleanUp(deployment, sets.old);
    writeStatus(ready.deployment, setsOf(deployment, view.controlledBy(deployment, kinds.replicaSets)));
  }

  function recreate(deployment: ApiObject, sets: Sets): void {
    const { old } = sets;
    let isScaledDown = false;
    for (const set of old) if (resize(set, 0, deployment)) isScaledDown = true;
    if (isScaledDown || old.some(hasPods)) {
      writeStatus(deployment, setsOf(deployment, view.controlledBy(deployment, kinds.replicaSets)));
      return;
    }
    const ready = withCurrent(deployment, sets);
    if (ready === undefined) return;
    resize(ready.current, wantedBy(deployment), deployment);
    if (isRolledOut(ready.deployment)) cleanUp(deployment, old);
    writeStatus(ready.deployment, setsOf(deployment, view.controlledBy(deployment, kinds.replicaSets)));
  }

  function hasPods(set: ApiObject): boolean {
    return 0 < integerOf(statusOf(set)["replicas"], 0) || !view.controlledBy(set, kinds.pods).every(isTerminal);
  }

  /** The new set with its annotations, and the Deployment with its revision. Undefined: one was just made, which calls again. */
  function withCurrent(
    deployment: ApiObject,
    sets: Sets,
  ): { readonly deployment: ApiObject; readonly current: ApiObject } | undefined {
    if (sets.current === undefined) {
      createSet(deployment, sets);
      return undefined;
    }
    const wanted = annotated(sets.current, deployment, sets.old);
    const isCurrent = isEqual(wanted.metadata.annotations, sets.current.metadata.annotations);
    const current = isCurrent ? sets.current : client.replace(kinds.replicaSets, wanted);
    const revision = String(revisionOf(current));
    const annotations = pairsOf(deployment.metadata.annotations);
    let noted = deployment;
    if (annotations.get(REVISION) !== revision) {
      const metadata = {
        ...deployment.metadata,
        annotations: { ...deployment.metadata.annotations, [REVISION]: revision },
      };
      noted = client.replace(kinds.deployments, { ...deployment, metadata });
    }
    if (deadlineMs(noted) !== undefined && conditionOf(statusOf(noted), "Progressing") === undefined) {
      noted = note(noted, "True", "FoundNewReplicaSet", `Found new replica set "${current.metadata.name}"`);
    }
    return { deployment: noted, current };
  }

  function createSet(deployment: ApiObject, sets: Sets): void {
    const set = newSet(deployment, sets);
    try {
      client.create(kinds.replicaSets, set);
    } catch (error) {
      if (!(error instanceof Refusal) || error.isNamespaceTerminating) throw error;
      if (error.reason === "AlreadyExists") {
        // Another template has the same hash: the next try draws another name.
        const collisionCount = integerOf(statusOf(deployment)["collisionCount"], 0) + 1;
        client.replaceStatus(kinds.deployments, deployment, { ...statusOf(deployment), collisionCount });
        return;
      }
      const name = String(set.metadata["name"]);
      note(
        deployment,
        "False",
        "ReplicaSetCreateError",
        `Failed to create new replica set "${name}": ${error.message}`,
      );
      throw error;
    }
    if (deadlineMs(deployment) === undefined) return;
    note(deployment, "True", "NewReplicaSetCreated", `Created new replica set "${String(set.metadata["name"])}"`);
  }

  /** Sets the condition Progressing. */
  function note(deployment: ApiObject, status: string, reason: string, message: string): ApiObject {
    const old = statusOf(deployment);
    const conditions = new Conditions(objectsOf(old["conditions"]), clock.wallMs());
    conditions.set("Progressing", status, reason, message);
    if (isEqual(conditions.list, objectsOf(old["conditions"]))) return deployment;
    return client.replaceStatus(kinds.deployments, deployment, { ...old, conditions: conditions.list });
  }

  /** Whether that was a change. */
  function resize(set: ApiObject, replicas: number, deployment: ApiObject): boolean {
    if (wantedBy(set) === replicas) return false;
    client.replace(kinds.replicaSets, resized(set, replicas, deployment));
    return true;
  }

  /** Takes from the old sets what availability allows: first what is not available anyway, then the oldest. */
  function scaleDownOld(deployment: ApiObject, old: readonly ApiObject[], current: ApiObject): boolean {
    const available = (set: ApiObject): number => integerOf(statusOf(set)["availableReplicas"], 0);
    const minimum = wantedBy(deployment) - maxUnavailable(deployment);
    const missing = wantedBy(current) - available(current);
    let removable = sum(old, wantedBy) + wantedBy(current) - minimum - missing;
    const sizes = new Map(old.map((set) => [set, wantedBy(set)]));
    const take = (set: ApiObject, most: number): number => {
      const taken = Math.max(0, Math.min(most, sizes.get(set) ?? 0));
      sizes.set(set, (sizes.get(set) ?? 0) - taken);
      return taken;
    };
    for (const set of old) removable -= take(set, Math.min(removable, wantedBy(set) - available(set)));
    let spare = Math.min(removable, sum([...old, current], available) - minimum);
    for (const set of old) spare -= take(set, spare);
    const changed = old.filter((set) => sizes.get(set) !== wantedBy(set));
    for (const set of changed) resize(set, sizes.get(set) ?? 0, deployment);
    return 0 < changed.length;
  }

  function isRolledOut(deployment: ApiObject): boolean {
    return conditionOf(statusOf(deployment), "Progressing")?.["reason"] === "NewReplicaSetAvailable";
  }

  /** Forgets the oldest sets beyond revisionHistoryLimit, as far as they are empty. */
  function cleanUp(deployment: ApiObject, old: readonly ApiObject[]): void {
    const limit = integerOf(specOf(deployment)["revisionHistoryLimit"], HISTORY_LIMIT);
    const live = old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const oldest = [...live].sort((left, right) => revisionOf(left) - revisionOf(right));
    for (const set of oldest.slice(0, Math.max(0, live.length - limit))) {
      const isEmpty = wantedBy(set) + integerOf(statusOf(set)["replicas"], 0) === 0;
      if (isEmpty) client.remove(kinds.replicaSets, set, { propagation: "Background" });
    }
  }

  function writeStatus(deployment: ApiObject, sets: Sets): void {
    const status: JsonObject = deploymentStatus(deployment, sets, clock.wallMs());
    if (!isEqual(status, statusOf(deployment))) client.replaceStatus(kinds.deployments, deployment, status);
    const nextMs = checkInMs(deployment, status, clock.wallMs());
    if (nextMs !== undefined) queue.addAfter(keyOf(deployment), nextMs, true);
  }
}
