import { assert } from "chai";
import { Kinds } from "../../../src/embedded/kinds.ts";
import type { PrinterColumn } from "../../../src/embedded/tables.ts";
import type { Kind } from "../../../src/embedded/types.ts";
import { cellsOf, objectOf } from "../../support/table-rows.ts";

describe("embedded tables: custom resources", () => {
  const gadget: Kind = { ...new Kinds().must("v1", "Pod"), group: "example.com", plural: "gadgets", kind: "Gadget" };
  const body = {
    metadata: { labels: { b: "1", a: "2" }, annotations: { "a.b/c": "dotted" } },
    spec: {
      size: 3.7,
      name: "n",
      on: true,
      list: [{ v: "first" }, { v: "second" }],
      when: "2026-03-01T11:59:55Z",
      nothing: null,
    },
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Idle", status: "False" },
      ],
    },
  };
  const cases: { readonly name: string; readonly column: Omit<PrinterColumn, "name">; readonly cell: unknown }[] = [
    { name: "a text", column: { type: "string", jsonPath: ".spec.name" }, cell: "n" },
    { name: "a number as text", column: { type: "string", jsonPath: ".spec.size" }, cell: "3.7" },
    {
      name: "an object as text, in the order of its keys",
      column: { type: "string", jsonPath: ".metadata.labels" },
      cell: '{"a":"2","b":"1"}',
    },
    { name: "an integer", column: { type: "integer", jsonPath: ".spec.size" }, cell: 3 },
    { name: "a number", column: { type: "number", jsonPath: ".spec.size" }, cell: 3.7 },
    { name: "a boolean", column: { type: "boolean", jsonPath: ".spec.on" }, cell: true },
    { name: "a date as an age", column: { type: "date", jsonPath: ".spec.when" }, cell: "5s" },
    { name: "a date that is none", column: { type: "date", jsonPath: ".spec.name" }, cell: "<invalid>" },
    { name: "another type than the column's", column: { type: "integer", jsonPath: ".spec.name" }, cell: null },
    { name: "nothing there", column: { type: "string", jsonPath: ".spec.missing.deeper" }, cell: null },
    {
      name: "a filter",
      column: { type: "string", jsonPath: '.status.conditions[?(@.type=="Idle")].status' },
      cell: "False",
    },
    { name: "an index", column: { type: "string", jsonPath: ".spec.list[1].v" }, cell: "second" },
    { name: "the first of many", column: { type: "string", jsonPath: ".spec.list[*].v" }, cell: "first" },
    { name: "an escaped dot", column: { type: "string", jsonPath: ".metadata.annotations.a\\.b/c" }, cell: "dotted" },
    { name: "a quoted name", column: { type: "string", jsonPath: ".metadata.annotations['a.b/c']" }, cell: "dotted" },
    { name: "null", column: { type: "string", jsonPath: ".spec.nothing" }, cell: "<no value>" },
  ];
  for (const { name, column, cell } of cases) {
    it(name, () => {
      const options = { crdColumns: [{ name: "Column", ...column }] };
      assert.deepEqual(cellsOf(gadget, objectOf("example.com/v1", "Gadget", body), options), ["x", cell]);
    });
  }

  it("shows the age where the definition has no columns", () => {
    assert.deepEqual(cellsOf(gadget, objectOf("example.com/v1", "Gadget", body), { crdColumns: [] }), ["x", "10m"]);
  });
});
