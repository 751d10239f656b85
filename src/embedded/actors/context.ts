// Context: what an actor is given. It reads the view, writes through the client, and puts keys into queues of its own.

import type { Clock, Env } from "../../env.ts";
import type { Kinds } from "../kinds.ts";
import type { Store } from "../store.ts";
import type { EmbeddedRequest, EmbeddedResponse, Kind, Write } from "../types.ts";
import { Client } from "./client.ts";
import { View } from "./view.ts";
import type { Work } from "./work.ts";

/** What of the embedded API server actors use. */
export interface ActorApi {
  readonly store: Pick<Store, "list" | "subscribe">;
  readonly kinds: Kinds;
  handle(request: EmbeddedRequest): EmbeddedResponse;
}

/** A controller or a kubelet. */
export interface Actor {
  /** Called with every stored object as if it had just been created, then with every write. Must not write: it fills queues. */
  react(write: Write): void;
}

export interface Context {
  readonly view: View;
  readonly client: Client;
  readonly clock: Clock;
  readonly work: Work;
  readonly kinds: ActorKinds;
  readonly served: Kinds;
}

/** The built-in kinds that actors know by name. */
export type ActorKinds = Readonly<
  Record<
    | "namespaces"
    | "nodes"
    | "pods"
    | "claims"
    | "jobs"
    | "replicaSets"
    | "deployments"
    | "statefulSets"
    | "budgets"
    | "leases",
    Kind
  >
>;

function actorKinds(kinds: Kinds): ActorKinds {
  return {
    namespaces: kinds.must("v1", "Namespace"),
    nodes: kinds.must("v1", "Node"),
    pods: kinds.must("v1", "Pod"),
    claims: kinds.must("v1", "PersistentVolumeClaim"),
    jobs: kinds.must("batch/v1", "Job"),
    replicaSets: kinds.must("apps/v1", "ReplicaSet"),
    deployments: kinds.must("apps/v1", "Deployment"),
    statefulSets: kinds.must("apps/v1", "StatefulSet"),
    budgets: kinds.must("policy/v1", "PodDisruptionBudget"),
    leases: kinds.must("coordination.k8s.io/v1", "Lease"),
  };
}

export function contextOf(api: ActorApi, env: Pick<Env, "clock">, work: Work): Context {
  return {
    view: new View(),
    client: new Client((request) => api.handle(request), "batch-scheduler-actors"),
    clock: env.clock,
    work,
    kinds: actorKinds(api.kinds),
    served: api.kinds,
  };
}
