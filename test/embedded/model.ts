// Model: what an API server holds, as simply as it can be said: a Map, a counter, and every change in a list. And Walk, which does
// random operations on the real state machine and on the model, and names the first answer that differs.

import type { EmbeddedRequest, EmbeddedResponse, WatchStream } from "../../src/embedded/types.ts";

export interface Modelled {
  readonly uid: string;
  readonly version: number;
  readonly label: string;
  readonly value: string;
  readonly isHeld: boolean;
  readonly isDeleted: boolean;
}

interface Change {
  readonly version: number;
  readonly key: string;
  readonly before: Modelled | undefined;
  readonly after: Modelled | undefined;
}

interface Selection {
  readonly namespace: string | undefined;
  readonly label: string | undefined;
}

interface OpenWatch extends Selection {
  readonly from: number;
  readonly seen: string[];
  readonly stop: () => void;
}

interface OpenList extends Selection {
  readonly version: number;
  readonly token: string;
  readonly rest: readonly string[];
}

export type Handle = (request: EmbeddedRequest) => EmbeddedResponse;

const NAMESPACES = ["default", "kube-system"] as const;
const NAMES = ["a", "b", "c", "constructor", "d", "e-f", "e.f", "g"] as const;
const LABELS = ["red", "blue"] as const;

export class Walk {
  readonly #handle: Handle;
  readonly #compact: (version: number) => void;
  readonly #random: () => number;
  readonly #objects = new Map<string, Modelled>();
  readonly #changes: Change[] = [];
  readonly #watches: OpenWatch[] = [];
  readonly #lists: OpenList[] = [];
  #version: number;
  #compacted: number;
  /** How often each kind of operation was done. */
  readonly done = new Map<string, number>();

  constructor(handle: Handle, version: number, compact: (version: number) => void, random: () => number) {
    this.#handle = handle;
    this.#version = version;
    this.#compacted = version;
    this.#compact = compact;
    this.#random = random;
  }

