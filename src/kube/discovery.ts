// Discovery: what an API server serves of one group and version. One small request, never cached: a CRD may come and go.

import { statusErrorOf } from "./answers.ts";
import { type ApiClient, TransportError } from "./client.ts";

/** The path under which a group's version is served; the group "" is the core group. */
export function groupVersionPath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/**
 * The resources that are served, such as `podgroups` and `podgroups/status`; empty when the group or the version is not.
 * Throws TransportError, and ApiStatusError for any other answer.
 */
export async function servedResources(
  client: ApiClient,
  group: string,
  version: string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const path = groupVersionPath(group, version);
  const answer = await client.request({ method: "GET", path, ...(signal !== undefined && { signal }) });
  if (answer.status === 404) return new Set();
  if (answer.status !== 200) throw statusErrorOf(answer);
  const { resources } = (answer.body ?? {}) as { readonly resources?: unknown };
  if (!Array.isArray(resources)) throw new TransportError(`GET ${path}: the answer is no APIResourceList`, true);
  return new Set(resources.map((resource: { readonly name?: unknown } | null) => String(resource?.name)));
}
