// Quantities as kube-apiserver stores them: in the one canonical form of their kind (apimachinery pkg/api/resource, CanonicalForm),
// wherever the objects of the built-in kinds hold lists of resources.

import { NANO, parseQuantity } from "../model/index.ts";
import { badRequest } from "./failure.ts";
import { isObject, valueAt } from "./json.ts";
import { storageOf } from "./kinds.ts";
import type { ApiObject, Kind } from "./types.ts";

/** The object with its quantities in canonical form; itself where they are. Throws ApiFailure 400 for what is no quantity. */
export function withCanonicalQuantities(kind: Kind, object: ApiObject): ApiObject {
  const paths = PATHS.get(storageOf(kind)) ?? [];
  return paths.reduce<ApiObject>((changed, path) => {
    if (valueAt(changed, path.slice(0, 1)) === undefined) return changed;
    return replacedAt(changed, path, (list) => canonicalList(kind, list)) as ApiObject;
  }, object);
}

/** `*` stands for every item of a list. */
const POD_SPEC = [
  ["containers", "*", "resources", "requests"],
  ["containers", "*", "resources", "limits"],
  ["initContainers", "*", "resources", "requests"],
  ["initContainers", "*", "resources", "limits"],
  ["resources", "requests"],
  ["resources", "limits"],
  ["overhead"],
];
const TEMPLATE = POD_SPEC.map((path) => ["spec", "template", "spec", ...path]);

const PATHS: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ["/pods", POD_SPEC.map((path) => ["spec", ...path])],
  [
    "/nodes",
    [
      ["status", "capacity"],
      ["status", "allocatable"],
    ],
  ],
  [
    "/persistentvolumeclaims",
    [
      ["spec", "resources", "requests"],
      ["spec", "resources", "limits"],
      ["status", "capacity"],
    ],
  ],
  ["/persistentvolumes", [["spec", "capacity"]]],
  [
    "/resourcequotas",
    [
      ["spec", "hard"],
      ["status", "hard"],
      ["status", "used"],
    ],
  ],
  ["apps/deployments", TEMPLATE],
  ["apps/replicasets", TEMPLATE],
  ["apps/statefulsets", TEMPLATE],
  ["apps/daemonsets", TEMPLATE],
  ["batch/jobs", TEMPLATE],
]);

/** A copy with the value at `path` replaced; the value itself where nothing is there or nothing changes. */
function replacedAt(value: unknown, path: readonly string[], replace: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replace(value);
  if (step === "*") {
    if (!Array.isArray(value)) return value;
    const items = value.map((item) => replacedAt(item, rest, replace));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  const part = valueAt(value, [step]);
  if (part === undefined || !isObject(value)) return value;
  const changed = replacedAt(part, rest, replace);
  return changed === part ? value : { ...value, [step]: changed };
}

function canonicalList(kind: Kind, list: unknown): unknown {
  if (!isObject(list)) return list;
  const entries = Object.entries(list).map(([name, value]) => [name, canonical(kind, value)] as const);
  const isSame = entries.every(([name, value]) => value === valueAt(list, [name]));
  return isSame ? list : Object.fromEntries(entries);
}

function canonical(kind: Kind, value: unknown): string {
  if (typeof value === "string" && /^[1-9][0-9]{0,2}$/.test(value)) return value;
  const nano = parseQuantity(value);
  if (nano === undefined) {
    const rule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${rule}`,
    );
  }
  const text = String(value);
  const size = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? "-" : "";
  if (size === 0n) return "0";
  if (text.endsWith("i") && 1024n * NANO <= size && size % NANO === 0n)
    return sign + scaledBy(size / NANO, 1024n, BINARY);
  const exponent = /[eE][+-]?\d+$/.test(text);
  return sign + scaledBy(size, 1000n, exponent ? EXPONENTS : DECIMAL);
}

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;
const EXPONENTS = ["e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18"] as const;

/** The number with the largest suffix that leaves it whole. */
function scaledBy(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let rest = value;
  let step = 0;
  while (step < suffixes.length - 1 && rest % base === 0n) {
    rest /= base;
    step += 1;
  }
  return `${rest}${suffixes[step]!}`;
}
