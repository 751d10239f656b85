// Steps that ask about the server, and that read objects which nothing moves.

import { configMap, event, pod, priorityClass, team, widget, widgetDefinition, budget } from "./objects.ts";
import type { Step } from "./steps.ts";

export const askingSteps: readonly Step[] = [
  { args: "version", only: /^(Client|Kustomize|Server)/ },
  { args: "api-versions", compare: "subset" },
  { args: "api-resources --no-headers", compare: "subset" },
  { args: "api-resources -o wide --api-group=apps --no-headers", compare: "subset" },
  { args: "api-resources --namespaced=false -o name", compare: "subset" },
  { args: "get --raw /readyz" },
  { args: "auth can-i create pods" },
  { args: "auth can-i bind pods --subresource=binding -q" },
  { args: "get nothing-of-this-kind" },
  { args: "get pods --context=nowhere" },
];

const unschedulable = {
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "group team/big needs 4, has 1",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ],
};

export const stillObjects: readonly Step[] = [
  { args: `create namespace ${team}` },
  { args: `wait --for=create sa/default -n ${team} --timeout=10s` },
  {
    args: "apply -f -",
    stdin: [priorityClass, configMap("one", { a: "1" }), configMap("two", { a: "1", b: "2" }), budget("quiet", 1)],
  },
  {
    args: "create -f -",
    stdin: [
      pod("quiet", { spec: { priorityClassName: "urgent" } }),
      pod("big", {
        metadata: { labels: { app: "big", gang: "big" }, annotations: { "example.com/note": "four of us" } },
      }),
      pod("gated", { spec: { schedulingGates: [{ name: "example.com/wait" }] } }),
    ],
  },
  {
    args: ["patch", "pod", "big", "-n", team, "--subresource=status", "-p", JSON.stringify({ status: unschedulable })],
  },
  {
    args: [
      "patch",
      "pod",
      "big",
      "-n",
      team,
      "--subresource=status",
      "-p",
      '{"status":{"nominatedNodeName":"node-1"}}',
    ],
  },
  {
    args: "create -f -",
    stdin: [
      event("big.1", "big", { type: "Warning", reason: "FailedScheduling", message: "no room for 4" }),
      event("quiet.1", "quiet", { type: "Normal", reason: "Waiting", message: "for others", count: 3 }),
    ],
  },
];

export const readingSteps: readonly Step[] = [
  ...[
    "",
    "-o wide",
    "-o name",
    "--show-labels",
    "-L app,gang",
    "-l app=big",
    "-l app!=big",
    "--sort-by=.metadata.name",
  ].map((flags) => ({
    args: `get pods -n ${team} ${flags}`.trim(),
  })),
  { args: ["get", "pods", "-n", team, "-l", "app in (quiet, gated),!gang"] },
  { args: `get pods -n ${team} --field-selector status.phase=Pending` },
  { args: `get pods -n ${team} --field-selector metadata.name=big,spec.nodeName=` },
  { args: `get pods -n ${team} --field-selector spec.color=red` },
  { args: "get pods -A" },
  { args: "get pods -n nowhere" },
  { args: `get pod absent -n ${team}` },
  { args: `get pod big absent -n ${team}` },
  { args: `get pod big -n ${team} -o yaml` },
  { args: `get pod quiet gated -n ${team} -o json` },
  {
    args: [
      "get",
      "pods",
      "-n",
      team,
      "-o",
      "jsonpath={range .items[*]}{.metadata.name}{' '}{.spec.priority}{'\\n'}{end}",
    ],
  },
  {
    args: [
      "get",
      "pods",
      "-n",
      team,
      "-o",
      "custom-columns=NAME:.metadata.name,CLASS:.spec.priorityClassName,QOS:.status.qosClass",
    ],
  },
  { args: ["get", "pod", "big", "-n", team, "-o", "go-template={{.metadata.name}} {{len .spec.containers}}"] },
  { args: `get pods -n ${team} --chunk-size=1 -o name` },
  { args: `get po,cm,pdb -n ${team} -l tier!=none,app` },
  { args: `get cm -n ${team} -o wide -l tier` },
  { args: `get cm one two -n ${team} -o yaml` },
  { args: "get priorityclass urgent -o wide" },
  { args: `get ns ${team}` },
  { args: "get nodes" },
  { args: "get nodes -o wide" },
  { args: `get events -n ${team} --field-selector involvedObject.kind=Pod` },
  { args: `get events -n ${team} -o wide --field-selector involvedObject.kind=Pod` },
  { args: `get events -n ${team} --field-selector involvedObject.name=big,type=Warning` },
  { args: `events -n ${team} --for pod/big` },
  { args: `describe pod big -n ${team}` },
  { name: "describe a pod behind a gate", args: `describe pod gated -n ${team}` },
  { args: `describe cm one -n ${team}` },
  { args: `describe pdb quiet -n ${team}`, only: /^(?!Events:| {2}(Type|----|Normal) )/ },
  { args: "describe priorityclass urgent" },
  { args: `describe ns ${team}` },
];

/** In a moment without controllers: kube-controller-manager calls pods that were never bound and are being deleted Failed. */
export const heldSteps: readonly Step[] = [
  {
    name: "create a pod with a finalizer",
    args: "create -f -",
    stdin: [pod("held", { metadata: { finalizers: ["example.com/hold"] } })],
  },
  { args: `delete pod held -n ${team} --wait=false` },
  { args: `get pod held -n ${team}` },
  { args: `get pod held -n ${team} -o yaml` },
  { name: "describe a pod that is being deleted", args: `describe pod held -n ${team}` },
  { args: `patch pod held -n ${team} --type=json -p [{"op":"remove","path":"/metadata/finalizers"}]` },
  { args: `get pod held -n ${team}` },
];

export const customSteps: readonly Step[] = [
  { args: "apply -f -", stdin: [widgetDefinition] },
  { args: "wait --for=condition=Established crd/widgets.example.com --timeout=30s" },
  { args: `get widgets -n ${team}`, until: /No resources|NAME/ },
  { args: "apply -f -", stdin: [widget("small", { size: 1 })] },
  { name: "apply of a custom object that has not changed", args: "apply -f -", stdin: [widget("small", { size: 1 })] },
  {
    name: "apply of a custom object that has",
    args: "apply -f -",
    stdin: [widget("small", { size: 2, note: "grown" })],
  },
  {
    args: [
      "patch",
      "widget",
      "small",
      "-n",
      team,
      "--type=merge",
      "--subresource=status",
      "-p",
      '{"status":{"phase":"Ready"}}',
    ],
  },
  { args: `get wi -n ${team}` },
  { args: `get wi -n ${team} -o wide` },
  { args: `get widgets.example.com small -n ${team} -o yaml` },
  { args: `wait --for=jsonpath={.status.phase}=Ready widget/small -n ${team} --timeout=5s` },
  { args: `label wi small -n ${team} colour=red` },
  { args: `describe widget small -n ${team}` },
  { name: "strategic merge of a custom object", args: `patch wi small -n ${team} -p {"spec":{"size":3}}` },
  { args: "get crd widgets.example.com", only: /./ },
  { args: `get all -n ${team} -o name` },
  { args: `delete widget small -n ${team}` },
  { args: "delete crd widgets.example.com" },
];
