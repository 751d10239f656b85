import { assert } from "chai";
import { ADMINISTRATOR } from "../../src/embedded/access.ts";
import type { User } from "../../src/embedded/access.ts";
import { fieldOf, textOf, valueAt } from "../../src/embedded/json.ts";
import { answerReview, isReview } from "../../src/embedded/reviews.ts";
import { ServiceAccountTokens } from "../../src/embedded/tokens.ts";
import { CoreWorld, failureOf } from "./core-world.ts";

const ACCOUNT = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "robot", namespace: "default", uid: "u1" },
};
const AUDIENCE = "https://kubernetes.default.svc";

class TokenWorld extends CoreWorld {
  readonly tokens = new ServiceAccountTokens(this.core, "secret");

  constructor() {
    super();
    this.put(ACCOUNT);
  }

  issue(spec: unknown = {}): unknown {
    return this.tokens.issue("default", "robot", { spec });
  }

  token(spec: unknown = {}): string {
    return textOf(valueAt(this.issue(spec), ["status", "token"]));
  }

  review(kind: string, spec: unknown, asker: User = ADMINISTRATOR): unknown {
    const group = kind === "TokenReview" || kind === "SelfSubjectReview" ? "authentication" : "authorization";
    const reviewers = {
      core: this.core,
      verdictOn: (token: string, audiences: readonly string[]) => this.tokens.verdictOn(token, audiences),
    };
    return answerReview(reviewers, this.core.kinds.must(`${group}.k8s.io/v1`, kind), { spec }, asker);
  }
}

describe("tokens of service accounts", () => {
  it("speak for the account", () => {
    const world = new TokenWorld();
    assert.deepEqual(world.tokens.userOf(world.token()), {
      name: "system:serviceaccount:default:robot",
      uid: "u1",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=00000000-0000-4000-8000-000000000002"] },
    });
  });

  it("are answered with their time", () => {
    const answer = new TokenWorld().issue({ expirationSeconds: 600 });
    assert.deepEqual(fieldOf(answer, "spec"), { audiences: [AUDIENCE], expirationSeconds: 600, boundObjectRef: null });
    assert.strictEqual(valueAt(answer, ["status", "expirationTimestamp"]), "2030-01-01T00:10:00Z");
  });

  it("end with their time", async () => {
    const world = new TokenWorld();
    const token = world.token({ expirationSeconds: 600 });
    await world.env.advance(599_000);
    assert.isDefined(world.tokens.userOf(token));
    await world.env.advance(1_000);
    assert.isUndefined(world.tokens.userOf(token));
  });

  it("end with the account, and another one of that name does not bring them back", () => {
    const world = new TokenWorld();
    const token = world.token();
    world.remove("v1", "ServiceAccount", "robot", "default");
    assert.deepEqual(world.tokens.verdictOn(token, [AUDIENCE]), {
      problem: '[invalid bearer token, serviceaccounts "robot" not found]',
    });
    world.put({ ...ACCOUNT, metadata: { ...ACCOUNT.metadata, uid: "u2" } });
    assert.deepEqual(world.tokens.verdictOn(token, [AUDIENCE]), {
      problem: "[invalid bearer token, service account UID (u2) does not match claim (u1)]",
    });
  });

  it("end with the pod that they are bound to", () => {
    const world = new TokenWorld();
    world.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default", uid: "u3" },
      spec: { serviceAccountName: "robot" },
    });
    const token = world.token({ boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p" } });
    assert.deepInclude(world.tokens.userOf(token)?.extra, { "authentication.kubernetes.io/pod-name": ["p"] });
    world.remove("v1", "Pod", "p", "default");
    assert.isUndefined(world.tokens.userOf(token));
  });

  it("cannot be made or changed by who does not know the secret", () => {
    const world = new TokenWorld();
    const [header = "", claims = "", signature = ""] = world.token().split(".");
    const other = new ServiceAccountTokens(world.core, "other").issue("default", "robot", {});
    const forged = Buffer.from('{"sub":"system:serviceaccount:kube-system:x"}').toString("base64url");
    const wrong = [
      textOf(valueAt(other, ["status", "token"])),
      `${header}.${forged}.${signature}`,
      `${header}.${claims}.`,
      `${header}.${claims}`,
      `${header}.${claims}.${signature}.x`,
      "nonsense",
      "",
    ];
    for (const token of wrong) assert.isUndefined(world.tokens.userOf(token), token);
  });

  const refused = [
    {
      spec: { expirationSeconds: 10 },
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    },
    {
      spec: { expirationSeconds: 2 ** 33 },
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
    },
    { spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "none" } }, message: 'pods "none" not found' },
    {
      spec: { boundObjectRef: { apiVersion: "v1", kind: "ConfigMap", name: "none" } },
      message: "cannot bind token to object of type /v1, Kind=ConfigMap",
    },
  ];
  for (const { spec, message } of refused) {
    it(`refused: ${message}`, () => {
      assert.strictEqual(failureOf(() => new TokenWorld().issue(spec))?.message, message);
    });
  }

  it("an account that is not there, or another one in the body", () => {
    const { tokens } = new TokenWorld();
    assert.strictEqual(
      failureOf(() => tokens.issue("default", "none", {}))?.message,
      'serviceaccounts "none" not found',
    );
    assert.strictEqual(
      failureOf(() => tokens.issue("default", "robot", { metadata: { name: "q" } }))?.message,
      'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "q": must match the service account name if specified',
    );
  });
});

