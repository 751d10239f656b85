// Scale: the number of replicas as a resource of its own (autoscaling/v1), of Deployments, ReplicaSets and StatefulSets, and of
// custom resources whose definition says where the number is.

import { badRequest, conflict, forbiddenField, invalid, type FieldError } from "./failure.ts";
import { isObject, objectOf, objectsOf, textOf, valueAt, type JsonObject } from "./json.ts";
import type { ApiObject, Kind } from "./types.ts";

export interface ScalePaths {
  /** `[spec, replicas]`. */
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** Of a text; undefined: the selector of `spec`. */
  readonly selector?: readonly string[];
}

const BUILT_IN: ScalePaths = { spec: ["spec", "replicas"], status: ["status", "replicas"] };

export function scaleOf(object: ApiObject, paths: ScalePaths = BUILT_IN): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, paths.spec);
  const selector =
    paths.selector === undefined
      ? selectorText(objectOf(objectOf(object["spec"])["selector"]))
      : textOf(valueAt(object, paths.selector));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: numberAt(object, paths.status), ...(selector === "" ? {} : { selector }) },
  };
}

/** `object` with the number that the scale asks for. Throws ApiFailure 400, 409 and 422. */
export function scaled(kind: Kind, object: ApiObject, scale: unknown, paths: ScalePaths = BUILT_IN): ApiObject {
  if (!isObject(scale)) throw badRequest("the object provided is unrecognized (must be of type Scale)");
  const { name } = object.metadata;
  const metadata = objectOf(scale["metadata"]);
  const { resourceVersion = "", uid = "" } = metadata;
  const resource = { group: kind.group, plural: kind.plural };
  if (resourceVersion !== "" && resourceVersion !== object.metadata.resourceVersion) {
    throw conflict(
      resource,
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  if (uid !== "" && uid !== object.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${textOf(uid)}, UID in object meta: ${object.metadata.uid ?? ""}`,
    );
  }
  const { replicas = 0 } = objectOf(scale["spec"]);
  const errors = replicasErrors(replicas);
  if (0 < errors.length) throw invalid({ group: "autoscaling", kind: "Scale" }, name, errors);
  return withValue(object, paths.spec, replicas) as ApiObject;
}

function replicasErrors(replicas: unknown): readonly FieldError[] {
  if (!Number.isSafeInteger(replicas)) return [forbiddenField("spec.replicas", "must be an integer")];
  if (0 <= (replicas as number)) return [];
  const detail = "must be greater than or equal to 0";
  return [{ field: "spec.replicas", type: "FieldValueInvalid", value: replicas, detail }];
}

function withValue(object: unknown, path: readonly string[], value: unknown): unknown {
  const [field, ...rest] = path;
  if (field === undefined) return value;
  return { ...objectOf(object), [field]: withValue(valueAt(object, [field]), rest, value) };
}

function numberAt(object: ApiObject, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

/** As `metav1.FormatLabelSelector` writes it. */
function selectorText(selector: JsonObject): string {
  const equal = Object.entries(objectOf(selector["matchLabels"])).map(([key, value]) => `${key}=${String(value)}`);
  const others = objectsOf(selector["matchExpressions"]).map(({ key, operator, values }) => {
    const list = Array.isArray(values) ? `(${[...(values as string[])].sort().join(",")})` : "()";
    if (operator === "Exists") return String(key);
    if (operator === "DoesNotExist") return `!${String(key)}`;
    return `${String(key)} ${operator === "In" ? "in" : "notin"} ${list}`;
  });
  return [...equal, ...others].sort().join(",");
}
