// Objects that checks create: the smallest that the API server takes.

/** A pod of the scheduler `nobody`, which does not exist: it stays unbound. */
export function pod(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { schedulerName: "nobody", containers: [{ name: "c", image: "i" }], ...spec },
  };
}

export function configMap(name: string, data: object = {}, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

export function node(name: string, labels: object = {}): object {
  const room = { cpu: "4", memory: "8Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    status: { capacity: room, allocatable: room, conditions: [{ type: "Ready", status: "True" }] },
  };
}

export function binding(podName: string, nodeName: string, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: podName, ...metadata },
    target: { apiVersion: "v1", kind: "Node", name: nodeName },
  };
}
