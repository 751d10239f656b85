// readPolicy: what a configuration file may say, and the exact words for everything that it may not.
// Long because: it is one table of every kind of mistake.

import { assert } from "chai";
import { builtInPolicy, readPolicy } from "../../src/config/index.ts";
import { SchedulerError } from "../../src/model/index.ts";
import type { ArgumentSpec, Catalogue } from "../../src/model/index.ts";

const weight: ArgumentSpec = { type: "integer", default: 1, min: 0, max: 100, about: "weight" };
const catalogue: Catalogue = {
  actions: new Map([
    ["enqueue", {}],
    ["allocate", { width: weight }],
    ["backfill", {}],
  ]),
  plugins: new Map([
    ["priority", {}],
    ["gang", {}],
    ["conformance", {}],
    ["predicates", { "predicate.TaintTolerationEnable": { type: "boolean", default: true, about: "taints" } }],
    [
      "nodeorder",
      { "leastrequested.weight": weight, "podaffinity.weight": { ...weight, default: 0, max: 0, about: "not there" } },
    ],
    [
      "binpack",
      { "binpack.resources": { type: "string", default: "", about: "names" }, "binpack.resources.*": weight },
    ],
    ["overcommit", { "overcommit-factor": { type: "number", default: 1.2, min: 1, about: "factor" } }],
  ]),
};

/** A whole file around one tier. */
function tier(plugins: string): string {
  return `tiers:\n- plugins:\n  - name: gang\n  - name: predicates\n${plugins}`;
}

function read(text: string): ReturnType<typeof readPolicy> {
  return readPolicy(text, "f.yaml", catalogue);
}

function errorsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    assert.instanceOf(error, SchedulerError);
    assert.equal(error.code, "config");
    return error.message.split("\n");
  }
  return [];
}

function warningsOf(text: string): readonly string[] {
  return read(text).warnings;
}

