// Builders of raw API objects and of a cache, with only what matters to a test in its row.

import {
  ClusterCache,
  type CacheEvent,
  type CacheOptions,
  type KubeObject,
  type ResourceName,
} from "../../src/cache/index.ts";
import { GROUP_DIALECTS, lookUp, nodeAt, nodesOf, type Job, type Node, type Snapshot } from "../../src/model/index.ts";

export const OURS = "batch-scheduler";
export const GANG = "batch.scheduling.k8s.io/gang";
export const MINIMUM = "batch.scheduling.k8s.io/min-available";

export const OPTIONS: CacheOptions = {
  schedulerNames: [OURS],
  gangLabel: GANG,
  minAvailableAnnotation: MINIMUM,
  dialects: GROUP_DIALECTS,
  useOwners: false,
  queues: [],
  unknownQueue: "default",
  adoptEmptyVolcano: false,
  freeze: true,
};

export function newCache(options: Partial<CacheOptions> = {}): ClusterCache {
  return new ClusterCache({ ...OPTIONS, ...options });
}

type Fields = Record<string, unknown>;

export interface PodRow {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly version?: string;
  readonly created?: string;
  readonly deleting?: boolean;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owner?: string;
  readonly scheduler?: string;
  readonly node?: string;
  readonly phase?: string;
  readonly gated?: boolean;
  readonly cpu?: string;
  readonly spec?: Fields;
  readonly status?: Fields;
}

export function pod(row: PodRow): KubeObject {
  return {
    metadata: {
      ...identity(row),
      namespace: row.namespace ?? "x",
      ...(row.deleting === true && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      ...(row.labels && { labels: row.labels }),
      ...(row.annotations && { annotations: row.annotations }),
      ...(row.owner !== undefined && {
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "owner", uid: row.owner, controller: true }],
      }),
    },
    spec: {
      schedulerName: row.scheduler ?? OURS,
      containers: [{ name: "main", ...(row.cpu !== undefined && { resources: { requests: { cpu: row.cpu } } }) }],
      ...(row.node !== undefined && { nodeName: row.node }),
      ...(row.gated === true && { schedulingGates: [{ name: "wait" }] }),
      ...row.spec,
    },
    status: { phase: row.phase ?? "Pending", ...row.status },
  };
}

/** A member of a gang of the gang-label dialect. */
export function member(gang: string, row: PodRow & { readonly minimum?: string }): KubeObject {
  const annotations = row.minimum === undefined ? {} : { [MINIMUM]: row.minimum };
  return pod({ ...row, labels: { [GANG]: gang, ...row.labels }, annotations: { ...annotations, ...row.annotations } });
}

/** A member of a Volcano PodGroup. */
export function volcanoMember(group: string, row: PodRow & { readonly role?: string }): KubeObject {
  const role = row.role === undefined ? {} : { "volcano.sh/task-spec": row.role };
  return pod({ ...row, annotations: { "scheduling.k8s.io/group-name": group, ...role, ...row.annotations } });
}

export interface NodeRow {
  readonly name: string;
  readonly uid?: string;
  readonly version?: string;
  readonly allocatable?: Fields;
  readonly labels?: Record<string, string>;
  readonly spec?: Fields;
  readonly status?: Fields;
}

export function node(row: NodeRow): KubeObject {
  return {
    metadata: { ...identity(row), ...(row.labels && { labels: row.labels }) },
    spec: row.spec ?? {},
    status: { allocatable: row.allocatable ?? { cpu: "8", memory: "64Gi", pods: "110" }, ...row.status },
  };
}

export interface ObjectRow {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly version?: string;
  readonly created?: string;
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly volcanoJob?: { readonly name: string; readonly uid: string };
}

/** Any other namespaced kind. */
export function object(row: ObjectRow): KubeObject {
  return {
    metadata: {
      ...identity(row),
      namespace: row.namespace ?? "x",
      ...(row.annotations && { annotations: row.annotations }),
      ...(row.labels && { labels: row.labels }),
      ...(row.volcanoJob && {
        ownerReferences: [
          { apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job", ...row.volcanoJob, controller: true },
        ],
      }),
    },
    spec: row.spec ?? {},
    status: row.status ?? {},
  };
}

export function upsert(resource: ResourceName, kubeObject: KubeObject): CacheEvent {
  return { resource, type: "upsert", object: kubeObject };
}

export function deletion(resource: ResourceName, kubeObject: KubeObject): CacheEvent {
  return { resource, type: "delete", object: kubeObject };
}

export function feed(cache: ClusterCache, ...events: readonly CacheEvent[]): Snapshot {
  for (const event of events) cache.enqueue(event);
  return cache.advance();
}

export function feedPods(cache: ClusterCache, ...pods: readonly KubeObject[]): Snapshot {
  return feed(cache, ...pods.map((one) => upsert("pods", one)));
}

export function jobOf(snapshot: Snapshot, key: string): Job {
  const job = lookUp(snapshot.jobs, key);
  if (job === undefined) throw new Error(`no job ${key}`);
  return job;
}

export function nodeOf(snapshot: Snapshot, name: string): Node | undefined {
  const slot = lookUp(snapshot.slotByNode, name);
  const found = slot === undefined ? undefined : nodeAt(snapshot, slot);
  if (found?.name !== [...nodesOf(snapshot)].find((one) => one.name === name)?.name) throw new Error("slots disagree");
  return found;
}

function identity(row: {
  readonly name: string;
  readonly uid?: string;
  readonly version?: string;
  readonly created?: string;
}): {
  name: string;
  uid: string;
  resourceVersion?: string;
  creationTimestamp?: string;
} {
  return {
    name: row.name,
    uid: row.uid ?? `uid-${row.name}`,
    ...(row.version !== undefined && { resourceVersion: row.version }),
    ...(row.created !== undefined && { creationTimestamp: row.created }),
  };
}
