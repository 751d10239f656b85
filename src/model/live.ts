// Live view: what the API server last showed of a pod or a node, at a glance, without anything that is only assumed.
// What the cache tells and commit re-validates against.

export interface LivePod {
  readonly uid: string;
  /** `spec.nodeName`; empty where there is none. */
  readonly node: string;
  readonly isDeleting: boolean;
  readonly isGated: boolean;
  readonly phase: string;
  readonly schedulerName: string;
  /** Key of the group it names. */
  readonly job: string;
}

export interface LiveNode {
  readonly uid: string;
  /** Nothing that keeps the pod off has come up since its bind was planned. */
  readonly isUsable: boolean;
  /** With everything that is bound or assumed there, the node has too little of what the pod asks for. */
  readonly isOverfull: boolean;
}