describe("configuration: errors", () => {
  const cases: readonly { readonly name: string; readonly text: string; readonly errors: readonly string[] }[] = [
    { name: "an empty file", text: "", errors: ["f.yaml:1:1: the file is empty"] },
    { name: "comments alone", text: "# nothing\n", errors: ["f.yaml:1:1: the file is empty"] },
    { name: "a list", text: "- a\n", errors: ["f.yaml:1:1: must be a map, not a list"] },
    { name: "a word", text: "actions\n", errors: ['f.yaml:1:1: must be a map, not the text "actions"'] },
    {
      name: "two documents",
      text: "actions: allocate\n---\nactions: backfill\n",
      errors: ["f.yaml:2:1: not valid YAML: the file holds more than one document"],
    },
    {
      name: "a file written by half",
      text: 'actions: "enqueue, alloc',
      errors: ['f.yaml:1:25: not valid YAML: Missing closing "quote'],
    },
    {
      name: "a tag that nothing resolves",
      text: "actions: !exec allocate\n",
      errors: ["f.yaml:1:10: not valid YAML: Unresolved tag: !exec"],
    },
    {
      name: "a file that is too large",
      text: `#${"x".repeat(1024 * 1024)}`,
      errors: ["f.yaml:1:1: the file is larger than 1024 KiB"],
    },
    {
      name: "an unknown key and its nearest",
      text: "action: allocate\n",
      errors: ['f.yaml:1:1: action: unknown key "action"; did you mean "actions"?'],
    },
    {
      name: "a key twice",
      text: "actions: allocate\nactions: backfill\n",
      errors: ["f.yaml:2:1: actions: the key is there twice"],
    },
    {
      name: "__proto__ as key, and constructor as plugin",
      text: "__proto__: {x: 1}\ntiers:\n- plugins:\n  - name: constructor\n",
      errors: [
        'f.yaml:1:1: __proto__: unknown key "__proto__"',
        'f.yaml:4:11: tiers[0].plugins[0].name: unknown plugin "constructor"',
      ],
    },
    {
      name: "__proto__ and toString as arguments",
      text: tier("  - name: nodeorder\n    arguments: { __proto__: 1, toString: 2 }\n"),
      errors: [
        'f.yaml:6:18: tiers[0].plugins[2].arguments.__proto__: unknown argument "__proto__" of nodeorder',
        'f.yaml:6:32: tiers[0].plugins[2].arguments.toString: unknown argument "toString" of nodeorder',
      ],
    },
    { name: "a key that is no text", text: "? [a]\n: 1\n", errors: ["f.yaml:1:3: a key must be plain text"] },
    {
      name: "a misspelt action in a string, at its place",
      text: 'actions: "enqueue, alocate"\n',
      errors: ['f.yaml:1:20: actions[1]: unknown action "alocate"; did you mean "allocate"?'],
    },
    {
      name: "a misspelt action in a list",
      text: "actions: [enqueue, alocate]\n",
      errors: ['f.yaml:1:20: actions[1]: unknown action "alocate"; did you mean "allocate"?'],
    },
    {
      name: "an action of a later version",
      text: "actions: allocate, preempt\n",
      errors: ['f.yaml:1:20: actions[1]: this version does not have the action "preempt" yet; leave it out'],
    },
    {
      name: "a comma too much",
      text: "actions: allocate,\n",
      errors: ["f.yaml:1:18: actions[1]: the name of an action is missing"],
    },
    { name: "no action", text: "actions: []\n", errors: ["f.yaml:1:10: actions: no action is listed"] },
    {
      name: "actions of the wrong type",
      text: "actions: 3\n",
      errors: ["f.yaml:1:10: actions: must be text or a list, not 3"],
    },
    {
      name: "actions without a value",
      text: "actions:\n",
      errors: ["f.yaml:1:9: actions: must be text or a list, not nothing"],
    },
    {
      name: "tiers of the wrong type",
      text: "tiers: gang\n",
      errors: ['f.yaml:1:8: tiers: must be a list, not the text "gang"'],
    },
    {
      name: "a plugin beside its tier",
      text: "tiers:\n- plugins:\n- name: gang\n",
      errors: [
        "f.yaml:2:11: tiers[0].plugins: must be a list, not nothing",
        "f.yaml:3:3: tiers[1].name: a plugin stands in the list plugins of a tier; indent it",
      ],
    },
    {
      name: "a misspelt plugin, whose arguments are not looked at",
      text: tier("  - name: nodeoder\n    arguments: { leastrequested.weight: 1 }\n"),
      errors: ['f.yaml:5:11: tiers[0].plugins[2].name: unknown plugin "nodeoder"; did you mean "nodeorder"?'],
    },
    {
      name: "a plugin of a later version",
      text: tier("  - name: drf\n"),
      errors: ['f.yaml:5:11: tiers[0].plugins[2].name: this version does not have the plugin "drf" yet; leave it out'],
    },
    {
      name: "a plugin of Volcano with what to use instead",
      text: tier("  - name: tdm\n"),
      errors: [
        'f.yaml:5:11: tiers[0].plugins[2].name: Volcano\'s plugin "tdm" does not exist here: use a node selector or node affinity in the pods, or one scheduler per pool with --node-selector',
      ],
    },
    {
      name: "a plugin without name",
      text: "tiers:\n- plugins:\n  - enableJobOrder: true\n",
      errors: ["f.yaml:3:5: tiers[0].plugins[0]: a plugin needs the key name"],
    },
    {
      name: "a plugin twice",
      text: tier("- plugins:\n  - name: gang\n"),
      errors: ['f.yaml:6:11: tiers[1].plugins[0].name: the plugin "gang" is already at tiers[0].plugins[0]'],
    },
    {
      name: "a misspelt switch",
      text: "tiers:\n- plugins:\n  - name: gang\n    enablePreemtable: true\n",
      errors: [
        'f.yaml:4:5: tiers[0].plugins[0].enablePreemtable: unknown key "enablePreemtable"; did you mean "enablePreemptable"?',
      ],
    },
    {
      name: "an old switch of Volcano",
      text: "tiers:\n- plugins:\n  - name: gang\n    disableJobOrder: true\n",
      errors: [
        'f.yaml:4:5: tiers[0].plugins[0].disableJobOrder: unknown key "disableJobOrder"; write "enableJobOrder" with the opposite value',
      ],
    },
    {
      name: "a switch that is no truth value",
      text: 'tiers:\n- plugins:\n  - name: gang\n    enableJobOrder: "true"\n',
      errors: ['f.yaml:4:21: tiers[0].plugins[0].enableJobOrder: must be true or false, not the text "true"'],
    },
    {
      name: "a hierarchy of queues",
      text: "tiers:\n- plugins:\n  - name: gang\n    enableHierarchy: true\n",
      errors: [
        "f.yaml:4:5: tiers[0].plugins[0].enableHierarchy: this version does not support hierarchical queues; leave it out",
      ],
    },
    {
      name: "every argument that is wrong, each at its place",
      text: tier(
        "  - name: nodeorder\n    arguments:\n      leastrequested.weigth: 1\n      leastrequested.weight: 1.5\n      podaffinity.weight: 10\n      mostrequested.weight: 1\n",
      ),
      errors: [
        'f.yaml:7:7: tiers[0].plugins[2].arguments.leastrequested.weigth: unknown argument "leastrequested.weigth" of nodeorder; did you mean "leastrequested.weight"?',
        "f.yaml:8:30: tiers[0].plugins[2].arguments.leastrequested.weight: must be a whole number, not 1.5",
        "f.yaml:9:27: tiers[0].plugins[2].arguments.podaffinity.weight: must be 0, not 10: not there",
        'f.yaml:10:7: tiers[0].plugins[2].arguments.mostrequested.weight: Volcano\'s argument "mostrequested.weight" does not exist here: leave it out; this version does not score by it',
      ],
    },
    {
      name: "values out of range and of the wrong type",
      text: tier(
        "  - name: nodeorder\n    arguments: { leastrequested.weight: -1 }\n  - name: overcommit\n    arguments: { overcommit-factor: .inf }\n",
      ),
      errors: [
        "f.yaml:6:41: tiers[0].plugins[2].arguments.leastrequested.weight: must be from 0 to 100, not -1",
        "f.yaml:8:37: tiers[0].plugins[3].arguments.overcommit-factor: must be a number, not Infinity",
      ],
    },
    {
      name: "an argument of a later version",
      text: tier("  - name: priority\n    arguments: { annotation: priority }\n"),
      errors: [
        'f.yaml:6:18: tiers[0].plugins[2].arguments.annotation: this version does not support the argument "annotation" yet; leave it out',
      ],
    },
    {
      name: "arguments of actions",
      text: "configurations:\n- name: allocate\n  arguments: { widht: 3 }\n- name: enqueue\n  arguments: { overcommit-factor: 1.2 }\n- name: preempt\n- arguments: {}\n",
      errors: [
        'f.yaml:3:16: configurations[0].arguments.widht: unknown argument "widht" of allocate; did you mean "width"?',
        'f.yaml:5:16: configurations[1].arguments.overcommit-factor: Volcano\'s argument "overcommit-factor" does not exist here: use the plugin overcommit of a later version; without it every group is let in',
        'f.yaml:6:9: configurations[2].name: this version does not have the action "preempt" yet; leave it out',
        "f.yaml:7:3: configurations[3]: a configuration needs the key name, the name of an action",
      ],
    },
    {
      name: "settings: unknown, of the wrong type, out of range",
      text: "gang: { setleSeconds: 1, settleMaxSeconds: soon, settleSeconds: -1, owners: 1 }\nstatus: { qps: 0 }\nvolcano: yes\n",
      errors: [
        'f.yaml:1:9: gang.setleSeconds: unknown key "setleSeconds"; did you mean "settleSeconds"?',
        'f.yaml:1:44: gang.settleMaxSeconds: must be a number, not the text "soon"',
        "f.yaml:1:65: gang.settleSeconds: must be from 0 to 86400, not -1",
        "f.yaml:1:77: gang.owners: must be true or false, not 1",
        "f.yaml:2:16: status.qps: must be from 0.1 to 10000, not 0",
        'f.yaml:3:10: volcano: must be a map, not the text "yes"',
      ],
    },
    {
      name: "settings of later versions with another value than their default",
      text: "gang: { owners: true }\npreemption: { respectPDB: bestEffort, minRuntimeSeconds: 0 }\nallocate: { reservations: 2 }\npriority: { trustGroupClass: false }\n",
      errors: [
        "f.yaml:1:17: gang.owners: this version does not support another value than false; leave it out",
        "f.yaml:2:27: preemption.respectPDB: this version does not support another value than always; leave it out",
        "f.yaml:3:27: allocate.reservations: this version does not support another value than 1; leave it out",
        "f.yaml:4:30: priority.trustGroupClass: this version does not support another value than true; leave it out",
      ],
    },
    {
      name: "dialects",
      text: "dialects: [volcano, volcanoo, volcano, 7]\n",
      errors: [
        'f.yaml:1:21: dialects[1]: unknown dialect "volcanoo"; did you mean "volcano"?',
        'f.yaml:1:31: dialects[2]: the dialect "volcano" is there twice',
        "f.yaml:1:40: dialects[3]: must be text, not 7",
      ],
    },
    {
      name: "queues",
      text: "unknownQueue: drop\nqueues:\n- { name: a, weight: 0 }\n- { name: a }\n- { weight: 2 }\n- { name: B_c, capability: {} }\n",
      errors: [
        'f.yaml:1:15: unknownQueue: must be default or wait, not "drop"',
        "f.yaml:3:22: queues[0].weight: must be from 1 to 1000000, not 0",
        'f.yaml:4:3: queues[1]: the queue "a" is there twice',
        "f.yaml:5:3: queues[2]: a queue needs the key name",
        'f.yaml:6:11: queues[3].name: must be a name of lower-case letters, digits, "-" and ".", not "B_c"',
        'f.yaml:6:16: queues[3].capability: this version does not support "capability" of queues yet; leave it out',
      ],
    },
    {
      name: "an unknown anchor",
      text: "actions: *a\n",
      errors: ['f.yaml:1:10: actions: nothing is anchored as "a"'],
    },
    {
      name: "line breaks and escapes in a name stay on one line",
      text: 'actions: ["a\\n\\e[31mb"]\n',
      errors: ['f.yaml:1:11: actions[0]: unknown action "a\\n\\u001b[31mb"'],
    },
  ];
  for (const { name, text, errors } of cases) {
    it(name, () => {
      assert.deepEqual(errorsOf(text), errors);
    });
  }

  it("a YAML bomb is refused at once", () => {
    const levels = Array.from({ length: 20 }, (_, i) => `- &l${i + 1} [${`*l${i},`.repeat(20)}]`);
    const errors = errorsOf(`dialects:\n- &l0 [volcano]\n${levels.join("\n")}\n`);
    assert.equal(errors.length, 21);
    const tiers = errorsOf(`tiers:\n- plugins: &p [{name: gang}]\n${"- plugins: *p\n".repeat(200)}`);
    assert.include(tiers.join("\n"), "already at");
  });

  it("nesting without end is refused", () => {
    const tooDeep = ["f.yaml:1:1: not valid YAML: it is nested too deeply"];
    assert.deepEqual(errorsOf("[".repeat(200_000)), tooDeep);
    assert.deepEqual(errorsOf("a: [".repeat(20_000)), tooDeep);
  });

  it("a file full of errors is reported up to a bound", () => {
    const errors = errorsOf(Array.from({ length: 5000 }, (_, i) => `k${i}: 1`).join("\n"));
    assert.equal(errors.length, 101);
    assert.equal(errors.at(-1), "and 4900 more");
  });
});