describe("reviews", () => {
  const token = (world: TokenWorld, audiences?: readonly string[]) =>
    world.token(audiences === undefined ? {} : { audiences });

  it("of a token that is good", () => {
    const world = new TokenWorld();
    const status = fieldOf(world.review("TokenReview", { token: token(world) }), "status");
    assert.deepInclude(status, { authenticated: true, audiences: [AUDIENCE] });
    assert.strictEqual(valueAt(status, ["user", "username"]), "system:serviceaccount:default:robot");
  });

  const wrong = [
    { name: "nonsense", tokenAudiences: undefined, audiences: undefined, error: "invalid bearer token" },
    {
      name: "of others",
      tokenAudiences: ["x"],
      audiences: undefined,
      error: `[invalid bearer token, token audiences ["x"] is invalid for the target audiences ["${AUDIENCE}"]]`,
    },
    {
      name: "asked for others",
      tokenAudiences: [AUDIENCE],
      audiences: ["x"],
      error: `[invalid bearer token, token audiences ["${AUDIENCE}"] is invalid for the target audiences ["x"]]`,
    },
  ];
  for (const { name, tokenAudiences, audiences, error } of wrong) {
    it(`of a token that is not: ${name}`, () => {
      const world = new TokenWorld();
      const spec = {
        token: tokenAudiences === undefined ? "abc" : token(world, tokenAudiences),
        ...(audiences === undefined ? {} : { audiences }),
      };
      assert.deepEqual(fieldOf(world.review("TokenReview", spec), "status"), { user: {}, error });
    });
  }

  it("of a token that is meant for the one who asks", () => {
    const world = new TokenWorld();
    const status = fieldOf(
      world.review("TokenReview", { token: token(world, ["x", "y"]), audiences: ["y", "z"] }),
      "status",
    );
    assert.deepInclude(status, { authenticated: true, audiences: ["y"] });
  });

  it("of oneself", () => {
    assert.deepEqual(new TokenWorld().review("SelfSubjectReview", {}), {
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { creationTimestamp: "2030-01-01T00:00:00Z" },
      status: { userInfo: { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] } },
    });
  });

  const getPods = { resourceAttributes: { verb: "get", resource: "pods" } };
  const alice: User = { name: "alice", groups: [] };
  const access = [
    {
      name: "an administrator",
      kind: "SelfSubjectAccessReview",
      spec: getPods,
      asker: ADMINISTRATOR,
      status: { allowed: true },
    },
    { name: "somebody", kind: "SelfSubjectAccessReview", spec: getPods, asker: alice, status: { allowed: false } },
    {
      name: "a path",
      kind: "SelfSubjectAccessReview",
      spec: { nonResourceAttributes: { verb: "get", path: "/x" } },
      asker: alice,
      status: { allowed: false },
    },
    {
      name: "another, by group",
      kind: "SubjectAccessReview",
      spec: { ...getPods, user: "x", groups: ["system:masters"] },
      asker: alice,
      status: { allowed: true },
    },
    {
      name: "another",
      kind: "SubjectAccessReview",
      spec: { ...getPods, user: "x" },
      asker: ADMINISTRATOR,
      status: { allowed: false },
    },
  ];
  for (const { name, kind, spec, asker, status } of access) {
    it(`of access: ${name}`, () => {
      const answer = new TokenWorld().review(kind, spec, asker);
      assert.deepEqual(answer, { kind, apiVersion: "authorization.k8s.io/v1", metadata: {}, spec, status });
    });
  }

  const refused = [
    { kind: "TokenReview", spec: { token: "" }, message: "token is required for TokenReview in authentication" },
    {
      kind: "SubjectAccessReview",
      spec: getPods,
      message:
        '.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
    },
    {
      kind: "SelfSubjectAccessReview",
      spec: {},
      message:
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    },
    {
      kind: "SelfSubjectAccessReview",
      spec: { ...getPods, nonResourceAttributes: { verb: "get", path: "/version" } },
      message:
        '.authorization.k8s.io "" is invalid: spec.nonResourceAttributes: Invalid value: {"Path":"/version","Verb":"get"}: cannot be specified in combination with resourceAttributes',
    },
  ];
  for (const { kind, spec, message } of refused) {
    it(`refused: ${message}`, () => {
      assert.strictEqual(failureOf(() => new TokenWorld().review(kind, spec))?.message, message);
    });
  }

  it("are known by their kinds", () => {
    const { kinds } = new CoreWorld().core;
    assert.isTrue(isReview(kinds.must("authentication.k8s.io/v1", "TokenReview")));
    assert.isFalse(isReview(kinds.must("v1", "Pod")));
  });
});
