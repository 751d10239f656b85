// The embedded API server at the size of a real cluster, through its HTTP face: a gang of 1,000 on 1,000 nodes, 50,000 pods in
// pages, and a watch that falls behind. Prints what it took; asserts what must be true at any speed.

import { assert } from "chai";
import { request } from "undici";
import { assemble } from "../../cmd/assemble.ts";
import { startCluster } from "../../cmd/demo/cluster.ts";
import { loadPolicy } from "../../cmd/policy-file.ts";
import { realEnv } from "../../cmd/real-env.ts";
import { EmbeddedApi, serveHttp } from "../../src/embedded/index.ts";
import type { ApiObject, Write } from "../../src/embedded/index.ts";
import { createMetrics, silentLogger } from "../../src/telemetry/index.ts";

const GANG = 1_000;
const NODES = 1_000;
const PODS = 50_000;
const PAGE = 500;

function print(figures: Readonly<Record<string, number>>): void {
  console.log(`        ${JSON.stringify({ ...figures, rss_mb: Math.round(process.memoryUsage.rss() / 1e6) })}`);
}

/** A pod as the API takes it; of a gang where `gang` says so. */
function podNamed(name: string, gang?: string): { apiVersion: string; kind: string; metadata: object; spec: object } {
  const annotations = { "batch.scheduling.k8s.io/min-available": String(GANG) };
  const membership = gang === undefined ? {} : { labels: { "batch.scheduling.k8s.io/gang": gang }, annotations };
  const containers = [{ name: "c", image: "c", resources: { requests: { cpu: "6", memory: "1Gi" } } }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...membership },
    spec: { schedulerName: "batch-scheduler", containers },
  };
}

describe("the embedded API server at size", function () {
  this.timeout(240_000);

  it(`binds a gang of ${String(GANG)} on ${String(NODES)} nodes whole, by the parts of run, over HTTP`, async () => {
    const env = realEnv();
    let bound = 0;
    let [firstMs, lastMs] = [0, 0];
    const onWrite = ({ kind, before, object }: Write): void => {
      const isBind = kind.kind === "Pod" && nodeOf(before) === undefined && nodeOf(object) !== undefined;
      if (!isBind) return;
      if (bound === 0) firstMs = performance.now();
      lastMs = performance.now();
      bound++;
    };
    const options = { env, version: "0", nodeCount: NODES, connections: 72, isForKubectl: false, onWrite };
    const cluster = await startCluster(options);
    const parts = assemble({
      flags: {
        ...{ schedulerName: ["batch-scheduler"], gangLabel: "batch.scheduling.k8s.io/gang" },
        ...{ minAvailableAnnotation: "batch.scheduling.k8s.io/min-available", cycleInterval: 1_000, minCycleGap: 50 },
        ...{ earlyCycles: true, bindConcurrency: 64, kubeApiQps: 0, kubeApiBurst: 0, dryRun: false },
      },
      ...{ env, policy: loadPolicy(env.files, undefined, () => undefined), client: cluster.schedulerClient },
      ...{ logger: silentLogger(), metrics: createMetrics() },
    });
    try {
      parts.start();
      const startMs = performance.now();
      const pods = Array.from({ length: GANG }, (_, i) => podNamed(`member-${String(i)}`, "thousand"));
      await cluster.user.create(pods.map((body) => ({ path: "/api/v1/namespaces/default/pods", body })));
      const createdMs = performance.now();
      while (bound < GANG && performance.now() - createdMs < 120_000) await env.timers.sleep(20);
      assert.equal(bound, GANG);
      print({
        create_ms: Math.round(createdMs - startMs),
        complete_to_first_bind_ms: Math.round(firstMs - createdMs),
        first_to_last_bind_ms: Math.round(lastMs - firstMs),
      });
    } finally {
      await parts.stop();
      await cluster.close();
    }
  });

  it(`lists ${String(PODS)} pods in pages, and tells a watch that fell behind that its past is gone`, async () => {
    const api = new EmbeddedApi({ env: realEnv(), isOpen: true, historyMax: 10_000 });
    const face = await serveHttp(api);
    try {
      const path = "/api/v1/namespaces/default/pods";
      const call = (method: string, at: string, body?: object): void => {
        const answer = api.handle({ method, path: at, query: new URLSearchParams(), body });
        assert.isTrue(answer.kind === "json" && answer.status < 300, JSON.stringify(answer));
      };
      for (let i = 0; i < PODS; i++) call("POST", path, podNamed(`pod-${String(i).padStart(5, "0")}`));
      const beginning = await page(`${face.url}${path}?limit=1`);

      const startMs = performance.now();
      const names = new Set<string>();
      let pages = 0;
      let token = "";
      do {
        const { items, metadata } = await page(
          `${face.url}${path}?limit=${String(PAGE)}&continue=${encodeURIComponent(token)}`,
        );
        for (const item of items) names.add(item.metadata.name);
        token = metadata.continue ?? "";
        pages++;
      } while (token !== "");
      assert.equal(names.size, PODS);
      assert.equal(pages, PODS / PAGE);
      print({ pods: PODS, pages, list_ms: Math.round(performance.now() - startMs) });

      // A watch that nobody reads is cut off; by the time its reader is back, what it missed is compacted.
      const since = beginning.metadata.resourceVersion;
      const watchUrl = `${face.url}${path}?watch=true&resourceVersion=${since}`;
      const idle = await request(watchUrl);
      for (let i = 0; i < 30_000; i++) call("DELETE", `${path}/pod-${String(i).padStart(5, "0")}`);
      let received = 0;
      try {
        for await (const chunk of idle.body) received += (chunk as Buffer).length;
        assert.fail("a watch that nobody read ended as if it had told everything");
      } catch (error) {
        assert.match(String(error), /other side closed|terminated|ECONNRESET/);
      }
      const late = await request(watchUrl);
      const answer = (await late.body.text()).trim();
      assert.match(answer, /"code":410/);
      print({
        events_missed: 30_000,
        received_before_cut_off_kb: Math.round(received / 1e3),
        watch_status: late.statusCode,
      });
    } finally {
      await face.close();
    }
  });
});

function nodeOf(object: ApiObject | undefined): string | undefined {
  return (object?.["spec"] as { nodeName?: string } | undefined)?.nodeName;
}

interface Page {
  readonly items: readonly ApiObject[];
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
}

async function page(url: string): Promise<Page> {
  const answer = await request(url);
  return (await answer.body.json()) as Page;
}
