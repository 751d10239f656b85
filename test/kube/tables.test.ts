// Tables of the embedded server next to those of kube-apiserver: odd objects of every kind are put into the real one, and
// each of its tables is made again from the objects that it came with.

import { assert } from "chai";
import { Kinds, apiVersionOf } from "../../src/embedded/kinds.ts";
import { tableFor, type PrinterColumn, type Table } from "../../src/embedded/tables.ts";
import type { ApiObject, Kind } from "../../src/embedded/types.ts";
import { startControlPlane, type ControlPlane } from "./control-plane.ts";
import { gadgetDefinition, tableObjects, widgetColumns, widgetDefinition, widgetObjects } from "./table-objects.ts";
import type { Seed } from "./table-seeds.ts";

const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
const kinds = new Kinds();
const widget = customKind("Widget");
const gadget = customKind("Gadget");

describe("embedded tables against kube-apiserver", function () {
  this.timeout(120_000);
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane();
    await plane.request("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
    for (const seed of tableObjects) await put(plane, kinds.must(seed.apiVersion, seed.kind), seed);
    for (const [kind, definition] of [
      [widget, widgetDefinition],
      [gadget, gadgetDefinition],
    ] as const) {
      await plane.kubectl(["apply", "-f", "-"], JSON.stringify(definition));
      await plane.kubectl([
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "crd",
        `${kind.plural}.example.com`,
      ]);
    }
    for (const seed of widgetObjects) await put(plane, seed.kind === "Widget" ? widget : gadget, seed);
  });

  after(() => plane.stop());

  for (const kind of kinds.all().filter((each) => !each.group.startsWith("auth"))) {
    it(`${kind.kind} of ${kind.group || "the core group"}`, () => checkTable(plane, kind));
  }

  it("custom resources with columns", () => checkTable(plane, widget, widgetColumns));
  it("custom resources without", () => checkTable(plane, gadget, []));

  it("canary: another cell is seen", async () => {
    const { real, made } = await bothTables(plane, kinds.must("v1", "Pod"));
    assert.isFalse(isSame({ ...real, rows: [{ ...real.rows[0]!, cells: ["x"] }, ...real.rows.slice(1)] }, made));
  });
});

interface Tables {
  readonly real: Table;
  /** By the time before and after the request: ages may have changed in between. */
  readonly made: readonly Table[];
}

async function checkTable(plane: ControlPlane, kind: Kind, crdColumns?: readonly PrinterColumn[]): Promise<void> {
  const { real, made } = await bothTables(plane, kind, crdColumns);
  assert.isAbove(real.rows.length, 0, "there is something to compare");
  if (!isSame(real, made)) assert.deepEqual(made[0], real);
}

async function bothTables(plane: ControlPlane, kind: Kind, crdColumns?: readonly PrinterColumn[]): Promise<Tables> {
  const startMs = Date.now();
  const real = await plane.request<Table>("GET", `${rootOf(kind)}/${kind.plural}?includeObject=Object`, undefined, {
    accept,
  });
  const objects = real.rows.map((row) => row.object as ApiObject);
  const times = [startMs, Date.now()];
  return {
    real: { ...real, columnDefinitions: real.columnDefinitions!.map((head) => ({ ...head, description: "" })) },
    made: times.map((nowMs) => {
      return tableFor(kind, objects, real.metadata, {
        nowMs,
        includeObject: "Object",
        ...(crdColumns && { crdColumns }),
      });
    }),
  };
}

/** Every row is that of one of the times. */
function isSame(real: Table, made: readonly Table[]): boolean {
  const heads = made.every((table) => isEqual(table.columnDefinitions, real.columnDefinitions));
  return heads && real.rows.every((row, index) => made.some((table) => isEqual(table.rows[index], row)));
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

async function put(plane: ControlPlane, kind: Kind, { apiVersion, body, status, isDeleted }: Seed): Promise<void> {
  const collection = `${rootOf(kind)}${kind.isNamespaced ? "/namespaces/default" : ""}/${kind.plural}`;
  const path = `${collection}/${body.metadata.name}`;
  await plane.request("POST", collection, { apiVersion, kind: kind.kind, ...body });
  if (status !== undefined) await plane.request("PATCH", `${path}/status`, { status });
  if (isDeleted === true) await plane.request("DELETE", path);
}

function rootOf(kind: Kind): string {
  return kind.group === "" ? "/api/v1" : `/apis/${apiVersionOf(kind)}`;
}

function customKind(kind: string): Kind {
  const plural = `${kind.toLowerCase()}s`;
  return { ...kinds.must("v1", "Pod"), group: "example.com", plural, kind };
}
