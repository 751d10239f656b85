// Namespace: empties a namespace that was deleted, then lets it go (kubernetes pkg/controller/namespace): first its pods,
// when they are gone everything else. Objects that finalizers hold keep it. Its status conditions are not written.

import { objectOf } from "../json.ts";
import type { Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { isKind, specOf } from "./objects.ts";
import { isLeaving } from "./pods.ts";

export function namespaceController(context: Context): Actor {
  const { view, client, kinds } = context;
  const queue = context.work.queue(sync);

  return {
    react({ kind, verb, object }: Write): void {
      if (isKind(kind, kinds.namespaces)) {
        if (verb !== "delete" && isLeaving(object)) queue.add(object.metadata.name);
      } else if (object.metadata.namespace !== undefined && verb !== "update") {
        const namespace = view.get(kinds.namespaces, object.metadata.namespace);
        if (namespace !== undefined && isLeaving(namespace)) queue.add(namespace.metadata.name);
      }
    },
  };

  function sync(name: string): void {
    const namespace = view.get(kinds.namespaces, name);
    if (namespace === undefined || !isLeaving(namespace)) return;
    const contents = view.contentsOf(name);
    const pods = contents.filter(({ kind }) => isKind(kind, kinds.pods));
    for (const { kind, object } of 0 < pods.length ? pods : contents) {
      if (!isLeaving(object)) client.remove(kind, object, { propagation: "Background" });
    }
    if (0 < view.contentsOf(name).length) return; // what leaves calls again
    const finalizers = objectOf(specOf(namespace))["finalizers"];
    if (!Array.isArray(finalizers) || !finalizers.includes("kubernetes")) return;
    const spec = { ...specOf(namespace), finalizers: finalizers.filter((one) => one !== "kubernetes") };
    client.replacePart("finalize", kinds.namespaces, { ...namespace, spec });
  }
}
