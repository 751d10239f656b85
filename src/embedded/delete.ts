// Deleting (apiserver pkg/registry/rest/delete.go, pods: strategy CheckGracefulDelete): a pod on a node first gets a grace
// period, finalizers hold any object, and what nothing holds is gone at once.

import type { Core, Target, WriteOptions } from "./core.ts";
import { forbidden, invalid, notFound } from "./failure.ts";
import { objectOf, textOf } from "./json.ts";
import { apiVersionOf, storageOf } from "./kinds.ts";
import { checkBeforeDelete, type Preconditions } from "./preconditions.ts";
import { strategyOf } from "./strategy.ts";
import type { ApiObject, Kind } from "./types.ts";
import { asVersion } from "./versions.ts";

export interface DeleteOptions extends WriteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: Preconditions;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
}

export interface Deletion {
  /** As it is now, or as it was last. */
  readonly object: ApiObject;
  readonly isGone: boolean;
}

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Throws ApiFailure: 403, 404, and 409 where a precondition does not hold. */
export function deleteObject(
  core: Core,
  { kind, namespace, name }: Pick<Target, "kind" | "namespace"> & { readonly name: string },
  options: DeleteOptions = {},
): Deletion {
  const current = core.store.get(kind, namespace, name);
  if (current === undefined) throw notFound(kind, name);
  if (storageOf(kind) === "/namespaces" && IMMORTAL.has(name)) {
    throw forbidden(kind, name, "this namespace may not be deleted");
  }
  checkBeforeDelete(kind, current, options.preconditions ?? {});
  const finalizers = finalizersOf(kind, current, options.propagationPolicy);
  const graceSeconds = graceOf(kind, current, options.gracePeriodSeconds);
  if (graceSeconds === 0 && finalizers.length === 0 && !isHeldBySpec(kind, current)) {
    return { object: asVersion(kind, gone(core, kind, current, options)), isGone: true };
  }
  const object = marked(core, kind, current, graceSeconds, finalizers);
  if (object === current || options.isDryRun === true) return { object: asVersion(kind, object), isGone: false };
  return { object: asVersion(kind, core.store.commit("update", kind, object)), isGone: false };
}

/** A pod is marked first, as every pod that goes: who watches hears of a change, then of the end. */
function gone(core: Core, kind: Kind, current: ApiObject, { isDryRun }: DeleteOptions): ApiObject {
  const isPod = storageOf(kind) === "/pods";
  const last = isPod ? marked(core, kind, current, 0, []) : current;
  if (isDryRun === true) return last;
  const stored = last === current ? current : core.store.commit("update", kind, last);
  return core.store.commit("delete", kind, stored);
}

/** What the answer to a deletion is: the object where it lives on or the kind returns it, else a Status. */
export function deletionBody(kind: Kind, { object, isGone }: Deletion): unknown {
  if (!isGone || strategyOf(kind).returnsDeleted) return object;
  const { name, uid } = object.metadata;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.plural, uid },
  };
}

/** Options from the body and the query, in which the body is absent or a DeleteOptions. Throws ApiFailure 422. */
export function deleteOptions(body: unknown, query: URLSearchParams, isDryRun: boolean): DeleteOptions {
  const sent = objectOf(body);
  const { gracePeriodSeconds: grace, orphanDependents } = sent;
  const inQuery = query.get("gracePeriodSeconds");
  const gracePeriodSeconds =
    typeof grace === "number" ? grace : inQuery !== null && /^[0-9]{1,9}$/.test(inQuery) ? Number(inQuery) : undefined;
  const policy =
    sent["propagationPolicy"] ?? query.get("propagationPolicy") ?? (orphanDependents === true ? "Orphan" : undefined);
  if (policy !== undefined && policy !== "Foreground" && policy !== "Background" && policy !== "Orphan") {
    throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
      {
        field: "propagationPolicy",
        type: "FieldValueNotSupported",
        value: policy,
        detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
      },
    ]);
  }
  return {
    isDryRun,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    preconditions: preconditionsOf(sent["preconditions"]),
  };
}

function preconditionsOf(value: unknown): Preconditions {
  const { uid, resourceVersion } = objectOf(value);
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

/** Seconds that a pod may still run: none where no kubelet has it or nothing of it runs any more. */
function graceOf(kind: Kind, object: ApiObject, asked: number | undefined): number {
  if (storageOf(kind) !== "/pods") return 0;
  const spec = objectOf(object["spec"]);
  const { phase } = objectOf(object["status"]);
  if (textOf(spec["nodeName"]) === "" || phase === "Succeeded" || phase === "Failed") return 0;
  const own = spec["terminationGracePeriodSeconds"];
  const wanted = asked ?? (typeof own === "number" ? own : 30);
  return wanted < 0 ? 1 : wanted;
}

/** Dependents are seen to by finalizers that the garbage collector takes off; a later deletion can change its mind. */
function finalizersOf(kind: Kind, object: ApiObject, policy: DeleteOptions["propagationPolicy"]): readonly string[] {
  const { finalizers = [] } = object.metadata;
  const orphans =
    policy === "Orphan" ||
    (policy === undefined && strategyOf(kind).orphansByDefault && !finalizers.includes("foregroundDeletion"));
  if (policy === undefined && !orphans) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== "orphan" && finalizer !== "foregroundDeletion");
  if (orphans) return [...others, "orphan"];
  return policy === "Foreground" ? [...others, "foregroundDeletion"] : others;
}

/** A namespace lives until its contents are gone. */
function isHeldBySpec(kind: Kind, object: ApiObject): boolean {
  if (storageOf(kind) !== "/namespaces") return false;
  const { finalizers } = objectOf(object["spec"]);
  return Array.isArray(finalizers) && 0 < finalizers.length;
}

/** Marked for deletion. A second deletion only ever shortens the time. `current` itself where nothing changes. */
function marked(
  core: Core,
  kind: Kind,
  current: ApiObject,
  graceSeconds: number,
  finalizers: readonly string[],
): ApiObject {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation, finalizers: before = [] } = current.metadata;
  const isFirst = deletionTimestamp === undefined;
  const isSooner = !isFirst && graceSeconds < (deletionGracePeriodSeconds ?? 0);
  const isSame = finalizers.length === before.length && finalizers.every((finalizer, i) => finalizer === before[i]);
  if (!isFirst && !isSooner && isSame) return current;
  const isNamespace = storageOf(kind) === "/namespaces";
  const startMs = isFirst
    ? core.clock.wallMs()
    : Date.parse(deletionTimestamp) - 1_000 * (deletionGracePeriodSeconds ?? 0);
  const metadata = {
    ...current.metadata,
    ...(isFirst || isSooner
      ? { deletionTimestamp: core.timestamp(startMs - core.clock.wallMs() + 1_000 * graceSeconds) }
      : {}),
    ...((isFirst || isSooner) && !isNamespace ? { deletionGracePeriodSeconds: graceSeconds } : {}),
    ...(isFirst && generation !== undefined ? { generation: generation + 1 } : {}),
    ...(isSame ? {} : { finalizers }),
  };
  if (!isNamespace) return { ...current, metadata };
  return { ...current, metadata, status: { ...objectOf(current["status"]), phase: "Terminating" } };
}

/** The list that `deletecollection` answers with. */
export function collectionBody(kind: Kind, resourceVersion: number, deletions: readonly Deletion[]): unknown {
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { resourceVersion: String(resourceVersion) },
    items: deletions.map(({ object }) => object),
  };
}
