// Verbs: what a request for a resource leads to, verb by verb and subresource by subresource.

import { formOf } from "./accept.ts";
import type { User } from "./access.ts";
import { bindPod } from "./binding.ts";
import { UnreadableBody } from "./body.ts";
import type { Core, Target } from "./core.ts";
import { customKindOf } from "./custom-kinds.ts";
import { collectionBody, deleteObject, deleteOptions, deletionBody } from "./delete.ts";
import { evictPod } from "./eviction.ts";
import {
  badRequest,
  type FieldError,
  forbiddenField,
  invalid,
  methodNotAllowed,
  notFound,
  required,
  unsupportedMediaType,
} from "./failure.ts";
import { listAnswer, objectBody, watchInForm, type FormOptions } from "./forms.ts";
import type { Gate } from "./gate.ts";
import { isObject, objectOf } from "./json.ts";
import { isDryRun } from "./list-options.ts";
import { applyPatch, checkPatchType, isApplyPatch } from "./patch.ts";
import { readList, readObject, storedObject } from "./read.ts";
import { answerReview, isReview } from "./reviews.ts";
import type { Route } from "./route.ts";
import { scaled, scaleOf } from "./scale.ts";
import { applyServerSide } from "./server-side-apply.ts";
import type { ServiceAccountTokens } from "./tokens.ts";
import type { ApiObject, EmbeddedRequest, EmbeddedResponse, Kind } from "./types.ts";
import { asVersion } from "./versions.ts";
import { watchObjects } from "./watch.ts";
import { createObject, replaceObject, updateObject, type UpdateOptions } from "./write.ts";

type ResourceRoute = Extract<Route, { type: "resource" }>;

/** What answers the questions that are no objects. */
export interface Services {
  readonly core: Core;
  readonly tokens: ServiceAccountTokens;
  readonly gate: Gate;
}

/** A request for a resource of a kind that is served; the right to it has been checked. */
interface Call {
  readonly services: Services;
  readonly core: Core;
  readonly target: Target;
  readonly request: EmbeddedRequest;
  readonly form: FormOptions;
}

/** Throws ApiFailure. */
export function answerResource(
  services: Services,
  kind: Kind,
  route: ResourceRoute,
  request: EmbeddedRequest,
  user: User,
): EmbeddedResponse {
  const { core } = services;
  const { namespace, name, subresource, verb } = route;
  const target: Target = { kind, namespace, name, subresource, user };
  const form = { form: formOf(request.accept), nowMs: core.clock.wallMs(), query: request.query };
  const call: Call = { services, core, target, request, form };
  if (isReview(kind)) return review(call, verb);
  if (subresource !== "" && subresource !== "status") return answerPart(call, route);
  switch (verb) {
    case "get":
      return json(200, objectBody(kind, readObject(core, target, request.query), form));
    case "list":
      return json(200, listAnswer(readList(core, target, request.query), form));
    case "watch":
      return watch(call);
    case "create":
      return create(call);
    case "update":
      return update(call);
    case "patch":
      return patch(call);
    case "delete":
      return remove(call);
    case "deletecollection":
      return removeAll(call);
  }
}

/** `POST …/bindings`, which names no pod in its path. */
export function answerBindings(
  core: Core,
  { verb, namespace, name }: ResourceRoute,
  request: EmbeddedRequest,
): EmbeddedResponse {
  if (verb !== "create" || namespace === undefined || name !== undefined) throw methodNotAllowed();
  const options = { isDryRun: dryRun(request, "CreateOptions") };
  return json(201, bindPod(core, namespace, undefined, request.body, options));
}

function answerPart(call: Call, { verb }: ResourceRoute): EmbeddedResponse {
  const { core, target, request } = call;
  switch (target.subresource) {
    case "binding":
      if (verb !== "create") throw methodNotAllowed();
      return json(
        201,
        bindPod(core, target.namespace ?? "", target.name, request.body, {
          isDryRun: dryRun(request, "CreateOptions"),
        }),
      );
    case "eviction":
      if (verb !== "create") throw methodNotAllowed();
      return json(201, evictPod(core, target.namespace ?? "", target.name ?? "", request.body, request.query));
    case "token":
      if (verb !== "create") throw methodNotAllowed();
      return json(201, call.services.tokens.issue(target.namespace ?? "", target.name ?? "", request.body));
    case "scale":
      return scale(call, verb);
    case "finalize":
      if (verb !== "update") throw methodNotAllowed();
      return json(200, finalizeNamespace(call));
    default:
      throw methodNotAllowed();
  }
}

function review({ services, target, request }: Call, verb: ResourceRoute["verb"]): EmbeddedResponse {
  if (verb !== "create") throw methodNotAllowed();
  const { core, gate } = services;
  const reviewers = { core, verdictOn: gate.verdictOn.bind(gate) };
  return json(201, answerReview(reviewers, target.kind, request.body, target.user));
}

function watch({ core, target, request, form }: Call): EmbeddedResponse {
  const stream = watchObjects(core, target, request.query);
  return { kind: "watch", stream: watchInForm(target.kind, stream, form, () => core.clock.wallMs()) };
}

function create({ core, target, request, form }: Call): EmbeddedResponse {
  if (target.name !== undefined) throw methodNotAllowed();
  checkJson(request);
  const options = { isDryRun: dryRun(request, "CreateOptions") };
  return json(201, objectBody(target.kind, createObject(core, target, request.body, options), form));
}

