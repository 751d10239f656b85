// CommitCache: what commit asks of the cache. The live view is what the API server last showed, without anything that
// is only assumed.

import type { Bind, Evict } from "../model/index.ts";

export interface CommitCache {
  /** By `namespace/name`. */
  livePod(key: string): LivePod | undefined;
  /** `uid` names the pod whose bind is assumed: whether the node is usable is asked for that pod. */
  liveNode(name: string, uid: string): LiveNode | undefined;
  /** Counts at once; ends when the watch shows it, or by `forget`. */
  assumeBind(bind: Bind): void;
  assumeEvict(evict: Evict): void;
  forget(uid: string): void;
}

export interface LivePod {
  readonly uid: string;
  /** Name of the node that the API server shows it on; empty where none. */
  readonly node: string;
  readonly isDeleting: boolean;
  readonly isGated: boolean;
  readonly phase: string;
  readonly schedulerName: string;
  /** Key of its job. */
  readonly job: string;
}

export interface LiveNode {
  readonly uid: string;
  /** Nothing that keeps the pod off has come up since its bind was planned. */
  readonly isUsable: boolean;
  /** With everything that is bound or assumed there, the node has too little of what the pod asks for. */
  readonly isOverfull: boolean;
}
