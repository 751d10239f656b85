// Steps that write objects which nothing moves.

import { accessReview, configMap, pod, team } from "./objects.ts";
import type { Step } from "./steps.ts";

const changed = configMap("one", { a: "2", c: "3" });
const withVolume = {
  spec: {
    volumes: [{ name: "scratch", emptyDir: {} }],
    containers: [
      {
        name: "main",
        image: "busybox:2",
        command: ["sleep", "1"],
        resources: { requests: { cpu: "250m", memory: "64Mi" } },
      },
    ],
  },
};

export const writingSteps: readonly Step[] = [
  { name: "apply of what has not changed", args: "apply -f -", stdin: [configMap("two", { a: "1", b: "2" })] },
  { name: "apply of what has", args: "apply -f -", stdin: [changed] },
  { args: `get cm one -n ${team} -o yaml` },
  {
    name: "apply of what was created without it",
    args: "apply -f -",
    stdin: [pod("quiet", { spec: { priorityClassName: "urgent" } })],
  },
  { name: "apply --dry-run=server", args: "apply -f - --dry-run=server", stdin: [configMap("three", {})] },
  { name: "apply --server-side", args: "apply --server-side -f -", stdin: [configMap("served", { a: "1" })] },
  {
    name: "apply --server-side by another",
    args: "apply --server-side --field-manager=other -f -",
    stdin: [configMap("served", { a: "2" })],
  },
  {
    name: "apply --server-side --force-conflicts",
    args: "apply --server-side --force-conflicts --field-manager=other -f -",
    stdin: [configMap("served", { a: "2" })],
  },
  { args: `get cm served -n ${team} -o yaml --show-managed-fields` },
  { args: `create configmap made -n ${team} --from-literal=a=1` },
  { args: `create configmap made -n ${team} --from-literal=a=1` },
  { args: `create secret generic hidden -n ${team} --from-literal=a=b` },
  { args: `create serviceaccount runner -n ${team}` },
  { args: `create role reader -n ${team} --verb=get,list --resource=pods` },
  { args: `create rolebinding reader -n ${team} --role=reader --serviceaccount=${team}:runner` },
  {
    name: "what a role allows",
    args: "create -f - -o jsonpath={.status.allowed}",
    stdin: [accessReview("runner", "list")],
  },
  {
    name: "and what not",
    args: "create -f - -o jsonpath={.status.allowed}",
    stdin: [accessReview("runner", "delete")],
  },
  { args: `get sa,role,rolebinding,secret -n ${team} -o wide` },
  { args: `label pod quiet -n ${team} tier=front app-` },
  { args: `label pod quiet -n ${team} tier=front` },
  { args: `label pod quiet -n ${team} tier=back` },
  { args: `label pod quiet -n ${team} tier=back --overwrite` },
  { args: `label pods -l tier=back -n ${team} again=yes` },
  { args: `label pod quiet -n ${team} -- tier=bad_value!` },
  { args: `annotate pod quiet -n ${team} note=hello` },
  { args: `annotate pod quiet -n ${team} note=hello` },
  { args: `annotate pod quiet -n ${team} note-` },
  { args: `get pod quiet -n ${team} --show-labels` },
  { args: `patch pod quiet -n ${team} -p {"spec":{"activeDeadlineSeconds":900}}` },
  { args: `patch pod quiet -n ${team} -p {"spec":{"activeDeadlineSeconds":900}}` },
  { args: `patch pod quiet -n ${team} -p {"spec":{"containers":[{"name":"main","image":"busybox:2"}]}}` },
  { args: `patch pod quiet -n ${team} --type=merge -p {"metadata":{"labels":{"again":null}}}` },
  { args: `patch pod quiet -n ${team} --type=json -p [{"op":"test","path":"/metadata/name","value":"other"}]` },
  { args: `patch pod quiet -n ${team} -p {"spec":{"nodeName":"node-0"}}`, only: /^The Pod/ },
  { args: `set image pod/quiet -n ${team} main=busybox:3` },
  { args: `get pod quiet -n ${team} -o jsonpath={.spec.containers[0].image}` },
  { name: "create what is there", args: "create -f -", stdin: [pod("quiet")] },
  {
    name: "create in a namespace that is not there",
    args: "create -f -",
    stdin: [pod("x", { metadata: { namespace: "nowhere" } })],
  },
  { name: "create with a bad name", args: "create -f -", stdin: [pod("Bad_Name")] },
  { name: "create without containers", args: "create -f -", stdin: [pod("empty", { spec: { containers: [] } })] },
  { name: "create --dry-run=server", args: "create --dry-run=server -f -", stdin: [pod("dry", withVolume)] },
  { name: "replace", args: "replace -f -", stdin: [configMap("made", { b: "2" })] },
  { name: "replace what is not there", args: "replace -f -", stdin: [configMap("unmade", { b: "2" })] },
  { args: `get cm made -n ${team} -o jsonpath={.data}` },
  { args: `delete cm made served -n ${team}` },
  { args: `delete cm absent -n ${team}` },
  { args: `delete cm absent -n ${team} --ignore-not-found` },
  { args: `delete cm one -n ${team} --dry-run=server` },
  { args: `delete cm -l tier=two -n ${team}` },
  { name: "delete -f", args: "delete -f -", stdin: [configMap("one", {})] },
  { args: `get cm -n ${team} -l tier` },
  { args: `delete pod gated -n ${team} --grace-period=0 --force` },
  { args: `delete pod quiet big -n ${team}` },
  { args: `get pods -n ${team}` },
];
