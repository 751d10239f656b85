// Input: what a case says about the world, read from its manifests without any help from the program under test.

import { parseAllDocuments } from "yaml";
import { addInto, podRequests, type Amounts, type Expression, type PodSpec, type ResourceList } from "./quantities.ts";

/** A manifest; only what the checker looks at. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
  readonly spec?: PodSpec &
    ControllerSpec & {
      readonly unschedulable?: boolean;
      readonly taints?: readonly Taint[];
      readonly selector?: Selector;
    };
  readonly status?: {
    readonly phase?: string;
    readonly allocatable?: ResourceList;
    readonly capacity?: ResourceList;
    readonly disruptionsAllowed?: number;
  };
  readonly items?: readonly Manifest[];
  readonly value?: number;
  readonly globalDefault?: boolean;
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}

type Labels = Readonly<Record<string, string>>;

interface ControllerSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly replicas?: number;
  readonly template?: { readonly metadata?: Partial<Metadata>; readonly spec?: PodSpec };
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly Expression[];
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface InputNode {
  readonly name: string;
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly isCordoned: boolean;
  readonly allocatable: Amounts;
}

export interface InputPod {
  readonly id: string;
  readonly spec: PodSpec;
  readonly owner: string | undefined;
  readonly labels: Labels;
  readonly phase: string;
  readonly node: string | undefined;
  readonly isDeleting: boolean;
  readonly isGated: boolean;
  readonly isOurs: boolean;
  readonly requests: Amounts | undefined;
  readonly priority: number;
}

export interface Budget {
  readonly id: string;
  readonly allowed: number;
  readonly covers: (pod: Pick<InputPod, "id" | "labels">) => boolean;
}

export interface InputWorld {
  readonly nodes: Map<string, InputNode>;
  readonly pods: Map<string, InputPod>;
  /** Controllers by kind and key: the names that their pods begin with, and the pod of a name. */
  readonly owners: Map<string, { readonly prefix: string; readonly make: (name: string) => InputPod }>;
  readonly budgets: Budget[];
}

export const FINISHED: ReadonlySet<string> = new Set(["Succeeded", "Failed"]);

export function readDocuments(text: string): { readonly documents: readonly Manifest[]; readonly isBroken: boolean } {
  const documents: Manifest[] = [];
  for (const document of parseAllDocuments(text)) {
    if (0 < document.errors.length) return { documents, isBroken: true };
    const value = document.toJS() as Manifest | null | undefined;
    if (value !== null && value !== undefined) documents.push(value);
  }
  return { documents, isBroken: false };
}

/** The objects of the documents, those of lists one by one. */
export function objectsIn(documents: readonly Manifest[]): readonly Manifest[] {
  const items = documents.flatMap((document) =>
    document.items !== undefined && (document.kind ?? "").endsWith("List") ? objectsIn(document.items) : [document],
  );
  return items.filter(
    ({ kind, metadata }) => kind !== undefined && (metadata as Metadata | undefined)?.name !== undefined,
  );
}