  /** Throws an Error that says what differs. */
  step(): void {
    const operations: readonly (readonly [number, string, () => void])[] = [
      [18, "create", () => this.#create()],
      [14, "get", () => this.#get()],
      [6, "list", () => this.#list()],
      [6, "next page", () => this.#nextPage()],
      [24, "update", () => this.#update()],
      [16, "delete", () => this.#delete()],
      [5, "watch", () => this.#watch()],
      [5, "end of a watch", () => this.#endWatch()],
      [0.3, "compact", () => this.#forget()],
    ];
    const total = operations.reduce((sum, [weight]) => sum + weight, 0);
    let point = this.#random() * total;
    const [, name, operate] = operations.find(([weight]) => (point -= weight) < 0) ?? operations[0]!;
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    operate();
  }

  /** Looks at everything once more. */
  finish(): void {
    while (0 < this.#watches.length) this.#endWatch();
    const { status, body } = this.#ask("GET", "/api/v1/configmaps");
    equal("status of the last list", status, 200);
    equal(
      "the last list",
      this.#inWords(body),
      this.#listed({ namespace: undefined, label: undefined }, this.#version),
    );
  }

  #create(): void {
    const { namespace, name, key } = this.#place();
    const label = this.#one(LABELS);
    const value = this.#value();
    const isHeld = this.#random() < 0.2;
    const { status, body } = this.#ask("POST", `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name, labels: { color: label }, ...(isHeld ? { finalizers: ["test/held"] } : {}) },
      data: { value },
    });
    if (this.#objects.has(key)) {
      equal(`create ${key}`, status, 409);
      return;
    }
    equal(`create ${key}`, status, 201);
    const uid = textIn(body, "metadata", "uid");
    const created = { uid, version: this.#version + 1, label, value, isHeld, isDeleted: false };
    this.#change(key, created);
    equal(`created ${key}`, wordsOf(key, body), inWords(key, created));
  }

  #get(): void {
    const { path, key } = this.#place();
    const { status, body } = this.#ask("GET", path);
    const known = this.#objects.get(key);
    equal(`get ${key}`, status, known === undefined ? 404 : 200);
    if (known !== undefined) equal(`get ${key}`, wordsOf(key, body), inWords(key, known));
  }

  #update(): void {
    const { path, name, key } = this.#place();
    const known = this.#objects.get(key);
    const version = this.#maybeVersion(known);
    const isSame = known !== undefined && this.#random() < 0.15;
    const label = isSame ? known.label : this.#one(LABELS);
    const value = isSame ? known.value : this.#value();
    const isHeld = known?.isHeld === true && (isSame || this.#random() < 0.6);
    const { status, body } = this.#ask("PUT", path, {
      metadata: {
        name,
        labels: { color: label },
        ...(version === undefined ? {} : { resourceVersion: String(version) }),
        ...(isHeld ? { finalizers: ["test/held"] } : {}),
      },
      data: { value },
    });
    if (known === undefined) return equal(`update ${key}`, status, 404);
    if (version !== undefined && version !== known.version) return equal(`stale update ${key}`, status, 409);
    equal(`update ${key}`, status, 200);
    const isChanged = label !== known.label || value !== known.value || isHeld !== known.isHeld;
    if (!isChanged) return equal(`update of nothing ${key}`, wordsOf(key, body), inWords(key, known));
    const after = { ...known, version: this.#version + 1, label, value, isHeld };
    if (known.isDeleted && !isHeld) {
      this.#change(key, undefined);
      return;
    }
    this.#change(key, after);
    equal(`updated ${key}`, wordsOf(key, body), inWords(key, after));
  }

  #delete(): void {
    const { path, key } = this.#place();
    const known = this.#objects.get(key);
    const version = this.#maybeVersion(known);
    const uid = known !== undefined && this.#random() < 0.3 ? known.uid : this.#random() < 0.1 ? "other" : undefined;
    const { status } = this.#ask("DELETE", path, {
      preconditions: { ...(version === undefined ? {} : { resourceVersion: String(version) }), ...(uid && { uid }) },
    });
    if (known === undefined) return equal(`delete ${key}`, status, 404);
    const isMet = (version === undefined || version === known.version) && (uid === undefined || uid === known.uid);
    equal(`delete ${key}`, status, isMet ? 200 : 409);
    if (!isMet) return;
    if (!known.isHeld) this.#change(key, undefined);
    else if (!known.isDeleted) this.#change(key, { ...known, version: this.#version + 1, isDeleted: true });
  }

  #list(): void {
    const selection = this.#selection();
    const limit = this.#random() < 0.6 ? 1 + Math.floor(this.#random() * 4) : 0;
    const { status, body } = this.#ask("GET", pathOf(selection.namespace), undefined, {
      ...queryOf(selection),
      ...(limit === 0 ? {} : { limit: String(limit) }),
    });
    equal("status of a list", status, 200);
    equal("version of a list", textIn(body, "metadata", "resourceVersion"), String(this.#version));
    const all = this.#listed(selection, this.#version);
    this.#comparePage(body, limit === 0 ? all : all.slice(0, limit));
    const rest = limit === 0 ? [] : all.slice(limit);
    this.#keepToken({ ...selection, version: this.#version, token: tokenIn(body), rest });
  }

  #nextPage(): void {
    const list = this.#takeFrom(this.#lists);
    if (list === undefined) return;
    const limit = 1 + Math.floor(this.#random() * 4);
    const { status, body } = this.#ask("GET", pathOf(list.namespace), undefined, {
      ...queryOf(list),
      limit: String(limit),
      continue: list.token,
    });
    if (list.version < this.#compacted) return equal("a page of a forgotten list", status, 410);
    equal("status of a page", status, 200);
    equal("version of a page", textIn(body, "metadata", "resourceVersion"), String(list.version));
    this.#comparePage(body, list.rest.slice(0, limit));
    this.#keepToken({ ...list, token: tokenIn(body), rest: list.rest.slice(limit) });
  }

  #keepToken(list: OpenList): void {
    equal("whether there is more", list.token !== "", 0 < list.rest.length);
    if (list.token !== "" && this.#lists.length < 20) this.#lists.push(list);
  }

  #comparePage(body: unknown, expected: readonly string[]): void {
    equal("a page", this.#inWords(body), expected);
  }

  #watch(): void {
    if (10 <= this.#watches.length) return;
    const selection = this.#selection();
    const isOld = this.#random() < 0.1;
    const from = isOld ? 1 : this.#compacted + Math.floor(this.#random() * (this.#version - this.#compacted + 1));
    const response = this.#handle(
      request("GET", pathOf(selection.namespace), undefined, {
        ...queryOf(selection),
        watch: "true",
        resourceVersion: String(from),
      }),
    );
    if (response.kind !== "watch") throw new Error(`a watch was answered with ${JSON.stringify(response)}`);
    const seen: string[] = [];
    const stop = started(response.stream, seen);
    if (from < this.#compacted) return equal("a watch from before the compaction", seen, ["ERROR 410"]);
    this.#watches.push({ ...selection, from, seen, stop });
  }

  #endWatch(): void {
    const watch = this.#takeFrom(this.#watches);
    if (watch === undefined) return;
    watch.stop();
    const expected = this.#changes
      .filter(({ version }) => watch.from < version)
      .flatMap((change) => event(watch, change));
    equal("events of a watch", watch.seen, expected);
  }

  /** Forgets what no open watch needs to be compared with. */
  #forget(): void {
    const upTo = this.#version - Math.floor(this.#random() * 50);
    if (upTo <= this.#compacted) return;
    this.#compact(upTo);
    this.#compacted = upTo;
    const needed = Math.min(upTo, ...this.#watches.map(({ from }) => from));
    this.#changes.splice(
      0,
      this.#changes.findIndex(({ version }) => needed < version),
    );
  }

