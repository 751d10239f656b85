// NodeHeartbeat: what kubelets say of their nodes: a Lease in kube-node-lease that is renewed, and the condition Ready. Off
// by default: it writes for ever. A node that is not selected any more falls silent; nobody here marks it NotReady.

import { objectsOf } from "../json.ts";
import type { ApiObject, Write } from "../types.ts";
import { Refusal } from "./client.ts";
import type { Actor, Context } from "./context.ts";
import { conditionOf, isKind, specOf, statusOf, timestamp, uidOf } from "./objects.ts";

export interface HeartbeatOptions {
  /** Between two renewals of a node's lease. Default 10 s, as the real kubelet. */
  readonly intervalMs?: number;
  /** Nodes that have a kubelet, by name; all by default. */
  readonly isAlive?: (nodeName: string) => boolean;
}

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;

export function nodeHeartbeat(context: Context, options: HeartbeatOptions = {}): Actor {
  const { intervalMs = 10_000, isAlive = () => true } = options;
  const { view, client, clock, kinds } = context;
  const queue = context.work.queue(beat);

  return {
    react({ kind, verb, object }: Write): void {
      if (isKind(kind, kinds.nodes) && verb === "create") queue.add(object.metadata.name);
    },
  };

  function beat(name: string): void {
    const node = view.get(kinds.nodes, name);
    if (node === undefined) return;
    queue.addAfter(name, intervalMs, true);
    if (!isAlive(name)) return;
    renew(node);
    if (conditionOf(statusOf(node), "Ready")?.["status"] !== "True") setReady(node);
  }

  function renew(node: ApiObject): void {
    const { name } = node.metadata;
    const old = view.get(kinds.leases, `${LEASE_NAMESPACE}/${name}`);
    const renewTime = new Date(clock.wallMs()).toISOString().replace("Z", "000Z"); // microseconds
    const spec = {
      ...(old === undefined ? {} : specOf(old)),
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime,
    };
    if (old !== undefined) {
      client.replace(kinds.leases, { ...old, spec });
      return;
    }
    const owner = { apiVersion: "v1", kind: "Node", name, uid: uidOf(node) };
    const metadata = { name, namespace: LEASE_NAMESPACE, ownerReferences: [owner] };
    try {
      client.create(kinds.leases, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) throw error; // without the namespace there are no leases
    }
  }

  function setReady(node: ApiObject): void {
    const status = statusOf(node);
    const now = timestamp(clock.wallMs());
    const ready = {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "kubelet is posting ready status",
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    const others = objectsOf(status["conditions"]).filter(({ type }) => type !== "Ready");
    client.replaceStatus(kinds.nodes, node, { ...status, conditions: [...others, ready] });
  }
}
