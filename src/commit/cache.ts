// CommitCache: what commit asks of the cache. The live view is what the API server last showed, without anything that
// is only assumed.

import type { Bind, Evict, LiveNode, LivePod } from "../model/index.ts";

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
