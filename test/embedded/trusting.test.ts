import { assert } from "chai";
import { EmbeddedApi, type ApiObject } from "../../src/embedded/index.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

/** As a manifest may be that no API server has seen: no containers, a label that is none. */
const POD: ApiObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "nowhere", uid: "u", labels: { app: "no label!" } },
  spec: { schedulerName: "s" },
};

function patched(isTrusting: boolean): { readonly status: number; readonly pod: ApiObject | undefined } {
  const api = new EmbeddedApi({ env: new VirtualEnv(), isTrusting, isEmpty: true });
  const pods = api.kinds.must("v1", "Pod");
  api.store.commit("create", pods, POD);
  const answer = api.handle({
    method: "PATCH",
    path: "/api/v1/namespaces/nowhere/pods/p/status",
    query: new URLSearchParams(),
    body: { status: { phase: "Running" } },
    contentType: "application/merge-patch+json",
  });
  return { status: answer.kind === "json" ? answer.status : 0, pod: api.store.get(pods, "nowhere", "p") };
}

describe("embedded API server that trusts", () => {
  it("changes what was sent, and neither completes nor checks the rest", () => {
    const { status, pod } = patched(true);
    assert.equal(status, 200);
    assert.deepEqual(pod, {
      ...POD,
      metadata: { ...POD.metadata, resourceVersion: "3" },
      status: { phase: "Running" },
    });
  });

  it("is not the one that clients are given: that one refuses the object", () => {
    assert.deepInclude(patched(false), { status: 422 });
  });
});
