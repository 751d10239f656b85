import { assert } from "chai";
import { formatIndexes, parseIndexes } from "../../src/embedded/actors/completion-indexes.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { ActorWorld, conditionsOf, statusOf, template, type Body } from "./actor-world.ts";

const JOBS = "/apis/batch/v1/namespaces/default/jobs";

function addJob(world: ActorWorld, name: string, spec: Body, annotations: Body = {}): ApiObject {
  const pod = template({ app: name }, { restartPolicy: "Never" }, { annotations });
  const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template: pod, ...spec } };
  return world.request("POST", JOBS, job);
}

function jobStatus(world: ActorWorld, name: string): Body {
  return statusOf(world.get(`${JOBS}/${name}`));
}

const FAILS = { "batch-scheduler/run-seconds": "1", "batch-scheduler/exit-code": "7" };

describe("embedded actors: completion indexes", () => {
  const cases: readonly (readonly [indexes: readonly number[], text: string])[] = [
    [[], ""],
    [[3], "3"],
    [[0, 1], "0,1"],
    [[2, 0, 1], "0-2"],
    [[0, 2, 3, 4, 7, 8], "0,2-4,7,8"],
  ];
  for (const [indexes, text] of cases) {
    it(JSON.stringify(text), () => {
      assert.equal(formatIndexes(new Set(indexes)), text);
      assert.sameMembers([...parseIndexes(text)], [...indexes]);
    });
  }
});

