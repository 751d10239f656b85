// Accept: in which form a client wants its answer. JSON is the only writing; protobuf and YAML are not offered.

import { notAcceptable } from "./failure.ts";

export type Form =
  | "plain"
  /** Rows and columns as kubectl prints them. */
  | "table"
  /** Metadata alone. */
  | "metadata"
  /** Discovery of all groups in one answer. */
  | "aggregated";

/** The first form of the header that is offered. Throws ApiFailure 406 where none is. */
export function formOf(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === "") return "plain";
  for (const range of accept.split(",")) {
    const [mediaType = "", ...parameters] = range.split(";").map((part) => part.trim());
    if (!OFFERED.has(mediaType)) continue;
    const form = formOfParameters(new Map(parameters.map((parameter) => splitParameter(parameter))));
    if (form !== undefined) return form;
  }
  throw notAcceptable();
}

const OFFERED = new Set(["application/json", "application/*", "*/*"]);

function splitParameter(parameter: string): readonly [string, string] {
  const [name = "", value = ""] = parameter.split("=", 2);
  return [name, value];
}

function formOfParameters(parameters: ReadonlyMap<string, string>): Form | undefined {
  const as = parameters.get("as");
  if (as === undefined) return "plain";
  const version = parameters.get("v");
  if (as === "Table") return version === "v1" ? "table" : undefined;
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "metadata";
  return as === "APIGroupDiscoveryList" && version === "v2" ? "aggregated" : undefined;
}