describe("configuration: warnings", () => {
  const cases: readonly { readonly name: string; readonly text: string; readonly warnings: readonly string[] }[] = [
    { name: "nothing to say", text: tier(""), warnings: [] },
    {
      name: "no gang plugin",
      text: "tiers:\n- plugins:\n  - name: predicates\n",
      warnings: [
        "f.yaml: the gang plugin is not configured: pods of a group are placed one by one, as if there were no group",
      ],
    },
    {
      name: "no predicates plugin",
      text: "tiers:\n- plugins:\n  - name: gang\n",
      warnings: [
        "f.yaml: the predicates plugin is not configured: taints, selectors, affinity and host ports are not looked at",
      ],
    },
    {
      name: "actions that place nothing",
      text: "actions: enqueue\n",
      warnings: ["f.yaml: the action allocate is not configured: no pod is ever placed"],
    },
    {
      name: "an action twice",
      text: "actions: allocate, allocate\n",
      warnings: [
        'f.yaml:1:20: actions[1]: "allocate" is listed twice: the second time nothing is left to do, and it is left out',
      ],
    },
    {
      name: "a plugin that weighs nothing",
      text: tier("  - name: nodeorder\n    arguments: { leastrequested.weight: 0 }\n"),
      warnings: [
        'f.yaml:5:11: tiers[0].plugins[2].name: every weight of the plugin "nodeorder" is 0: it can never do anything',
      ],
    },
    {
      name: "a value that Volcano replaces",
      text: tier("  - name: overcommit\n    arguments: { overcommit-factor: 0.8 }\n"),
      warnings: [
        "f.yaml:6:37: tiers[0].plugins[2].arguments.overcommit-factor: 0.8 is below 1 and is replaced by 1.2, as in Volcano",
      ],
    },
    {
      name: "a settle time that is never reached",
      text: "gang: { settleSeconds: 60 }\n",
      warnings: ["f.yaml: gang.settleSeconds is longer than gang.settleMaxSeconds and can never be reached"],
    },
  ];
  for (const { name, text, warnings } of cases) {
    it(name, () => {
      assert.deepEqual(warningsOf(text), warnings);
    });
  }
});