  #change(key: string, after: Modelled | undefined): void {
    this.#version += 1;
    const before = this.#objects.get(key);
    this.#changes.push({ version: this.#version, key, before, after });
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
  }

  #listed(selection: Selection, version: number): readonly string[] {
    equal("version", version, this.#version);
    return [...this.#objects]
      .filter(([key, object]) => isSelected(selection, key, object))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, object]) => inWords(key, object));
  }

  #inWords(body: unknown): readonly string[] {
    const { items } = body as { items: readonly { metadata: { namespace: string; name: string } }[] };
    return items
      .filter(({ metadata }) => (NAMES as readonly string[]).includes(metadata.name))
      .map((item) => wordsOf(`${item.metadata.namespace}/${item.metadata.name}`, item));
  }

  #maybeVersion(known: Modelled | undefined): number | undefined {
    const chance = this.#random();
    if (chance < 0.3) return undefined;
    return chance < 0.5 ? 1 + Math.floor(this.#random() * this.#version) : known?.version;
  }

  #selection(): Selection {
    return {
      namespace: this.#random() < 0.5 ? undefined : this.#one(NAMESPACES),
      label: this.#random() < 0.5 ? undefined : this.#one(LABELS),
    };
  }

  #place(): { namespace: string; name: string; key: string; path: string } {
    const namespace = this.#one(NAMESPACES);
    const name = this.#one(NAMES);
    return { namespace, name, key: `${namespace}/${name}`, path: `${pathOf(namespace)}/${name}` };
  }

  #value(): string {
    return String(Math.floor(this.#random() * 5));
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!;
  }

  #takeFrom<T>(list: T[]): T | undefined {
    return list.splice(Math.floor(this.#random() * list.length), 1)[0];
  }

  #ask(method: string, path: string, body?: unknown, query: Readonly<Record<string, string>> = {}) {
    const response = this.#handle(request(method, path, body, query));
    if (response.kind !== "json") throw new Error(`${method} ${path} was answered as ${response.kind}`);
    return response;
  }
}

function started(stream: WatchStream, seen: string[]): () => void {
  return stream.start(
    (given) => {
      const { type, object } = given as { type: string; object: { code?: number; metadata: Record<string, string> } };
      if (type === "ERROR") seen.push(`ERROR ${object.code ?? ""}`);
      else seen.push(`${type} ${wordsOf(`${object.metadata["namespace"]!}/${object.metadata["name"]!}`, object)}`);
    },
    () => undefined,
  );
}

function event(selection: Selection, { version, key, before, after }: Change): readonly string[] {
  const did = before !== undefined && isSelected(selection, key, before);
  const does = after !== undefined && isSelected(selection, key, after);
  if (does) return [`${did ? "MODIFIED" : "ADDED"} ${inWords(key, after)}`];
  if (!did) return [];
  // What goes is shown as it was last, finalizers included.
  return [`DELETED ${inWords(key, { ...before, version })}`];
}

function isSelected({ namespace, label }: Selection, key: string, object: Modelled): boolean {
  return (
    (namespace === undefined || key.startsWith(`${namespace}/`)) && (label === undefined || object.label === label)
  );
}

function pathOf(namespace: string | undefined): string {
  return namespace === undefined ? "/api/v1/configmaps" : `/api/v1/namespaces/${namespace}/configmaps`;
}

function queryOf({ label }: Selection): Readonly<Record<string, string>> {
  return label === undefined ? {} : { labelSelector: `color=${label}` };
}

function request(
  method: string,
  path: string,
  body: unknown,
  query: Readonly<Record<string, string>>,
): EmbeddedRequest {
  return { method, path, query: new URLSearchParams(query), body, contentType: "application/json" };
}

function inWords(key: string, { version, uid, label, value, isHeld, isDeleted }: Modelled): string {
  return `${key}@${version} ${uid} ${label} ${value}${isHeld ? " held" : ""}${isDeleted ? " deleted" : ""}`;
}

function wordsOf(key: string, object: unknown): string {
  const { metadata, data } = object as {
    metadata: {
      resourceVersion: string;
      uid: string;
      labels: { color: string };
      finalizers?: string[];
      deletionTimestamp?: string;
    };
    data: { value: string };
  };
  const isHeld = metadata.finalizers !== undefined;
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const { uid, resourceVersion } = metadata;
  return inWords(key, {
    version: Number(resourceVersion),
    uid,
    label: metadata.labels.color,
    value: data.value,
    isHeld,
    isDeleted,
  });
}

function tokenIn(body: unknown): string {
  return (body as { metadata: { continue?: string } }).metadata.continue ?? "";
}

function textIn(body: unknown, ...path: readonly string[]): string {
  let value = body;
  for (const field of path) value = (value as Record<string, unknown>)[field];
  return String(value);
}

function equal(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, and the model says ${b}`);
}
