// Node admission: what a kubelet checks before it runs a pod that was bound to its node, with the reasons and words of the
// real one (kubernetes pkg/kubelet/lifecycle/predicate.go, 1.36). Only the first reason is reported. Not checked: volumes,
// topology and device managers, sysctls, AppArmor, the pod's operating system.

import { objectsOf, textOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { integerOf, specOf, statusOf } from "./objects.ts";
import { nodeAmounts, podRequests, type Amounts } from "./pod-requests.ts";
import { nodeNameOf } from "./pods.ts";
import { matchesNode } from "../object-selectors.ts";

export interface Rejection {
  /** `OutOfcpu`, `NodeAffinity`, … */
  readonly reason: string;
  readonly message: string;
}

/** `others` are the pods that the node has admitted and that have not ended. Undefined: the pod is admitted. */
export function rejectionOf(pod: ApiObject, node: ApiObject, others: readonly ApiObject[]): Rejection | undefined {
  const spec = specOf(pod);
  return (
    shortage(spec, node, others) ??
    (matchesNode(spec, node)
      ? undefined
      : predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")) ??
    (nodeNameOf(pod) === node.metadata.name
      ? undefined
      : predicate("NodeName", "node(s) didn't match the requested node name")) ??
    (hasFreePorts(spec, others)
      ? undefined
      : predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports")) ??
    (toleratesNoExecute(spec, node)
      ? undefined
      : predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"))
  );
}

function predicate(reason: string, because: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${because}` };
}

const FIRST = ["cpu", "memory", "ephemeral-storage"];

function shortage(spec: JsonObject, node: ApiObject, others: readonly ApiObject[]): Rejection | undefined {
  const capacity = nodeAmounts(statusOf(node)["allocatable"]);
  const slots = capacity.get("pods") ?? 0;
  if (slots < others.length + 1) return outOf("pods", 1, others.length, slots);
  const wanted = podRequests(spec);
  const used = usedBy(others);
  const scalars = [...wanted.keys()].filter((name) => !FIRST.includes(name)).sort();
  for (const name of [...FIRST, ...scalars]) {
    const requested = wanted.get(name) ?? 0;
    const whole = capacity.get(name);
    if (requested === 0 || (whole === undefined && isExtended(name))) continue; // an extended resource no node knows is not a node's
    if ((whole ?? 0) - (used.get(name) ?? 0) < requested) {
      return outOf(name, requested, used.get(name) ?? 0, whole ?? 0);
    }
  }
  return undefined;
}

function outOf(name: string, requested: number, used: number, capacity: number): Rejection {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${amounts}` };
}

function usedBy(pods: readonly ApiObject[]): Amounts {
  const used = new Map<string, number>();
  for (const pod of pods) {
    for (const [name, amount] of podRequests(specOf(pod))) used.set(name, (used.get(name) ?? 0) + amount);
  }
  return used;
}

/** helper.IsExtendedResourceName: neither Kubernetes' own nor a quota's. */
function isExtended(name: string): boolean {
  return name.includes("/") && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith("requests.");
}

interface HostPort {
  readonly protocol: string;
  readonly ip: string;
  readonly port: number;
}

/** A port is taken by the same port and protocol on the same address, or on any (framework.HostPortInfo). */
function hasFreePorts(spec: JsonObject, others: readonly ApiObject[]): boolean {
  const wanted = hostPorts(spec);
  if (wanted.length === 0) return true;
  const taken = others.flatMap((pod) => hostPorts(specOf(pod)));
  return !wanted.some((own) =>
    taken.some(
      (other) =>
        own.port === other.port &&
        own.protocol === other.protocol &&
        (own.ip === other.ip || own.ip === "0.0.0.0" || other.ip === "0.0.0.0"),
    ),
  );
}

function hostPorts(spec: JsonObject): readonly HostPort[] {
  const sidecars = objectsOf(spec["initContainers"]).filter((container) => container["restartPolicy"] === "Always");
  return [...objectsOf(spec["containers"]), ...sidecars]
    .flatMap((container) => objectsOf(container["ports"]))
    .map((port) => ({
      protocol: textOf(port["protocol"]) || "TCP",
      ip: textOf(port["hostIP"]) || "0.0.0.0",
      port: integerOf(port["hostPort"], 0),
    }))
    .filter(({ port }) => port !== 0);
}

/** Kubelets look at NoExecute taints only. */
function toleratesNoExecute(spec: JsonObject, node: ApiObject): boolean {
  const taints = objectsOf(specOf(node)["taints"]).filter((taint) => taint["effect"] === "NoExecute");
  const tolerations = objectsOf(spec["tolerations"]);
  return taints.every((taint) =>
    tolerations.some((toleration) => {
      const [effect, key] = [textOf(toleration["effect"]), textOf(toleration["key"])];
      if (effect !== "" && effect !== "NoExecute") return false;
      if (key !== "" && key !== taint["key"]) return false;
      return (
        toleration["operator"] === "Exists" || (key !== "" && textOf(toleration["value"]) === textOf(taint["value"]))
      );
    }),
  );
}
