// Tokens of service accounts (pkg/serviceaccount): JSON web tokens, signed with a secret that only this server has, so that it
// need not remember them. A token is good until it expires, as long as its service account, and the object that it is bound to,
// are still the ones that it was given for. Unlike the real server's they are signed with HMAC, and nobody else can check them.

import type { User } from "./access.ts";
import { timestampOf } from "./core.ts";
import type { Core } from "./core.ts";
import { badRequest, conflict, invalid, invalidValue, notFound } from "./failure.ts";
import { fieldOf, isObject, objectOf, textOf, textsOf, valueAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { claimsOf, signedToken } from "./signed-token.ts";
import type { ApiObject, Kind } from "./types.ts";

export const AUDIENCE = "https://kubernetes.default.svc";

const LIFE_MIN_SECONDS = 600;
const LIFE_MAX_SECONDS = 2 ** 32;
const LIFE_SECONDS = 3_600;
const REQUEST: Pick<Kind, "group" | "kind"> = { group: "authentication.k8s.io", kind: "TokenRequest" };
const BOUND_KINDS = ["Pod", "Secret", "Node"];

export type Verdict =
  | { readonly user: User; readonly audiences: readonly string[] }
  /** In the words of a token review. */
  | { readonly problem: string };

export class ServiceAccountTokens {
  readonly #core: Core;
  readonly #secret: string;

  /** Who knows the secret can make tokens: a server that others can reach needs a random one. */
  constructor(core: Core, secret: string) {
    this.#core = core;
    this.#secret = secret;
  }

  /** The answer to `POST …/serviceaccounts/<name>/token`, status 201. Throws ApiFailure 400, 404, 409 and 422. */
  issue(namespace: string, name: string, body: unknown): unknown {
    const account = this.#account(namespace, name);
    if (account === undefined) throw notFound({ group: "", plural: "serviceaccounts" }, name);
    const { uid } = account.metadata;
    checkMetadata(objectOf(fieldOf(body, "metadata")), account);
    const spec = objectOf(fieldOf(body, "spec"));
    const asked = textsOf(spec["audiences"]);
    const audiences = asked.length === 0 ? [AUDIENCE] : asked;
    const lifeSeconds = lifeOf(spec);
    const boundTo = this.#boundTo(namespace, name, spec["boundObjectRef"]);
    const issuedMs = this.#core.clock.wallMs();
    const issuedSeconds = Math.floor(issuedMs / 1_000);
    const token = signedToken(this.#secret, {
      aud: audiences,
      exp: issuedSeconds + lifeSeconds,
      iat: issuedSeconds,
      iss: AUDIENCE,
      jti: this.#core.newUid(),
      "kubernetes.io": { namespace, ...boundTo, serviceaccount: { name, uid } },
      nbf: issuedSeconds,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: timestampOf(issuedMs) },
      spec: { audiences, expirationSeconds: lifeSeconds, boundObjectRef: spec["boundObjectRef"] ?? null },
      status: { token, expirationTimestamp: timestampOf(issuedMs + 1_000 * lifeSeconds) },
    };
  }

  /** Whom the token speaks for, here. */
  userOf(token: string): User | undefined {
    const verdict = this.verdictOn(token, [AUDIENCE]);
    return "user" in verdict ? verdict.user : undefined;
  }

  /** Whom the token speaks for at one of `audiences`, or why it speaks for nobody. */
  verdictOn(token: string, audiences: readonly string[]): Verdict {
    const claims = claimsOf(this.#secret, token);
    if (claims === undefined) return { problem: "invalid bearer token" };
    const shared = textsOf(claims["aud"]).filter((audience) => audiences.includes(audience));
    const problem =
      shared.length === 0
        ? `token audiences ${JSON.stringify(claims["aud"])} is invalid for the target audiences ${JSON.stringify(audiences)}`
        : this.#problemWith(claims);
    if (problem !== undefined) return { problem: `[invalid bearer token, ${problem}]` };
    return { user: userIn(claims), audiences: shared };
  }

  #problemWith(claims: JsonObject): string | undefined {
    const { exp } = claims;
    if (typeof exp !== "number" || exp * 1_000 <= this.#core.clock.wallMs()) {
      return "service account token has expired";
    }
    const own = objectOf(claims["kubernetes.io"]);
    const namespace = textOf(own["namespace"]);
    const { name, uid } = objectOf(own["serviceaccount"]);
    const account = this.#account(namespace, textOf(name));
    if (account === undefined) return `serviceaccounts ${JSON.stringify(name)} not found`;
    if (account.metadata.uid !== uid) {
      return `service account UID (${account.metadata.uid ?? ""}) does not match claim (${textOf(uid)})`;
    }
    for (const kind of BOUND_KINDS) {
      const bound = fieldOf(own, kind.toLowerCase());
      if (!isObject(bound)) continue;
      const held = this.#object(kind, namespace, textOf(bound["name"]));
      if (held?.metadata.uid !== bound["uid"]) return `${kind.toLowerCase()} ${JSON.stringify(bound["name"])} is gone`;
    }
    return undefined;
  }

  #boundTo(namespace: string, account: string, reference: unknown): JsonObject {
    if (!isObject(reference)) return {};
    const { apiVersion: version, kind: boundKind, name: boundName } = reference;
    const [apiVersion, kind, name] = [textOf(version), textOf(boundKind), textOf(boundName)];
    if (apiVersion !== "v1" || !BOUND_KINDS.includes(kind)) {
      const slash = apiVersion.includes("/") ? "" : "/";
      throw badRequest(`cannot bind token to object of type ${slash}${apiVersion}, Kind=${kind}`);
    }
    const held = this.#object(kind, namespace, name);
    if (held === undefined) throw notFound(this.#core.kinds.must("v1", kind), name);
    if (kind === "Pod" && valueAt(held, ["spec", "serviceAccountName"]) !== account) {
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
      );
    }
    const { uid = "" } = held.metadata;
    const wanted = textOf(reference["uid"]);
    if (wanted !== "" && wanted !== uid) {
      const because = `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict({ group: "", plural: kind }, name, because);
    }
    return Object.fromEntries([[kind.toLowerCase(), { name, uid }]]);
  }

  #account(namespace: string, name: string): ApiObject | undefined {
    return this.#object("ServiceAccount", namespace, name);
  }

  #object(name: string, namespace: string, objectName: string): ApiObject | undefined {
    const kind = this.#core.kinds.must("v1", name);
    return this.#core.store.get(kind, kind.isNamespaced ? namespace : undefined, objectName);
  }
}

function userIn(claims: JsonObject): User {
  const own = objectOf(claims["kubernetes.io"]);
  const namespace = textOf(own["namespace"]);
  const pod = objectOf(own["pod"]);
  return {
    name: textOf(claims["sub"]),
    uid: textOf(objectOf(own["serviceaccount"])["uid"]),
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    extra: {
      "authentication.kubernetes.io/credential-id": [`JTI=${textOf(claims["jti"])}`],
      ...(textOf(pod["name"]) === ""
        ? {}
        : {
            "authentication.kubernetes.io/pod-name": [textOf(pod["name"])],
            "authentication.kubernetes.io/pod-uid": [textOf(pod["uid"])],
          }),
    },
  };
}

function checkMetadata(sent: JsonObject, { metadata }: ApiObject): void {
  for (const field of ["name", "namespace"] as const) {
    const value = textOf(sent[field]);
    if (value === "" || value === metadata[field]) continue;
    const rule = `must match the service account ${field} if specified`;
    throw invalid(REQUEST, metadata.name, [invalidValue(`metadata.${field}`, value, rule)]);
  }
  const uid = textOf(sent["uid"]);
  if (uid === "" || uid === metadata.uid) return;
  const because = `the UID in the token request (${uid}) does not match the UID of the service account (${metadata.uid ?? ""})`;
  throw conflict({ group: REQUEST.group, plural: REQUEST.kind }, metadata.name, because);
}

function lifeOf(spec: JsonObject): number {
  const { expirationSeconds: asked } = spec;
  if (typeof asked !== "number") return LIFE_SECONDS;
  const rule =
    asked < LIFE_MIN_SECONDS
      ? "may not specify a duration less than 10 minutes"
      : LIFE_MAX_SECONDS < asked
        ? "may not specify a duration larger than 2^32 seconds"
        : undefined;
  if (rule === undefined) return asked;
  throw invalid(REQUEST, "", [invalidValue("spec.expirationSeconds", asked, rule)]);
}
