// Nodes without machines: objects that KWOK keeps alive, or that are simply declared ready.

import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "./client.ts";

export interface NodeTemplate {
  /** Names are `PREFIX-0`, `PREFIX-1` and so on, by default `node-0`. */
  readonly prefix?: string;
  /** Merged into the default of 32 cpu, 256Gi memory and 110 pods. */
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

/** One template for all, or one by number, for instance to spread zones. */
export type NodeTemplates = NodeTemplate | ((index: number) => NodeTemplate);

const defaultAllocatable = { cpu: "32", memory: "256Gi", pods: "110" };
const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];
const notReadyTaint = "node.kubernetes.io/not-ready";
const creatorsMax = 16;

/** A node as its kubelet would have it after a while: ready from the start, which saves KWOK and the controllers most of their requests. */
export function nodeObject(name: string, template: NodeTemplate): object {
  const allocatable = { ...defaultAllocatable, ...template.allocatable };
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const conditions = [...pressures.map((type) => ({ type, status: "False" })), { type: "Ready", status: "True" }];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        type: "kwok",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        ...template.labels,
      },
      annotations: { "kwok.x-k8s.io/node": "fake", ...template.annotations },
    },
    spec: { taints: template.taints ?? [] },
    status: {
      phase: "Running", // KWOK sends heartbeats for these
      allocatable,
      capacity: allocatable,
      addresses: [{ type: "Hostname", address: name }],
      conditions: conditions.map((condition) => ({
        ...condition,
        reason: "Declared",
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      })),
    },
  };
}

/** Creates the named nodes, some at a time. */
export async function createNodes(client: ApiClient, nodes: readonly object[]): Promise<void> {
  const remaining = nodes.values(); // shared: each creator takes the next
  const creator = async () => {
    for (const node of remaining) await client.request("POST", "/api/v1/nodes", node);
  };
  await Promise.all(Array.from({ length: creatorsMax }, creator));
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly taints?: readonly { readonly key: string }[] };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Resolves when each of `names` is Ready and has lost the taint that keeps pods off a node that is not. */
export async function nodesUsable(client: ApiClient, names: readonly string[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { items } = await client.request<NodeList>("GET", "/api/v1/nodes?resourceVersion=0");
    const usable = new Set(items.filter(isUsable).map((node) => node.metadata.name));
    const missing = names.filter((name) => !usable.has(name));
    if (missing.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(
        `${missing.length} of ${names.length} nodes are not ready after ${timeoutMs} ms, such as ${missing[0]}`,
      );
    }
    await sleep(Math.max(100, items.length)); // a list costs the server more the longer it is
  }
}

function isUsable(node: NodeList["items"][number]): boolean {
  const isReady = node.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
  return isReady === true && !node.spec.taints?.some((taint) => taint.key === notReadyTaint);
}
