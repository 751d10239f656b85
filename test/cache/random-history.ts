// A random history of a small cluster: events in the order in which an API server would commit them, with one counter of
// versions. Small pools of names, so that objects come, change, go and come again under another UID.

import type { CacheEvent, KubeObject, ResourceName } from "../../src/cache/index.ts";
import type { Random } from "../support/random.ts";
import { GANG, MINIMUM, object, OURS, upsert, deletion } from "./objects.ts";

export interface History {
  readonly events: readonly CacheEvent[];
  /** The objects that exist at the end. */
  readonly final: readonly CacheEvent[];
}

const NODES = ["a", "b", "c", "d"];
const QUANTITIES = ["100m", "1", "2500m", "0.1", "1e3", "9Ei", "-1", "many", "0"];

export function randomHistory(random: Random, length: number): History {
  const alive = new Map<string, { resource: ResourceName; object: KubeObject }>();
  const events: CacheEvent[] = [];
  for (let version = 1; version <= length; version++) {
    const { resource, name } = random.pick(SUBJECTS);
    const id = `${resource} ${name}`;
    const before = alive.get(id);
    if (before !== undefined && random.chance(0.25)) {
      alive.delete(id);
      events.push(deletion(resource, withVersion(before.object, version)));
      continue;
    }
    const uid = before?.object.metadata.uid ?? `${name}-${String(version)}`;
    const next = withVersion(randomObject(random, resource, name, uid, before?.object), version);
    alive.set(id, { resource, object: next });
    events.push(upsert(resource, next));
  }
  return { events, final: [...alive.values()].map((one) => upsert(one.resource, one.object)) };
}

const SUBJECTS: readonly { readonly resource: ResourceName; readonly name: string }[] = [
  ...NODES.map((name) => ({ resource: "nodes" as const, name })),
  ...Array.from({ length: 12 }, (_, i) => ({ resource: "pods" as const, name: `p${String(i)}` })),
  ...Array.from({ length: 12 }, (_, i) => ({ resource: "pods" as const, name: `p${String(i)}` })),
  ...["g1", "g2"].map((name) => ({ resource: "volcanopodgroups" as const, name })),
  { resource: "volcanojobs", name: "vj" },
  { resource: "priorityclasses", name: "high" },
  { resource: "priorityclasses", name: "usual" },
  { resource: "namespaces", name: "x" },
  { resource: "volcanoqueues", name: "q" },
  { resource: "jobs", name: "owner" },
];

function randomObject(
  random: Random,
  resource: ResourceName,
  name: string,
  uid: string,
  before: KubeObject | undefined,
): KubeObject {
  const created = `2026-01-01T00:00:0${String(random.integer(0, 9))}Z`;
  const creationTimestamp = before?.metadata.creationTimestamp ?? created;
  switch (resource) {
    case "nodes":
      return {
        metadata: { name, uid, creationTimestamp, labels: random.chance(0.8) ? { pool: "batch" } : {} },
        spec: {
          ...(random.chance(0.2) && { unschedulable: true }),
          ...(random.chance(0.2) && { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] }),
        },
        status: {
          allocatable: {
            cpu: random.pick(["4", "8", "3900m", ...(random.chance(0.1) ? ["x"] : [])]),
            pods: "10",
            ...(random.chance(0.3) && { [`gpu/${String(random.integer(0, 8))}`]: "4" }),
          },
          conditions: [{ type: "Ready", status: random.pick(["True", "True", "False"]), lastHeartbeatTime: created }],
        },
      };
    case "pods":
      return randomPod(random, name, uid, creationTimestamp, before);
    case "volcanopodgroups":
      return object({
        name,
        uid,
        created: creationTimestamp,
        volcanoJob: { name: "vj", uid: random.pick(["vj-uid", "other"]) },
        spec: {
          minMember: random.pick([0, 1, 2, 3, -1]),
          ...(random.chance(0.4) && { queue: random.pick(["q", "default", "nowhere"]) }),
          ...(random.chance(0.4) && { priorityClassName: random.pick(["high", "usual", "system-x"]) }),
          ...(random.chance(0.4) && { minResources: { cpu: random.pick(QUANTITIES) } }),
          ...(random.chance(0.4) && { minTaskMember: { worker: 2, server: 1 } }),
        },
        status: { phase: random.pick(["Pending", "Inqueue", "Running"]) },
      });
    case "volcanojobs":
      return object({ name, uid: "vj-uid", spec: { schedulerName: random.pick([OURS, "volcano"]) } });
    case "priorityclasses": {
      const facts = { value: random.integer(1, 9), globalDefault: random.chance(0.3) };
      return { metadata: { name, uid }, ...facts };
    }
    case "namespaces":
      return { metadata: { name, uid, labels: random.chance(0.6) ? { team: "ours" } : {} } };
    case "volcanoqueues":
      return {
        metadata: { name, uid },
        spec: { weight: random.integer(1, 3) },
        status: { state: random.pick(["Open", "Closed"]) },
      };
    case "jobs":
    case "replicasets":
    case "statefulsets":
      return object({ name, uid: "owner-uid", spec: { parallelism: random.integer(1, 4) } });
  }
}

