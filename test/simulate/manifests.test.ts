import { assert } from "chai";
import { RESOURCES } from "../../src/cache/events.ts";
import { SchedulerError } from "../../src/model/index.ts";
import { readManifests, type Input, type Manifests } from "../../src/simulate/manifests.ts";

/** Files by path; a path that ends in / is a directory. */
function inputOf(files: Readonly<Record<string, string>>, stdin = ""): Input {
  const texts = new Map(Object.entries(files));
  return {
    list: (path) => {
      const dir = `${path.replace(/\/$/, "")}/`;
      const names = [...texts.keys()].filter((name) => name.startsWith(dir)).map((name) => name.slice(dir.length));
      if (names.length === 0 && !texts.has(path)) throw new Error(`ENOENT: no such file or directory, stat '${path}'`);
      return names.length === 0 ? undefined : names;
    },
    read: (path) => texts.get(path) ?? assert.fail(`no ${path}`),
    stdin: () => stdin,
  };
}

const read = (...texts: readonly string[]): Manifests => {
  const files = Object.fromEntries(texts.map((text, index) => [`f${index}.yaml`, text]));
  return readManifests(Object.keys(files), inputOf(files), RESOURCES);
};

const keysIn = (manifests: Manifests, resource = "pods"): readonly string[] =>
  (manifests.objects.get(resource) ?? []).map(({ metadata: { namespace, name } }) => [namespace, name].join("/"));

