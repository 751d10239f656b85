// Binding: gives a pod to a node, all in one update (pkg/registry/core/pod/storage/storage.go, assignPod). The node is not
// looked up: a name that no node has is taken. What a node of that name says of its zone and region goes to the pod's labels.

import type { Core, WriteOptions } from "./core.ts";
import { badRequest, conflict, notFound, plainError } from "./failure.ts";
import { fieldOf, isObject, objectOf, objectsOf, textOf, without, type JsonObject } from "./json.ts";
import { checkStored } from "./preconditions.ts";
import type { ApiObject, ObjectMeta } from "./types.ts";
import { updateObject } from "./write.ts";

const TOPOLOGY_LABELS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"] as const;

/** `name`: from the path, or undefined where the binding alone names the pod. Throws ApiFailure 400, 404, 409 and 500. */
export function bindPod(
  core: Core,
  namespace: string,
  name: string | undefined,
  body: unknown,
  options: WriteOptions = {},
): unknown {
  const kind = core.kinds.must("v1", "Pod");
  if (!isObject(body)) throw badRequest("the object provided is unrecognized (must be of type Binding)");
  const metadata = objectOf(body["metadata"]);
  const target = objectOf(body["target"]);
  const podName = textOf(metadata["name"]);
  if (!["", namespace].includes(textOf(metadata["namespace"]))) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (name !== undefined && name !== podName) throw badRequest("name in URL does not match name in Binding object");
  checkTarget(target);
  const pod = core.store.get(kind, namespace, podName);
  if (pod === undefined) throw notFound(kind, podName);
  const { uid, resourceVersion } = metadata;
  checkStored(kind, pod, {
    ...(textOf(uid) === "" ? {} : { uid: textOf(uid) }),
    ...(textOf(resourceVersion) === "" ? {} : { resourceVersion: textOf(resourceVersion) }),
  });
  checkAssignable(pod);
  const change = (current: ApiObject): ApiObject => assigned(core, current, metadata, textOf(target["name"]));
  updateObject(core, { kind, namespace, name: podName }, change, { ...options, isInternal: true });
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}

function checkTarget({ kind = "", name }: JsonObject): void {
  if (kind !== "" && kind !== "Node") {
    throw plainError(`target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`);
  }
  if (textOf(name) === "") throw plainError("target.name: Required value");
}

/** In the order in which kube-apiserver asks. */
function checkAssignable(pod: ApiObject): void {
  const { name, deletionTimestamp } = pod.metadata;
  const spec = objectOf(pod["spec"]);
  const refuse = (because: string): Error => conflict({ group: "", plural: "pods/binding" }, name, because);
  if (deletionTimestamp !== undefined) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  const node = textOf(spec["nodeName"]);
  if (node !== "") throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(node)}`);
  if (0 < objectsOf(spec["schedulingGates"]).length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
}

function assigned(core: Core, pod: ApiObject, binding: JsonObject, nodeName: string): ApiObject {
  const sent = binding as Pick<ObjectMeta, "labels" | "annotations">;
  const labels = { ...pod.metadata.labels, ...sent.labels, ...topologyOf(core, nodeName) };
  const annotations = { ...pod.metadata.annotations, ...sent.annotations };
  const status = without(objectOf(pod["status"]), "nominatedNodeName");
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: { ...objectOf(pod["spec"]), nodeName },
    status: { ...status, conditions: scheduledIn(objectsOf(status["conditions"]), core.timestamp()) },
  };
}

function topologyOf(core: Core, nodeName: string): Readonly<Record<string, string>> {
  const labels = core.store.get(core.kinds.must("v1", "Node"), undefined, nodeName)?.metadata.labels;
  return Object.fromEntries(
    TOPOLOGY_LABELS.flatMap((key) => {
      const value = textOf(fieldOf(labels, key));
      return value === "" ? [] : [[key, value] as const];
    }),
  );
}

function scheduledIn(conditions: readonly JsonObject[], now: string): readonly JsonObject[] {
  const before = conditions.find(({ type }) => type === "PodScheduled");
  const lastTransitionTime = before?.["status"] === "True" ? before["lastTransitionTime"] : now;
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime };
  if (before === undefined) return [...conditions, scheduled];
  return conditions.map((condition) => (condition === before ? scheduled : condition));
}
