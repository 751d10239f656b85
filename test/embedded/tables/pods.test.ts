import { assert } from "chai";
import { Kinds } from "../../../src/embedded/kinds.ts";
import { tableFor } from "../../../src/embedded/tables.ts";
import type { ObjectMeta } from "../../../src/embedded/types.ts";
import { cellsOf, nowMs, objectOf } from "../../support/table-rows.ts";

// What the real server says of such pods is compared in test/kube/tables.test.ts; here are the rules, one by one.

const kinds = new Kinds();

describe("embedded tables: the status of pods", () => {
  const running = { state: { running: {} }, ready: true };
  const waiting = (reason: string) => ({ state: { waiting: { reason } } });
  const ended = (exitCode: number, reason?: string) => ({ state: { terminated: { exitCode, reason } } });
  const condition = (type: string, status: string, reason?: string) => ({ type, status, reason });
  const deleted = { deletionTimestamp: "2026-03-01T11:59:50Z" };

  const cases: {
    readonly name: string;
    readonly metadata?: Partial<ObjectMeta>;
    readonly spec?: object;
    readonly status: object;
    readonly cells: string;
  }[] = [
    { name: "a phase alone", status: { phase: "Pending" }, cells: "0/1 Pending 0" },
    {
      name: "the pod's own reason before its phase",
      status: { phase: "Failed", reason: "OutOfcpu" },
      cells: "0/1 OutOfcpu 0",
    },
    {
      name: "a scheduling gate before both",
      status: { phase: "Pending", conditions: [condition("PodScheduled", "False", "SchedulingGated")] },
      cells: "0/1 SchedulingGated 0",
    },
    {
      name: "no node found is just Pending",
      status: { phase: "Pending", conditions: [condition("PodScheduled", "False", "Unschedulable")] },
      cells: "0/1 Pending 0",
    },
    {
      name: "what a container waits for",
      status: { phase: "Pending", containerStatuses: [waiting("ContainerCreating")] },
      cells: "0/1 ContainerCreating 0",
    },
    { name: "a running container", status: { phase: "Running", containerStatuses: [running] }, cells: "1/1 Running 0" },
    {
      name: "the first of several containers that has a reason",
      spec: { containers: [{}, {}, {}] },
      status: { phase: "Running", containerStatuses: [running, waiting("CrashLoopBackOff"), waiting("ErrImagePull")] },
      cells: "1/3 CrashLoopBackOff 0",
    },
    {
      name: "success",
      status: { phase: "Succeeded", containerStatuses: [ended(0, "Completed")] },
      cells: "0/1 Completed 0",
    },
    {
      name: "an exit code without a reason",
      status: { phase: "Failed", containerStatuses: [ended(3)] },
      cells: "0/1 ExitCode:3 0",
    },
    {
      name: "a signal without a reason",
      status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 137, signal: 9 } } }] },
      cells: "0/1 Signal:9 0",
    },
    {
      name: "a failure before a completion",
      spec: { containers: [{}, {}] },
      status: { phase: "Failed", containerStatuses: [ended(0, "Completed"), ended(1, "Error")] },
      cells: "0/2 Error 0",
    },
    {
      name: "one container completed, the other serves, the pod is ready",
      spec: { containers: [{}, {}] },
      status: {
        phase: "Running",
        conditions: [condition("Ready", "True")],
        containerStatuses: [ended(0, "Completed"), running],
      },
      cells: "1/2 Running 0",
    },
    {
      name: "the same, but the pod is not ready",
      spec: { containers: [{}, {}] },
      status: { phase: "Running", containerStatuses: [ended(0, "Completed"), running] },
      cells: "1/2 NotReady 0",
    },
    {
      name: "init containers by number",
      spec: { containers: [{}], initContainers: [{ name: "a" }, { name: "b" }] },
      status: {
        phase: "Pending",
        initContainerStatuses: [
          { name: "a", ...ended(0) },
          { name: "b", ...running },
        ],
      },
      cells: "0/1 Init:1/2 0",
    },
    {
      name: "PodInitializing is no reason of its own",
      spec: { containers: [{}], initContainers: [{ name: "a" }] },
      status: { phase: "Pending", initContainerStatuses: [waiting("PodInitializing")] },
      cells: "0/1 Init:0/1 0",
    },
    {
      name: "an init container that fails, and how often",
      spec: { containers: [{}], initContainers: [{ name: "a" }] },
      status: {
        phase: "Pending",
        initContainerStatuses: [{ name: "a", ...waiting("CrashLoopBackOff"), restartCount: 4 }],
        containerStatuses: [waiting("PodInitializing")],
      },
      cells: "0/1 Init:CrashLoopBackOff 4",
    },
    {
      name: "an init container that failed for good",
      spec: { containers: [{}], initContainers: [{ name: "a" }] },
      status: { phase: "Failed", initContainerStatuses: [ended(2)] },
      cells: "0/1 Init:ExitCode:2 0",
    },
    {
      name: "a sidecar counts among the containers, and its restarts among theirs",
      spec: { containers: [{}], initContainers: [{ name: "s", restartPolicy: "Always" }, { name: "a" }] },
      status: {
        phase: "Running",
        initContainerStatuses: [
          { name: "s", ...running, started: true, restartCount: 2 },
          { name: "a", ...ended(0), restartCount: 7 },
        ],
        containerStatuses: [{ ...running, restartCount: 1 }],
      },
      cells: "2/2 Running 3",
    },
    {
      name: "when the last restart was",
      status: {
        phase: "Running",
        containerStatuses: [
          { ...running, restartCount: 2, lastState: { terminated: { finishedAt: "2026-03-01T11:55:00Z" } } },
        ],
      },
      cells: "1/1 Running 2 (5m ago)",
    },
    {
      name: "deletion before everything",
      metadata: deleted,
      status: { phase: "Running", containerStatuses: [running] },
      cells: "1/1 Terminating 0",
    },
    {
      name: "unless the pod has ended",
      metadata: deleted,
      status: { phase: "Succeeded", containerStatuses: [ended(0, "Completed")] },
      cells: "0/1 Completed 0",
    },
    {
      name: "or its node is lost",
      metadata: deleted,
      status: { phase: "Running", reason: "NodeLost" },
      cells: "0/1 Unknown 0",
    },
    {
      name: "nonsense in a status",
      status: { phase: 5, containerStatuses: "x", conditions: [null, 3] },
      cells: "0/1  0",
    },
  ];
  for (const { name, metadata, spec, status, cells } of cases) {
    it(name, () => {
      const pod = objectOf("v1", "Pod", { metadata, spec: spec ?? { containers: [{}] }, status });
      assert.equal(cellsOf(kinds.must("v1", "Pod"), pod).slice(1, 4).join(" "), cells);
    });
  }

  it("says in the row that a pod has ended", () => {
    const ends = ["Running", "Succeeded", "Failed"].map((phase) => {
      const table = tableFor(kinds.must("v1", "Pod"), [objectOf("v1", "Pod", { status: { phase } })], {}, { nowMs });
      return table.rows[0]!.conditions?.map((each) => (each as { reason: string }).reason);
    });
    assert.deepEqual(ends, [undefined, ["Succeeded"], ["Failed"]]);
  });

  it("counts the readiness gates that are open", () => {
    const spec = { readinessGates: [{ conditionType: "a" }, { conditionType: "b" }] };
    const pod = objectOf("v1", "Pod", {
      spec,
      status: { conditions: [condition("b", "True"), condition("a", "False")] },
    });
    assert.equal(cellsOf(kinds.must("v1", "Pod"), pod).at(-1), "1/2");
  });
});