/** `priorityAnnotation`: the annotation that the configuration lets stand for a pod's priority. */
export function readWorld(
  documents: readonly Manifest[],
  schedulerNames: readonly string[],
  priorityAnnotation?: string,
): InputWorld {
  const objects = objectsIn(documents);
  const ofKind = (kind: string): readonly Manifest[] => objects.filter((object) => object.kind === kind);
  const classes = new Map([
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ]);
  let globalDefault = 0;
  for (const { metadata, value = 0, globalDefault: isDefault } of ofKind("PriorityClass")) {
    classes.set(metadata.name, value);
    if (isDefault === true) globalDefault = value;
  }
  const podOf = (metadata: Metadata, spec: PodSpec, phase = "Pending", owner?: string): InputPod => {
    const annotation = priorityAnnotation === undefined ? undefined : valueOf(metadata.annotations, priorityAnnotation);
    const annotated = annotation !== undefined && /^-?\d+$/.test(annotation) ? Number(annotation) : undefined;
    return {
      id: idOf(metadata),
      spec,
      owner,
      labels: metadata.labels ?? {},
      phase,
      node: spec.nodeName,
      isDeleting: metadata.deletionTimestamp !== undefined,
      isGated: 0 < (spec.schedulingGates ?? []).length,
      isOurs: schedulerNames.includes(spec.schedulerName ?? ""),
      requests: podRequests(spec),
      priority: annotated ?? spec.priority ?? classes.get(spec.priorityClassName ?? "") ?? globalDefault,
    };
  };
  const pods = new Map<string, InputPod>();
  const owned = new Map<string, number>();
  for (const { metadata, spec = {}, status } of ofKind("Pod")) {
    const controller = (metadata.ownerReferences ?? []).find((reference) => reference.controller === true);
    const owner = controller && `${controller.kind} ${metadata.namespace ?? "default"}/${controller.name}`;
    if (owner !== undefined) owned.set(owner, (owned.get(owner) ?? 0) + 1);
    pods.set(idOf(metadata), podOf(metadata, spec, status?.phase, owner));
  }
  const owners: InputWorld["owners"] = new Map();
  for (const { kind = "", apiVersion = "", metadata, spec = {} } of objects) {
    if (!["Job", "Deployment", "ReplicaSet", "StatefulSet"].includes(kind) || !/^(batch|apps)\//.test(apiVersion))
      continue;
    const wanted =
      kind === "Job" ? Math.min(spec.parallelism ?? 1, spec.completions ?? Infinity) : (spec.replicas ?? 1);
    const key = `${kind} ${idOf(metadata)}`;
    const { metadata: ofTemplate, spec: podSpec = {} } = spec.template ?? {};
    const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    const make = (name: string): InputPod => podOf({ ...ofTemplate, ...namespace, name }, podSpec, undefined, key);
    owners.set(key, { prefix: `${idOf(metadata)}-`, make });
    for (let i = 0; i < wanted - (owned.get(key) ?? 0); i++) {
      const pod = make(`${metadata.name}-${i}`);
      pods.set(pod.id, pod);
    }
  }
  return {
    nodes: new Map(ofKind("Node").map((node) => [node.metadata.name, nodeOf(node)])),
    pods,
    owners,
    budgets: ofKind("PodDisruptionBudget").flatMap(budgetOf),
  };
}

function nodeOf({ metadata, spec, status }: Manifest): InputNode {
  const allocatable: Amounts = new Map();
  addInto(allocatable, status?.allocatable ?? status?.capacity);
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    taints: spec?.taints ?? [],
    isCordoned: spec?.unschedulable === true,
    allocatable,
  };
}

function budgetOf({ metadata, spec, status }: Manifest): Budget[] {
  const allowed = status?.disruptionsAllowed;
  if (allowed === undefined || !Number.isInteger(allowed)) return [];
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  const covers: Budget["covers"] = ({ id, labels }) =>
    id.startsWith(`${metadata.namespace ?? "default"}/`) &&
    Object.entries(matchLabels).every(([key, value]) => valueOf(labels, key) === value) &&
    matchExpressions.every((expression) => labelMatches(expression, labels));
  return [{ id: idOf(metadata), allowed, covers }];
}

/** Why this pod may not be on this node, judged without looking at other pods; undefined if it may. */
export function misplaced(
  { spec }: Pick<InputPod, "spec">,
  node: Pick<InputNode, "name" | "labels" | "taints" | "isCordoned">,
): string | undefined {
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (valueOf(node.labels, key) !== value) return `node selector ${key}=${value}`;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const isWanted = (required?.nodeSelectorTerms ?? []).some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((expression) => labelMatches(expression, node.labels)) &&
      matchFields.every((expression) => labelMatches(expression, { "metadata.name": node.name }))
    );
  });
  if (required !== undefined && !isWanted) return "required node affinity";
  const cordon = node.isCordoned ? [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] : [];
  const refusing = [...node.taints, ...cordon].find(
    (taint) =>
      taint.effect !== "PreferNoSchedule" &&
      !(spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
  return refusing && `taint ${refusing.key}`;
}

export interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

export function hostPorts(spec: PodSpec): readonly HostPort[] {
  return (spec.containers ?? []).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, protocol = "TCP", hostIP = "0.0.0.0" }) =>
      hostPort === undefined || hostPort === 0 ? [] : [{ port: hostPort, protocol, ip: hostIP }],
    ),
  );
}

export function portsClash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}

/** Labels are plain objects here, and `constructor` is a legal key. */
export function valueOf(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function idOf({ namespace = "default", name }: Metadata): string {
  return `${namespace}/${name}`;
}

function labelMatches({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function tolerates(toleration: NonNullable<PodSpec["tolerations"]>[number], taint: Taint): boolean {
  const { key = "", operator, value = "", effect = "" } = toleration;
  if (effect !== "" && effect !== taint.effect) return false;
  return operator === "Exists" ? key === "" || key === taint.key : key === taint.key && value === (taint.value ?? "");
}
