// KindStructures: how the built-in kinds merge. Kinds that are not here have only the rules of metadata.

import { CLAIM_SPEC, METADATA, POD, POD_TEMPLATE } from "./pod-structure.ts";
import { ATOMIC, fieldsOf, keyed } from "./structure.ts";
import type { Fields, Structure } from "./structure.ts";
import type { Kind } from "./types.ts";

const HAS_CONDITIONS = fieldsOf({ conditions: keyed("type") });
const HAS_SECRET = fieldsOf({ secretRef: ATOMIC });
const WORKLOAD_SPEC: Fields = { selector: ATOMIC, template: POD_TEMPLATE };
const CLAIM: Structure = object({ spec: CLAIM_SPEC, status: HAS_CONDITIONS });

const VOLUME_SPEC: Structure = fieldsOf({
  cephfs: HAS_SECRET,
  cinder: HAS_SECRET,
  csi: fieldsOf({
    controllerExpandSecretRef: ATOMIC,
    controllerPublishSecretRef: ATOMIC,
    nodeExpandSecretRef: ATOMIC,
    nodePublishSecretRef: ATOMIC,
    nodeStageSecretRef: ATOMIC,
  }),
  flexVolume: HAS_SECRET,
  iscsi: HAS_SECRET,
  nodeAffinity: fieldsOf({ required: ATOMIC }),
  rbd: HAS_SECRET,
  scaleIO: HAS_SECRET,
  storageos: HAS_SECRET,
});

const ANY: Structure = object({});

const STRUCTURES: ReadonlyMap<string, Structure> = new Map([
  ["/Event", object({ involvedObject: ATOMIC, related: ATOMIC })],
  ["/Namespace", object({ status: HAS_CONDITIONS })],
  [
    "/Node",
    object({
      spec: fieldsOf({ podCIDRs: { patch: "merge", apply: "set" } }),
      status: fieldsOf({ addresses: keyed("type"), conditions: keyed("type") }),
    }),
  ],
  ["/PersistentVolume", object({ spec: VOLUME_SPEC })],
  ["/PersistentVolumeClaim", CLAIM],
  ["/Pod", POD],
  ["/ResourceQuota", object({ spec: fieldsOf({ scopeSelector: ATOMIC }) })],
  [
    "/Service",
    object({
      spec: fieldsOf({ ports: keyed("port", {}, ["port", "protocol"]), selector: ATOMIC }),
      status: HAS_CONDITIONS,
    }),
  ],
  ["/ServiceAccount", object({ secrets: keyed("name") })],
  ["apps/DaemonSet", object({ spec: fieldsOf(WORKLOAD_SPEC), status: HAS_CONDITIONS })],
  ["apps/Deployment", object({ spec: fieldsOf(WORKLOAD_SPEC), status: HAS_CONDITIONS })],
  ["apps/ReplicaSet", object({ spec: fieldsOf(WORKLOAD_SPEC), status: HAS_CONDITIONS })],
  ["apps/StatefulSet", object({ spec: fieldsOf(WORKLOAD_SPEC), status: HAS_CONDITIONS })],
  [
    "batch/Job",
    object({
      spec: fieldsOf(WORKLOAD_SPEC),
      status: fieldsOf({
        conditions: { patch: "merge", mergeKey: "type" },
        uncountedTerminatedPods: fieldsOf({ failed: { apply: "set" }, succeeded: { apply: "set" } }),
      }),
    }),
  ],
  [
    "policy/PodDisruptionBudget",
    object({ spec: fieldsOf({ selector: { patch: "replace", apply: "atomic" } }), status: HAS_CONDITIONS }),
  ],
  ["rbac.authorization.k8s.io/ClusterRoleBinding", object({ roleRef: ATOMIC })],
  ["rbac.authorization.k8s.io/RoleBinding", object({ roleRef: ATOMIC })],
  ["storage.k8s.io/CSIDriver", object({ spec: fieldsOf({ volumeLifecycleModes: { apply: "set" } }) })],
  ["storage.k8s.io/CSINode", object({ spec: fieldsOf({ drivers: keyed("name") }) })],
  ["storage.k8s.io/CSIStorageCapacity", object({ nodeTopology: ATOMIC })],
  [
    "storage.k8s.io/VolumeAttachment",
    object({ spec: fieldsOf({ source: fieldsOf({ inlineVolumeSpec: VOLUME_SPEC }) }) }),
  ],
  // Status conditions of definitions are owned one by one, but a strategic merge patch replaces them.
  ["apiextensions.k8s.io/CustomResourceDefinition", object({ status: fieldsOf({ conditions: { apply: ["type"] } }) })],
  ["events.k8s.io/Event", object({ regarding: ATOMIC, related: ATOMIC })],
]);

/** The structure of a built-in kind; of any other, what all objects have in common. */
export function structureOf({ group, kind }: Pick<Kind, "group" | "kind">): Structure {
  return STRUCTURES.get(`${group}/${kind}`) ?? ANY;
}

function object(fields: Fields): Structure {
  return fieldsOf({ metadata: METADATA, ...fields });
}