describe("embedded actors: Job", () => {
  it("runs as many pods at a time as parallelism says, until enough have succeeded", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 10_000 } });
    world.addNodes(2);
    addJob(world, "j", { parallelism: 2, completions: 3 });
    await world.pass(0);
    assert.lengthOf(world.pods(), 2);
    const pod = world.pods()[0]!;
    assert.match(pod.metadata.name, /^j-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const job = world.get(`${JOBS}/j`);
    assert.deepEqual(pod.metadata.labels, {
      app: "j",
      "batch.kubernetes.io/controller-uid": job.metadata.uid!,
      "batch.kubernetes.io/job-name": "j",
      "controller-uid": job.metadata.uid!,
      "job-name": "j",
    });
    assert.deepEqual(pod.metadata.ownerReferences, [
      {
        apiVersion: "batch/v1",
        kind: "Job",
        name: "j",
        uid: job.metadata.uid!,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    assert.deepInclude(jobStatus(world, "j"), { active: 2, ready: 0, terminating: 0 });
    world.schedule();
    await world.pass(10_000);
    assert.deepInclude(jobStatus(world, "j"), { active: 1, succeeded: 2 });
    world.schedule();
    await world.pass(10_000);
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), [
      "Complete=True CompletionsReached",
      "SuccessCriteriaMet=True CompletionsReached",
    ]);
    assert.deepEqual(jobStatus(world, "j"), {
      ...jobStatus(world, "j"),
      startTime: "2030-01-01T00:00:00Z",
      completionTime: "2030-01-01T00:00:20Z",
      succeeded: 3,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    assert.notProperty(jobStatus(world, "j"), "active");
  });

  it("gives pods of an indexed Job their index by name, label, annotation, host name and variable", async () => {
    const world = new ActorWorld();
    addJob(world, "j", { parallelism: 2, completions: 3, completionMode: "Indexed" });
    await world.pass(0);
    const pods = world.pods();
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.name.slice(0, 4)),
      ["j-0-", "j-1-"],
    );
    const key = "batch.kubernetes.io/job-completion-index";
    const { metadata, spec } = pods[1] as unknown as {
      readonly metadata: Body;
      readonly spec: Record<string, unknown>;
    };
    assert.equal((metadata["labels"] as Record<string, string>)[key], "1");
    assert.equal((metadata["annotations"] as Record<string, string>)[key], "1");
    assert.equal(spec["hostname"], "j-1");
    const [container] = spec["containers"] as readonly { readonly env: readonly Body[] }[];
    assert.equal(container!.env[0]!["name"], "JOB_COMPLETION_INDEX");
  });

  it("makes a lost index again, and tells which have succeeded", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 60_000 } });
    world.addNodes(1);
    addJob(world, "j", { parallelism: 3, completions: 3, completionMode: "Indexed" });
    await world.pass(0);
    world.schedule();
    await world.pass(1000);
    const lost = world.pods()[1]!.metadata.name;
    assert.match(lost, /^j-1-/);
    world.request("DELETE", `/api/v1/namespaces/default/pods/${lost}`);
    await world.pass(5000);
    assert.lengthOf(world.pods(), 2, "a failure is made up for after ten seconds");
    assert.deepInclude(jobStatus(world, "j"), { failed: 1, active: 2 });
    await world.pass(5000);
    world.schedule();
    await world.pass(50_000);
    assert.deepInclude(jobStatus(world, "j"), { completedIndexes: "0,2", succeeded: 2, failed: 1 });
    await world.settle();
    assert.deepInclude(jobStatus(world, "j"), { completedIndexes: "0-2", succeeded: 3, failed: 1 });
  });

  it("doubles the delay with every failure in a row and gives up at backoffLimit", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 } });
    world.addNodes(1);
    addJob(world, "j", { backoffLimit: 2 }, FAILS);
    const starts: number[] = [];
    for (let second = 0; second < 60; second++) {
      await world.pass(0);
      if (world.pods().length > starts.length) starts.push(second);
      world.schedule();
      await world.pass(1000);
    }
    assert.deepEqual(starts, [0, 11, 32], "1 s to fail, then 10 s and 20 s");
    assert.deepInclude(jobStatus(world, "j"), { failed: 3 });
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), [
      "Failed=True BackoffLimitExceeded",
      "FailureTarget=True BackoffLimitExceeded",
    ]);
  });

  it("begins with the shortest delay again after a success", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 1e6 } });
    world.addNodes(1);
    addJob(world, "j", { completions: 9 });
    const end = async (phase: string): Promise<void> => {
      const live = world.pods().find((pod) => statusOf(pod)["phase"] === "Pending")!;
      world.patch(`/api/v1/namespaces/default/pods/${live.metadata.name}/status`, { status: { phase } });
      await world.pass(0);
    };
    await world.pass(0);
    await end("Failed");
    await world.pass(10_000);
    await end("Failed");
    await world.pass(20_000);
    await end("Succeeded");
    await end("Failed");
    await world.pass(9999);
    assert.notProperty(jobStatus(world, "j"), "active");
    await world.pass(1);
    assert.deepInclude(jobStatus(world, "j"), { active: 1, failed: 3, succeeded: 1 });
  });

  it("counts an evicted pod as a failure, unless the policy says not to", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 1e6 } });
    world.addNodes(1);
    const ignoring = { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] };
    addJob(world, "plain", {});
    addJob(world, "policy", { podFailurePolicy: ignoring, podReplacementPolicy: "Failed" });
    await world.pass(0);
    world.schedule();
    await world.pass(1000);
    for (const { metadata } of world.pods()) world.evict(metadata.name);
    await world.pass(0);
    assert.deepInclude(jobStatus(world, "plain"), { failed: 1, terminating: 1 });
    assert.deepInclude(jobStatus(world, "policy"), { terminating: 1 });
    await world.pass(12_000);
    world.schedule();
    await world.pass(1000);
    assert.deepInclude(jobStatus(world, "plain"), { active: 1, failed: 1, terminating: 0, ready: 1 });
    assert.deepInclude(jobStatus(world, "policy"), { active: 1, terminating: 0, ready: 1 });
    assert.notProperty(jobStatus(world, "policy"), "failed");
  });

  it("fails at once where its policy says so", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0 } });
    world.addNodes(1);
    const policy = { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [7] } }] };
    addJob(world, "j", { parallelism: 1, completions: 1, podFailurePolicy: policy }, FAILS);
    await world.settle();
    const [failed] =
      world.get(`${JOBS}/j`)["status"] === undefined ? [] : (jobStatus(world, "j")["conditions"] as readonly Body[]);
    assert.deepInclude(failed, { type: "FailureTarget", reason: "PodFailurePolicy" });
    assert.equal(
      failed!["message"],
      `Container main for pod default/${world.pods()[0]!.metadata.name} failed with exit code 7 matching FailJob rule at index 0`,
    );
  });

  it("stops at its deadline", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 1e6 } });
    world.addNodes(1);
    addJob(world, "j", { parallelism: 2, completions: 2, activeDeadlineSeconds: 30 });
    await world.pass(0);
    world.schedule();
    await world.pass(29_999);
    assert.deepInclude(jobStatus(world, "j"), { active: 2 });
    await world.pass(1);
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), ["FailureTarget=True DeadlineExceeded"]);
    await world.pass(5000);
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), [
      "Failed=True DeadlineExceeded",
      "FailureTarget=True DeadlineExceeded",
    ]);
    assert.deepInclude(jobStatus(world, "j"), { failed: 2, terminating: 0 });
    assert.isEmpty(world.pods());
  });

  it("has no pods while it is suspended", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 5000 } });
    world.addNodes(1);
    addJob(world, "j", { parallelism: 2, completions: 2, suspend: true });
    await world.pass(1000);
    assert.isEmpty(world.pods());
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), ["Suspended=True JobSuspended"]);
    assert.notProperty(jobStatus(world, "j"), "startTime");
    world.patch(`${JOBS}/j`, { spec: { suspend: false } });
    await world.settle();
    assert.deepEqual(conditionsOf(world.get(`${JOBS}/j`)), [
      "Complete=True CompletionsReached",
      "SuccessCriteriaMet=True CompletionsReached",
      "Suspended=False JobResumed",
    ]);
  });

  it("without completions is done when one has succeeded and none runs any more", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 5000 } });
    world.addNodes(1);
    addJob(world, "j", { parallelism: 3 });
    await world.settle();
    assert.deepInclude(jobStatus(world, "j"), { succeeded: 3 });
    assert.include(conditionsOf(world.get(`${JOBS}/j`)), "Complete=True CompletionsReached");
  });

  it("removes the surplus when parallelism shrinks: first who is not bound", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 1e6 } });
    world.addNodes(1);
    addJob(world, "j", { parallelism: 3, completions: 3 });
    await world.pass(0);
    const [, second] = world.pods();
    world.bind(second!.metadata.name, "node-0");
    await world.pass(1000);
    world.patch(`${JOBS}/j`, { spec: { parallelism: 1 } });
    await world.pass(1000);
    assert.deepEqual(
      world.pods().map(({ metadata }) => metadata.name),
      [second!.metadata.name],
    );
    assert.notProperty(jobStatus(world, "j"), "failed");
  });

  it("goes when its time after the end is over", async () => {
    const world = new ActorWorld({ kubelet: { startMs: 0, runMs: 5000 } });
    world.addNodes(1);
    addJob(world, "j", { ttlSecondsAfterFinished: 60 });
    await world.settle();
    await world.pass(50_000);
    assert.isTrue(world.exists(`${JOBS}/j`));
    await world.pass(20_000);
    assert.isFalse(world.exists(`${JOBS}/j`));
    assert.isEmpty(world.pods());
  });
});
