// Patch: the four kinds of patch that a client may send, by their media types.

import { ApiFailure, badRequest, plainError, tooLarge, unsupportedMediaType } from "./failure.ts";
import { formOf } from "./json-forms.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { isObject } from "./json.ts";
import { structureOf } from "./kind-structures.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { PatchRefused } from "./patch-refused.ts";
import { applyStrategicMerge } from "./strategic-merge.ts";
import type { ApiObject, Kind } from "./types.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";

/** Whether the patch is a server-side apply, which may create the object: see `applyServerSide`. */
export function isApplyPatch(contentType: string): boolean {
  return mediaTypeOf(contentType) === APPLY;
}

/** 415 for a media type that the kind takes no patches of: custom resources have no strategic merge. */
export function checkPatchType(kind: Kind, contentType: string): void {
  const mediaType = mediaTypeOf(contentType);
  const isCustom = kind.isCustom === true;
  const accepted = isCustom ? [JSON_PATCH, MERGE_PATCH, APPLY] : [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE, APPLY];
  if (accepted.includes(mediaType)) return;
  if (isCustom) throw unsupportedMediaType(accepted);
  throw new ApiFailure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

/**
 * The object that the patch makes of `current`, not yet checked: names and versions in it may be anything. No server-side apply.
 * Throws ApiFailure: 415 for another media type, 400 for what is no patch, 413 and 422, and 500 where kube-apiserver does.
 */
export function applyPatch(kind: Kind, current: ApiObject, patch: unknown, contentType: string): ApiObject {
  checkPatchType(kind, contentType);
  try {
    const patched = patchedBy(kind, current, patch, mediaTypeOf(contentType));
    if (isObject(patched)) return patched as unknown as ApiObject;
    throw new PatchRefused(422, "the server rejected our request due to an error in our request");
  } catch (error) {
    throw error instanceof PatchRefused ? failureOf(error) : error;
  }
}

function patchedBy(kind: Kind, current: ApiObject, patch: unknown, mediaType: string): unknown {
  switch (mediaType) {
    case JSON_PATCH:
      return applyJsonPatch(current, patch);
    case MERGE_PATCH:
      if (isObject(patch)) return applyMergePatch(current, patch);
      throw new PatchRefused(
        400,
        `error decoding patch: json: cannot unmarshal ${formOf(patch)} into Go value of type map[string]interface {}`,
      );
    case STRATEGIC_MERGE:
      return applyStrategicMerge(current, patch, structureOf(kind));
    default:
      throw new Error("a server-side apply is no patch of the object alone");
  }
}

function failureOf({ status, message }: PatchRefused): ApiFailure {
  switch (status) {
    case 400:
      return badRequest(message);
    case 413:
      return tooLarge(message);
    case 422:
      return new ApiFailure(422, "Invalid", message, {});
    case 500:
      return plainError(message);
  }
}

/** Without `; charset=…`. */
function mediaTypeOf(contentType: string): string {
  return contentType.split(";", 1)[0]!.trim();
}
