// PodStructure: how pods merge, and everything that has a pod template.

import { ATOMIC, fieldsOf, keyed } from "./structure.ts";
import type { Fields, Structure } from "./structure.ts";

export const METADATA: Structure = fieldsOf({
  finalizers: { patch: "merge", apply: "set" },
  ownerReferences: keyed("uid"),
});

/** The claim of a volume, wherever it stands. */
export const CLAIM_SPEC: Structure = fieldsOf({ dataSource: ATOMIC, selector: ATOMIC });

const BY_NAME = keyed("name");
const HAS_SECRET = fieldsOf({ secretRef: ATOMIC });

const CONTAINER: Fields = {
  env: keyed("name", {
    valueFrom: fieldsOf({
      configMapKeyRef: ATOMIC,
      fieldRef: ATOMIC,
      fileKeyRef: ATOMIC,
      resourceFieldRef: ATOMIC,
      secretKeyRef: ATOMIC,
    }),
  }),
  ports: keyed("containerPort", {}, ["containerPort", "protocol"]),
  resources: fieldsOf({ claims: { apply: ["name"] } }),
  volumeDevices: keyed("devicePath"),
  volumeMounts: keyed("mountPath"),
};

const VOLUME: Fields = {
  cephfs: HAS_SECRET,
  cinder: HAS_SECRET,
  csi: fieldsOf({ nodePublishSecretRef: ATOMIC }),
  ephemeral: fieldsOf({ volumeClaimTemplate: fieldsOf({ metadata: METADATA, spec: CLAIM_SPEC }) }),
  flexVolume: HAS_SECRET,
  iscsi: HAS_SECRET,
  rbd: HAS_SECRET,
  scaleIO: HAS_SECRET,
  storageos: HAS_SECRET,
};

const SPEC: Structure = fieldsOf({
  affinity: fieldsOf({ nodeAffinity: fieldsOf({ requiredDuringSchedulingIgnoredDuringExecution: ATOMIC }) }),
  containers: keyed("name", CONTAINER),
  ephemeralContainers: keyed("name", CONTAINER),
  hostAliases: keyed("ip"),
  imagePullSecrets: BY_NAME,
  initContainers: keyed("name", CONTAINER),
  nodeSelector: ATOMIC,
  resourceClaims: BY_NAME,
  resources: fieldsOf({ claims: { apply: ["name"] } }),
  schedulingGates: BY_NAME,
  topologySpreadConstraints: keyed("topologyKey", { labelSelector: ATOMIC }, ["topologyKey", "whenUnsatisfiable"]),
  volumes: keyed("name", VOLUME),
});

const STATUS: Structure = fieldsOf({
  conditions: keyed("type"),
  hostIPs: { patch: "merge", mergeKey: "ip" },
  podIPs: keyed("ip"),
  resourceClaimStatuses: BY_NAME,
  resources: fieldsOf({ claims: { apply: ["name"] } }),
});

export const POD: Structure = fieldsOf({ metadata: METADATA, spec: SPEC, status: STATUS });

export const POD_TEMPLATE: Structure = fieldsOf({ metadata: METADATA, spec: SPEC });
