// DeploymentSets: the ReplicaSets of a Deployment: which is the new one, their revisions and annotations, and how many
// replicas a rollout allows (kubernetes pkg/controller/deployment/util/deployment_util.go).

import { compareText } from "../../model/index.ts";
import { pairsOf, isEqual, objectOf, textOf, without, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import type { NewObject } from "./client.ts";
import { scaled } from "./int-or-percent.ts";
import { templateHash } from "./template-hash.ts";
import { controllerReference, integerOf, specOf, statusOf } from "./objects.ts";
import { createdMs } from "./pods.ts";

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
/** Annotations of a Deployment that are not its ReplicaSets'. */
const OWN_ANNOTATIONS = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);

export interface Sets {
  /** The one whose pods are as the Deployment wants them; there may be none yet. */
  readonly current: ApiObject | undefined;
  /** The others, oldest first. */
  readonly old: readonly ApiObject[];
}

export function setsOf(deployment: ApiObject, all: readonly ApiObject[]): Sets {
  const template = objectOf(specOf(deployment)["template"]);
  const sorted = [...all].sort(
    (left, right) => createdMs(left) - createdMs(right) || compareText(left.metadata.name, right.metadata.name),
  );
  const current = sorted.find((set) => isEqual(withoutHash(specOf(set)["template"]), template));
  return { current, old: sorted.filter((set) => set !== current) };
}

function withoutHash(template: unknown): JsonObject {
  const { metadata, ...rest } = objectOf(template);
  const labels = without(objectOf(objectOf(metadata)["labels"]), HASH_LABEL);
  return { ...rest, metadata: { ...objectOf(metadata), labels } };
}

/** The ReplicaSet for the Deployment's present template, not stored yet. */
export function newSet(deployment: ApiObject, sets: Sets): NewObject {
  const spec = specOf(deployment);
  const template = objectOf(spec["template"]);
  const hash = templateHash(template, integerOf(statusOf(deployment)["collisionCount"], 0));
  const selector = objectOf(spec["selector"]);
  const metadata = objectOf(template["metadata"]);
  const labels = { ...objectOf(metadata["labels"]), [HASH_LABEL]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name.slice(0, 252 - hash.length)}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        ...replicasAnnotations(deployment),
        [REVISION]: String(newestRevision(sets.old) + 1),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: replicasOfNew(deployment, sets, 0),
      ...(spec["minReadySeconds"] === undefined ? {} : { minReadySeconds: spec["minReadySeconds"] }),
      selector: { ...selector, matchLabels: { ...objectOf(selector["matchLabels"]), [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

/** The new set as it should be annotated: with what the Deployment says, and a revision above all old ones. */
export function annotated(set: ApiObject, deployment: ApiObject, old: readonly ApiObject[]): ApiObject {
  const have = objectOf(set.metadata.annotations);
  const revision = String(newestRevision(old) + 1);
  const previous = textOf(have[REVISION]);
  const isNewer = revisionOf(set) < Number(revision);
  const history = textOf(have[REVISION_HISTORY]);
  const annotations = {
    ...have,
    ...inheritedAnnotations(deployment),
    ...replicasAnnotations(deployment),
    ...(isNewer ? { [REVISION]: revision } : {}),
    ...(isNewer && previous !== "" ? { [REVISION_HISTORY]: history === "" ? previous : `${history},${previous}` } : {}),
  };
  return { ...set, metadata: { ...set.metadata, annotations } };
}

/** The same set with other replicas. */
export function resized(set: ApiObject, replicas: number, deployment: ApiObject): ApiObject {
  const annotations = { ...objectOf(set.metadata.annotations), ...replicasAnnotations(deployment) };
  return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...specOf(set), replicas } } as ApiObject;
}

function replicasAnnotations(deployment: ApiObject): Record<string, string> {
  const replicas = wantedBy(deployment);
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge(deployment)) };
}

function inheritedAnnotations({ metadata }: ApiObject): Record<string, string> {
  return Object.fromEntries([...pairsOf(metadata.annotations)].filter(([key]) => !OWN_ANNOTATIONS.has(key)));
}

export function revisionOf(set: ApiObject): number {
  const text = pairsOf(set.metadata.annotations).get(REVISION) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function newestRevision(sets: readonly ApiObject[]): number {
  return Math.max(0, ...sets.map(revisionOf));
}

/** How large the new set may be now: as large as the surge allows beside the others. `have` is its size. */
export function replicasOfNew(deployment: ApiObject, { old }: Sets, have: number): number {
  const wanted = wantedBy(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - have - sum(old, wantedBy);
  return room <= 0 ? have : have + Math.min(room, Math.max(0, wanted - have));
}

/** Replicas that a Deployment or ReplicaSet asks for. */
export function wantedBy(object: ApiObject): number {
  return integerOf(specOf(object)["replicas"], 1);
}

export function sum(objects: readonly ApiObject[], amountOf: (object: ApiObject) => number): number {
  return objects.reduce((total, object) => total + amountOf(object), 0);
}

export function isRolling(deployment: ApiObject): boolean {
  return objectOf(specOf(deployment)["strategy"])["type"] !== "Recreate";
}

export function maxSurge(deployment: ApiObject): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

/** 0 for Recreate. */
export function maxUnavailable(deployment: ApiObject): number {
  const replicas = wantedBy(deployment);
  return isRolling(deployment) && replicas !== 0 ? Math.min(replicas, fenceposts(deployment).unavailable) : 0;
}

/** Both must not be 0, or nothing could ever move. */
function fenceposts(deployment: ApiObject): { readonly surge: number; readonly unavailable: number } {
  const rolling = objectOf(objectOf(specOf(deployment)["strategy"])["rollingUpdate"]);
  const surge = scaled(rolling["maxSurge"] ?? "25%", wantedBy(deployment), "up");
  const unavailable = scaled(rolling["maxUnavailable"] ?? "25%", wantedBy(deployment), "down");
  return { surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}
