// The taints that a cordon and a lost kubelet leave on a node, and take away again; the user's own taints stay.

import { assert } from "chai";
import { ActorWorld, type Body } from "./actor-world.ts";

const OWN = { key: "pool", value: "gpu", effect: "NoSchedule" };

async function taintsAfter(spec: Body, ready: string | undefined, before: readonly Body[] = []): Promise<string[]> {
  const world = new ActorWorld({ run: ["nodeTaints"] });
  const conditions = ready === undefined ? [] : [{ type: "Ready", status: ready }];
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec: { ...spec, taints: before } };
  world.request("POST", "/api/v1/nodes", node);
  world.request("PATCH", "/api/v1/nodes/n/status", { status: { conditions } }, "application/merge-patch+json");
  await world.settle();
  const { taints = [] } = world.get("/api/v1/nodes/n")["spec"] as { taints?: { key: string; effect: string }[] };
  return taints.map(({ key, effect }) => `${key}:${effect}`);
}

describe("embedded actors: taints of nodes", () => {
  const cordon = "node.kubernetes.io/unschedulable:NoSchedule";
  const stale = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const cases: { name: string; spec: Body; ready?: string; before?: Body[]; taints: string[] }[] = [
    { name: "a ready node has none", spec: {}, ready: "True", taints: [] },
    { name: "a node without conditions has none", spec: {}, taints: [] },
    { name: "a cordon is a taint", spec: { unschedulable: true }, ready: "True", taints: [cordon] },
    { name: "the user's own stay", spec: { unschedulable: true }, before: [OWN], taints: ["pool:NoSchedule", cordon] },
    { name: "an uncordoned node loses it", spec: {}, ready: "True", before: [stale, OWN], taints: ["pool:NoSchedule"] },
    { name: "not ready", spec: {}, ready: "False", taints: ["node.kubernetes.io/not-ready:NoSchedule"] },
    { name: "unreachable", spec: {}, ready: "Unknown", taints: ["node.kubernetes.io/unreachable:NoSchedule"] },
  ];
  for (const one of cases) {
    it(one.name, async () => assert.deepEqual(await taintsAfter(one.spec, one.ready, one.before), one.taints));
  }
});
