import { assert } from "chai";
import { Kinds } from "../../src/embedded/kinds.ts";
import { openApiV3, openApiV3Index } from "../../src/embedded/openapi.ts";

// That this is enough for kubectl is shown in test/kube/kubectl.test.ts.

const kinds = new Kinds();
kinds.add({ ...kinds.must("v1", "Pod"), group: "example.com", plural: "widgets", kind: "Widget", isCustom: true });

interface Document {
  readonly paths: Readonly<Record<string, { readonly patch: Patch }>>;
}

interface Patch {
  readonly "x-kubernetes-group-version-kind": object;
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody: { readonly content: object };
}

describe("embedded OpenAPI", () => {
  it("has a document for every group and version", () => {
    const { paths } = openApiV3Index(kinds.all()) as { paths: Record<string, { serverRelativeURL: string }> };
    for (const root of ["api/v1", "apis/apps/v1", "apis/example.com/v1"]) {
      assert.equal(paths[root as "api/v1"]?.serverRelativeURL, `/openapi/v3/${root}`);
    }
    for (const root of Object.keys(paths)) assert.isDefined(openApiV3(kinds.all(), root), root);
    assert.isUndefined(openApiV3(kinds.all(), "apis/nowhere/v1"));
  });

  it("says of each kind that the server checks its fields, and which patches it takes", () => {
    const pods = patchAt("api/v1", "/api/v1/namespaces/{namespace}/pods/{name}");
    assert.deepEqual(pods["x-kubernetes-group-version-kind"], { group: "", version: "v1", kind: "Pod" });
    assert.include(
      pods.parameters.map(({ name }) => name),
      "fieldValidation",
    );
    assert.hasAnyKeys(pods.requestBody.content, ["application/strategic-merge-patch+json"]);
    const widgets = patchAt("apis/example.com/v1", "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}");
    assert.doesNotHaveAnyKeys(widgets.requestBody.content, ["application/strategic-merge-patch+json"]);
  });
});

function patchAt(root: string, path: string): Patch {
  const { paths } = openApiV3(kinds.all(), root) as Document;
  return paths[path as "/"]!.patch;
}
