// The suite of test/api-suite on the real kube-apiserver, so that what it expects of the embedded one is the truth.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { assert } from "chai";
import { request } from "undici";
import { httpTarget } from "../api-suite/http-target.ts";
import { areas } from "../api-suite/index.ts";
import { defineSuite, type Target } from "../api-suite/suite.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

defineSuite(
  "the API suite on the real API server",
  { isReal: true, isOverHttp: true, timeoutMs: 120_000, start },
  areas,
);

async function start(): Promise<Target> {
  // Without the gate, moments that etcd has forgotten are not served from memory for some minutes more.
  const plane = await startControlPlane({ controllerManager: true, featureGates: { ListFromCacheSnapshot: false } });
  // What it has read from etcd when it starts is the oldest that it can tell of.
  await plane.stopApiServer();
  await plane.startApiServer();
  // Only with the controller manager does the API server admit service accounts. It goes now: nothing but the API server
  // itself is to act.
  process.kill(plane.pids.get("kube-controller-manager")!, "SIGKILL");
  return httpTarget({
    url: plane.url,
    ca: readFileSync(plane.ca, "utf8"),
    token: plane.adminToken,
    compact: () => compactEtcd(plane),
    forgottenResourceVersion: async () => "1",
    stop: () => plane.stop(),
  });
}

/** Over the HTTP gateway of etcd, whose address is in its command line. */
async function compactEtcd(plane: ControlPlane): Promise<void> {
  const command = execFileSync("ps", ["-ww", "-o", "args=", "-p", String(plane.pids.get("etcd"))], {
    encoding: "utf8",
  });
  const url = /--client-url=(\S+)/.exec(command)?.[1];
  assert.isDefined(url);
  const list = await plane.request<{ metadata: { resourceVersion: string } }>("GET", "/api/v1/pods?limit=1");
  const body = JSON.stringify({ revision: list.metadata.resourceVersion, physical: true });
  const answer = await request(`${url}/v3/kv/compaction`, { method: "POST", body });
  assert.equal(answer.statusCode, 200, await answer.body.text());
}
