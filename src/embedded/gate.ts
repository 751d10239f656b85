// Gate: who asks, and whether they may. An administrator without a token comes in through the in-memory face only.

import { ADMINISTRATOR, ANONYMOUS, type Attributes, type User } from "./access.ts";
import type { Core } from "./core.ts";
import { ApiFailure, qualified, unauthorized } from "./failure.ts";
import { allowanceOf } from "./rbac.ts";
import type { ServiceAccountTokens, Verdict } from "./tokens.ts";

export interface GateOptions {
  /** Whoever comes without a token is an administrator, over HTTP too. */
  readonly isOpen: boolean;
  /** Users beside service accounts. */
  readonly users: ReadonlyMap<string, User>;
}

export class Gate {
  readonly #core: Core;
  readonly #tokens: ServiceAccountTokens;
  readonly #isOpen: boolean;
  readonly #users: ReadonlyMap<string, User>;

  constructor(core: Core, tokens: ServiceAccountTokens, { isOpen, users }: GateOptions) {
    this.#core = core;
    this.#tokens = tokens;
    this.#isOpen = isOpen;
    this.#users = new Map([...users].map(([token, user]) => [token, authenticated(user)]));
  }

  /** `token` is undefined in memory, and empty over HTTP where there is none. Throws ApiFailure 401. */
  userOf(token: string | undefined): User {
    if (token === undefined) return ADMINISTRATOR;
    if (token === "") return this.#isOpen ? ADMINISTRATOR : ANONYMOUS;
    const user = this.#users.get(token) ?? this.#tokens.userOf(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** What a review says of a token. */
  verdictOn(token: string, audiences: readonly string[]): Verdict {
    const user = this.#users.get(token);
    return user === undefined ? this.#tokens.verdictOn(token, audiences) : { user, audiences };
  }

  /** Throws ApiFailure 403 in the words of kube-apiserver. */
  check(user: User, attributes: Attributes): void {
    if (allowanceOf(this.#core, user, attributes) === undefined) throw refusal(user, attributes);
  }
}

function authenticated(user: User): User {
  const group = "system:authenticated";
  return user.groups.includes(group) ? user : { ...user, groups: [...user.groups, group] };
}

function refusal(user: User, attributes: Attributes): ApiFailure {
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if (!("resource" in attributes)) {
    const message = `forbidden: ${who} ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
    return new ApiFailure(403, "Forbidden", message, {});
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const subject = `${qualified({ group, plural: resource })}${name === "" ? "" : ` ${JSON.stringify(name)}`}`;
  const message = `${subject} is forbidden: ${who} ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return new ApiFailure(403, "Forbidden", message, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: resource,
  });
}
