// The rules of a reflector, one test each, over a real socket.
// Long because: the rules of faults B1-B9 are read one after the other, and share one server and one clock.

import { assert } from "chai";
import { answerJson, answerStatus, type Rule } from "../support/fake-api-server.ts";
import { until } from "../support/virtual-env.ts";
import { podGroups, pods, Watching } from "./watching.ts";

const pod = (name: string, fields: Record<string, unknown> = {}) => ({
  metadata: { name, namespace: "ns" },
  ...fields,
});

/** Answers the requests for which `applies`, as long as `count` lasts. */
function answering(
  applies: (isWatch: boolean) => boolean,
  count: number,
  answer: (response: Parameters<Rule>[1]) => void,
): Rule {
  let left = count;
  return ({ isWatch }, response) => {
    if (left === 0 || !applies(isWatch)) return false;
    left--;
    answer(response);
    return true;
  };
}

const ofLists = (isWatch: boolean) => !isWatch;
const ofWatches = (isWatch: boolean) => isWatch;

describe("reflector", () => {
  let w: Watching;

  beforeEach(async () => {
    w = await new Watching().open();
  });

  afterEach(() => w.close());

  describe("list", () => {
    it("comes in pages, is consistent, and is handed over whole and lean", async () => {
      const container = {
        name: "c",
        image: "i",
        resources: {},
        env: [{ name: "PASSWORD", value: "secret" }],
        command: ["x"],
      };
      for (let index = 0; index < 1_201; index++) {
        w.server.put(pods, {
          metadata: { name: `p${index}`, namespace: "ns", managedFields: [{ a: 1 }] },
          spec: { containers: [container] },
        });
      }
      await w.synced();
      assert.equal(w.heard.length, 1);
      assert.equal(w.heard[0]?.length, 1_201);
      assert.equal(w.syncedCount, 1);
      const lists = w.server.lists(pods);
      assert.deepEqual(
        lists.map(({ query }) => query.get("limit")),
        ["500", "500", "500"],
      );
      assert.isTrue(lists.every(({ query }) => !query.has("resourceVersion")));
      assert.notInclude(JSON.stringify(w.events), "secret");
      assert.notInclude(JSON.stringify(w.events), "managedFields");
      assert.deepEqual(w.events[0]?.object.spec?.["containers"], [
        { name: "c", image: "i", resources: {}, ports: undefined, restartPolicy: undefined },
      ]);
    });

    it("of nothing syncs too", async () => {
      await w.synced();
      assert.deepEqual([w.heard, w.syncedCount, w.reflector.state], [[], 1, "listed"]);
    });

    it("that expires between pages begins again without a limit, and no part of it is published (B7)", async () => {
      for (let index = 0; index < 600; index++) w.server.put(pods, pod(`p${index}`));
      w.server.rule = ({ query }) => {
        if (query.get("limit") !== "500" || query.has("continue")) return false;
        // Before the second page everything so far is compacted, and the first pod is gone.
        setImmediate(() => {
          if (w.server.compactedBefore > 0) return;
          w.server.remove(pods, "p0", "ns");
          w.server.compactedBefore = w.server.resourceVersion;
        });
        return false;
      };
      await w.synced();
      assert.deepEqual(
        w.server.lists(pods).map(({ query }) => [query.get("limit"), query.has("continue")]),
        [
          ["500", false],
          ["500", true],
          [null, false],
        ],
      );
      assert.equal(w.heard.length, 1);
      assert.equal(w.heard[0]?.length, 599);
    });

    it("older than what was seen is refused and tried again (B9)", async () => {
      w.server.put(pods, pod("a"));
      await w.synced();
      w.server.put(pods, pod("a"));
      await w.hears("+ns/a@102");
      const stale = { kind: "PodList", metadata: { resourceVersion: "99" }, items: [] };
      w.server.rule = answering(ofLists, 2, (response) => answerJson(response, 200, stale));
      w.server.send(pods, { type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } });
      await w.requestAfter(0, 100);
      await until(() => w.reflector.problem !== undefined, "a problem");
      assert.equal(w.reflector.problem?.code, "protocol");
      assert.include(w.reflector.problem?.message, "the server went back in time");
      assert.equal(w.heard.length, 2, "nothing of the stale list may be published");
      await w.passUntil(() => w.reflector.problem === undefined, "the cure");
      await w.watchOpen();
      assert.equal(w.server.lists(pods).length, 4);
      assert.equal(w.heard.length, 2);
    });

    for (const { name, body, says } of [
      {
        name: "a wrong kind",
        body: { kind: "NodeList", metadata: { resourceVersion: "5" }, items: [] },
        says: "a list of kind PodList was expected, not NodeList",
      },
      {
        name: "no version",
        body: { kind: "PodList", metadata: {}, items: [] },
        says: "the list's resourceVersion is missing",
      },
      {
        name: "an object without a name",
        body: {
          kind: "PodList",
          metadata: { resourceVersion: "5" },
          items: [{ metadata: { uid: "u", resourceVersion: "5" } }],
        },
        says: "an object's name is missing",
      },
      {
        name: "a page that continues with itself",
        body: { kind: "PodList", metadata: { resourceVersion: "5", continue: "x" }, items: [] },
        says: "a page that continues with itself",
      },
      { name: "something else", body: [], says: "the list is no object" },
    ]) {
      it(`with ${name} is refused, and tried again (A14)`, async () => {
        w.server.put(pods, pod("a"));
        w.server.rule = answering(ofLists, 2, (response) => answerJson(response, 200, body));
        w.reflector.start();
        await w.passUntil(() => w.reflector.problem !== undefined, "a problem");
        assert.equal(w.problems[0]?.code, "protocol");
        assert.include(w.problems[0]?.message, says);
        assert.deepEqual([w.heard, w.syncedCount], [[], 0]);
        await w.passUntil(() => w.syncedCount === 1, "a list");
        await w.hears("+ns/a@101");
      });
    }
  });

  describe("watch", () => {
    it("goes on from the list, with bookmarks, for 5 to 10 minutes, and tells what happens", async () => {
      w.server.put(pods, pod("a"));
      await w.synced();
      const { query } = w.server.watches(pods)[0]!;
      assert.equal(query.get("allowWatchBookmarks"), "true");
      assert.equal(query.get("resourceVersion"), "101");
      assert.isAtLeast(Number(query.get("timeoutSeconds")), 300);
      assert.isAtMost(Number(query.get("timeoutSeconds")), 600);
      w.server.put(pods, pod("b"));
      await w.hears("+ns/b@102");
      w.server.put(pods, pod("a", { spec: { nodeName: "n1" } }));
      await w.hears("+ns/a@103");
      assert.deepEqual(w.events.at(-1)?.object.spec, { nodeName: "n1" });
      w.server.remove(pods, "b", "ns");
      await w.hears("-ns/b");
      assert.equal(w.reflector.lastActivityMs, w.env.clock.nowMs());
    });

    it("that ends is resumed at once from the last version, without a list (B1)", async () => {
      await w.synced();
      w.server.put(pods, pod("a"));
      await w.hears("+ns/a@101");
      w.server.endWatches(pods);
      w.server.put(pods, pod("b"));
      await w.requestAfter(0, 100);
      await w.hears("+ns/b@102");
      assert.equal(w.server.watches(pods).at(-1)?.query.get("resourceVersion"), "101");
      assert.equal(w.server.lists(pods).length, 1);
      assert.equal(w.reflector.restarts, 1);
      assert.deepEqual(w.problems, []);
    });

    it("resumes from a bookmark", async () => {
      await w.synced();
      w.server.bookmark(pods, "4711");
      w.server.endWatches(pods);
      await w.requestAfter(0, 100);
      assert.equal(w.server.watches(pods).at(-1)?.query.get("resourceVersion"), "4711");
    });

    it("that ends again and again with nothing is not opened in a tight loop", async () => {
      w.server.rule = answering(ofWatches, 4, (response) => response.writeHead(200).end());
      w.reflector.start();
      await until(() => w.server.watches(pods).length === 1, "a watch");
      for (const waitMs of [800, 1_600, 3_200, 6_400]) await w.requestAfter(waitMs, 2 * waitMs);
      await w.watchOpen();
    });

    it("that is silent for 90 s is opened again; a bookmark is no silence (B2)", async () => {
      await w.synced();
      await w.env.advance(80_000);
      w.server.bookmark(pods);
      await until(() => w.reflector.lastActivityMs === 80_000, "the bookmark");
      await w.env.advance(80_000);
      assert.equal(w.server.watches(pods).length, 1);
      await w.env.advance(10_000);
      await w.requestAfter(800, 1_600);
      await w.watchOpen();
      assert.equal(w.server.watches(pods).length, 2);
      assert.deepEqual(w.problems, []);
    });

    for (const inBand of [true, false]) {
      it(`with 410 ${inBand ? "in an event" : "as its status"} lists again, and tells the difference by uid (B3, B4)`, async () => {
        for (const name of ["same", "changed", "gone", "reborn"]) w.server.put(pods, pod(name));
        await w.synced();
        const cut: Rule = ({ isWatch }, response) => (isWatch ? (response.destroy(), true) : false);
        w.server.rule = cut;
        w.server.endWatches(pods); // what follows is missed
        w.server.put(pods, pod("changed", { spec: {} }));
        w.server.remove(pods, "gone", "ns");
        w.server.remove(pods, "reborn", "ns");
        w.server.put(pods, pod("reborn"));
        if (!inBand) w.server.compactedBefore = w.server.resourceVersion;
        const expired = { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } };
        w.server.rule = inBand
          ? answering(ofWatches, 1, (response) => response.writeHead(200).end(`${JSON.stringify(expired)}\n`))
          : () => false;
        await w.passUntil(() => w.heard.length === 2, "the second list");
        assert.deepEqual(w.heard[1], ["-ns/gone", "-ns/reborn", "+ns/changed@105", "+ns/reborn@108"]);
        assert.deepEqual(Object.keys(w.events.find(({ type }) => type === "delete")?.object ?? {}), ["metadata"]);
        assert.equal(w.syncedCount, 1);
        assert.deepEqual(w.problems, []);
      });
    }

    it("ignores duplicates and older versions, also of what is deleted (B5)", async () => {
      await w.synced();
      const old = w.server.put(pods, pod("a"));
      const gone = w.server.put(pods, pod("gone"));
      w.server.put(pods, pod("a"));
      w.server.remove(pods, "gone", "ns");
      await w.hears("-ns/gone");
      for (const object of [old, gone]) w.server.send(pods, { type: "MODIFIED", object });
      w.server.send(pods, { type: "DELETED", object: gone });
      w.server.put(pods, pod("b"));
      await w.hears("+ns/b@105");
      assert.deepEqual(w.heard.flat(), ["+ns/a@101", "+ns/gone@102", "+ns/a@103", "-ns/gone", "+ns/b@105"]);
      w.server.send(pods, { type: "MODIFIED", object: old });
      w.server.endWatches(pods);
      await w.requestAfter(0, 100);
      assert.equal(
        w.server.watches(pods).at(-1)?.query.get("resourceVersion"),
        "105",
        "late events do not turn the version back",
      );
    });

    it("takes a name with a new uid as a delete and an upsert", async () => {
      w.server.put(pods, pod("a"));
      await w.synced();
      w.server.put(pods, { metadata: { name: "a", namespace: "ns", uid: "another" } });
      await w.hears("-ns/a", "+ns/a@102");
    });

    it("accepts versions that are no numbers in the order of arrival", async () => {
      await w.synced();
      for (const resourceVersion of ["z", "b"]) {
        w.server.send(pods, {
          type: "MODIFIED",
          object: { kind: "Pod", metadata: { name: "a", uid: "u", resourceVersion } },
        });
        await w.hears(`+a@${resourceVersion}`);
      }
    });

    for (const { name, line } of [
      { name: "is no JSON", line: "nonsense\n" },
      { name: "is cut off", line: '{"type":"ADDED","object":{"kind":"Pod","me' },
      {
        name: "has a wrong kind",
        line: '{"type":"ADDED","object":{"kind":"Node","metadata":{"name":"x","uid":"u","resourceVersion":"150"}}}\n',
      },
      {
        name: "has no name",
        line: '{"type":"ADDED","object":{"kind":"Pod","metadata":{"uid":"u","resourceVersion":"150"}}}\n',
      },
      {
        name: "has an unknown type",
        line: '{"type":"MOVED","object":{"kind":"Pod","metadata":{"name":"x","uid":"u","resourceVersion":"150"}}}\n',
      },
      {
        name: "is an error of the server",
        line: '{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is tired"}}\n',
      },
    ]) {
      it(`with a line that ${name} resumes from the last good version, and skips nothing (A14)`, async () => {
        await w.synced();
        w.server.put(pods, pod("a"));
        await w.hears("+ns/a@101");
        w.server.sendRaw(pods, line);
        w.server.endWatches(pods);
        w.server.put(pods, pod("b"));
        await w.requestAfter(0, 1_600);
        await w.hears("+ns/b@102");
        assert.equal(w.server.watches(pods).at(-1)?.query.get("resourceVersion"), "101");
        assert.equal(w.server.lists(pods).length, 1);
        assert.isUndefined(w.reflector.problem);
      });
    }

    it("that breaks is resumed, and is no problem unless it cannot be", async () => {
      await w.synced();
      w.server.put(pods, pod("a"));
      await w.hears("+ns/a@101");
      await w.server.stop();
      await w.nextWaitMs();
      assert.deepEqual(w.problems, []);
      await w.passUntil(() => w.problems.length > 0, "a problem");
      assert.match(
        w.reflector.problem?.message ?? "",
        /^cannot watch pods: the API server cannot be reached: connect ECONNREFUSED/,
      );
      await w.server.start();
      w.server.put(pods, pod("b"));
      await w.passUntil(() => w.heard.length === 2, "the next event");
      await w.hears("+ns/b@102");
      assert.isUndefined(w.reflector.problem);
      assert.equal(w.server.lists(pods).length, 1);
    });

    it("a sink that throws gets everything again (B8)", async () => {
      w.server.put(pods, pod("a"));
      await w.synced();
      w.sinkFails = true;
      w.server.put(pods, pod("b"));
      await until(() => w.problems.length === 1, "a problem");
      assert.deepEqual(
        [w.problems[0]?.code, w.problems[0]?.message],
        ["internal", "cannot watch pods: the sink fails"],
      );
      w.sinkFails = false;
      w.server.remove(pods, "a", "ns");
      await w.requestAfter(800, 1_600);
      await w.hears("-ns/a", "+ns/b@102");
    });
  });

  describe("errors", () => {
    it("are tried again after 0.8 to 30 s, ever longer, and said once (A1)", async () => {
      const serverIsDown = w.server.stop();
      await serverIsDown;
      w.reflector.start();
      const waits: number[] = [];
      for (let count = 0; count < 12; count++) {
        waits.push(await w.nextWaitMs());
        await w.env.advance(waits.at(-1) ?? 0);
      }
      assert.isTrue(
        waits.every(
          (wait, index) => Math.min(30_000, 800 * 2 ** index) <= wait && wait <= Math.min(30_000, 1_600 * 2 ** index),
        ),
        String(waits),
      );
      assert.equal(waits.at(-1), 30_000);
      assert.equal(w.problems.length, 1);
      assert.equal(w.problems[0]?.code, "unreachable");
      assert.match(
        w.problems[0]?.message ?? "",
        /^cannot list pods: the API server cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
      );
      assert.equal(w.syncedCount, 0);
      await w.server.start();
      await w.passUntil(() => w.syncedCount === 1, "a list");
      await w.watchOpen();
    });

    for (const { status, reason, message, code, says } of [
      {
        status: 403,
        reason: "Forbidden",
        message: 'pods is forbidden: User "x" cannot list resource "pods"',
        code: "forbidden",
        says: 'cannot list pods: forbidden: User "x" cannot list resource "pods"',
      },
      {
        status: 401,
        reason: "Unauthorized",
        message: "Unauthorized",
        code: "unauthorized",
        says: "cannot list pods: unauthorized: Unauthorized",
      },
      {
        status: 404,
        reason: "NotFound",
        message: "not found",
        code: "api",
        says: "cannot list pods: core/v1 is not served: not found",
      },
      {
        status: 500,
        reason: "InternalError",
        message: "etcd\nis down",
        code: "api",
        says: "cannot list pods: status 500: etcd is down",
      },
    ]) {
      it(`of status ${status} on a base resource are a problem until they are cured (A9)`, async () => {
        let isCured = false;
        w.server.rule = (_, response) => (isCured ? false : (answerStatus(response, status, reason, message), true));
        w.reflector.start();
        await until(() => w.reflector.problem !== undefined, "a problem");
        assert.deepEqual(w.reflector.problem, { resource: "pods", verb: "list", code, message: says } as never);
        await w.requestAfter(0, 1_600);
        isCured = true;
        await w.passUntil(() => w.syncedCount === 1, "the cure");
        await w.watchOpen();
        assert.equal(w.problems.length, 1);
      });
    }

    it("of a right to watch do not make it list again and again", async () => {
      w.server.rule = answering(ofWatches, 3, (response) =>
        answerStatus(response, 403, "Forbidden", "pods is forbidden: no"),
      );
      w.reflector.start();
      await until(() => w.reflector.problem !== undefined, "a problem");
      assert.deepEqual(
        [w.reflector.problem?.verb, w.reflector.problem?.message],
        ["watch", "cannot watch pods: forbidden: no"],
      );
      for (let count = 0; count < 3; count++) await w.requestAfter(800, 30_000);
      await w.watchOpen();
      assert.equal(w.server.lists(pods).length, 1);
    });

    for (const [retryAfter, fromMs, toMs] of [
      ["20", 20_000, 25_000],
      ["300", 30_000, 37_500],
    ] as const) {
      it(`429 with Retry-After ${retryAfter} is obeyed, 30 s at most (A7)`, async () => {
        w.server.rule = answering(ofLists, 1, (response) =>
          answerStatus(response, 429, "TooManyRequests", "later", { "retry-after": retryAfter }),
        );
        w.reflector.start();
        await until(() => w.reflector.problem !== undefined, "429");
        await w.passUntil(() => w.server.requests.length === 2, "the second request");
        assert.isTrue(fromMs <= w.env.clock.nowMs() && w.env.clock.nowMs() <= toMs, String(w.env.clock.nowMs()));
        await w.watchOpen();
      });
    }

    it("stop ends what is under way, at any time", async () => {
      w.server.rule = () => true; // hangs
      w.reflector.start();
      await until(() => w.server.requests.length === 1, "the list");
      await w.reflector.stop();
      w.server.rule = () => false;
      await w.synced();
      await w.reflector.stop();
      w.server.put(pods, pod("late"));
      await w.env.advance(600_000);
      assert.deepEqual(w.heard, []);
      assert.equal(w.env.timerCount, 0);
    });
  });
});

