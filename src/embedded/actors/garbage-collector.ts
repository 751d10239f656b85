// GarbageCollector: removes objects whose owners are gone, and does what a deletion with Foreground or Orphan waits for
// (kubernetes pkg/controller/garbagecollector). An owner that was never there counts as gone, as in a real cluster; one of
// a kind that is not served may be there for all anyone knows. Simplified: with Foreground, what hinders nothing is
// deleted in the background.

import type { ApiObject, OwnerReference, Write } from "../types.ts";
import type { Actor, Context } from "./context.ts";
import { isLeaving } from "./pods.ts";
import type { Held } from "./view.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

export function garbageCollector(context: Context): Actor {
  const { view, client, served } = context;
  const queue = context.work.queue(sync); // keys are UIDs of owners

  return {
    react({ verb, object }: Write): void {
      const { uid, ownerReferences = [] } = object.metadata;
      if (uid !== undefined && (verb === "delete" ? 0 < view.dependentsOf(uid).length : isWaiting(object)))
        queue.add(uid);
      for (const owner of ownerReferences) {
        const held = view.ofUid(owner.uid);
        const isNews = verb === "delete" ? held !== undefined && isWaiting(held.object) : held === undefined;
        if (isNews) queue.add(owner.uid);
      }
    },
  };

  function sync(uid: string): void {
    const owner = view.ofUid(uid);
    if (owner === undefined) for (const dependent of view.dependentsOf(uid)) collect(dependent);
    else if (has(owner.object, ORPHAN)) orphan(owner, uid);
    else if (has(owner.object, FOREGROUND)) collectBefore(owner, uid);
  }

  /** Deletes it if no owner is left that will stay; else takes the others out of its references. */
  function collect({ kind, object }: Held): void {
    const references = object.metadata.ownerReferences ?? [];
    const staying = references.filter(isStaying);
    if (staying.length === references.length) return;
    if (0 < staying.length) {
      client.replace(kind, { ...object, metadata: { ...object.metadata, ownerReferences: staying } });
    } else if (!isLeaving(object)) {
      const hasOwn = 0 < view.dependentsOf(object.metadata.uid ?? "").length;
      const waitsFor = references.some(({ uid }) => view.ofUid(uid) !== undefined);
      client.remove(kind, object, { propagation: hasOwn && waitsFor ? "Foreground" : "Background" });
    }
  }

  function isStaying({ apiVersion, kind, uid }: OwnerReference): boolean {
    const held = view.ofUid(uid);
    if (held === undefined) return served.ofObject({ apiVersion, kind }) === undefined;
    return !(isLeaving(held.object) && has(held.object, FOREGROUND));
  }

  /** Foreground: the dependents first; the owner when none is left that blocks it. */
  function collectBefore(owner: Held, uid: string): void {
    for (const dependent of view.dependentsOf(uid)) collect(dependent);
    const isBlocked = view.dependentsOf(uid).some(({ object }) => blocks(object, uid));
    if (!isBlocked) withoutFinalizer(owner, FOREGROUND);
  }

  function orphan(owner: Held, uid: string): void {
    for (const { kind, object } of view.dependentsOf(uid)) {
      const ownerReferences = object.metadata.ownerReferences?.filter((reference) => reference.uid !== uid) ?? [];
      client.replace(kind, { ...object, metadata: { ...object.metadata, ownerReferences } });
    }
    withoutFinalizer(owner, ORPHAN);
  }

  function withoutFinalizer({ kind, object }: Held, finalizer: string): void {
    const finalizers = object.metadata.finalizers?.filter((one) => one !== finalizer) ?? [];
    client.replace(kind, { ...object, metadata: { ...object.metadata, finalizers } });
  }
}

function isWaiting(object: ApiObject): boolean {
  return isLeaving(object) && (has(object, FOREGROUND) || has(object, ORPHAN));
}

function has({ metadata }: ApiObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

function blocks({ metadata }: ApiObject, uid: string): boolean {
  return metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true) ?? false;
}
