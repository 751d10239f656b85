// What the server alone writes in metadata: given at creation, kept by every update.

import type { Core } from "./core.ts";
import { without } from "./json.ts";
import { isNewGeneration, strategyOf } from "./strategy.ts";
import type { ApiObject, Kind, ObjectMeta } from "./types.ts";

/** The fields that a client cannot change. */
const OWN = [
  "uid",
  "creationTimestamp",
  "generation",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "resourceVersion",
  "generateName",
] as const;

export function withCreationMetadata(core: Core, kind: Kind, object: ApiObject, name: string): ApiObject {
  const metadata: ObjectMeta = {
    ...without<ObjectMeta>(object.metadata, ...OWN.slice(0, -1)),
    name,
    uid: core.newUid(),
    creationTimestamp: core.timestamp(),
    ...(strategyOf(kind).hasGeneration ? { generation: 1 } : {}),
  };
  return { ...object, metadata };
}

/** `object` with the server's own fields as they are in `current`. The generation counts changes of what is wished for. */
export function withKeptMetadata(kind: Kind, object: ApiObject, current: ApiObject): ApiObject {
  const kept = Object.entries(current.metadata).filter(([field]) => (OWN as readonly string[]).includes(field));
  const { generation = 0 } = current.metadata;
  const isNew = isNewGeneration(kind, object, current);
  const metadata = {
    ...without<ObjectMeta>(object.metadata, ...OWN),
    ...Object.fromEntries(kept),
    ...(isNew ? { generation: generation + 1 } : {}),
  };
  return { ...object, metadata };
}