describe("reflector of an optional resource", () => {
  let w: Watching;
  const isForbidden: Rule = (_, response) => (
    answerStatus(response, 403, "Forbidden", "podgroups is forbidden: no"),
    true
  );

  beforeEach(async () => {
    w = await new Watching(podGroups).open("volcanopodgroups");
  });

  afterEach(() => w.close());

  it("that is not served is no problem, and is picked up within a minute when it comes", async () => {
    w.reflector.start();
    await until(() => w.reflector.state === "unserved", "404");
    for (let count = 0; count < 3; count++) {
      await w.requestAfter(30_000, 60_000);
    }
    w.server.serve(podGroups, "scheduling.volcano.sh/v1beta1", "PodGroup");
    w.server.put(podGroups, pod("g"));
    await w.requestAfter(30_000, 60_000);
    await w.hears("+ns/g@101");
    await w.watchOpen();
    assert.deepEqual([w.reflector.state, w.syncedCount, w.problems], ["listed", 1, []] as never);
  });

  it("that disappears deletes what was known, and may come back with the same objects", async () => {
    w.server.serve(podGroups, "scheduling.volcano.sh/v1beta1", "PodGroup");
    const stored = w.server.put(podGroups, pod("g"));
    await w.synced();
    w.server.unserve(podGroups);
    await w.requestAfter(0, 1_600);
    await w.hears("-ns/g");
    assert.equal(w.reflector.state, "unserved");
    w.server.serve(podGroups, "scheduling.volcano.sh/v1beta1", "PodGroup");
    w.server.put(podGroups, stored);
    await w.requestAfter(30_000, 60_000);
    await w.hears("+ns/g@102");
    await w.watchOpen();
    w.server.put(podGroups, stored);
    await w.hears("+ns/g@103");
    assert.deepEqual([w.syncedCount, w.problems], [1, []] as never);
  });

  it("that is not allowed is no problem, and is picked up when it is", async () => {
    w.server.serve(podGroups, "scheduling.volcano.sh/v1beta1", "PodGroup");
    w.server.rule = isForbidden;
    w.reflector.start();
    await until(() => w.reflector.state === "forbidden", "403");
    w.server.rule = () => false;
    await w.requestAfter(30_000, 60_000);
    await until(() => w.reflector.state === "listed", "the right");
    assert.deepEqual(w.problems, []);
  });

  it("that is refused once keeps what is known, and twice does not", async () => {
    w.server.serve(podGroups, "scheduling.volcano.sh/v1beta1", "PodGroup");
    w.server.put(podGroups, pod("g"));
    await w.synced();
    w.server.rule = answering(
      () => true,
      1,
      (response) => answerStatus(response, 403, "Forbidden", "no"),
    );
    w.server.endWatches(podGroups);
    await w.requestAfter(0, 1_600);
    await until(() => w.reflector.state === "forbidden", "403");
    await w.requestAfter(30_000, 60_000);
    await until(() => w.reflector.state === "listed", "the right");
    assert.deepEqual(w.heard, [["+ns/g@101"]]);
    w.server.rule = isForbidden;
    w.server.endWatches(podGroups);
    await w.requestAfter(0, 1_600);
    await w.requestAfter(30_000, 60_000);
    await w.hears("-ns/g");
  });

  it("that cannot be reached is a problem like any other", async () => {
    await w.server.stop();
    w.reflector.start();
    await until(() => w.reflector.problem !== undefined, "a problem");
    assert.include(
      w.reflector.problem?.message,
      "cannot list podgroups.scheduling.volcano.sh: the API server cannot be reached",
    );
    await w.server.start();
  });
});
