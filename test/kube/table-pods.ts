// Pods in every state that has a word of its own in the STATUS column.

import { condition, held, past, seed, type Seed } from "./table-seeds.ts";

const containers = (...names: readonly string[]) => ({ containers: names.map((name) => ({ name, image: "busybox" })) });
const onNode = { nodeName: "node-1" };
const two = { ...onNode, ...containers("a", "b") };
const init = { ...onNode, initContainers: containers("i", "j").containers };
const sidecar = {
  ...onNode,
  initContainers: [{ name: "s", image: "busybox", restartPolicy: "Always" }, ...containers("j").containers],
};
const running = { ready: true, started: true, state: { running: { startedAt: past } } };
const waiting = (reason?: string) => ({ ready: false, state: { waiting: reason === undefined ? {} : { reason } } });
const ended = (exitCode: number, more: object = {}) => ({
  ready: false,
  state: { terminated: { exitCode, startedAt: past, finishedAt: past, ...more } },
});

export const tablePods: readonly Seed[] = [
  pod("pending", { phase: "Pending" }),
  pod("unschedulable", { phase: "Pending", conditions: [condition("PodScheduled", "False", "Unschedulable")] }),
  pod("gated", undefined, { schedulingGates: [{ name: "example.com/gate" }] }),
  pod("nominated", { phase: "Pending", nominatedNodeName: "node-7" }),
  pod("rejected", { phase: "Failed", reason: "OutOfcpu", message: "no" }),
  pod("creating", { phase: "Pending", containerStatuses: [container("a", waiting("ContainerCreating"))] }, onNode),
  pod("waiting-without-a-word", { phase: "Pending", containerStatuses: [container("a", waiting())] }, onNode),
  pod(
    "running",
    { phase: "Running", podIPs: [{ ip: "10.1.2.3" }], podIP: "10.1.2.3", containerStatuses: [container("a", running)] },
    onNode,
  ),
  pod(
    "crashing",
    { phase: "Running", containerStatuses: [container("a", waiting("CrashLoopBackOff"), 5, past)] },
    onNode,
  ),
  pod(
    "two-words",
    {
      phase: "Running",
      containerStatuses: [container("a", waiting("ErrImagePull")), container("b", waiting("CrashLoopBackOff"))],
    },
    two,
  ),
  pod("completed", { phase: "Succeeded", containerStatuses: [container("a", ended(0, { reason: "Completed" }))] }),
  pod("exit-code", { phase: "Failed", containerStatuses: [container("a", ended(3))] }),
  pod("signal", { phase: "Failed", containerStatuses: [container("a", ended(137, { signal: 9 }))] }),
  pod(
    "half-failed",
    {
      phase: "Failed",
      containerStatuses: [
        container("a", ended(0, { reason: "Completed" })),
        container("b", ended(1, { reason: "Error" })),
      ],
    },
    two,
  ),
  pod(
    "half-done",
    {
      phase: "Running",
      conditions: [condition("Ready", "True")],
      containerStatuses: [container("a", ended(0, { reason: "Completed" })), container("b", running)],
    },
    two,
  ),
  pod(
    "half-done-not-ready",
    {
      phase: "Running",
      containerStatuses: [container("a", ended(0, { reason: "Completed" })), container("b", running)],
    },
    two,
  ),
  pod(
    "init-one",
    {
      phase: "Pending",
      initContainerStatuses: [container("i", ended(0)), container("j", running)],
      containerStatuses: [container("a", waiting("PodInitializing"))],
    },
    init,
  ),
  pod(
    "init-initializing",
    { phase: "Pending", initContainerStatuses: [container("i", waiting("PodInitializing"))] },
    init,
  ),
  pod(
    "init-crashing",
    {
      phase: "Pending",
      initContainerStatuses: [
        container("i", waiting("CrashLoopBackOff"), 4, past),
        container("j", waiting("PodInitializing"), 9),
      ],
    },
    init,
  ),
  pod("init-failed", { phase: "Failed", initContainerStatuses: [container("i", ended(2))] }, init),
  pod("init-error", { phase: "Failed", initContainerStatuses: [container("i", ended(1, { reason: "Error" }))] }, init),
  pod("init-signal", { phase: "Failed", initContainerStatuses: [container("i", ended(1, { signal: 15 }))] }, init),
  pod(
    "init-marked-done",
    {
      phase: "Running",
      conditions: [condition("Initialized", "True")],
      initContainerStatuses: [container("i", waiting("Odd"), 3)],
      containerStatuses: [container("a", running, 1)],
    },
    init,
  ),
  pod(
    "sidecar",
    {
      phase: "Running",
      initContainerStatuses: [container("s", running, 2, past), container("j", ended(0), 7)],
      containerStatuses: [container("a", running, 1)],
    },
    sidecar,
  ),
  pod(
    "sidecar-starting",
    { phase: "Pending", initContainerStatuses: [container("s", { ...running, started: false })] },
    sidecar,
  ),
  pod(
    "gates",
    { phase: "Running", conditions: [condition("x.com/b", "True"), condition("x.com/a", "False")] },
    { readinessGates: [{ conditionType: "x.com/a" }, { conditionType: "x.com/b" }] },
  ),
  {
    ...pod("terminating", { phase: "Running", containerStatuses: [container("a", running)] }, onNode),
    isDeleted: true,
  },
  {
    ...pod(
      "terminating-completed",
      { phase: "Succeeded", containerStatuses: [container("a", ended(0, { reason: "Completed" }))] },
      onNode,
      held,
    ),
    isDeleted: true,
  },
  { ...pod("terminating-lost", { phase: "Running", reason: "NodeLost" }, onNode), isDeleted: true },
];

function pod(name: string, status: object | undefined, spec: object = {}, metadata: object = {}): Seed {
  return seed("v1", "Pod", { metadata: { name, ...metadata }, spec: { ...containers("a"), ...spec } }, status);
}

function container(name: string, state: object, restartCount = 0, lastRestart?: string): object {
  const lastState =
    lastRestart === undefined ? {} : { terminated: { exitCode: 1, startedAt: past, finishedAt: lastRestart } };
  return { name, image: "busybox", imageID: "", restartCount, lastState, ...state };
}
