// The wire: malformed and impossible requests, and the headers of answers.

import { assert } from "chai";
import type { Cluster } from "./cluster.ts";
import { at } from "./facts.ts";
import { configMap } from "./objects.ts";
import type { Area, RawAnswer, RawRequest } from "./suite.ts";

function status(answer: RawAnswer, code: number, reason: string | undefined, message: RegExp | string): void {
  assert.equal(answer.status, code, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  const body: unknown = JSON.parse(answer.text);
  assert.equal(at(body, "kind"), "Status");
  assert.equal(at(body, "reason"), reason);
  if (typeof message === "string") assert.equal(at(body, "message"), message);
  else assert.match(String(at(body, "message")), message);
}

const send = (c: Cluster, method: string, path: string, more: Partial<RawRequest> = {}) =>
  c.raw({ method, path, ...more });

const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n";
const yamlPatch = { body: yaml, contentType: "application/apply-patch+yaml" };

/** Where a request needs no bytes of its own. */
export const paths: Area = {
  name: "paths and methods",

  define(check) {
    check("an unknown path is 404 in plain text", async (c) => {
      for (const path of ["/nope", "/apis/nope.example.com", "/apis/nope.example.com/v1/things"]) {
        const answer = await send(c, "GET", path);
        assert.equal(answer.status, 404);
        assert.equal(answer.text, "404 page not found\n");
      }
    });

    check("an unknown resource of a known version is 404 with a Status", async (c) => {
      status(
        await send(c, "GET", "/api/v1/nopes"),
        404,
        "NotFound",
        "the server could not find the requested resource",
      );
      status(
        await send(c, "GET", c.core("leases")),
        404,
        "NotFound",
        "the server could not find the requested resource",
      );
    });

    check("a method that a path has not is 405", async (c) => {
      const message = "the server does not allow this method on the requested resource";
      status(await send(c, "PUT", c.pods(), { body: "{}" }), 405, "MethodNotAllowed", message);
      status(await send(c, "POST", c.pods("a"), { body: "{}" }), 405, "MethodNotAllowed", message);
      status(await send(c, "DELETE", "/api/v1/pods"), 405, "MethodNotAllowed", message);
      status(await send(c, "GET", c.pods("a", "binding")), 405, "MethodNotAllowed", message);
    });

    check("a namespaced object cannot be created without its namespace: 405", async (c) => {
      const answer = await send(c, "POST", "/api/v1/pods", { body: JSON.stringify({ metadata: { name: "a" } }) });
      status(answer, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    });

    check("somebody without a token may not list, and may ask for version and health", async (c) => {
      const message =
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope';
      status(await send(c, "GET", "/api/v1/pods", { token: "" }), 403, "Forbidden", message);
      for (const path of ["/version", "/healthz", "/livez", "/readyz"]) {
        assert.equal((await send(c, "GET", path, { token: "" })).status, 200);
      }
    });
  },
};

export const wire: Area = {
  name: "the wire",
  isOnlyOverHttp: true,

  define(check) {
    check("a body that is no JSON is 400", async (c) => {
      const message =
        /^the object provided is unrecognized \(must be of type Pod\): couldn't get version\/kind; json parse error: /;
      status(await send(c, "POST", c.pods(), { body: "{" }), 400, "BadRequest", message);
    });

    check("an empty body is 400", async (c) => {
      const answer = await send(c, "POST", c.pods(), { body: "" });
      assert.equal(answer.status, 400);
    });

    check("a patch that is no JSON is 400", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const request = { body: "{", contentType: "application/merge-patch+json" };
      assert.equal((await send(c, "PATCH", c.configMaps("a"), request)).status, 400);
    });

    check(
      "an apply patch may be YAML",
      async (c) => {
        const answer = await send(c, "PATCH", `${c.configMaps("a")}?fieldManager=one`, yamlPatch);
        assert.equal(answer.status, 201, answer.text);
        assert.equal(at(JSON.parse(answer.text), "data.k"), "v");
      },
      {
        because: "it reads JSON only, which kubectl sends here too",
        instead: async (c) => {
          const answer = await send(c, "PATCH", `${c.configMaps("a")}?fieldManager=one`, yamlPatch);
          status(answer, 400, "BadRequest", /^error decoding patch: /);
        },
      },
    );

    check(
      "a created object may be YAML",
      async (c) => {
        const answer = await send(c, "POST", c.configMaps(), { body: yaml, contentType: "application/yaml" });
        assert.equal(answer.status, 201, answer.text);
      },
      {
        because: "it reads JSON only",
        instead: async (c) => {
          const answer = await send(c, "POST", c.configMaps(), { body: yaml, contentType: "application/yaml" });
          status(answer, 415, "UnsupportedMediaType", /^the body of the request was in an unknown format/);
        },
      },
    );

    check("a body of a type that nobody reads is 415", async (c) => {
      const answer = await send(c, "POST", c.configMaps(), { body: "x", contentType: "text/csv" });
      status(
        answer,
        415,
        "UnsupportedMediaType",
        /^the body of the request was in an unknown format - accepted media types include: /,
      );
    });

    check("an answer in a type that nobody writes is 406", async (c) => {
      const answer = await send(c, "GET", c.pods(), { accept: "text/csv" });
      status(answer, 406, "NotAcceptable", /^406: Not Acceptable\n\nAvailable representations: /);
    });

    check("a body over 3 MiB is 413", async (c) => {
      const body = JSON.stringify(configMap("a", { k: "x".repeat((3 << 20) + 1000) }));
      const answer = await send(c, "POST", c.configMaps(), { body });
      status(answer, 413, "RequestEntityTooLarge", /^Request entity too large: limit is 3145728$/);
    });

    check("the Retry-After of a refused eviction is a header", async (c) => {
      await c.create(c.pods(), {
        metadata: { name: "a", labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i" }], nodeName: "n" },
      });
      await c.change(c.pods("a", "status"), {
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
      });
      const spec = { minAvailable: 1, selector: { matchLabels: { a: "b" } } };
      await c.create(c.group("policy/v1", "poddisruptionbudgets"), { metadata: { name: "p" }, spec });
      const body = JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } });
      const answer = await send(c, "POST", c.pods("a", "eviction"), { body });
      assert.equal(answer.status, 429);
      assert.equal(answer.headers.get("retry-after"), "10");
    });

    check("answers are JSON, and a watch is JSON line by line", async (c) => {
      await c.create(c.configMaps(), configMap("a"));
      const list = await send(c, "GET", c.configMaps());
      assert.equal(list.headers.get("content-type"), "application/json");
      const watch = await send(c, "GET", `${c.configMaps()}?watch=1&timeoutSeconds=1`);
      assert.equal(watch.headers.get("content-type"), "application/json");
      assert.isTrue(watch.text.endsWith("}\n"));
      assert.equal(watch.text.trim().split("\n").length, 1);
    });

    check("letters of other alphabets survive", async (c) => {
      const text = "gro\u00df \u4f60\u597d \u{1f600}";
      await c.create(c.configMaps(), configMap("a", { k: text }));
      assert.equal(at(await c.read(c.configMaps("a")), "data.k"), text);
    });
  },
};