const pod = (name: string, more = ""): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}${more}}\n`;

describe("manifests", () => {
  it("reads documents, lists of any kind and JSON, in an order of its own", () => {
    const list = JSON.stringify({
      kind: "PodList",
      apiVersion: "v1",
      items: [{ metadata: { name: "d", namespace: "z" } }],
    });
    const nested = `kind: List\nitems:\n- kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, metadata: {name: a}}\n`;
    const manifests = read(`---\n---\n# nothing\n---\n${pod("c")}---\n${pod("b", ", namespace: other")}`, list, nested);
    assert.deepEqual(keysIn(manifests), ["default/a", "default/c", "other/b", "z/d"]);
    assert.deepEqual(keysIn(read(nested, list, pod("b", ", namespace: other"), pod("c"))), keysIn(manifests));
  });

  for (const [name, text] of [
    ["with nothing between them", (one: string, other: string) => one + other],
    ["each on lines of its own", (one: string, other: string) => `\n${one}\n\n${other}\n`],
    ["parted by ---", (one: string, other: string) => `${one}\n---\r\n---\n${other}\n---\n`],
  ] as const) {
    it(`reads JSON objects one after the other, ${name}`, () => {
      const json = (pod_: string): string =>
        JSON.stringify({ kind: "Pod", metadata: { name: pod_, annotations: { x: '"}{\\' } }, spec: {} }, null, 2);
      assert.deepEqual(keysIn(read(text(json("a"), json("b")))), ["default/a", "default/b"]);
    });
  }

  it("leaves what only looks like JSON to the YAML parser", () => {
    const flow = `{kind: Pod, metadata: {name: a}}`;
    const json = `{"kind":"Pod","metadata":{"name":"b"}}`;
    assert.deepEqual(keysIn(read(`${flow}\n---\n${json}`)), ["default/a", "default/b"]);
    assert.deepEqual(keysIn(read(`${json}\n# a comment\n---\n${flow}`)), ["default/a", "default/b"]);
  });

  it("reads standard input and the manifests of a directory, not of those below it", () => {
    const files = {
      "dir/b.yaml": pod("b"),
      "dir/a.json": '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}',
      "dir/notes.txt": "no: manifest",
    };
    assert.deepEqual(keysIn(readManifests(["dir/", "-"], inputOf(files, pod("c")), RESOURCES)), [
      "default/a",
      "default/b",
      "default/c",
    ]);
  });

  it("gives cluster-wide objects no namespace, and takes a missing apiVersion for Kubernetes' own", () => {
    const manifests = read("kind: Node\nmetadata: {name: n, namespace: x}\n---\nkind: Job\nmetadata: {name: j}\n");
    assert.deepEqual(keysIn(manifests, "nodes"), ["/n"]);
    assert.deepEqual(keysIn(manifests, "jobs"), ["default/j"]);
    assert.deepEqual(keysIn(manifests, "volcanojobs"), []);
  });

  it("tells the two kinds Job apart by their group", () => {
    const manifests = read("apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: j}\n");
    assert.deepEqual([keysIn(manifests, "jobs"), keysIn(manifests, "volcanojobs")], [[], ["default/j"]]);
  });

  it("lists each kind that nothing reads once", () => {
    const manifests = read(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\nkind: Other\nmetadata: {name: a}\n",
    );
    assert.deepEqual(manifests.ignored, ["Other", "v1 ConfigMap"]);
  });

  it("takes the same object given twice for one", () => {
    assert.deepEqual(
      keysIn(read(pod("a"), "metadata: {name: a, namespace: default, labels: null}\nkind: Pod\napiVersion: v1\n")),
      ["default/a"],
    );
  });

  it("keeps names from the prototype of an object", () => {
    const manifests = read(pod("constructor", ", namespace: constructor, labels: {__proto__: x, constructor: y}"));
    assert.deepEqual(keysIn(manifests), ["constructor/constructor"]);
    assert.deepEqual(Object.entries(manifests.objects.get("pods")![0]!.metadata.labels!), [
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  it("reads an unquoted number in an annotation as its text, and says so", () => {
    const manifests = read(pod("a", ", annotations: {min: 3}"));
    assert.deepEqual(manifests.objects.get("pods")?.[0]?.metadata.annotations, { min: "3" });
    assert.match(
      manifests.warnings.join("\n"),
      /f0\.yaml: document 1, line 1: metadata\.annotations: the value of min is read as "3"/,
    );
  });

  const broken: readonly { readonly name: string; readonly texts: readonly string[]; readonly says: RegExp }[] = [
    {
      name: "broken syntax",
      texts: [`${pod("a")}---\nkind: Pod\nmetadata: {name: b\nspec: 1\n`],
      says: /^f0\.yaml: document 2, line \d+: /,
    },
    {
      name: "a JSON object cut short after another",
      texts: ['{"kind":"Pod","metadata":{"name":"a"}}\n\n{"kind":"Pod","metadata":{"name":"b"}'],
      says: /^f0\.yaml: document 2, line 3: Expected ',' or '}' after property value$/,
    },
    {
      name: "an indentation by tab",
      texts: ["kind: Pod\nmetadata:\n\tname: a\n"],
      says: /^f0\.yaml: document 1, line 3: /,
    },
    {
      name: "a key given twice",
      texts: ["kind: Pod\nmetadata: {name: a}\nkind: Node\n"],
      says: /^f0\.yaml: document 1, line 3: .*unique/,
    },
    {
      name: "a missing kind",
      texts: [`${pod("a")}---\n\n\nmetadata: {name: b}\n`],
      says: /^f0\.yaml: document 2, line 7: kind is missing$/,
    },
    {
      name: "a missing name",
      texts: ["kind: Pod\nmetadata: {namespace: b}\n"],
      says: /^f0\.yaml: document 1, line 1: metadata\.name is missing$/,
    },
    { name: "missing metadata", texts: ["kind: ConfigMap\n"], says: /metadata\.name is missing$/ },
    { name: "a name to be generated", texts: ["kind: Pod\nmetadata: {generateName: b-}\n"], says: /generateName/ },
    {
      name: "a name that is a number",
      texts: ["kind: Pod\nmetadata: {name: 5}\n"],
      says: /metadata\.name is not a string$/,
    },
    { name: "a text", texts: ["hello\n"], says: /a manifest is a mapping/ },
    { name: "a sequence", texts: ["- kind: Pod\n"], says: /a manifest is a mapping/ },
    {
      name: "a bad item of a list",
      texts: ["kind: List\nitems:\n- {kind: Pod, metadata: {name: a}}\n- {kind: Pod}\n"],
      says: /line 1, item 2: metadata\.name is missing$/,
    },
    {
      name: "a time that is none",
      texts: [pod("a", ", creationTimestamp: yesterday")],
      says: /metadata\.creationTimestamp is not a time$/,
    },
    {
      name: "a spec that is none",
      texts: ["kind: Pod\nmetadata: {name: a}\nspec: [1]\n"],
      says: /spec is not an object$/,
    },
    {
      name: "an alias without end",
      texts: ["kind: Pod\nmetadata: &a {name: a, labels: *a}\n"],
      says: /^f0\.yaml: document 1, line 1: /,
    },
    {
      name: "a bracket without end",
      texts: [`kind: ${"[".repeat(5_000)}`],
      says: /^f0\.yaml: document 1, line 1: nested too deeply$/,
    },
    {
      name: "one object with two contents",
      texts: [pod("a"), `# second\n${pod("a", ", namespace: default, labels: {x: y}")}`],
      says: /^f1\.yaml: document 1, line 2: Pod "default\/a" was given before with different contents \(f0\.yaml: document 1, line 1\)$/,
    },
  ];
  for (const { name, texts, says } of broken) {
    it(`stops at ${name}`, () => {
      let error: unknown;
      try {
        read(...texts);
      } catch (thrown) {
        error = thrown;
      }
      if (!(error instanceof SchedulerError)) return assert.fail(`expected a SchedulerError, got ${String(error)}`);
      assert.equal(error.code, "manifest");
      assert.match(error.message, says);
      assert.notInclude(error.message, "\n");
    });
  }

  it("names a file that is not there, and a directory without manifests", () => {
    const input = inputOf({ "empty/readme.txt": "" });
    assert.throws(
      () => readManifests(["gone.yaml"], input, RESOURCES),
      SchedulerError,
      /^gone\.yaml: no such file or directory$/,
    );
    assert.throws(
      () => readManifests(["empty"], input, RESOURCES),
      SchedulerError,
      /^empty: no \.yaml, \.yml or \.json file/,
    );
  });
});
