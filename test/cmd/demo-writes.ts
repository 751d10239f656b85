// DemoWrites: a hand-made stream of what the API server stores, for the parts of the demo that only look on.

import type { ApiObject, Write } from "../../src/embedded/types.ts";

type Noted = Pick<Write, "verb" | "object"> & { readonly kind: Pick<Write["kind"], "plural" | "group"> };

export function nodeWrite(name: string, zone: string, cpu: string): Noted {
  const object: ApiObject = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "topology.kubernetes.io/zone": zone } },
    status: { allocatable: { cpu } },
  };
  return { verb: "update", kind: { group: "", plural: "nodes" }, object };
}

export interface PodRow {
  readonly name: string;
  readonly app: string;
  readonly cpu?: string;
  readonly node?: string;
  readonly phase?: string;
  readonly wait?: readonly [reason: string, message: string];
}

export function podWrite({ name, app, cpu, node, phase, wait }: PodRow, verb: Write["verb"] = "update"): Noted {
  const object: ApiObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: `uid-${name}`, labels: { app } },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: "c", ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }) }],
    },
    status: {
      phase: phase ?? "Pending",
      ...(wait === undefined
        ? {}
        : { conditions: [{ type: "PodScheduled", status: "False", reason: wait[0], message: wait[1] }] }),
    },
  };
  return { verb, kind: { group: "", plural: "pods" }, object };
}
