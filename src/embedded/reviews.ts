// Reviews: questions that are asked by creating an object, which is answered and not stored: who a token speaks for, who asks,
// and whether somebody may do something (pkg/registry/authentication, pkg/registry/authorization).

import type { Attributes, User } from "./access.ts";
import { allowanceOf } from "./rbac.ts";
import { timestampOf } from "./core.ts";
import type { Core } from "./core.ts";
import { badRequest, invalid, invalidValue } from "./failure.ts";
import { fieldOf, isObject, objectOf, textOf, textsOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { apiVersionOf } from "./kinds.ts";
import { AUDIENCE } from "./tokens.ts";
import type { Verdict } from "./tokens.ts";
import type { Kind } from "./types.ts";

export interface Reviewers {
  readonly core: Core;
  /** Of any token that this server knows, service accounts' and others. */
  verdictOn(token: string, audiences: readonly string[]): Verdict;
}

/** Whether creating an object of the kind asks a question. */
export function isReview({ group, kind }: Kind): boolean {
  return (group === "authentication.k8s.io" || group === "authorization.k8s.io") && kind.endsWith("Review");
}

/** The answer, status 201. Throws ApiFailure 400 and 422. */
export function answerReview(reviewers: Reviewers, kind: Kind, body: unknown, asker: User): unknown {
  const spec = objectOf(fieldOf(body, "spec"));
  const head = { kind: kind.kind, apiVersion: apiVersionOf(kind) };
  switch (kind.kind) {
    case "SelfSubjectReview": {
      const creationTimestamp = timestampOf(reviewers.core.clock.wallMs());
      return { ...head, metadata: { creationTimestamp }, status: { userInfo: userInfo(asker) } };
    }
    case "TokenReview":
      return { ...head, metadata: {}, spec, status: tokenStatus(reviewers, spec) };
    case "SelfSubjectAccessReview":
      return { ...head, metadata: {}, spec, status: accessStatus(reviewers.core, asker, spec) };
    case "SubjectAccessReview":
      return { ...head, metadata: {}, spec, status: accessStatus(reviewers.core, subjectIn(spec), spec) };
    default:
      throw new Error(`${kind.kind} is no review`);
  }
}

function tokenStatus(reviewers: Reviewers, spec: JsonObject): JsonObject {
  const token = textOf(spec["token"]);
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const asked = textsOf(spec["audiences"]);
  const verdict = reviewers.verdictOn(token, asked.length === 0 ? [AUDIENCE] : asked);
  if ("problem" in verdict) return { user: {}, error: verdict.problem };
  return { authenticated: true, user: userInfo(verdict.user), audiences: verdict.audiences };
}

function accessStatus(core: Core, user: User, spec: JsonObject): JsonObject {
  const reason = allowanceOf(core, user, attributesIn(spec));
  if (reason === undefined) return { allowed: false };
  return { allowed: true, ...(reason === "" ? {} : { reason }) };
}

function subjectIn(spec: JsonObject): User {
  const name = textOf(spec["user"]);
  const groups = textsOf(spec["groups"]);
  if (name === "" && groups.length === 0) {
    throw wrong(invalidValue("spec.user", "", "at least one of user or group must be specified"));
  }
  return { name, groups };
}

function attributesIn({ resourceAttributes: resource, nonResourceAttributes: path }: JsonObject): Attributes {
  if (isObject(resource) && isObject(path)) {
    const value = { Path: textOf(path["path"]), Verb: textOf(path["verb"]) };
    throw wrong(
      invalidValue("spec.nonResourceAttributes", value, "cannot be specified in combination with resourceAttributes"),
    );
  }
  if (isObject(path)) return { verb: textOf(path["verb"]), path: textOf(path["path"]) };
  if (!isObject(resource)) {
    const rule = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    throw wrong(invalidValue("spec.resourceAttributes", null, rule));
  }
  return {
    verb: textOf(resource["verb"]),
    group: textOf(resource["group"]),
    resource: textOf(resource["resource"]),
    subresource: textOf(resource["subresource"]),
    namespace: textOf(resource["namespace"]),
    name: textOf(resource["name"]),
  };
}

/** The real server forgets the kind here. */
function wrong(error: Parameters<typeof invalid>[2][number]): Error {
  return invalid({ group: "authorization.k8s.io", kind: "" }, "", [error]);
}

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  };
}
