import { assert } from "chai";
import { RESOURCES, type CacheEvent } from "../../src/cache/events.ts";
import { type Problem, Reflectors } from "../../src/cache/reflectors.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { answerStatus, FakeApiServer } from "../support/fake-api-server.ts";
import { until, VirtualEnv } from "../support/virtual-env.ts";
import { connect } from "./connect.ts";

const base = [
  ["/api/v1/nodes", "v1", "Node"],
  ["/api/v1/pods", "v1", "Pod"],
  ["/api/v1/namespaces", "v1", "Namespace"],
  ["/apis/scheduling.k8s.io/v1/priorityclasses", "scheduling.k8s.io/v1", "PriorityClass"],
] as const;

describe("reflectors", () => {
  let server: FakeApiServer;
  let env: VirtualEnv;
  let client: Transport;
  let reflectors: Reflectors;
  let events: CacheEvent[];
  let problems: Problem[];
  let syncedCount: number;

  beforeEach(async () => {
    server = await new FakeApiServer().start();
    env = new VirtualEnv();
    client = connect(env, { server: server.url });
    events = [];
    problems = [];
    syncedCount = 0;
    reflectors = new Reflectors({
      client,
      env,
      resources: RESOURCES,
      sink: (some) => events.push(...some),
      onSynced: () => syncedCount++,
      onProblem: (problem) => problems.push(problem),
    });
  });

  afterEach(async () => {
    await reflectors.stop();
    await client.close();
    await server.stop();
  });

  it("are synced when all base resources are, whatever is optional", async () => {
    for (const [path, apiVersion, kind] of base.slice(1)) server.serve(path, apiVersion, kind);
    server.serve("/apis/batch/v1/jobs", "batch/v1", "Job");
    server.rule = ({ path }, response) => {
      if (path === "/apis/apps/v1/replicasets") answerStatus(response, 403, "Forbidden", "no");
      return path.startsWith("/apis/apps/"); // stateful sets hang
    };
    reflectors.start();
    await until(
      () => reflectors.state("jobs") === "listed" && reflectors.problems.length === 1,
      "everything but nodes",
    );
    assert.isFalse(reflectors.isSynced);
    assert.equal(
      reflectors.problems[0]?.message,
      "cannot list nodes: core/v1 is not served: the server could not find the requested resource",
    );
    const [path, apiVersion, kind] = base[0];
    server.serve(path, apiVersion, kind);
    server.put(path, { metadata: { name: "n1" } });
    await env.advance(2_000);
    await until(() => reflectors.isSynced, "nodes");
    await until(
      () => reflectors.state("volcanojobs") === "unserved" && reflectors.state("replicasets") === "forbidden",
      "answers",
    );
    assert.deepEqual(
      events.map(({ resource, type, object }) => [resource, type, object.metadata.name]),
      [["nodes", "upsert", "n1"]],
    );
    assert.deepEqual([syncedCount, reflectors.problems, reflectors.isSettled], [1, [], false]);
    assert.deepEqual(
      [reflectors.state("replicasets"), reflectors.state("statefulsets"), reflectors.state("volcanojobs")],
      ["forbidden", "pending", "unserved"],
    );
    server.rule = () => false;
    await env.advance(65_000);
    await until(() => reflectors.isSettled, "stateful sets");
    assert.isNumber(reflectors.lastActivityMs("nodes"));
    assert.isUndefined(new Reflectors({ client, env, resources: RESOURCES, sink: () => {} }).lastActivityMs("nodes"));
  });

  it("say once for each resource that the server is away, and hold back together when it is full", async () => {
    await server.stop();
    reflectors.start();
    await until(() => reflectors.problems.length === RESOURCES.length, "all problems");
    for (let count = 0; count < 20; count++) await env.advance(5_000);
    assert.equal(problems.length, RESOURCES.length);
    assert.isTrue(problems.every(({ code }) => code === "unreachable"));
    assert.isFalse(reflectors.isSynced);
    for (const [path, apiVersion, kind] of base) server.serve(path, apiVersion, kind);
    server.rule = (_, response) => (
      answerStatus(response, 429, "TooManyRequests", "later", { "retry-after": "25" }),
      true
    );
    await server.start();
    while (!reflectors.problems.some(({ message }) => message.includes("429"))) await env.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 5)); // those that had asked get their answers, too
    const before = server.requests.length;
    assert.isBelow(before, RESOURCES.length, "the first 429 holds back who has not asked yet");
    server.rule = () => false;
    await env.advance(20_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(server.requests.length, before);
    for (let count = 0; count < 40; count++) await env.advance(500);
    await until(() => reflectors.isSynced, "sync");
  });

  it("stop without a trace", async () => {
    for (const [path, apiVersion, kind] of base) server.serve(path, apiVersion, kind);
    reflectors.start();
    await until(() => reflectors.isSynced, "sync");
    await reflectors.stop();
    assert.equal(env.timerCount, 0);
    await until(() => base.every(([path]) => server.watchCount(path) === 0), "the end of the watches");
  });
});
