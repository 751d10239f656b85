// An object that a control plane is given, and what its fields often hold.

export interface Seed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>> & {
    readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  };
  /** Written through the status subresource. */
  readonly status?: object;
  /** Deleted at last; a finalizer or a node keeps it. */
  readonly isDeleted?: boolean;
}

export function seed(apiVersion: string, kind: string, body: Seed["body"], status?: object): Seed {
  return { apiVersion, kind, body, ...(status !== undefined && { status }) };
}

export const past = "2024-01-02T03:04:05Z";
export const held = { finalizers: ["example.com/hold"] };

export const condition = (type: string, status: string, reason?: string): object => ({
  type,
  status,
  reason,
  lastTransitionTime: past,
});
