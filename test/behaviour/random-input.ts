// RandomInput: a small cluster with everything that this version knows, as manifests, and what is true about its gangs.
// Small on purpose: few nodes, few shapes, so that pods meet, run short of room and wait.

import type { Random } from "../support/random.ts";
import type { Gang } from "./invariants.ts";

export interface RandomInput {
  readonly documents: readonly Readonly<Record<string, unknown>>[];
  readonly gangs: Readonly<Record<string, Gang>>;
}

type Fields = Record<string, unknown>;

const NAMESPACE = "sim";
const ZONES = ["a", "b"];

export function randomInput(random: Random): RandomInput {
  const nodes = Array.from({ length: random.integer(1, 6) }, (_, index) => nodeDocument(random, `n${index}`));
  const documents: Fields[] = [...nodes];
  for (const [name, value] of [
    ["low", 10],
    ["high", 100],
  ] as const) {
    documents.push({ apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value });
  }
  const gangs = new Map<string, Gang>();
  for (let i = 0; i < random.integer(0, 5); i++) addGang(random, `g${i}`, nodes.length, documents, gangs);
  for (let i = 0; i < random.integer(0, 8); i++) documents.push(podDocument(random, `solo-${i}`, podSpec(random)));
  for (let i = 0; i < random.integer(0, 6); i++) documents.push(runningPod(random, `old-${i}`, nodes.length));
  for (let i = 0; i < random.integer(0, 2); i++) documents.push(controllerDocument(random, `c${i}`));
  return { documents: random.shuffled(documents), gangs: Object.fromEntries(gangs) };
}

function nodeDocument(random: Random, name: string): Fields {
  const taints = random.chance(0.2)
    ? [{ key: "team", value: "x", effect: random.pick(["NoSchedule", "PreferNoSchedule"]) }]
    : [];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, zone: random.pick(ZONES) } },
    spec: { ...(taints.length === 0 ? {} : { taints }), ...(random.chance(0.1) ? { unschedulable: true } : {}) },
    status: {
      allocatable: {
        cpu: String(random.integer(1, 6)),
        memory: random.pick(["4Gi", "8Gi"]),
        pods: String(random.integer(2, 8)),
        ...(random.chance(0.3) ? { "example.com/gpu": "2" } : {}),
      },
    },
  };
}

function podSpec(random: Random): Fields {
  const requests = random.chance(0.15)
    ? {}
    : { cpu: random.pick(["250m", "500m", "1", "2", "3"]), ...(random.chance(0.3) ? { memory: "1500Mi" } : {}) };
  const gpu = random.chance(0.1) ? { "example.com/gpu": "1" } : {};
  const ports = random.chance(0.15) ? [{ containerPort: 80, hostPort: random.pick([8080, 8081]) }] : [];
  return {
    schedulerName: "batch-scheduler",
    containers: [
      { name: "main", image: "registry.example/job:1", resources: { requests: { ...requests, ...gpu } }, ports },
    ],
    ...(random.chance(0.1)
      ? { initContainers: [{ name: "init", image: "x", resources: { requests: { cpu: "2" } } }] }
      : {}),
    ...(random.chance(0.15) ? { nodeSelector: { zone: random.pick(ZONES) } } : {}),
    ...(random.chance(0.3) ? { tolerations: [{ key: "team", operator: "Exists" }] } : {}),
    ...(random.chance(0.3) ? { priorityClassName: random.pick(["low", "high"]) } : {}),
  };
}

function podDocument(
  random: Random,
  name: string,
  spec: Fields,
  metadata: Fields = {},
  status: Fields = { phase: "Pending" },
): Fields {
  const created = random.chance(0.5) ? { creationTimestamp: `2026-01-0${random.integer(1, 3)}T00:00:00Z` } : {};
  const gates =
    status["phase"] === "Pending" && random.chance(0.05) ? { schedulingGates: [{ name: "example.com/wait" }] } : {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE, ...created, ...metadata },
    spec: { ...spec, ...gates },
    status,
  };
}

/** On a node, whether it has room or not, ours or not, leaving or not. */
function runningPod(random: Random, name: string, nodes: number): Fields {
  const leaving = random.chance(0.2)
    ? { deletionTimestamp: "2026-01-04T00:00:00Z", ...(random.chance(0.3) ? { finalizers: ["example.com/x"] } : {}) }
    : {};
  const foreign = random.chance(0.3) ? { schedulerName: "default-scheduler" } : {};
  const phase = random.chance(0.2) ? "Succeeded" : "Running";
  return podDocument(
    random,
    name,
    { ...podSpec(random), ...foreign, nodeName: `n${random.integer(0, nodes - 1)}` },
    leaving,
    { phase },
  );
}

/**
 * Volcano's group object or the gang label; equal members or a mix; more, as many or fewer than the minimum, which may be
 * a percentage or the whole group; some members may run already.
 */
function addGang(random: Random, name: string, nodes: number, documents: Fields[], gangs: Map<string, Gang>): void {
  const size = random.integer(1, 5);
  const shape = podSpec(random);
  const isMixed = random.chance(0.3);
  const isVolcano = random.chance(0.5);
  const { min, text } = minimum(random, size, isVolcano);
  const metadata: Fields = isVolcano
    ? { annotations: { "scheduling.k8s.io/group-name": name } }
    : {
        labels: { "batch.scheduling.k8s.io/gang": name },
        ...(text === undefined ? {} : { annotations: { "batch.scheduling.k8s.io/min-available": text } }),
      };
  if (isVolcano && random.chance(0.95)) {
    const priorityClass = random.chance(0.3) ? { priorityClassName: random.pick(["low", "high"]) } : {};
    const phase = random.chance(0.3)
      ? { status: { phase: random.pick(["Pending", "Inqueue", "Running", "Unknown"]) } }
      : {};
    documents.push({
      apiVersion: "scheduling.volcano.sh/v1beta1",
      kind: "PodGroup",
      metadata: { name, namespace: NAMESPACE },
      spec: { minMember: min, ...priorityClass },
      ...phase,
    });
  }
  const running = random.chance(0.25) ? random.integer(1, size) : 0;
  const members = Array.from({ length: size }, (_, index) => `${name}-${index}`);
  for (const [index, member] of members.entries()) {
    const spec = isMixed ? podSpec(random) : shape;
    const isRunning = index < running;
    const where = isRunning ? { nodeName: `n${random.integer(0, nodes - 1)}` } : {};
    const status = { phase: isRunning ? "Running" : "Pending" };
    documents.push(podDocument(random, member, { ...spec, ...where }, metadata, status));
  }
  gangs.set(`${NAMESPACE}/${name}`, { min, members: members.map((member) => `${NAMESPACE}/${member}`) });
}

/** `text`: as the annotation says it; absent: the whole group. */
function minimum(random: Random, size: number, isVolcano: boolean): { readonly min: number; readonly text?: string } {
  const min = random.chance(0.6) ? size : random.integer(1, size + 1);
  if (isVolcano || random.chance(0.6)) return { min, text: String(min) };
  if (random.chance(0.5)) return { min: size };
  const percent = random.integer(1, 100);
  return { min: Math.ceil((size * percent) / 100), text: `${percent}%` };
}

function controllerDocument(random: Random, name: string): Fields {
  const kind = random.pick(["Job", "ReplicaSet", "StatefulSet", "Deployment"]);
  const count = random.integer(0, 3);
  const template = { metadata: { labels: { app: name } }, spec: podSpec(random) };
  return {
    apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { ...(kind === "Job" ? { parallelism: count } : { replicas: count }), template },
  };
}
