// Facts: looking into answers, and asserting refusals whole, with the words that kubectl shows to people.

import { assert } from "chai";
import type { ApiResponse } from "../../src/kube/client.ts";

/** The value at a dotted path such as `spec.containers.0.image`; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  let current = value;
  for (const segment of path.split(".")) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[segment];
  }
  return current;
}

/** As `at`, of a value that must be a text. */
export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  assert.isString(found, `${path} of ${JSON.stringify(value)}`);
  return found as string;
}

/** As `at`, of a value that must be a list. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  assert.isArray(found, `${path} of ${JSON.stringify(value)}`);
  return found as readonly unknown[];
}

/** Fails with the whole answer. */
export function accepted(answer: ApiResponse, status = 200): unknown {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}

/** The answer is a Status that says so. `causes` are `field: message`, in order. */
export function refused(
  answer: ApiResponse,
  status: number,
  reason: string | undefined,
  message: string | RegExp,
  causes?: readonly string[],
): void {
  const text = JSON.stringify(answer.body);
  assert.equal(answer.status, status, text);
  assert.equal(at(answer.body, "kind"), "Status", text);
  assert.equal(at(answer.body, "apiVersion"), "v1", text);
  assert.equal(at(answer.body, "status"), "Failure", text);
  assert.equal(at(answer.body, "code"), status, text);
  assert.equal(at(answer.body, "reason"), reason, text);
  if (typeof message === "string") assert.equal(at(answer.body, "message"), message);
  else assert.match(textAt(answer.body, "message"), message);
  if (causes !== undefined) assert.deepEqual(causesOf(answer), causes);
}

/** `field: message` of each cause of a Status. */
export function causesOf(answer: ApiResponse): readonly string[] {
  const causes = at(answer.body, "details.causes") ?? [];
  return (causes as readonly unknown[]).map((cause) => `${textAt(cause, "field")}: ${textAt(cause, "message")}`);
}

/** The newer of two resourceVersions must be greater as a number. */
export function assertNewer(newer: unknown, older: unknown): void {
  const [after, before] = [textAt(newer, "metadata.resourceVersion"), textAt(older, "metadata.resourceVersion")];
  assert.isTrue(BigInt(before) < BigInt(after), `${after} is not newer than ${before}`);
}

export function assertSameVersion(left: unknown, right: unknown): void {
  assert.equal(textAt(left, "metadata.resourceVersion"), textAt(right, "metadata.resourceVersion"));
}
