// SignedToken: JSON web tokens with HMAC-SHA256. Only who knows the secret can make one or tell that it is one.

import { createHmac, timingSafeEqual } from "node:crypto";
import { objectOf } from "./json.ts";
import type { JsonObject } from "./json.ts";

export function signedToken(secret: string, claims: JsonObject): string {
  const content = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${signatureOf(secret, content)}`;
}

/** The claims of a token that was signed with the secret; undefined for anything else. */
export function claimsOf(secret: string, token: string): JsonObject | undefined {
  const [header = "", claims = "", signature = "", ...rest] = token.split(".");
  const expected = Buffer.from(signatureOf(secret, `${header}.${claims}`));
  const given = Buffer.from(signature);
  if (0 < rest.length || expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  return objectOf(JSON.parse(Buffer.from(claims, "base64url").toString("utf8")));
}

function signatureOf(secret: string, content: string): string {
  return createHmac("sha256", secret).update(content).digest("base64url");
}
