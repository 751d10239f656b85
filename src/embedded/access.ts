// Access: who asks, and for what, as rights are asked about.

/** Who asks. Without a token: `ANONYMOUS`. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  /** get, list, watch, create, update, patch, delete, deletecollection, bind, escalate, … */
  readonly verb: string;
  readonly group: string;
  /** The plural name. */
  readonly resource: string;
  /** Empty where there is none. */
  readonly subresource: string;
  /** Empty for objects without a namespace and for requests over all namespaces. */
  readonly namespace: string;
  /** Empty for list, watch, create and deletecollection. */
  readonly name: string;
}

/** A path that is no resource: /version, /healthz, /api, … The verb is the HTTP method in lower case. */
export interface PathAttributes {
  readonly verb: string;
  readonly path: string;
}

export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Who comes in through the in-memory face without a token. */
export const ADMINISTRATOR: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
