// The options of lists and watches, read from a query as strictly as kube-apiserver reads them.

import { ApiFailure, badRequest, forbiddenField, invalid, plainError, type FieldError } from "./failure.ts";

export interface ListOptions {
  /** Undefined where none was given; 0 is "any". */
  readonly resourceVersion: number | undefined;
  readonly match: "" | "Exact" | "NotOlderThan";
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly timeoutSeconds: number | undefined;
  readonly allowsBookmarks: boolean;
  readonly sendsInitialEvents: boolean | undefined;
}

/** Throws ApiFailure 400 for what is no number, 422 for what does not go together. */
export function listOptions(query: URLSearchParams): ListOptions {
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const sendInitialEvents = query.get("sendInitialEvents");
  const options: ListOptions = {
    resourceVersion: version === "" ? undefined : resourceVersionOf(version, isWatch(query)),
    match: match === "Exact" || match === "NotOlderThan" ? match : "",
    limit: integerIn(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    timeoutSeconds: integerIn(query, "timeoutSeconds"),
    allowsBookmarks: flagIn(query, "allowWatchBookmarks"),
    sendsInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
  };
  const errors = isWatch(query) ? watchErrors(options, match) : listErrors(options, version, match);
  if (0 < errors.length) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  return options;
}

export function isWatch(query: URLSearchParams): boolean {
  return flagIn(query, "watch");
}

/** Decimal digits, as the server compares them. */
export function resourceVersionOf(text: string, isForWatch = false): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  const problem = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw isForWatch ? plainError(problem) : badRequest(`invalid resource version: ${problem}`);
}

/** `dryRun=All`: true. Anything else is refused with 422. */
export function isDryRun(values: readonly string[], optionsKind: string): boolean {
  const unknown = values.filter((value) => value !== "All");
  if (unknown.length === 0) return 0 < values.length;
  throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", [
    { field: "dryRun", type: "FieldValueNotSupported", value: values, detail: 'supported values: "All"' },
  ]);
}

function listErrors(options: ListOptions, version: string, match: string): readonly FieldError[] {
  const forbid = (because: string): FieldError[] => [forbiddenField("resourceVersionMatch", because)];
  if (options.sendsInitialEvents !== undefined) {
    return [forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list")];
  }
  if (match === "") return [];
  if (options.continueToken !== "") return forbid("resourceVersionMatch is forbidden when continue is provided");
  if (version === "") return forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (options.match === "") return [notSupported(match)];
  if (options.match === "Exact" && version === "0") {
    return forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  return [];
}

function watchErrors(options: ListOptions, match: string): readonly FieldError[] {
  if (options.sendsInitialEvents === undefined) {
    return match === ""
      ? []
      : [
          forbiddenField(
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
          ),
        ];
  }
  if (match === "") {
    const because = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    return [forbiddenField("resourceVersionMatch", because)];
  }
  return options.match === "NotOlderThan" ? [] : [notSupported(match)];
}

function notSupported(match: string): FieldError {
  const detail = 'supported values: "Exact", "NotOlderThan", ""';
  return { field: "resourceVersionMatch", type: "FieldValueNotSupported", value: match, detail };
}

function integerIn(query: URLSearchParams, field: string): number | undefined {
  const text = query.get(field) ?? "";
  if (text === "") return undefined;
  if (/^-?[0-9]{1,15}$/.test(text)) return Number(text);
  throw new ApiFailure(400, "BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function flagIn(query: URLSearchParams, field: string): boolean {
  const text = query.get(field);
  return text !== null && isTrue(text);
}

/** As the conversion of query parameters has it: present and neither false nor 0. */
function isTrue(text: string): boolean {
  return text !== "false" && text !== "0";
}