function randomPod(
  random: Random,
  name: string,
  uid: string,
  creationTimestamp: string,
  before: KubeObject | undefined,
): KubeObject {
  const kind = random.pick(["solo", "gang", "gang", "volcano", "volcano"]);
  const node =
    (before?.spec?.["nodeName"] as string | undefined) ?? (random.chance(0.4) ? random.pick(NODES) : undefined);
  const gang = random.pick(["g1", "g2"]);
  const labels = kind === "gang" ? { [GANG]: gang } : {};
  const annotations = {
    ...(kind === "gang" && random.chance(0.6) && { [MINIMUM]: random.pick(["1", "2", "60%", "100%", "0"]) }),
    ...(kind === "volcano" && { "scheduling.k8s.io/group-name": gang, "volcano.sh/task-spec": "worker" }),
    ...(node !== undefined && random.chance(0.5) && { "batch-scheduler/plan": `c1.2/${String(random.integer(1, 3))}` }),
  };
  return {
    metadata: {
      name,
      namespace: "x",
      uid,
      creationTimestamp,
      labels,
      annotations,
      ...((before?.metadata.deletionTimestamp !== undefined || random.chance(0.1)) && {
        deletionTimestamp: "2026-01-02T00:00:00Z",
      }),
      ...(random.chance(0.4) && {
        ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "owner", uid: "owner-uid", controller: true }],
      }),
    },
    spec: {
      schedulerName: random.chance(0.85) ? OURS : "default-scheduler",
      ...(node !== undefined && { nodeName: node }),
      ...(random.chance(0.1) && { schedulingGates: [{ name: "wait" }] }),
      ...(random.chance(0.3) && { priorityClassName: random.pick(["high", "usual"]) }),
      ...(random.chance(0.2) && { priority: 7 }),
      containers: [
        {
          name: "main",
          ...(random.chance(0.2) && { ports: [{ containerPort: 80, hostPort: random.pick([80, 81]) }] }),
          resources: {
            requests: {
              ...(random.chance(0.9) && { cpu: random.pick(QUANTITIES.slice(0, random.chance(0.9) ? 5 : undefined)) }),
              ...(random.chance(0.3) && { [`gpu/${String(random.integer(0, 8))}`]: "1" }),
            },
          },
        },
      ],
    },
    status: { phase: random.pick(["Pending", "Running", "Running", "Succeeded", "Failed"]) },
  };
}

function withVersion(kubeObject: KubeObject, version: number): KubeObject {
  return { ...kubeObject, metadata: { ...kubeObject.metadata, resourceVersion: String(version) } };
}

/** The events in another order that keeps the order per object, as watches of several resources may deliver them. */
export function interleaved(random: Random, events: readonly CacheEvent[]): CacheEvent[] {
  const lanes = new Map<string, CacheEvent[]>();
  for (const event of events) {
    const id = `${event.resource} ${event.object.metadata.name}`;
    lanes.set(id, [...(lanes.get(id) ?? []), event]);
  }
  const result: CacheEvent[] = [];
  let open = [...lanes.values()];
  while (0 < open.length) {
    result.push(random.pick(open).shift()!);
    open = open.filter((lane) => 0 < lane.length);
  }
  return result;
}
