// Admission: what kube-apiserver's plugins fill in or refuse when an object is created, as far as it matters here:
// NamespaceLifecycle, Priority, ServiceAccount, DefaultTolerationSeconds, LimitRange not, TaintNodesByCondition not.

import type { Core } from "./core.ts";
import { forbidden, notFound } from "./failure.ts";
import { isObject, objectsOf, textOf, type JsonObject } from "./json.ts";
import { storageOf } from "./kinds.ts";
import { priorityOf } from "./priority.ts";
import type { ApiObject, Kind } from "./types.ts";

/** Throws ApiFailure 404 for a namespace that does not exist, 403 for what a plugin refuses. */
export function admit(core: Core, kind: Kind, object: ApiObject): ApiObject {
  checkNamespace(core, kind, object);
  if (storageOf(kind) !== "/pods" || !isObject(object["spec"])) return object;
  const spec = object["spec"];
  const withPriority = { ...spec, ...priorityOf(core, kind, object, spec) };
  return { ...object, spec: withTolerations(withServiceAccount(core, kind, object, withPriority)) };
}

/** A name to complain of: that of an object that has none yet is what it will begin with. */
export function nameOf({ metadata }: ApiObject): string {
  return textOf(metadata.name) || textOf(metadata.generateName);
}

function checkNamespace(core: Core, kind: Kind, object: ApiObject): void {
  const { namespace } = object.metadata;
  if (namespace === undefined) return;
  const kindOfNamespaces = core.kinds.must("v1", "Namespace");
  const found = core.store.get(kindOfNamespaces, undefined, namespace);
  if (found === undefined) throw notFound(kindOfNamespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(
    kind,
    nameOf(object),
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  );
}

const TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

function withServiceAccount(core: Core, kind: Kind, pod: ApiObject, sent: JsonObject): JsonObject {
  const { serviceAccountName } = sent;
  const name = textOf(serviceAccountName) || "default";
  const { namespace = "" } = pod.metadata;
  const account = core.store.get(core.kinds.must("v1", "ServiceAccount"), namespace, name);
  if (account === undefined) {
    const because = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbidden(kind, nameOf(pod), because);
  }
  const spec = { ...sent, serviceAccountName: name, serviceAccount: name };
  if ((sent["automountServiceAccountToken"] ?? account["automountServiceAccountToken"]) === false) return spec;
  return withToken(core, spec);
}

function withToken(core: Core, spec: JsonObject): JsonObject {
  const lacksToken = (container: JsonObject): boolean =>
    !objectsOf(container["volumeMounts"]).some(({ mountPath }) => mountPath === TOKEN_MOUNT);
  const all = [...objectsOf(spec["initContainers"]), ...objectsOf(spec["containers"])];
  if (!all.some(lacksToken)) return spec;
  const name = `kube-api-access-${core.newSuffix()}`;
  const mounted = (container: JsonObject): JsonObject =>
    lacksToken(container)
      ? {
          ...container,
          volumeMounts: [...objectsOf(container["volumeMounts"]), { name, readOnly: true, mountPath: TOKEN_MOUNT }],
        }
      : container;
  const { initContainers } = spec;
  return {
    ...spec,
    volumes: [...objectsOf(spec["volumes"]), { name, projected: TOKEN_SOURCES }],
    containers: objectsOf(spec["containers"]).map(mounted),
    ...(initContainers === undefined ? {} : { initContainers: objectsOf(initContainers).map(mounted) }),
  };
}

const TOKEN_SOURCES = {
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: {
        items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
      },
    },
  ],
  defaultMode: 420,
};

/** A pod stays on a node that is lost for five minutes. */
function withTolerations(spec: JsonObject): JsonObject {
  const tolerations = objectsOf(spec["tolerations"]);
  const missing = LOST_NODE.filter((key) => !tolerations.some((toleration) => tolerates(toleration, key)));
  if (missing.length === 0) return spec;
  const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
  return { ...spec, tolerations: [...tolerations, ...added] };
}

const LOST_NODE = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;

function tolerates(toleration: JsonObject, key: string): boolean {
  const { key: tolerated = "", effect = "" } = toleration;
  return (tolerated === key || tolerated === "") && (effect === "NoExecute" || effect === "");
}
