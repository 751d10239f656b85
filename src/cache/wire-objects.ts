// Wire objects: lists and watch events as the API server sends them, checked where a reflector depends on them.
//
// Whatever is not what it should be is a SchedulerError "protocol": a reflector then starts again from what it last
// knew to be good, and never goes on as if the line had not been there (faults A14).

import { inOneLine } from "../kube/errors.ts";
import { SchedulerError } from "../model/index.ts";
import type { KubeObject, Resource } from "./events.ts";

export interface ListPage {
  readonly resourceVersion: string;
  /** The token of the next page; empty on the last. */
  readonly next: string;
  readonly objects: readonly WireObject[];
}

/** With what a reflector needs to tell objects and their versions apart. */
export type WireObject = KubeObject & {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
};

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: WireObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }
  | { readonly type: "ERROR"; readonly status: number; readonly reason: string; readonly message: string };

type Fields = Readonly<Record<string, unknown>>;

export function readListPage(resource: Resource, body: unknown): ListPage {
  const list = fieldsOf(body, resource, "the list");
  const wanted = `${resource.kind}List`;
  if (list["kind"] !== wanted)
    throw defect(resource, `a list of kind ${wanted} was expected, not ${inWords(list["kind"])}`);
  const metadata = fieldsOf(list["metadata"], resource, "the list's metadata");
  const items = list["items"] ?? []; // a Go slice that is nil
  if (!Array.isArray(items)) throw defect(resource, "the list's items are no list");
  return {
    resourceVersion: textOf(metadata["resourceVersion"], resource, "the list's resourceVersion"),
    next: typeof metadata["continue"] === "string" ? metadata["continue"] : "",
    objects: items.map((item: unknown) => readObject(resource, item)),
  };
}

export function readWatchEvent(resource: Resource, line: string): WatchEvent {
  const event = fieldsOf(parse(resource, line), resource, "a watch event");
  const type = event["type"];
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED": {
      const object = readObject(resource, event["object"]);
      if (object.kind === undefined) throw defect(resource, "an object without a kind");
      return { type, object };
    }
    case "BOOKMARK": {
      const metadata = fieldsOf(
        fieldsOf(event["object"], resource, "a bookmark")["metadata"],
        resource,
        "a bookmark's metadata",
      );
      return { type, resourceVersion: textOf(metadata["resourceVersion"], resource, "a bookmark's resourceVersion") };
    }
    case "ERROR": {
      const { code, reason, message } = fieldsOf(event["object"], resource, "a Status");
      return {
        type,
        status: typeof code === "number" ? code : 0,
        reason: typeof reason === "string" ? reason : "",
        message: inOneLine(typeof message === "string" ? message : "an error event in the watch"),
      };
    }
    default:
      throw defect(resource, `a watch event of type ${inWords(type)}`);
  }
}

/** Items of typed lists carry neither kind nor apiVersion; where they are, they must be right. */
function readObject(resource: Resource, value: unknown): WireObject {
  const object = fieldsOf(value, resource, "an object");
  const metadata = fieldsOf(object["metadata"], resource, "an object's metadata");
  textOf(metadata["name"], resource, "an object's name");
  textOf(metadata["uid"], resource, "an object's uid");
  textOf(metadata["resourceVersion"], resource, "an object's resourceVersion");
  if (object["kind"] !== undefined && object["kind"] !== resource.kind) {
    throw defect(resource, `an object of kind ${inWords(object["kind"])}`);
  }
  return value as WireObject;
}

function parse(resource: Resource, line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw defect(resource, "a watch event that is not JSON", error);
  }
}

function fieldsOf(value: unknown, resource: Resource, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw defect(resource, `${what} is no object`);
}

function textOf(value: unknown, resource: Resource, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw defect(resource, `${what} is missing`);
}

function inWords(value: unknown): string {
  return typeof value === "string" ? inOneLine(value) : typeof value;
}

function defect(resource: Resource, what: string, cause?: unknown): SchedulerError {
  return new SchedulerError("protocol", `${resource.plural}: ${what}`, { retryable: true, cause });
}
