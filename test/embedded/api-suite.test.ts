// The suite of test/api-suite on the embedded API server, through both of its faces; and that it would notice.

import { assert } from "chai";
import { bindings } from "../api-suite/bindings.ts";
import { deletion } from "../api-suite/delete.ts";
import { areas } from "../api-suite/index.ts";
import { leases } from "../api-suite/leases.ts";
import { read } from "../api-suite/read.ts";
import { defineSuite, differencesOf, failuresOf, type Area, type Target } from "../api-suite/suite.ts";
import { update } from "../api-suite/update.ts";
import { watch } from "../api-suite/watch.ts";
import type { ApiClient, ApiRequest, ApiResponse } from "../../src/kube/client.ts";
import { inMemory, overHttp } from "./suite-targets.ts";

defineSuite(
  "the API suite on the embedded API server, over HTTP",
  { isReal: false, timeoutMs: 10_000, isOverHttp: true, start: overHttp },
  areas,
);
defineSuite(
  "the API suite on the embedded API server, in memory",
  { isReal: false, timeoutMs: 10_000, isOverHttp: false, start: inMemory },
  areas,
);

describe("differences of the embedded API server", () => {
  it("are few, and each has its reason", () => {
    assert.deepEqual(differencesOf(areas), [
      "fieldValidation=Strict refuses a field that the kind has not, with 400: it does not know every field of every kind",
      "without it an unknown field is dropped: it does not know every field of every kind",
      "an apply patch may be YAML: it reads JSON only, which kubectl sends here too",
      "a created object may be YAML: it reads JSON only",
    ]);
  });
});

describe("the API suite notices a server that", () => {
  interface Distortion {
    readonly areas: readonly Area[];
    readonly request?: (request: ApiRequest) => ApiRequest;
    readonly answer?: (answer: ApiResponse) => ApiResponse;
    readonly lines?: (lines: AsyncIterable<string>) => AsyncIterable<string>;
    /** Among what fails. */
    readonly fact: string;
  }

  /** What was sent, with metadata of this kind left out. */
  const without = (field: string) => (request: ApiRequest) => {
    const { body } = request;
    if (request.method === "DELETE" || typeof body !== "object" || body === null || !("metadata" in body))
      return request;
    return { ...request, body: { ...body, metadata: { ...(body.metadata as object), [field]: undefined } } };
  };

  const distortions: ReadonlyMap<string, Distortion> = new Map<string, Distortion>([
    [
      "overwrites whatever the resourceVersion",
      {
        areas: [update, leases],
        request: without("resourceVersion"),
        fact: "only one of two can update it from the same resourceVersion",
      },
    ],
    ["binds whatever the uid", { areas: [bindings], request: without("uid"), fact: "another uid is 409" }],
    [
      "merges no annotations of bindings",
      {
        areas: [bindings],
        request: without("annotations"),
        fact: "annotations of the binding are merged into the pod",
      },
    ],
    [
      "knows no grace",
      {
        areas: [deletion],
        request: (request) => (request.method === "DELETE" ? { ...request, body: { gracePeriodSeconds: 0 } } : request),
        fact: "a bound pod stays, with a time of deletion as far away as its grace",
      },
    ],
    [
      "lists in another order",
      {
        areas: [read],
        answer: (answer) => {
          const { items } = (answer.body ?? {}) as { readonly items?: readonly unknown[] };
          return items === undefined
            ? answer
            : { ...answer, body: { ...(answer.body as object), items: items.toReversed() } };
        },
        fact: "a list is in the order of names",
      },
    ],
    [
      "says another word than the real one",
      {
        areas: [read],
        answer: (answer) => {
          const { message } = (answer.body ?? {}) as { readonly message?: string };
          return message === undefined
            ? answer
            : { ...answer, body: { ...(answer.body as object), message: `${message}!` } };
        },
        fact: "get of an object that is not there is 404",
      },
    ],
    [
      "calls a deletion a modification",
      {
        areas: [watch],
        lines: async function* (lines) {
          for await (const line of lines) yield line.replace('{"type":"DELETED"', '{"type":"MODIFIED"');
        },
        fact: "a DELETED event carries the last state, with the resourceVersion of the deletion",
      },
    ],
  ]);

  const distorted = (client: ApiClient, { request, answer, lines }: Distortion): ApiClient => ({
    request: async (sent) => {
      const got = await client.request(request?.(sent) ?? sent);
      return answer?.(got) ?? got;
    },
    stream: async (sent) => {
      const got = await client.stream(sent);
      return lines?.(got) ?? got;
    },
  });

  for (const [name, distortion] of distortions) {
    it(name, async () => {
      const target = await inMemory();
      const worse: Target = { ...target, client: distorted(target.client, distortion) };
      const [honest, found] = [
        await failuresOf(target, distortion.areas, distortion.fact),
        await failuresOf(worse, distortion.areas, distortion.fact),
      ];
      assert.deepEqual(honest, []);
      assert.deepEqual(found, [distortion.fact]);
    });
  }
});
