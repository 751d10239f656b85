// Manifests: the files, directories and standard input of a command line, read into objects.
// Promises: what is no manifest stops the reading with file, document, line and reason; an object given twice with the same
// contents is one; the result is in the order of kind and name, whatever the order of the documents.

import { isDeepStrictEqual } from "node:util";
import { isMap, LineCounter, parseAllDocuments } from "yaml";
import { compareText, SchedulerError } from "../model/index.ts";
import { apiGroupOf, isJsonObject, keyOf, type ApiObject, type JsonObject } from "./api-object.ts";
import type { ResourceKind } from "./port.ts";
import { jsonValues } from "./json-values.ts";
import { checkedMetadata } from "./metadata.ts";

/** Where the input comes from; throws what node:fs throws. */
export interface Input {
  /** Names of a directory's entries; undefined where the path is no directory. */
  list(path: string): readonly string[] | undefined;
  read(path: string): string;
  stdin(): string;
}

export interface Manifests {
  /** By name of the resource; sorted by key. */
  readonly objects: ReadonlyMap<string, readonly ApiObject[]>;
  /** Deployments: expanded by simulate, read by nothing else. */
  readonly deployments: readonly ApiObject[];
  /** Kinds that nothing here reads, each once, sorted: `v1 ConfigMap`. */
  readonly ignored: readonly string[];
  /** What a real API server would not have taken as it is written; sorted. */
  readonly warnings: readonly string[];
}

/** One document, or one item of a list, before anybody has looked into it. */
interface Source {
  readonly value: unknown;
  /** `pods.yaml: document 2, line 14`. */
  readonly where: string;
}

/** Read for its pods alone. */
export const DEPLOYMENT: ResourceKind = {
  name: "deployments",
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  isNamespaced: true,
};
const MANIFEST_FILE = /\.(ya?ml|json)$/;

/** @throws SchedulerError `manifest`, or `usage` for a path that cannot be read */
export function readManifests(paths: readonly string[], input: Input, resources: readonly ResourceKind[]): Manifests {
  const kinds = [...resources, DEPLOYMENT];
  const found = new Map<
    string,
    { readonly resource?: ResourceKind; readonly object: ApiObject; readonly where: string }
  >();
  const warnings = new Set<string>();
  for (const source of paths.flatMap((path) => filesOf(path, input)).flatMap((path) => documentsOf(path, input))) {
    for (const { value, where } of itemsOf(source)) {
      const { kind, apiVersion, resource } = typeOf(value, where, kinds);
      const metadata = checkedMetadata(value["metadata"], where, resource?.isNamespaced, (text) => warnings.add(text));
      for (const part of ["spec", "status"] as const) {
        const field = value[part] ?? undefined;
        if (resource !== undefined && field !== undefined && !isJsonObject(field))
          fail(where, `${part} is not an object`);
      }
      const object = withoutNulls({ ...value, apiVersion, kind, metadata });
      const identity = `${resource?.name ?? `${apiGroupOf(apiVersion)} ${kind}`} ${keyOf(object)}`;
      const other = found.get(identity);
      if (other === undefined) found.set(identity, { ...(resource === undefined ? {} : { resource }), object, where });
      else if (!isDeepStrictEqual(other.object, object)) {
        fail(where, `${kind} "${keyOf(object)}" was given before with different contents (${other.where})`);
      }
    }
  }
  const entries = [...found.values()].sort((a, b) => compareText(keyOf(a.object), keyOf(b.object)));
  const ofResource = ({ name }: ResourceKind): readonly ApiObject[] =>
    entries.filter(({ resource }) => resource?.name === name).map(({ object }) => object);
  const ignored = entries
    .filter(({ resource }) => resource === undefined)
    .map(({ object }) => `${object.apiVersion} ${object.kind}`.trim());
  return {
    objects: new Map(resources.map((resource) => [resource.name, ofResource(resource)])),
    deployments: ofResource(DEPLOYMENT),
    ignored: [...new Set(ignored)].sort(),
    warnings: [...warnings].sort(),
  };
}

/** Like kubectl: of a directory its .yaml, .yml and .json files, without those of directories below. */
function filesOf(path: string, input: Input): readonly string[] {
  if (path === "-") return [path];
  const entries = attempt(path, () => input.list(path));
  if (entries === undefined) return [path];
  const files = entries.filter((name) => MANIFEST_FILE.test(name)).sort();
  if (files.length === 0) throw new SchedulerError("usage", `${path}: no .yaml, .yml or .json file in this directory`);
  return files.map((name) => `${path.replace(/\/+$/, "")}/${name}`);
}

