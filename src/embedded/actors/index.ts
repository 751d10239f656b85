// Actors: what lives around an API server: kubelets and the controllers of kube-controller-manager that matter to a
// scheduler. Each reacts to what is written, writes only by requests, and takes its time from Env's timers: under a virtual
// clock a whole cluster runs deterministically, and as fast as it can be computed.

import type { Env } from "../../env.ts";
import { storageOf } from "../kinds.ts";
import type { Write } from "../types.ts";
import { contextOf, type Actor, type ActorApi, type Context } from "./context.ts";
import { deploymentController } from "./deployment.ts";
import { disruptionController } from "./disruption.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { jobController, type JobOptions } from "./job.ts";
import { kubelet, type KubeletOptions } from "./kubelet.ts";
import { namespaceController } from "./namespace.ts";
import { nodeHeartbeat, type HeartbeatOptions } from "./node-heartbeat.ts";
import { nodeTaints } from "./node-taints.ts";
import { podGarbageCollector, type PodGarbageOptions } from "./pod-garbage.ts";
import { replicaSetController } from "./replicaset.ts";
import { statefulSetController } from "./statefulset.ts";
import { Work } from "./work.ts";

export type { ActorApi } from "./context.ts";
export type { HeartbeatOptions } from "./node-heartbeat.ts";
export type { JobOptions } from "./job.ts";
export { EXIT_CODE, RUN_SECONDS, type KubeletOptions } from "./kubelet.ts";
export type { PodGarbageOptions } from "./pod-garbage.ts";

const MAKERS = {
  kubelet: (context, { kubelet: own }) => kubelet(context, own),
  job: (context, { job }) => jobController(context, job),
  replicaSet: replicaSetController,
  deployment: deploymentController,
  statefulSet: statefulSetController,
  garbageCollector,
  namespace: namespaceController,
  disruption: disruptionController,
  nodeTaints,
  podGarbage: (context, { podGarbage }) => podGarbageCollector(context, podGarbage),
  heartbeat: (context, { heartbeat }) => nodeHeartbeat(context, heartbeat),
} satisfies Record<string, (context: Context, options: ActorOptions) => Actor>;

export type ActorName =
  | "kubelet"
  | "job"
  | "replicaSet"
  | "deployment"
  | "statefulSet"
  | "garbageCollector"
  | "namespace"
  | "disruption"
  | "nodeTaints"
  | "podGarbage"
  | "heartbeat";

export interface ActorOptions {
  /** Which ones there are. By default all but `heartbeat`. */
  readonly run?: readonly ActorName[];
  readonly kubelet?: KubeletOptions;
  readonly job?: JobOptions;
  readonly podGarbage?: PodGarbageOptions;
  readonly heartbeat?: HeartbeatOptions;
}

export interface Actors {
  /** They do nothing any more. What they have begun stays as it is. */
  stop(): void;
  /** Nothing is due or under way: only a write of somebody else, a deadline or a heartbeat can bring anything about. */
  readonly isIdle: boolean;
}

/** Starts them on what is stored. Nothing happens before the first timer fires: start them before or after the cluster is filled. */
export function startActors(api: ActorApi, env: Pick<Env, "clock" | "timers">, options: ActorOptions = {}): Actors {
  const work = new Work(env);
  const context = contextOf(api, env, work);
  const names = Object.keys(MAKERS) as ActorName[];
  const run = options.run ?? names.filter((name) => name !== "heartbeat");
  const actors = names.filter((name) => run.includes(name)).map((name) => MAKERS[name](context, options));
  const stored = storedAsWrites(api);
  for (const write of stored) context.view.apply(write);
  for (const write of stored) for (const actor of actors) actor.react(write);
  const unsubscribe = api.store.subscribe((write) => {
    context.view.apply(write);
    for (const actor of actors) actor.react(write);
  });
  return {
    stop: () => {
      unsubscribe();
      work.stop();
    },
    get isIdle() {
      return work.isIdle;
    },
  };
}

/** Everything that is stored, as if it were created now; each storage once. */
function storedAsWrites({ store, kinds }: ActorApi): readonly Write[] {
  const byStorage = new Map(kinds.all().map((kind) => [storageOf(kind), kind]));
  return [...byStorage.values()].flatMap((kind) =>
    store.list(kind).map((object) => ({
      verb: "create" as const,
      kind,
      object,
      resourceVersion: Number(object.metadata.resourceVersion ?? 0),
    })),
  );
}
