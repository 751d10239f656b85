import { assert } from "chai";
import { ApiFailure } from "../../src/embedded/failure.ts";
import { messageOf } from "../../src/embedded/protobuf-messages.ts";
import { decodeProtobuf } from "../../src/embedded/protobuf.ts";

// That kubectl's own messages are understood is shown in test/kube/kubectl.test.ts.

type Value = number | string | Uint8Array;

describe("embedded protobuf", () => {
  it("reads an object with metadata, maps and bytes", () => {
    const metadata = message(
      [1, "c"],
      [7, 0], // Go writes what is not set
      [8, message()],
      [11, message([1, "b"], [2, "1"])],
      [11, message([1, "a"], [2, ""])],
      [14, "x/one"],
      [14, "x/two"],
    );
    const body = enveloped(
      "v1",
      "ConfigMap",
      [1, metadata],
      [2, entry("k", "v")],
      [3, entry("raw", "\x01\x02")],
      [4, 0],
    );
    assert.deepEqual(decodeProtobuf(body, messageOf), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", labels: { b: "1", a: "" }, finalizers: ["x/one", "x/two"] },
      data: { k: "v" },
      binaryData: { raw: "AQI=" },
      immutable: false,
    });
  });

  it("reads an eviction with preconditions and a grace period of 0", () => {
    const options = message([1, 0], [2, message([1, "uid-1"])], [5, "All"]);
    assert.deepEqual(
      decodeProtobuf(enveloped("policy/v1", "Eviction", [1, message([1, "p"])], [2, options]), messageOf),
      {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { name: "p" },
        deleteOptions: { gracePeriodSeconds: 0, preconditions: { uid: "uid-1" }, dryRun: ["All"] },
      },
    );
  });

  it("reads counts, percentages, times and negative numbers", () => {
    const spec = message([1, message([1, 0], [2, 3])], [3, message([1, 1], [3, "25%"])]);
    const budget = decodeProtobuf(enveloped("policy/v1", "PodDisruptionBudget", [2, spec]), messageOf);
    assert.deepEqual((budget as { spec: unknown }).spec, { minAvailable: 3, maxUnavailable: "25%" });
    const metadata = message([8, message([1, 1_700_000_000])]);
    const priority = enveloped("scheduling.k8s.io/v1", "PriorityClass", [1, metadata], [2, -5], [3, 0]);
    assert.deepEqual(decodeProtobuf(priority, messageOf), {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { creationTimestamp: "2023-11-14T22:13:20Z" },
      value: -5,
    });
  });

  it("takes options of a deletion from every group", () => {
    const options = decodeProtobuf(enveloped("apps/v1", "DeleteOptions", [4, "Foreground"]), messageOf);
    assert.deepEqual(options, { apiVersion: "apps/v1", kind: "DeleteOptions", propagationPolicy: "Foreground" });
  });

  it("passes over what is unknown and not set, but loses nothing that is", () => {
    const empty = enveloped("v1", "Namespace", [3, message([1, ""], [2, 0])]);
    assert.deepEqual(decodeProtobuf(empty, messageOf), { apiVersion: "v1", kind: "Namespace" });
    assert.match(refusal(enveloped("v1", "Namespace", [3, message([1, "Active"])])), /field 3 of Namespace/);
  });

  const refused: readonly { readonly name: string; readonly body: Uint8Array; readonly words: RegExp }[] = [
    { name: "a kind that is not listed", body: enveloped("v1", "Node"), words: /Node of v1 is not understood/ },
    { name: "no envelope", body: new TextEncoder().encode("{}"), words: /does not appear to be a protobuf message/ },
    {
      name: "an end in the middle",
      body: enveloped("v1", "Namespace", [1, message([1, "n"])]).slice(0, -9),
      words: /malformed/,
    },
    { name: "a number where a message belongs", body: enveloped("v1", "Namespace", [1, 7]), words: /malformed/ },
    {
      name: "a varint without an end",
      body: new Uint8Array([0x6b, 0x38, 0x73, 0, ...Array<number>(12).fill(0xff)]),
      words: /malformed/,
    },
  ];
  for (const { name, body, words } of refused) it(`refuses ${name}`, () => assert.match(refusal(body), words));
});

function refusal(body: Uint8Array): string {
  try {
    decodeProtobuf(body, messageOf);
  } catch (error) {
    assert.instanceOf(error, ApiFailure);
    assert.equal(error.status, 400);
    return error.message;
  }
  assert.fail("was read");
}

function enveloped(apiVersion: string, kind: string, ...fields: readonly (readonly [number, Value])[]): Uint8Array {
  const typeMeta = message([1, apiVersion], [2, kind]);
  return new Uint8Array([0x6b, 0x38, 0x73, 0, ...message([1, typeMeta], [2, message(...fields)], [3, ""], [4, ""])]);
}

function entry(key: string, value: string): Uint8Array {
  return message([1, key], [2, value]);
}

function message(...fields: readonly (readonly [number: number, value: Value])[]): Uint8Array {
  return new Uint8Array(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number")
        return [...varint(BigInt(number * 8)), ...varint(BigInt.asUintN(64, BigInt(value)))];
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return [...varint(BigInt(number * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes];
    }),
  );
}

function varint(value: bigint): readonly number[] {
  return value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)];
}
