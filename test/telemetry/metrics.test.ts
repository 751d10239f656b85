// Metrics: names, help texts and labels are what dashboards and alerts are built on.

import { assert } from "chai";
import { createMetrics } from "../../src/telemetry/index.ts";

describe("metrics", () => {
  it("each has our prefix, a help text and a base unit or a count in its name", async () => {
    const text = await createMetrics().text();
    const helps = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => ({
      name: name ?? "",
      help: help ?? "",
    }));
    assert.isAbove(helps.length, 20);
    for (const { name, help } of helps) {
      assert.match(name, /^batch_scheduler_[a-z_]+$/);
      assert.notMatch(name, /_(ms|milliseconds|minutes|kb|mb)$/, name);
      assert.match(help, /^[A-Z].{15,}\.$/, name);
    }
    for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      assert.equal(type === "counter", name?.endsWith("_total"), name);
    }
  });

  it("no label could carry the name of an object", async () => {
    const metrics = createMetrics();
    metrics.pendingPods.set({ reason: "Unschedulable" }, 3);
    metrics.bindRequestSeconds.observe({ code: "201" }, 0.002);
    metrics.watchAgeSeconds.set({ resource: "pods" }, 1);
    metrics.statusWrites.inc({ write: "condition", result: "written" });
    const text = await metrics.text();
    assert.include(text, 'batch_scheduler_pending_pods{reason="Unschedulable"} 3');
    const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label ?? ""));
    const few = ["le", "phase", "action", "reason", "code", "outcome", "resource", "quantile", "write", "result"];
    for (const label of labels) assert.include(few, label);
  });

  it("two sets in one process share nothing", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.podsBound.inc(5);
    assert.include(await one.text(), "batch_scheduler_pods_bound_total 5");
    assert.include(await other.text(), "batch_scheduler_pods_bound_total 0");
  });
});
