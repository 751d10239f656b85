// Answers: what each answer of the API server to a write means. The first row that matches decides, and the last two
// match everything, so that no answer is without its outcome. The rows are those of the fault matrix: `executed` says
// whether the write may have taken effect, which is what decides whether it may be sent again.

import { TransportError } from "../kube/client.ts";
import type { ApiResponse } from "../kube/client.ts";

export type Reaction =
  /** It is done. */
  | "done"
  /** The object is gone. */
  | "lost"
  /** Nobody knows, or somebody else was first: a GET decides. */
  | "look up"
  /** The whole client waits, then the same request goes out again. */
  | "hold"
  /** The same request goes out again after a back-off. */
  | "resend"
  /** Never again unchanged. */
  | "refuse";

interface Row {
  readonly on: string;
  readonly matches: (answer: Answer) => boolean;
  readonly executed: "yes" | "no" | "unknown";
  readonly reaction: Reaction;
  /** A sign that the API server cannot be reached; so many in a row open the circuit breaker. */
  readonly isOutage: boolean;
}

/** A response, or the lack of one. */
export type Answer =
  | { readonly kind: "response"; readonly response: ApiResponse }
  | { readonly kind: "none"; readonly error: TransportError };

const code =
  (...codes: readonly number[]) =>
  (answer: Answer): boolean =>
    answer.kind === "response" && codes.includes(answer.response.status);
const codes =
  (first: number, last: number) =>
  (answer: Answer): boolean =>
    answer.kind === "response" && first <= answer.response.status && answer.response.status <= last;
const noAnswer =
  (wasSent: boolean) =>
  (answer: Answer): boolean =>
    answer.kind === "none" && answer.error.wasSent === wasSent;

// prettier-ignore
export const ANSWERS: readonly Row[] = [
  { on: "2xx",                    matches: codes(200, 299),           executed: "yes",     reaction: "done",    isOutage: false },
  { on: "401, 403",               matches: code(401, 403),            executed: "no",      reaction: "refuse",  isOutage: false }, // A9
  { on: "400, 413, 422",          matches: code(400, 413, 422),       executed: "no",      reaction: "refuse",  isOutage: false }, // A10
  { on: "404",                    matches: code(404),                 executed: "no",      reaction: "lost",    isOutage: false }, // A5
  { on: "409",                    matches: code(409),                 executed: "no",      reaction: "look up", isOutage: false }, // A4, A5: bound (perhaps by an earlier try of ours), deleting, gated, other UID
  { on: "429",                    matches: code(429),                 executed: "no",      reaction: "hold",    isOutage: false }, // A7
  { on: "500",                    matches: code(500),                 executed: "unknown", reaction: "look up", isOutage: false }, // A8
  { on: "502, 503, 504",          matches: code(502, 503, 504),       executed: "unknown", reaction: "look up", isOutage: true },  // A8
  { on: "sent, no answer",        matches: noAnswer(true),            executed: "unknown", reaction: "look up", isOutage: true },  // A3, A8: timeout, reset
  { on: "not sent",               matches: noAnswer(false),           executed: "no",      reaction: "resend",  isOutage: true },  // A3
  { on: "any other 5xx",          matches: codes(500, 599),           executed: "unknown", reaction: "look up", isOutage: false },
  { on: "anything else",          matches: () => true,                executed: "no",      reaction: "refuse",  isOutage: false },
];

export function rowOf(answer: Answer): Row {
  return ANSWERS.find((row) => row.matches(answer))!;
}

/** Asks once and turns a TransportError into a value; any other throw is a bug and goes on. */
export async function answerTo(request: Promise<ApiResponse>): Promise<Answer> {
  try {
    return { kind: "response", response: await request };
  } catch (error) {
    if (error instanceof TransportError) return { kind: "none", error };
    throw error;
  }
}

/** HTTP status, 0 where there is none. */
export function codeOf(answer: Answer): number {
  return answer.kind === "response" ? answer.response.status : 0;
}

/** `reason` of the Status object, or empty. */
export function reasonOf(answer: Answer): string {
  return answer.kind === "response" ? textAt(answer.response.body, "reason") : "";
}

/** What happened, for people. */
export function messageOf(answer: Answer): string {
  if (answer.kind === "none") return answer.error.message;
  const message = textAt(answer.response.body, "message");
  const status = String(answer.response.status);
  return message === "" ? `the API server answered ${status}` : `${status}: ${message}`;
}

/**
 * Whether a patch met another object than it was meant for. The API server answers a `metadata.uid` that is not the
 * object's own with 422 and that field as the cause (tried on 1.36), not with a conflict.
 */
export function isOtherUid(answer: Answer): boolean {
  if (answer.kind === "none" || answer.response.status !== 422) return false;
  const { details } = (answer.response.body ?? {}) as { readonly details?: { readonly causes?: unknown } };
  if (!Array.isArray(details?.causes)) return false;
  return details.causes.some((cause: { readonly field?: unknown }) => cause.field === "metadata.uid");
}

function textAt(body: unknown, field: "reason" | "message"): string {
  if (typeof body !== "object" || body === null) return "";
  const value = (body as { readonly [name in typeof field]?: unknown })[field];
  return typeof value === "string" ? value : "";
}
