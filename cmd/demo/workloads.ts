// Workloads: who takes part in the demo, in sizes that suit the number of nodes, and their manifests as a user would write
// them. The sizes are chosen so that the story holds for every cluster of NODES_MIN nodes or more:
//
//   ring    one pod of half a node for each node         fills half of the cluster
//   titan   one half-node pod more than the cluster has halves   never fits, though part of it would
//   choir   3 to 5 small pods, of which the last comes late
//   pool    60 % needed; two pods more than there is room for
//   filler  a pod without requests for each node
//   wave    one small pod for each node                  fits when ring has finished

import { RUN_SECONDS } from "../../src/embedded/actors/index.ts";
import type { ApiRequest } from "../../src/kube/client.ts";
import { DEFAULT_GANG_LABEL, DEFAULT_MIN_AVAILABLE_ANNOTATION, DEFAULT_SCHEDULER_NAME } from "../flags.ts";
import { seededIntegers } from "./random.ts";

export const NODES_MIN = 4;
export const NODES_MAX = 1_000;
export const NODE_CPU = 8;

export interface Workload {
  /** Also the label `app` of its pods; the picture shows its first letter. */
  readonly name: string;
  readonly size: number;
  /** How many of its pods must run for any to run; 0: each pod is for itself. */
  readonly minimum: number;
  /** As the annotation says it. */
  readonly minimumText: string;
  /** Cores that each pod requests; 0: it requests nothing. */
  readonly cpu: number;
}

export interface Cast {
  readonly ring: Workload;
  readonly titan: Workload;
  readonly choir: Workload;
  readonly pool: Workload;
  readonly filler: Workload;
  readonly wave: Workload;
  /** How many pods of pool come at a time. */
  readonly trickle: readonly number[];
}

export function castOf(nodeCount: number, seed: number): Cast {
  const integer = seededIntegers(seed);
  const choirSize = integer(3, 5);
  const slots = 2 * nodeCount - choirSize; // for pods of 2 cores, beside ring and choir
  const poolSize = slots + 2;
  return {
    ring: gang("ring", nodeCount, 4),
    titan: gang("titan", 2 * nodeCount + 1, 4),
    choir: gang("choir", choirSize, 2),
    pool: { ...gang("pool", poolSize, 2), minimum: Math.ceil((poolSize * 60) / 100), minimumText: "60%" },
    filler: { name: "filler", size: nodeCount, minimum: 0, minimumText: "", cpu: 0 },
    wave: gang("wave", nodeCount, 2),
    trickle: portions(poolSize, integer(3, 4), integer),
  };
}

/** A gang that needs all of its pods. */
export function gang(name: string, size: number, cpu: number): Workload {
  return { name, size, minimum: size, minimumText: String(size), cpu };
}

/** `total` in at most `count` portions, none of them empty. */
function portions(total: number, count: number, integer: (min: number, max: number) => number): readonly number[] {
  const portion = Math.ceil(total / count);
  const sizes: number[] = [];
  for (let left = total; 0 < left; left -= sizes.at(-1)!) {
    sizes.push(Math.min(left, Math.max(1, portion + integer(-1, 1))));
  }
  return sizes;
}

/** For POST to the collection that `path` names. */
export interface Manifest {
  readonly path: string;
  readonly body: object;
}

const PODS_PATH = "/api/v1/namespaces/default/pods";
const JOBS_PATH = "/apis/batch/v1/namespaces/default/jobs";

/** Nodes of two zones, as kubelets register them at `timestamp`. */
export function nodesOf(count: number, timestamp: string): readonly Manifest[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = index % 2 === 0 ? "a" : "b";
    const name = `node-${zone}${String(Math.floor(index / 2) + 1)}`;
    const amounts = { cpu: String(NODE_CPU), memory: "32Gi", pods: "110" };
    const body = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone } },
      status: {
        capacity: amounts,
        allocatable: amounts,
        addresses: [
          { type: "InternalIP", address: `10.1.${String(index >> 8)}.${String(index & 255)}` },
          { type: "Hostname", address: name },
        ],
        conditions: [
          {
            ...{ type: "Ready", status: "True", lastHeartbeatTime: timestamp, lastTransitionTime: timestamp },
            ...{ reason: "KubeletReady", message: "a make-believe kubelet says that it is ready" },
          },
        ],
        nodeInfo: { operatingSystem: "linux", architecture: "amd64", kubeletVersion: "make-believe" },
      },
    };
    return { path: "/api/v1/nodes", body };
  });
}

/** The whole workload as a Job; its controller makes the pods. They run for `runSeconds`. */
export function jobOf(workload: Workload, runSeconds: number): Manifest {
  const { name, size } = workload;
  const body = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: { parallelism: size, completions: size, backoffLimit: 6, template: podTemplateOf(workload, runSeconds) },
  };
  return { path: JOBS_PATH, body };
}

/** Pods of their own, without a controller: numbers `from` to before `to`. */
export function podsOf(workload: Workload, from: number, to: number): readonly Manifest[] {
  const { metadata, spec } = podTemplateOf(workload);
  return Array.from({ length: to - from }, (_, index) => ({
    path: PODS_PATH,
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: `${workload.name}-${String(from + index)}`, namespace: "default" },
      spec,
    },
  }));
}

/** What the pod computes is done. */
export function finishRequest(pod: string): ApiRequest {
  const body = { metadata: { annotations: { [RUN_SECONDS]: "0" } } };
  return { method: "PATCH", path: `${PODS_PATH}/${pod}`, contentType: "application/merge-patch+json", body };
}

export function deletePodRequest(pod: string): ApiRequest {
  return { method: "DELETE", path: `${PODS_PATH}/${pod}` };
}

/** With its pods. */
export function deleteJobRequest(job: string): ApiRequest {
  return { method: "DELETE", path: `${JOBS_PATH}/${job}`, body: { propagationPolicy: "Background" } };
}

function podTemplateOf(
  { name, minimum, minimumText, cpu }: Workload,
  runSeconds?: number,
): { readonly metadata: object; readonly spec: object } {
  const isGang = 0 < minimum;
  return {
    metadata: {
      labels: { app: name, ...(isGang ? { [DEFAULT_GANG_LABEL]: name } : {}) },
      annotations: {
        ...(isGang ? { [DEFAULT_MIN_AVAILABLE_ANNOTATION]: minimumText } : {}),
        ...(runSeconds === undefined ? {} : { [RUN_SECONDS]: String(runSeconds) }),
      },
    },
    spec: {
      schedulerName: DEFAULT_SCHEDULER_NAME,
      restartPolicy: "Never",
      containers: [
        {
          name: "worker",
          image: "example.com/worker:1",
          ...(cpu === 0 ? {} : { resources: { requests: { cpu: String(cpu) } } }),
        },
      ],
    },
  };
}
