// Steps whose objects are moved by kubelets and controllers: KWOK's and kube-controller-manager's on one side, actors on the other.

import { budget, deployment, job, pod, team } from "./objects.ts";
import type { Step } from "./steps.ts";

export const movingSteps: readonly Step[] = [
  { args: "create -f -", stdin: [pod("still", { spec: { nodeName: "node-1" } })] },
  { args: `wait --for=condition=Ready pod/still -n ${team} --timeout=20s` },
  { args: `get pod still -n ${team} -o wide` },
  {
    args: `describe pod still -n ${team}`,
    only: /^(Name|Namespace|Priority|Node|Labels|Status|Controlled|Containers|QoS| {2}main| {4}(State|Ready|Restart|Image:))/,
  },
  { args: `delete pod still -n ${team} --timeout=20s` },

  { name: "apply a Deployment", args: "apply -f -", stdin: [deployment("web", 2)] },
  { args: `rollout status deployment/web -n ${team} --timeout=30s`, only: /successfully/ },
  { args: `wait --for=condition=Available deployment/web -n ${team} --timeout=20s` },
  { args: `get deployment web -n ${team} -o wide` },
  { args: `get rs -n ${team} -o wide` },
  { args: `get pods -n ${team} -o wide -l app=web` },
  { args: `scale deployment web -n ${team} --replicas=3` },
  { args: `scale deployment web -n ${team} --replicas=1 --current-replicas=7` },
  { args: `wait --for=jsonpath={.status.readyReplicas}=3 deployment/web -n ${team} --timeout=20s` },
  { args: `get deployment web -n ${team}` },
  {
    args: `describe deployment web -n ${team}`,
    only: /^(Name|Namespace|Selector|Replicas|StrategyType|RollingUpdate|Pod Template| {2}Labels)/,
  },
  {
    name: "describe a node with pods",
    args: "describe node node-0",
    only: /^(Name:|Roles|Taints|Unsched|Addresses|Capacity|Allocatable|Non-term| {2}(cpu|memory|pods|team|default|Hostname|Namespace))/,
  },

  { args: "apply -f -", stdin: [budget("web", 3)] },
  { args: `get pdb web -n ${team}`, until: /web +3 +N\/A +0/ },
  { args: `wait --for=jsonpath={.status.currentHealthy}=3 pdb/web -n ${team} --timeout=20s` },
  { args: "cordon node-0" },
  { args: "cordon node-0" },
  { args: "get node node-0" },
  { args: "describe node node-0", only: /^Unschedulable/ },
  {
    name: "drain that a budget blocks",
    args: "drain node-0 --force --ignore-daemonsets --timeout=3s",
    only: /Cannot evict|error when evicting|timeout|global timeout|^node\/node-0/,
  },
  { args: "uncordon node-0" },
  { args: "uncordon node-0" },
  { args: `scale deployment web -n ${team} --replicas=0` },
  { name: "drain that goes through", args: "drain node-0 --timeout=30s", only: /^node\/node-0/ },
  { args: "get node node-0" },
  { args: "uncordon node-0" },
  { args: `get pods -n ${team} -l app=web`, until: /No resources/ },
  { args: `delete pdb web -n ${team}` },
  { args: `delete deployment web -n ${team} --timeout=20s` },
  { args: `get rs -n ${team}`, until: /No resources/ },

  { name: "create a Job that waits", args: "create -f -", stdin: [job("waits")] },
  { args: `get pods -n ${team} -l job-name=waits`, until: /(waits.*\n){2}/ },
  { args: `get job waits -n ${team} -o wide`, until: /Running +0\/2/ },
  { args: `delete job waits -n ${team} --timeout=20s` },
  { args: `get pods -n ${team}`, until: /No resources/ },
  { name: "create a Job that runs", args: "create -f -", stdin: [job("runs", "node-1")] },
  { args: `wait --for=condition=Complete job/runs -n ${team} --timeout=30s` },
  { args: `get job runs -n ${team}` },
  { args: `get pods -n ${team} -l job-name=runs` },
  { args: `delete job runs -n ${team} --cascade=orphan` },
  { args: `get pods -n ${team} -l job-name=runs`, until: /Completed/ },
  { args: `delete pods --all -n ${team} --timeout=20s`, only: /^No such line$/ },
  { args: `delete namespace ${team} --timeout=60s` },
  { args: `get ns ${team}` },
];
