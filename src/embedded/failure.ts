// ApiFailure: a request that is answered with something else than success, as the Status object that kube-apiserver would
// send (apimachinery pkg/api/errors). Thrown by verbs and hooks, caught once in api.ts.

import type { Kind } from "./types.ts";

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusBody {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string };
  readonly status: "Failure";
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** What failures name: a kind, or a resource of no kind (`{ group: "", plural: "pods" }`). */
export type Resource = Pick<Kind, "group" | "plural">;

export class ApiFailure extends Error {
  readonly status: number;
  readonly reason: string;
  readonly body: StatusBody;

  constructor(status: number, reason: string, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
    this.reason = reason;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: continueToken === undefined ? {} : { continue: continueToken },
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code: status,
    };
  }

  /** Seconds for the header Retry-After. */
  get retryAfterSeconds(): number | undefined {
    return this.body.details?.retryAfterSeconds;
  }
}

export function badRequest(message: string): ApiFailure {
  return new ApiFailure(400, "BadRequest", message);
}

export function unauthorized(): ApiFailure {
  return new ApiFailure(401, "Unauthorized", "Unauthorized");
}

/** `because` follows `… is forbidden: `. */
export function forbidden(
  resource: Resource,
  name: string,
  because: string,
  causes?: readonly StatusCause[],
): ApiFailure {
  const subject = name === "" ? qualified(resource) : `${qualified(resource)} "${name}"`;
  return new ApiFailure(403, "Forbidden", `${subject} is forbidden: ${because}`, detailsOf(resource, name, causes));
}

export function notFound(resource: Resource, name: string): ApiFailure {
  return new ApiFailure(404, "NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** No such resource in a group and version that are served, or no such subresource. */
export function noSuchResource(): ApiFailure {
  return new ApiFailure(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): ApiFailure {
  const message = "the server does not allow this method on the requested resource";
  return new ApiFailure(405, "MethodNotAllowed", message, {});
}

export function notAcceptable(): ApiFailure {
  const offered = ["application/json", "application/json;stream=watch"].join(", ");
  return new ApiFailure(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${offered}`, {});
}

export function alreadyExists(resource: Resource, name: string): ApiFailure {
  return new ApiFailure(
    409,
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

/** `because` follows `Operation cannot be fulfilled on … "name": `. */
export function conflict(resource: Resource, name: string, because: string): ApiFailure {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${because}`;
  return new ApiFailure(409, "Conflict", message, detailsOf(resource, name));
}

/** The resourceVersion of an update is not the stored one. */
export function modified(resource: Resource, name: string): ApiFailure {
  const because = "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(resource, name, because);
}

/** History has been compacted: for a page of a list (with a token to go on with), or a watch. */
export function expired(message: string, continueToken?: string): ApiFailure {
  return new ApiFailure(410, "Expired", message, undefined, continueToken);
}

export function gone(message: string): ApiFailure {
  return new ApiFailure(410, "Gone", message);
}

export function tooLarge(message: string): ApiFailure {
  return new ApiFailure(413, "RequestEntityTooLarge", message);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiFailure {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new ApiFailure(415, "UnsupportedMediaType", message);
}

/** A rule that one field of an object breaks (apimachinery pkg/util/validation/field). */
export interface FieldError {
  readonly field: string;
  readonly type: keyof typeof FIELD_ERRORS;
  /** What stands in the field; left out where it says nothing, as for a required value. */
  readonly value?: unknown;
  readonly detail?: string;
}

const FIELD_ERRORS = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueForbidden: "Forbidden",
  FieldValueNotSupported: "Unsupported value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueNotFound: "Not found",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueTooLong: "Too long",
} as const;

export function required(field: string, detail?: string): FieldError {
  return { field, type: "FieldValueRequired", ...(detail === undefined ? {} : { detail }) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { field, type: "FieldValueInvalid", value, detail };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { field, type: "FieldValueForbidden", detail };
}

/** 422 with one cause for each error. */
export function invalid(kind: Pick<Kind, "group" | "kind">, name: string, errors: readonly FieldError[]): ApiFailure {
  const causes = errors.map((error) => ({ reason: error.type, message: sentenceOf(error), field: error.field }));
  const sentences = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = sentences.length === 1 ? sentences[0]! : `[${[...new Set(sentences)].join(", ")}]`;
  return new ApiFailure(422, "Invalid", `${groupKind(kind)} "${name}" is invalid: ${list}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  });
}

export function tooManyRequests(
  message: string,
  options: { readonly retryAfterSeconds?: number; readonly causes?: readonly StatusCause[] } = {},
): ApiFailure {
  return new ApiFailure(429, "TooManyRequests", message, { ...options });
}

export function internalError(message: string): ApiFailure {
  return new ApiFailure(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });
}

/** An error that kube-apiserver has no reason for: 500 with the message alone. */
export function plainError(message: string): ApiFailure {
  return new ApiFailure(500, "", message);
}

/** The server has not seen this resourceVersion yet. */
export function tooLargeResourceVersion(asked: number, current: number): ApiFailure {
  return new ApiFailure(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** `pods`, `deployments.apps`. */
export function qualified({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function groupKind({ group, kind }: Pick<Kind, "group" | "kind">): string {
  return group === "" ? kind : `${kind}.${group}`;
}

function detailsOf({ group, plural }: Resource, name: string, causes?: readonly StatusCause[]): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: plural,
    ...(causes === undefined ? {} : { causes }),
  };
}

function sentenceOf({ type, value, detail }: FieldError): string {
  const head = value === undefined ? FIELD_ERRORS[type] : `${FIELD_ERRORS[type]}: ${JSON.stringify(value)}`;
  return detail === undefined || detail === "" ? head : `${head}: ${detail}`;
}