function update({ core, target, request, form }: Call): EmbeddedResponse {
  const { kind, name, subresource } = target;
  if (name === undefined) throw methodNotAllowed();
  checkJson(request);
  const options = updateOptions(request, subresource, "UpdateOptions");
  const { object, wasCreated } = replaceObject(core, { ...target, name }, request.body, options);
  return json(wasCreated ? 201 : 200, objectBody(kind, object, form));
}

function patch({ core, target, request, form }: Call): EmbeddedResponse {
  const { kind, namespace, name, subresource } = target;
  if (name === undefined) throw methodNotAllowed();
  const contentType = request.contentType ?? "";
  checkPatchType(kind, contentType);
  checkPatchOptions(request.query, isApplyPatch(contentType));
  if (request.body instanceof UnreadableBody) throw badRequest(`error decoding patch: ${request.body.problem}`);
  const options = { ...updateOptions(request, subresource, "PatchOptions"), isPatch: true };
  const place = { kind, namespace, name };
  if (!isApplyPatch(contentType)) {
    const change = (current: ApiObject): ApiObject =>
      applyPatch(kind, asVersion(kind, current), request.body, contentType);
    return json(200, objectBody(kind, updateObject(core, place, change, options), form));
  }
  const tracking = {
    fieldManager: options.fieldManager,
    subresource,
    time: core.timestamp(),
    force: request.query.get("force") === "true",
  };
  const apply = (current: ApiObject | undefined): ApiObject => applyServerSide(kind, current, request.body, tracking);
  if (core.store.get(kind, namespace, name) !== undefined) {
    const object = updateObject(core, place, apply, { ...options, isTracked: true });
    return json(200, objectBody(kind, object, form));
  }
  if (subresource !== "") throw notFound(kind, name);
  return json(201, objectBody(kind, createObject(core, place, apply(undefined), options), form));
}

function remove({ core, target, request }: Call): EmbeddedResponse {
  const { kind, name, subresource } = target;
  if (name === undefined || subresource !== "") throw methodNotAllowed();
  const options = deleteOptions(request.body, request.query, dryRun(request, "DeleteOptions"));
  return json(200, deletionBody(kind, deleteObject(core, { ...target, name }, options)));
}

function removeAll({ core, target, request }: Call): EmbeddedResponse {
  const { kind } = target;
  const options = deleteOptions(request.body, request.query, dryRun(request, "DeleteOptions"));
  const list = readList(core, target, request.query);
  const deletions = list.items.map((object) => deleteObject(core, { ...target, name: object.metadata.name }, options));
  return json(200, collectionBody(kind, list.resourceVersion, deletions));
}

function scale({ core, target, request }: Call, verb: ResourceRoute["verb"]): EmbeddedResponse {
  const { kind, namespace, name = "" } = target;
  const paths = customKindOf(kind)?.scale;
  if (verb === "get") return json(200, scaleOf(storedObject(core, target), paths));
  if (verb !== "update" && verb !== "patch") throw methodNotAllowed();
  const change = (current: ApiObject): ApiObject => {
    const { contentType = "" } = request;
    if (verb === "update") return scaled(kind, current, request.body, paths);
    const scaleKind = { ...kind, group: "autoscaling", version: "v1", kind: "Scale" };
    return scaled(kind, current, applyPatch(scaleKind, scaleOf(current, paths), request.body, contentType), paths);
  };
  const options = updateOptions(request, "scale", verb === "update" ? "UpdateOptions" : "PatchOptions");
  return json(200, scaleOf(updateObject(core, { kind, namespace, name }, change, options), paths));
}

/** Takes finalizers off a namespace's spec; when the last is gone and it is being deleted, so is the namespace. */
function finalizeNamespace({ core, target, request }: Call): unknown {
  const { kind, name = "" } = target;
  if (!isObject(request.body)) throw badRequest("the object provided is unrecognized (must be of type Namespace)");
  const { finalizers = [] } = objectOf(request.body["spec"]);
  const change = (current: ApiObject): ApiObject => ({
    ...current,
    spec: { ...objectOf(current["spec"]), finalizers },
  });
  return updateObject(core, { kind, namespace: undefined, name }, change, { isInternal: true });
}

function updateOptions(
  request: EmbeddedRequest,
  subresource: string,
  optionsKind: string,
): UpdateOptions & { readonly fieldManager: string } {
  const agent = (request.userAgent ?? "").split("/", 1)[0] ?? "";
  return {
    isDryRun: dryRun(request, optionsKind),
    subresource,
    fieldManager: request.query.get("fieldManager") ?? (agent === "" ? "unknown" : agent),
  };
}

function dryRun({ query, body }: EmbeddedRequest, optionsKind: string): boolean {
  const inBody =
    optionsKind === "DeleteOptions" && isObject(body) && Array.isArray(body["dryRun"]) ? body["dryRun"] : [];
  return isDryRun([...query.getAll("dryRun"), ...(inBody as readonly string[])], optionsKind);
}

function checkPatchOptions(query: URLSearchParams, isApply: boolean): void {
  const errors: FieldError[] = [];
  if (isApply && (query.get("fieldManager") ?? "") === "")
    errors.push(required("fieldManager", "is required for apply patch"));
  if (!isApply && query.get("force") !== null) {
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  }
  if (0 < errors.length) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
}

const BODY_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

function checkJson({ contentType = "application/json" }: EmbeddedRequest): void {
  if (contentType.split(";", 1)[0]!.trim() !== "application/json") throw unsupportedMediaType(BODY_TYPES);
}

function json(status: number, body: unknown): EmbeddedResponse {
  return { kind: "json", status, body };
}
