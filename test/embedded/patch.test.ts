import { assert } from "chai";
import { ApiFailure } from "../../src/embedded/failure.ts";
import { deepFreeze, fieldOf } from "../../src/embedded/json.ts";
import { applyPatch, checkPatchType, isApplyPatch } from "../../src/embedded/patch.ts";
import { Kinds } from "../../src/embedded/kinds.ts";
import type { ApiObject, Kind } from "../../src/embedded/types.ts";
import { BASES, MEDIA_TYPES, PATCH_CASES, PATHS } from "./patch-cases.ts";
import { foundAt, PatchServer } from "./patch-server.ts";

const kinds = new Kinds();
const configMap = kinds.must("v1", "ConfigMap");
const custom: Kind = { ...configMap, group: "example.com", kind: "Thing", plural: "things", isCustom: true };
const APPLY = "application/apply-patch+yaml";

describe("patches, as the real server answers them", () => {
  for (const c of PATCH_CASES) {
    it(`${c.type}: ${c.name}`, () => {
      const server = new PatchServer();
      assert.strictEqual(server.request("POST", PATHS[c.base], BASES[c.base]).status, 201);
      const answer = server.request("PATCH", `${PATHS[c.base]}/patched`, c.patch, MEDIA_TYPES[c.type]);
      if (c.message !== undefined) assert.strictEqual(fieldOf(answer.body, "message"), c.message);
      assert.strictEqual(answer.status, c.status ?? 200, JSON.stringify(answer.body));
      if (c.status === undefined) assert.deepEqual(foundAt(answer.body, c.at ?? []), c.expected);
    });
  }
});

describe("applyPatch", () => {
  it("changes neither object nor patch, as both may be frozen", () => {
    for (const { base, type, patch } of PATCH_CASES) {
      const before = deepFreeze(structuredClone(BASES[base])) as unknown as ApiObject;
      const kind = kinds.ofObject(before);
      assert.isDefined(kind);
      try {
        applyPatch(kind, before, deepFreeze(structuredClone(patch)), MEDIA_TYPES[type]);
      } catch (error) {
        assert.instanceOf(error, ApiFailure);
      }
      assert.deepEqual(before, BASES[base]);
    }
  });

  const types = [
    { kind: configMap, type: "application/strategic-merge-patch+json; charset=utf-8", status: 0 },
    { kind: configMap, type: APPLY, status: 0 },
    { kind: configMap, type: "application/json", status: 415 },
    { kind: configMap, type: "", status: 415 },
    { kind: custom, type: MEDIA_TYPES.merge, status: 0 },
    { kind: custom, type: MEDIA_TYPES.strategic, status: 415 },
  ];
  for (const { kind, type, status } of types) {
    it(`${status === 0 ? "takes" : "refuses"} ${type === "" ? "no type" : type} for a ${kind.kind}`, () => {
      assert.strictEqual(
        statusOf(() => {
          checkPatchType(kind, type);
        }),
        status,
      );
    });
  }

  it("names what custom resources take, and says little of the others", () => {
    const words = (kind: Kind) => messageOf(() => applyPatch(kind, BASES.configMap, {}, "text/plain"));
    assert.strictEqual(words(configMap), "415: Unsupported Media Type");
    assert.strictEqual(
      words(custom),
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    );
  });

  it("knows an apply by its type alone", () => {
    assert.isTrue(isApplyPatch(`${APPLY};charset=utf-8`));
    assert.isFalse(isApplyPatch(MEDIA_TYPES.merge));
  });
});

function failureOf(work: () => unknown): ApiFailure | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  return undefined;
}

function statusOf(work: () => unknown): number {
  return failureOf(work)?.status ?? 0;
}

function messageOf(work: () => unknown): string {
  return failureOf(work)?.message ?? "";
}
