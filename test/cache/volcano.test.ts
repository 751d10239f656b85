// Volcano's objects in the cache: groups before their pods, queues that are missing or closed, objects that come late.

import { assert } from "chai";
import type { CacheOptions, KubeObject } from "../../src/cache/index.ts";
import { lookUp, type Job } from "../../src/model/index.ts";
import { deletion, feed, feedPods, jobOf, newCache, object, OURS, pod, upsert, volcanoMember } from "./objects.ts";

const KEY = "volcano:x/g";
const group = (spec: Record<string, unknown> = {}, more = {}): KubeObject =>
  object({ name: "g", spec: { minMember: 2, ...spec }, ...more });

describe("volcano: a group without pods", () => {
  const owned = { volcanoJob: { name: "vj", uid: "vj-uid" } };
  const vj = (schedulerName: string, uid = "vj-uid"): KubeObject =>
    object({ name: "vj", uid, spec: { schedulerName } });
  const cases: readonly {
    readonly name: string;
    readonly options?: Partial<CacheOptions>;
    readonly group: KubeObject;
    readonly vj?: KubeObject;
    readonly isOurs: boolean;
    readonly isPending?: boolean;
  }[] = [
    { name: "of an owner that names us", group: group({}, owned), vj: vj(OURS), isOurs: true, isPending: true },
    { name: "of an owner that names Volcano", group: group({}, owned), vj: vj("volcano"), isOurs: false },
    { name: "of another incarnation of the owner", group: group({}, owned), vj: vj(OURS, "old"), isOurs: false },
    { name: "of an owner that nobody sees", group: group({}, owned), isOurs: false },
    { name: "of nobody", group: group(), isOurs: false },
    {
      name: "of nobody, all taken",
      options: { adoptEmptyVolcano: true },
      group: group(),
      isOurs: true,
      isPending: true,
    },
    {
      name: "already let in",
      group: group({}, { ...owned, status: { phase: "Inqueue" } }),
      vj: vj(OURS),
      isOurs: true,
      isPending: false,
    },
    {
      name: "phase Pending",
      group: group({}, { ...owned, status: { phase: "Pending" } }),
      vj: vj(OURS),
      isOurs: true,
      isPending: true,
    },
    { name: "dialect off", options: { dialects: [], adoptEmptyVolcano: true }, group: group(), isOurs: false },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const cache = newCache(c.options);
      feed(cache, upsert("volcanopodgroups", c.group));
      const snapshot = feed(cache, ...(c.vj ? [upsert("volcanojobs", c.vj)] : []));
      const job = lookUp(snapshot.jobs, KEY);
      assert.equal(job !== undefined, c.isOurs);
      assert.equal(snapshot.pendingJobs.has(KEY), c.isPending ?? false);
      if (job !== undefined) assert.deepInclude(job, { minAvailable: 2, tasks: [], dialect: "volcano" } as never);
    });
  }

  it("is not ours while only pods of another scheduler are in it", () => {
    const snapshot = feed(
      newCache({ adoptEmptyVolcano: true }),
      upsert("volcanopodgroups", group()),
      upsert("pods", volcanoMember("g", { name: "a", scheduler: "volcano" })),
    );
    assert.isUndefined(lookUp(snapshot.jobs, KEY));
  });

  it("keeps its finished pods while its object exists", () => {
    const cache = newCache();
    const both = [
      upsert("volcanopodgroups", group()),
      upsert("pods", volcanoMember("g", { name: "a", phase: "Succeeded" })),
    ];
    assert.equal(jobOf(feed(cache, ...both), KEY).tasks.length, 1);
    assert.isUndefined(lookUp(feed(cache, deletion("volcanopodgroups", group())).jobs, KEY));
  });
});

