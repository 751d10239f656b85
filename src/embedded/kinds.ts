// Kinds: which resources are served. The built-in ones, and those that CustomResourceDefinitions add and take away.

import { BUILT_IN_KINDS } from "./built-in-kinds.ts";
import type { Kind } from "./types.ts";

/** Where objects of a kind are kept: all versions of a resource are one, and so are the two kinds of Event. */
export function storageOf(kind: Pick<Kind, "group" | "plural">): string {
  return kind.group === "events.k8s.io" ? "/events" : `${kind.group}/${kind.plural}`;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(kind: Pick<Kind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

export class Kinds {
  readonly #byResource = new Map<string, Kind>();
  readonly #byKind = new Map<string, Kind>();

  constructor(kinds: readonly Kind[] = BUILT_IN_KINDS) {
    for (const kind of kinds) this.add(kind);
  }

  /** Serves a kind from now on; one with the same group, version and plural is replaced. */
  add(kind: Kind): void {
    this.#byResource.set(`${apiVersionOf(kind)}/${kind.plural}`, kind);
    this.#byKind.set(`${apiVersionOf(kind)} ${kind.kind}`, kind);
  }

  remove(kind: Pick<Kind, "group" | "version" | "plural" | "kind">): void {
    this.#byResource.delete(`${apiVersionOf(kind)}/${kind.plural}`);
    this.#byKind.delete(`${apiVersionOf(kind)} ${kind.kind}`);
  }

  /** The kind behind `/apis/<apiVersion>/<plural>` (`/api/v1/…` for `v1`). */
  ofResource(apiVersion: string, plural: string): Kind | undefined {
    return this.#byResource.get(`${apiVersion}/${plural}`);
  }

  /** The kind that an object says to be of. */
  ofObject(object: { readonly apiVersion: string; readonly kind: string }): Kind | undefined {
    return this.#byKind.get(`${object.apiVersion} ${object.kind}`);
  }

  /** A kind that must be there: a built-in one. Throws where it is not. */
  must(apiVersion: string, kind: string): Kind {
    const found = this.#byKind.get(`${apiVersion} ${kind}`);
    if (found === undefined) throw new Error(`no kind ${kind} in ${apiVersion}`);
    return found;
  }

  /** Whether anything is served under the group and version. */
  hasVersion(apiVersion: string): boolean {
    return this.all().some((kind) => apiVersionOf(kind) === apiVersion);
  }

  /** In the order in which they were added. */
  all(): readonly Kind[] {
    return [...this.#byResource.values()];
  }
}
