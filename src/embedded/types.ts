// The words of the embedded API server: objects, kinds, writes, requests. What a face (HTTP, in memory), an actor or a test sees of it.

/** An API object as JSON. Frozen once it is stored. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  /** `status`, `binding`, `eviction`, `scale`, `token`, … */
  readonly subresources: readonly string[];
  /** Made by a CustomResourceDefinition. */
  readonly isCustom?: boolean;
}

/** One committed change. */
export interface Write {
  readonly verb: "create" | "update" | "delete";
  readonly kind: Kind;
  /** Absent for a create. */
  readonly before?: ApiObject;
  /** As stored; for a delete the last state, with the resourceVersion of the deletion. */
  readonly object: ApiObject;
  readonly resourceVersion: number;
}

/** Faults are put in here without touching the server. A hook that throws ApiFailure fails the request: before it is stored, or after (the answer is lost). */
export interface WriteHooks {
  readonly before?: (write: Write) => void;
  readonly after?: (write: Write) => void;
}

/** A request, whichever face it came through. */
export interface EmbeddedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Parsed JSON (or YAML for apply patches); undefined where there is none. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Bearer token; absent: anonymous over HTTP, an administrator in memory. */
  readonly token?: string;
  readonly userAgent?: string;
}

export type EmbeddedResponse =
  | {
      readonly kind: "json";
      readonly status: number;
      readonly body: unknown;
      readonly headers?: ReadonlyMap<string, string>;
    }
  | { readonly kind: "text"; readonly status: number; readonly body: string; readonly contentType: string }
  | { readonly kind: "watch"; readonly stream: WatchStream };

/** Events in order, each a JSON value `{type, object}`. Bounded: a consumer that falls behind is cut off. */
export interface WatchStream {
  /** Called once; `onEnd` follows the last event. Returns a function that stops the watch. */
  start(onEvent: (event: unknown) => void, onEnd: () => void): () => void;
}