function documentsOf(path: string, input: Input): readonly Source[] {
  const text = attempt(path, () => (path === "-" ? input.stdin() : input.read(path)));
  const file = path === "-" ? "standard input" : path;
  const json = jsonDocuments(text, file);
  if (json !== undefined) return json;
  const lineCounter = new LineCounter();
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  try {
    const documents = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false, logLevel: "error" });
    return documents.flatMap((document, index) => {
      const number = `${file}: document ${index + 1}`;
      const [error] = document.errors;
      if (error !== undefined) fail(`${number}, line ${lineAt(error.pos[0])}`, reasonOf(error));
      const where = `${number}, line ${lineAt(document.contents?.range[0] ?? document.range[0])}`;
      const value: unknown = toPlain(where, () => document.toJS({ maxAliasCount: 1000 }));
      if (value === null || value === undefined) return [];
      if (!isMap(document.contents)) fail(where, "a manifest is a mapping with kind and metadata");
      return [{ value, where }];
    });
  } catch (error) {
    if (error instanceof SchedulerError) throw error;
    return fail(`${file}: document 1, line 1`, reasonOf(error));
  }
}

/** The fast way for what is JSON throughout; anything else is left to the YAML parser, which can say what is wrong. */
function jsonDocuments(text: string, file: string): readonly Source[] | undefined {
  const values = jsonValues(text);
  return values?.map((one, index) => {
    const where = `${file}: document ${index + 1}, line ${one.line}`;
    return "problem" in one ? fail(where, one.problem) : { value: one.value, where };
  });
}

function toPlain(where: string, convert: () => unknown): unknown {
  try {
    return convert();
  } catch (error) {
    return fail(where, reasonOf(error));
  }
}

/** The objects of a `List`, a `PodList` and so on, or the document itself. */
function itemsOf(source: Source): readonly (Source & { readonly value: JsonObject })[] {
  const { value, where } = source;
  if (!isJsonObject(value)) return fail(where, "a manifest is a mapping with kind and metadata");
  const { kind, apiVersion, items } = value;
  if (typeof kind !== "string" || !kind.endsWith("List") || (items !== null && !Array.isArray(items)))
    return [{ value, where }];
  return ((items ?? []) as readonly unknown[]).flatMap((item, index) => {
    const itemKind = kind.slice(0, -"List".length);
    // A typed list as the API server sends it says kind and version once, for all of its items.
    const typed =
      isJsonObject(item) && itemKind !== "" && item["kind"] === undefined
        ? { ...item, kind: itemKind, apiVersion }
        : item;
    return itemsOf({ value: typed, where: `${where}, item ${index + 1}` });
  });
}

function typeOf(
  value: JsonObject,
  where: string,
  resources: readonly ResourceKind[],
): { kind: string; apiVersion: string; resource?: ResourceKind } {
  const { kind, apiVersion = "" } = value;
  if (typeof kind !== "string" || kind === "") return fail(where, "kind is missing");
  if (typeof apiVersion !== "string") return fail(where, "apiVersion is not a string");
  const group = apiGroupOf(apiVersion);
  const named = resources.filter((resource) => resource.kind === kind);
  // A document that leaves apiVersion out means a kind of Kubernetes itself: those groups are not domains of others.
  const resource =
    apiVersion === ""
      ? named.find(({ group: home }) => !home.includes(".") || home.endsWith(".k8s.io"))
      : named.find(({ group: home }) => home === group);
  if (resource === undefined) return { kind, apiVersion };
  const full = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return { kind, apiVersion: apiVersion === "" ? full : apiVersion, resource };
}

/** Writers of manifests say `status: null` or `{}` for what is not there. */
function withoutNulls(object: JsonObject & Pick<ApiObject, "apiVersion" | "kind" | "metadata">): ApiObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null)) as unknown as ApiObject;
}

/** The parser recurses, and says so only in the engine's words. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /call stack/i.test(message) ? "nested too deeply" : message;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    // `ENOENT: no such file or directory, stat 'x'`: the code and the call say nothing that a reader can act on.
    const reason = reasonOf(cause).replace(/^[A-Z]+: (.*?)(, \w+( '.*')?)?$/, "$1");
    throw new SchedulerError("usage", `${path}: ${reason}`, { cause });
  }
}

function fail(where: string, reason: string): never {
  throw new SchedulerError("manifest", `${where}: ${reason}`);
}
