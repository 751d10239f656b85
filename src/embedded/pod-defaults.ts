// Defaults of pods and of pod templates (pkg/apis/core/v1/defaults.go).

import { fieldOf, isObject, objectOf, objectsOf, type JsonObject } from "./json.ts";

/** A pod's own spec: as in a template, and limits stand in for requests that are missing. */
export function withPodDefaults(spec: unknown): unknown {
  const filled = withTemplateDefaults(spec);
  if (!isObject(filled)) return filled;
  const withRequests = (list: unknown): unknown =>
    Array.isArray(list)
      ? (list as unknown[]).map((container) => (isObject(container) ? withRequestsOf(container) : container))
      : list;
  return {
    enableServiceLinks: true,
    ...filled,
    ...(filled["initContainers"] === undefined ? {} : { initContainers: withRequests(filled["initContainers"]) }),
    ...(filled["containers"] === undefined ? {} : { containers: withRequests(filled["containers"]) }),
  };
}

export function withTemplateDefaults(spec: unknown): unknown {
  if (spec !== undefined && !isObject(spec)) return spec;
  const sent = objectOf(spec);
  const containers = (list: unknown): unknown =>
    Array.isArray(list)
      ? (list as unknown[]).map((container) =>
          isObject(container) ? withContainerDefaults(container, sent["hostNetwork"] === true) : container,
        )
      : list;
  const serviceAccount = sent["serviceAccountName"] ?? sent["serviceAccount"];
  return {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...withoutEmptyLists(sent),
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount, serviceAccount }),
    ...(sent["initContainers"] === undefined ? {} : { initContainers: containers(sent["initContainers"]) }),
    ...(sent["containers"] === undefined ? {} : { containers: containers(sent["containers"]) }),
    ...(Array.isArray(sent["volumes"]) ? { volumes: objectsOf(sent["volumes"]).map(withVolumeDefaults) } : {}),
  };
}

/** Empty and absent are the same to the API. */
function withoutEmptyLists(spec: JsonObject): JsonObject {
  const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
  const entries = Object.entries(spec);
  return entries.some(([, value]) => isEmpty(value))
    ? Object.fromEntries(entries.filter(([, value]) => !isEmpty(value)))
    : spec;
}

function withContainerDefaults(container: JsonObject, isOnHostNetwork: boolean): JsonObject {
  const { image, ports } = container;
  return {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...(typeof image === "string" && image !== "" ? { imagePullPolicy: pullPolicyOf(image) } : {}),
    ...container,
    ...(Array.isArray(ports)
      ? {
          ports: objectsOf(ports).map((port) => ({
            ...(isOnHostNetwork ? { hostPort: port["containerPort"] } : {}),
            protocol: "TCP",
            ...port,
          })),
        }
      : {}),
  };
}

/** An image without a tag is the latest, which is pulled every time. */
function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  if (image.includes("@")) return "IfNotPresent";
  const [, tag = "latest"] = /:([^/:]+)$/.exec(image) ?? [];
  return tag === "latest" ? "Always" : "IfNotPresent";
}

const KEYED_SOURCES = ["secret", "configMap", "projected", "downwardAPI"] as const;

function withVolumeDefaults(volume: JsonObject): JsonObject {
  const kind = KEYED_SOURCES.find((source) => isObject(volume[source]));
  if (kind !== undefined) return { ...volume, [kind]: { defaultMode: 420, ...objectOf(volume[kind]) } };
  if (isObject(volume["hostPath"])) return { ...volume, hostPath: { type: "", ...volume["hostPath"] } };
  const hasSource = Object.keys(volume).some((field) => field !== "name");
  return hasSource ? volume : { ...volume, emptyDir: {} };
}

function withRequestsOf(container: JsonObject): JsonObject {
  const resources = objectOf(container["resources"]);
  if (!isObject(resources["limits"])) return container;
  const requests = objectOf(resources["requests"]);
  const missing = Object.entries(resources["limits"]).filter(([name]) => fieldOf(requests, name) === undefined);
  if (missing.length === 0) return container;
  return {
    ...container,
    resources: { ...resources, requests: { ...requests, ...Object.fromEntries(missing) } },
  };
}
