// Board: what has become of each group, read off the pods themselves as the API server stores them. It knows nothing of
// the scheduler, so what it says about gangs (whole, in part, since when) is an outsider's account.

import type { ApiObject, Write } from "../../src/embedded/types.ts";
import { parseQuantity, toInteger } from "../../src/model/index.ts";
import { DEFAULT_GANG_LABEL } from "../flags.ts";
import type { Workload } from "./workloads.ts";

/**
 * A gang whose first pods are bound for longer than this without the rest of its minimum counts as placed in part. Binds
 * go out one by one, a few hundred a second on a slow machine.
 */
export function splitMaxMs(minimum: number): number {
  return 3_000 + 20 * minimum;
}

export interface PodFacts {
  readonly name: string;
  /** Empty while it waits. */
  readonly node: string;
  readonly cpuMilli: number;
  readonly isFinished: boolean;
  /** Why it waits, in the words of its condition. */
  readonly wait?: { readonly reason: string; readonly message: string };
}

export interface NodeFacts {
  readonly name: string;
  readonly zone: string;
  readonly cpuMilli: number;
}

/** One workload and its pods. Times are of the board's clock. */
export class Group {
  readonly workload: Workload;
  readonly pods = new Map<string, PodFacts>();
  /** Pods that ever existed, also those that are gone. */
  readonly everSeen = new Set<string>();
  /** Those of them that were bound. */
  readonly everBound = new Set<string>();
  /** The last reason that was written about one of its pods. */
  wait: PodFacts["wait"];
  firstPodMs: number | undefined;
  firstBindMs: number | undefined;
  /** When as many as are needed were bound. */
  wholeMs: number | undefined;

  constructor(workload: Workload) {
    this.workload = workload;
  }

  get isGang(): boolean {
    return 0 < this.workload.minimum;
  }

  get bound(): readonly PodFacts[] {
    return [...this.pods.values()].filter(({ node }) => node !== "");
  }

  get waiting(): readonly PodFacts[] {
    return [...this.pods.values()].filter(({ node }) => node === "");
  }

  get finishedCount(): number {
    return this.bound.filter(({ isFinished }) => isFinished).length;
  }

  /** From the first of its pods until it could start, or until now. */
  waitedMs(nowMs: number): number {
    return this.firstPodMs === undefined ? 0 : (this.wholeMs ?? nowMs) - this.firstPodMs;
  }

  /** Some of a gang were bound, and the rest of its minimum not soon after. */
  isSplit(nowMs: number): boolean {
    if (!this.isGang || this.firstBindMs === undefined) return false;
    return splitMaxMs(this.workload.minimum) < (this.wholeMs ?? nowMs) - this.firstBindMs;
  }
}

export class Board {
  readonly nodes = new Map<string, NodeFacts>();
  readonly #groups = new Map<string, Group>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Announced ones first, in this order; then those that somebody else made. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()];
  }

  /** Announces a workload before its pods come. */
  announce(workload: Workload): Group {
    const group = new Group(workload);
    this.#groups.set(workload.name, group);
    return group;
  }

  forget(name: string): void {
    this.#groups.delete(name);
  }

  group(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** Takes note of a change of a pod or a node; any other is ignored. Returns whether it was one of them. */
  note(write: Pick<Write, "verb" | "object"> & { readonly kind: Pick<Write["kind"], "plural" | "group"> }): boolean {
    if (write.kind.group !== "") return false;
    if (write.kind.plural === "nodes") this.#noteNode(write.verb, write.object);
    else if (write.kind.plural === "pods") this.#notePod(write.verb, write.object);
    else return false;
    return true;
  }

  #noteNode(verb: Write["verb"], object: ApiObject): void {
    const { name, labels } = object.metadata;
    const { status } = object as { readonly status?: { readonly allocatable?: Readonly<Record<string, unknown>> } };
    if (verb === "delete") this.nodes.delete(name);
    else {
      const zone = labels?.["topology.kubernetes.io/zone"] ?? "";
      this.nodes.set(name, { name, zone, cpuMilli: milli(status?.allocatable?.["cpu"]) });
    }
  }

  #notePod(verb: Write["verb"], object: PodObject): void {
    const { name, namespace, labels } = object.metadata;
    const owner = labels?.["app"] ?? labels?.[DEFAULT_GANG_LABEL] ?? name;
    const isLeaving = verb === "delete" || object.metadata.deletionTimestamp !== undefined;
    if (isLeaving && !this.#groups.has(owner)) return; // of a group that is forgotten
    const group = this.#groups.get(owner) ?? this.announce({ ...STRANGER, name: owner });
    const key = `${namespace ?? ""}/${name}`;
    if (verb === "delete") {
      group.pods.delete(key);
      if (group.workload.size === 0 && group.pods.size === 0) this.forget(owner);
      return;
    }
    const facts = factsOf(object);
    const identity = object.metadata.uid ?? key; // a pod that comes again under the same name is another one
    const nowMs = this.#nowMs();
    group.pods.set(key, facts);
    group.everSeen.add(identity);
    group.firstPodMs ??= nowMs;
    if (facts.wait !== undefined) group.wait = facts.wait;
    if (facts.node === "") return;
    group.everBound.add(identity);
    group.firstBindMs ??= nowMs;
    if (group.workload.minimum <= group.everBound.size) group.wholeMs ??= nowMs;
  }
}

/** What nobody announced: pods of whoever uses the kubeconfig. */
const STRANGER: Workload = { name: "", size: 0, minimum: 0, minimumText: "", cpu: 0 };

interface PodObject extends ApiObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly {
      readonly resources?: { readonly requests?: Readonly<Record<string, unknown>> };
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

function factsOf({ metadata, spec, status }: PodObject): PodFacts {
  const node = spec?.nodeName ?? "";
  const refusal = status?.conditions?.find(
    (condition) => condition.type === "PodScheduled" && condition.status === "False",
  );
  const cpuMilli = (spec?.containers ?? []).reduce(
    (sum, { resources }) => sum + milli(resources?.requests?.["cpu"]),
    0,
  );
  return {
    name: metadata.name,
    node,
    cpuMilli,
    isFinished: status?.phase === "Succeeded" || status?.phase === "Failed",
    ...(node === "" && refusal !== undefined
      ? { wait: { reason: refusal.reason ?? "", message: refusal.message ?? "" } }
      : {}),
  };
}

function milli(quantity: unknown): number {
  const nano = parseQuantity(quantity);
  return nano === undefined ? 0 : toInteger(nano, "milli");
}
