// Expand: the pods that a controller of the input would make. Jobs, ReplicaSets, StatefulSets and Deployments get the pods
// that are missing, never more; a Volcano Job has a controller of its own kind and is left alone.

import { compareText } from "../model/index.ts";
import { controllerOf, keyOf, objectIn, type ApiObject, type JsonObject, type Metadata } from "./api-object.ts";

export type ControllerKind = "Job" | "ReplicaSet" | "StatefulSet" | "Deployment";

/** A controller of the input with the pods that it has. */
export interface Controller {
  readonly kind: ControllerKind;
  readonly object: ApiObject;
  readonly pods: readonly ApiObject[];
}

/**
 * The controllers, each with its own pods. A Deployment that has a ReplicaSet in the input leaves the work to it.
 * `objects` are admitted: they have their UIDs.
 */
export function controllersOf(
  objects: Readonly<Record<"jobs" | "replicaSets" | "statefulSets" | "deployments", readonly ApiObject[]>>,
  pods: readonly ApiObject[],
): readonly Controller[] {
  const podsByOwner = Map.groupBy(pods, ownerKeyOf);
  const owned = new Set(objects.replicaSets.map(ownerKeyOf));
  const controllers = (kind: ControllerKind, of: readonly ApiObject[]): readonly Controller[] =>
    of.map((object) => {
      const own = (podsByOwner.get(ownerKey(object, kind, object.metadata.name)) ?? []).filter((pod) =>
        isOwnedBy(pod, object),
      );
      return { kind, object, pods: own };
    });
  // Dumps that leave ReplicaSets out still show whose pods they are: `<deployment>-<pod-template-hash>`.
  const deployments = objects.deployments.filter(
    (object) => !owned.has(ownerKey(object, "Deployment", object.metadata.name)),
  );
  const throughHash = Map.groupBy(pods, (pod) => {
    const [owner, hash] = [
      controllerOf(pod),
      Object.entries(pod.metadata.labels ?? {}).find(([key]) => key === "pod-template-hash")?.[1],
    ];
    const suffix = `-${hash ?? ""}`;
    return owner?.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(suffix)
      ? ownerKey(pod, "Deployment", owner.name.slice(0, -suffix.length))
      : "";
  });
  return [
    ...controllers("Job", objects.jobs),
    ...controllers("ReplicaSet", objects.replicaSets),
    ...controllers("StatefulSet", objects.statefulSets),
    ...controllers("Deployment", deployments).map((controller) => ({
      ...controller,
      pods: [
        ...controller.pods,
        ...(throughHash.get(ownerKey(controller.object, "Deployment", controller.object.metadata.name)) ?? []),
      ],
    })),
  ];
}

/** How many pods the controller wants at a time; 1 where it does not say. */
export function wantedPods({ kind, object }: Pick<Controller, "kind" | "object">): number {
  const spec = objectIn(object.spec);
  if (kind !== "Job") return count(spec["replicas"], 1);
  if (spec["suspend"] === true) return 0;
  return Math.min(count(spec["parallelism"], 1), count(spec["completions"], Infinity));
}

/** The pods that it lacks, named `<name>-<number>` with the lowest numbers whose keys are not taken. */
export function missingPods(controller: Controller, isTaken: (key: string) => boolean): readonly ApiObject[] {
  const { kind, object, pods } = controller;
  const missing = wantedPods(controller) - pods.length;
  const made: ApiObject[] = [];
  for (let number = 0; made.length < missing; number++) {
    const pod = podOf(kind, object, number);
    if (!isTaken(keyOf(pod))) made.push(pod);
  }
  return made;
}

function podOf(kind: ControllerKind, controller: ApiObject, number: number): ApiObject {
  const template = objectIn(objectIn(controller.spec)["template"]);
  const { metadata, apiVersion } = controller;
  const { labels, annotations } = objectIn(template["metadata"]) as Pick<Metadata, "labels" | "annotations">;
  const isIndexed = kind === "Job" && objectIn(controller.spec)["completionMode"] === "Indexed";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${metadata.name}-${number}`,
      namespace: metadata.namespace ?? "default",
      ...(metadata.creationTimestamp === undefined ? {} : { creationTimestamp: metadata.creationTimestamp }),
      labels: { ...labels, ...(isIndexed ? { "batch.kubernetes.io/job-completion-index": String(number) } : {}) },
      annotations: { ...annotations },
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", controller: true }],
    },
    spec: objectIn(template["spec"]) satisfies JsonObject,
  };
}

function ownerKeyOf(object: ApiObject): string {
  const owner = controllerOf(object);
  return owner === undefined ? "" : ownerKey(object, owner.kind, owner.name);
}

/** `kind namespace/name`. */
export function ownerKey({ metadata }: ApiObject, kind: string, name: string): string {
  return `${kind} ${metadata.namespace ?? ""}/${name}`;
}

/** By UID: a controller that was deleted and made anew under its old name does not own the old one's pods. */
function isOwnedBy(pod: ApiObject, { metadata }: ApiObject): boolean {
  const uid = controllerOf(pod)?.uid ?? "";
  return uid === "" || uid === metadata.uid;
}

function count(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isInteger(value) && 0 <= value ? value : otherwise;
}

/** UIDs that objects name for owners; a manifest of the owner may leave its own out. `ownerKey` -> UID. */
export function namedUids(objects: Iterable<ApiObject>): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const object of objects) {
    const [key, uid] = [ownerKeyOf(object), controllerOf(object)?.uid ?? ""];
    if (uid === "") continue;
    const other = named.get(key);
    if (other === undefined || compareText(uid, other) < 0) named.set(key, uid);
  }
  return named;
}