describe("volcano: the group object", () => {
  it("may come after its pods, change and go", () => {
    const cache = newCache();
    const job = (...objects: readonly KubeObject[]): Job =>
      jobOf(feed(cache, ...objects.map((one) => upsert("volcanopodgroups", one))), KEY);
    feedPods(cache, volcanoMember("g", { name: "a" }));
    assert.equal(job().missingObject, 'podgroups.scheduling.volcano.sh "x/g"');
    assert.deepInclude(job(group({}, { version: "1", created: "2026-01-01T00:00:00Z" })), {
      minAvailable: 2,
      groupUid: "uid-g",
      createdMs: Date.parse("2026-01-01T00:00:00Z"),
    });
    assert.isUndefined(job().missingObject);
    assert.equal(job(group({ minMember: 3 }, { version: "2" })).minAvailable, 3);
    assert.equal(job(group({ minMember: 0 }, { version: "3" })).minAvailable, 0);
    const gone = feed(cache, deletion("volcanopodgroups", group({}, { version: "4" })));
    assert.isDefined(jobOf(gone, KEY).missingObject);
  });

  it("gives minResources in the units of the dimensions", () => {
    const snapshot = feed(
      newCache({ adoptEmptyVolcano: true }),
      upsert("volcanopodgroups", group({ minResources: { cpu: "1500m", memory: "1Gi", "a.com/gpu": "2" } })),
    );
    const { minResources } = jobOf(snapshot, KEY);
    const amounts = new Map(snapshot.dimensions.map((name, i) => [name, minResources?.[i] ?? 0]));
    assert.deepEqual(
      ["cpu", "memory", "a.com/gpu"].map((name) => amounts.get(name)),
      [1500, 2 ** 30, 2],
    );
  });
});

describe("queues", () => {
  const queue = (name: string, version: string, spec = {}, state = "Open"): KubeObject => ({
    metadata: { name, uid: name, resourceVersion: version },
    spec,
    status: { state },
  });

  it("default and root always exist, configured ones too, objects add to them", () => {
    const cache = newCache({ queues: [{ name: "q", weight: 3 }] });
    const before = cache.advance();
    assert.deepEqual([...before.queues.keys()], ["default", "root", "q"]);
    assert.equal(before.queues.get("q")?.weight, 3);
    const after = feed(
      cache,
      upsert("volcanoqueues", queue("r", "1", { weight: 5 })),
      upsert("volcanoqueues", queue("q", "1", {}, "Closed")),
    );
    assert.deepInclude(after.queues.get("r"), { weight: 5, isOpen: true });
    assert.deepInclude(after.queues.get("q"), { weight: 1, isOpen: false });
    const again = feed(cache, deletion("volcanoqueues", queue("q", "2")));
    assert.deepInclude(again.queues.get("q"), { weight: 3, isOpen: true });
    assert.isTrue(feed(cache, deletion("volcanoqueues", queue("default", "1"))).queues.has("default"));
  });

  for (const [state, isOpen] of [
    ["Open", true],
    ["", true],
    ["Closed", false],
    ["Closing", false],
    ["Unknown", false],
  ] as const) {
    it(`state ${JSON.stringify(state)} is ${isOpen ? "open" : "not open"}`, () => {
      assert.equal(
        feed(newCache(), upsert("volcanoqueues", queue("q", "1", {}, state))).queues.get("q")?.isOpen,
        isOpen,
      );
    });
  }

  it("a Volcano group waits for a queue that does not exist, and goes on when it comes", () => {
    const cache = newCache();
    const waiting = feed(
      cache,
      upsert("volcanopodgroups", group({ queue: "q" })),
      upsert("pods", volcanoMember("g", { name: "a" })),
    );
    assert.deepInclude(jobOf(waiting, KEY), { queue: "default", unknownQueue: "q" });
    const going = feed(cache, upsert("volcanoqueues", queue("q", "1")));
    assert.equal(jobOf(going, KEY).queue, "q");
    assert.isUndefined(jobOf(going, KEY).unknownQueue);
    assert.equal(jobOf(feed(cache, deletion("volcanoqueues", queue("q", "2"))), KEY).unknownQueue, "q");
  });

  it("versions.queues changes with them and with nothing else", () => {
    const cache = newCache();
    const first = feed(cache, upsert("volcanoqueues", queue("q", "1"))).versions.queues;
    assert.equal(feed(cache, upsert("volcanoqueues", queue("q", "2"))).versions.queues, first, "an equal object");
    assert.equal(feedPods(cache, pod({ name: "p" })).versions.queues, first);
    assert.notEqual(feed(cache, upsert("volcanoqueues", queue("q", "3", {}, "Closed"))).versions.queues, first);
  });
});
