import { assert } from "chai";
import { fieldOf, objectsOf, valueAt } from "../../src/embedded/json.ts";
import { Kinds } from "../../src/embedded/kinds.ts";
import { applyServerSide } from "../../src/embedded/server-side-apply.ts";
import type { ApiObject } from "../../src/embedded/types.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import { APPLY_CASES, APPLY_PATH } from "./apply-cases.ts";
import type { ApplyStep } from "./apply-cases.ts";
import { MEDIA_TYPES } from "./patch-cases.ts";
import { foundAt, PatchServer } from "./patch-server.ts";
import type { Answer } from "./patch-server.ts";

describe("server-side apply, as the real server answers", () => {
  for (const { name, created, steps } of APPLY_CASES) {
    it(name, () => {
      const server = new PatchServer();
      if (created !== undefined) assert.strictEqual(server.request("POST", APPLY_PATH, created).status, 201);
      for (const step of steps) check(put(server, step), step);
    });
  }
});

function put(server: PatchServer, { as, force = false, edit, object }: ApplyStep): Answer {
  const path = `${APPLY_PATH}/applied`;
  if (edit !== undefined) return server.request("PATCH", `${path}?fieldManager=editor`, edit, MEDIA_TYPES.merge);
  const query = `${as === undefined ? "" : `fieldManager=${as}`}${force ? "&force=true" : ""}`;
  return server.request("PATCH", `${path}?${query}`, object, "application/apply-patch+yaml");
}

function check({ status, body }: Answer, step: ApplyStep): void {
  assert.strictEqual(status, step.status, JSON.stringify(body));
  if (step.message !== undefined) assert.strictEqual(fieldOf(body, "message"), step.message);
  if (step.at !== undefined) assert.deepEqual(foundAt(body, step.at), step.expected);
  const entries = objectsOf(valueAt(body, ["metadata", "managedFields"]));
  for (const [manager, fields] of Object.entries(step.owns ?? {})) {
    assert.deepEqual(entries.find((entry) => entry["manager"] === manager)?.["fieldsV1"] ?? null, fields);
  }
}

describe("property: server-side apply", () => {
  const kind = new Kinds().must("v1", "ConfigMap");
  const apply = (current: ApiObject | undefined, fieldManager: string, data: Data, force = true): ApiObject =>
    applyServerSide(
      kind,
      current,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data },
      {
        fieldManager,
        force,
        time: "2030-01-01T00:00:00Z",
      },
    );

  const checkRounds = (random: Random, nameOf: (manager: string, round: number) => string): void => {
    const wanted = new Map<string, Data>();
    let current: ApiObject | undefined;
    let expected: Data = {};
    for (let round = 0; round < 8; round++) {
      const manager = random.pick(["one", "two", "three"]);
      const data = randomData(random);
      expected = nextExpected(wanted, expected, manager, data);
      wanted.set(manager, data);
      current = apply(current, nameOf(manager, round), data);
      assert.deepEqual(current["data"] ?? {}, expected);
    }
  };

  it("leaves what the last of each field's appliers wanted, and nothing that nobody wants", () => {
    forEachSeed(150, (random) => {
      checkRounds(random, (manager) => manager);
    });
  });

  it("canary: the check fails for managers that change their names", () => {
    assert.isDefined(
      firstFailure(20, (random) => {
        checkRounds(random, (manager, round) => manager + String(round));
      }),
    );
  });

  it("gives an equal object when it is repeated", () => {
    forEachSeed(100, (random) => {
      const first = apply(apply(undefined, "one", randomData(random)), "two", randomData(random));
      const data = randomData(random);
      const once = apply(first, "one", data);
      assert.deepEqual(apply(once, "one", data, false), once);
    });
  });
});

type Data = Readonly<Record<string, string>>;

/** A plain account of the same: a field stays as long as somebody who still has a claim to its value wants it. */
function nextExpected(wanted: Map<string, Data>, before: Data, manager: string, data: Data): Data {
  const next = new Map(Object.entries(before));
  for (const key of Object.keys(wanted.get(manager) ?? {})) {
    const isOthers = [...wanted].some(
      ([other, claims]) => other !== manager && claims[key] === before[key] && key in claims,
    );
    if (!(key in data) && !isOthers) next.delete(key);
  }
  for (const [other, claims] of wanted) {
    // Whoever wanted another value has lost the field.
    const kept = Object.entries(claims).filter(([key, value]) => !(key in data) || data[key] === value);
    if (other !== manager) wanted.set(other, Object.fromEntries(kept));
  }
  for (const [key, value] of Object.entries(data)) next.set(key, value);
  return Object.fromEntries(next);
}

function randomData(random: Random): Data {
  const keys = ["a", "b", "c", "d"].filter(() => random.chance(0.5));
  return Object.fromEntries(keys.map((key) => [key, String(random.integer(1, 3))]));
}