describe("configuration: values", () => {
  it("what is left out has its documented default", () => {
    const { policy } = read("unknownQueue: default\n");
    assert.deepEqual(policy, builtInPolicy(catalogue));
    assert.deepEqual(
      policy.actions.map(({ name }) => name),
      ["enqueue", "allocate", "backfill"],
    );
    assert.deepEqual(
      policy.tiers.map((plugins) => plugins.map(({ name }) => name)),
      [
        ["priority", "gang", "conformance"],
        ["predicates", "nodeorder"],
      ],
    );
    assert.deepEqual(policy.gang, { settleMs: undefined, settleMaxMs: 30_000 });
    assert.equal(policy.statusQps, 50);
    assert.equal(policy.dialects.length, 12);
  });

  it("everything that may be written is read", () => {
    const { policy, warnings } = read(`
actions: [allocate, backfill]
tiers:
- plugins:
  - name: gang
    enabledJobOrder: false
    enablePreemptable: false
    enableHierarchy: false
  - name: predicates
    arguments: { predicate.TaintTolerationEnable: false }
- plugins:
  - name: nodeorder
    arguments: { leastrequested.weight: 7, podaffinity.weight: 0, mostrequested.weight: 0 }
  - name: binpack
    arguments: { binpack.resources: "nvidia.com/gpu", binpack.resources.nvidia.com/gpu: 5 }
configurations:
- name: allocate
  arguments: { width: 4 }
gang: { settleSeconds: 0.5, settleMaxSeconds: 60, repairTimeoutSeconds: 60, repairBarePods: false, owners: false }
preemption: { respectPDB: always, minRuntimeSeconds: 0, nominationTimeoutSeconds: 60, maxEvictionRoundsPerGroupHour: 6 }
allocate: { reserveAfterSeconds: 300, reservations: 1, reserveShare: 0.25 }
dialects: [gang-label, volcano]
status: { qps: 5 }
volumes: { bindTimeoutSeconds: 600 }
priority: { trustGroupClass: true }
volcano: { adoptEmpty: true }
unknownQueue: wait
queues:
- name: research
  weight: 3
- name: default
`);
    assert.deepEqual(warnings, []);
    assert.deepEqual(policy, {
      actions: [
        { name: "allocate", arguments: new Map([["width", 4]]) },
        { name: "backfill", arguments: new Map() },
      ],
      tiers: [
        [
          { name: "gang", arguments: new Map(), disabled: new Set(["JobOrder", "Preemptable", "Hierarchy"] as const) },
          {
            name: "predicates",
            arguments: new Map([["predicate.TaintTolerationEnable", false]]),
            disabled: new Set<never>(),
          },
        ],
        [
          {
            name: "nodeorder",
            arguments: new Map([
              ["leastrequested.weight", 7],
              ["podaffinity.weight", 0],
            ]),
            disabled: new Set<never>(),
          },
          {
            name: "binpack",
            arguments: new Map<string, number | string>([
              ["binpack.resources", "nvidia.com/gpu"],
              ["binpack.resources.nvidia.com/gpu", 5],
            ]),
            disabled: new Set<never>(),
          },
        ],
      ],
      gang: { settleMs: 500, settleMaxMs: 60_000 },
      dialects: ["volcano", "gang-label"],
      queues: [
        { name: "research", weight: 3 },
        { name: "default", weight: 1 },
      ],
      unknownQueue: "wait",
      adoptEmptyVolcano: true,
      statusQps: 5,
    });
  });

  it("aliases are followed", () => {
    const { policy } = read(
      tier(
        "  - name: nodeorder\n    arguments: &a { leastrequested.weight: &w 3 }\nqueues:\n- { name: q, weight: *w }\n",
      ),
    );
    assert.deepEqual(policy.queues, [{ name: "q", weight: 3 }]);
  });
});
