// Gate: who asks, and whether they may. An administrator without a token comes in through the in-memory face only.

import { ADMINISTRATOR, ANONYMOUS, type Attributes, type User } from "./access.ts";
import { ApiFailure, unauthorized } from "./failure.ts";
import { qualified } from "./failure.ts";

export interface GateParts {
  /** Whoever comes without a token is an administrator, over HTTP too. */
  readonly isOpen: boolean;
  /** Undefined for a token that is not known or no longer good. */
  userOf(token: string): User | undefined;
  isAllowed(user: User, attributes: Attributes): boolean;
}

export class Gate {
  readonly #parts: GateParts;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** `token` is undefined in memory, and empty over HTTP where there is none. Throws ApiFailure 401. */
  userOf(token: string | undefined): User {
    if (token === undefined) return ADMINISTRATOR;
    if (token === "") return this.#parts.isOpen ? ADMINISTRATOR : ANONYMOUS;
    const user = this.#parts.userOf(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** Throws ApiFailure 403 in the words of kube-apiserver. */
  check(user: User, attributes: Attributes): void {
    if (user.groups.includes("system:masters") || this.#parts.isAllowed(user, attributes)) return;
    throw refusal(user, attributes);
  }
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
