// Configurations as Volcano publishes them, against the actions and plugins that this program really has: each loads, or
// is refused with one line for each thing that is different.

import { assert } from "chai";
import { CATALOGUE } from "../../cmd/policy-file.ts";
import { readPolicy } from "../../src/config/index.ts";
import { SchedulerError } from "../../src/model/index.ts";

/** What is said about a configuration: place, and the words up to the remedy. */
function differences(text: string): string[] {
  try {
    readPolicy(text, "v", CATALOGUE);
    return [];
  } catch (error) {
    assert.instanceOf(error, SchedulerError);
    return error.message.split("\n");
  }
}

const TIER_ONE =
  "tiers:\n- plugins:\n  - name: priority\n  - name: gang\n    enablePreemptable: false\n  - name: conformance\n";

describe("configurations of Volcano", () => {
  const cases: readonly { readonly name: string; readonly text: string; readonly refused: readonly string[] }[] = [
    {
      name: "what both have loads as it is",
      text: `actions: "enqueue, allocate, backfill"\n${TIER_ONE}- plugins:\n  - name: predicates\n  - name: nodeorder\n  - name: binpack\n`,
      refused: [],
    },
    {
      name: "the default of the chart",
      text: `actions: "enqueue, allocate, backfill"\n${TIER_ONE}- plugins:\n  - name: overcommit\n  - name: drf\n    enablePreemptable: false\n  - name: predicates\n  - name: proportion\n  - name: nodeorder\n  - name: binpack\n`,
      refused: [
        'v:9:11: tiers[1].plugins[0].name: this version does not have the plugin "overcommit" yet; leave it out',
        'v:10:11: tiers[1].plugins[1].name: this version does not have the plugin "drf" yet; leave it out',
        'v:13:11: tiers[1].plugins[3].name: this version does not have the plugin "proportion" yet; leave it out',
      ],
    },
    {
      name: "weights of binpack",
      text: `${TIER_ONE}- plugins:\n  - name: binpack\n    arguments:\n      binpack.weight: 10\n      binpack.cpu: 5\n      binpack.resources: nvidia.com/gpu, example.com/foo\n      binpack.resources.nvidia.com/gpu: 2\n  - name: predicates\n`,
      refused: [],
    },
    {
      name: "shared GPUs",
      text: `${TIER_ONE}- plugins:\n  - name: predicates\n    arguments:\n      predicate.GPUSharingEnable: true\n      predicate.GPUNumberEnable: false\n  - name: deviceshare\n    arguments: { deviceshare.VGPUEnable: true }\n`,
      refused: [
        'v:10:7: tiers[1].plugins[0].arguments.predicate.GPUSharingEnable: Volcano\'s argument "predicate.GPUSharingEnable" does not exist here: ask for whole devices as extended resources (nvidia.com/gpu) in the pods',
        'v:12:11: tiers[1].plugins[1].name: Volcano\'s plugin "deviceshare" does not exist here: ask for whole devices as extended resources (nvidia.com/gpu) in the pods',
      ],
    },
    {
      name: "rescheduling, with arguments of every kind, is one line for the plugin and one for the action",
      text: `actions: "enqueue, allocate, backfill, shuffle"\n${TIER_ONE}  - name: rescheduling\n    arguments:\n      interval: 5m\n      strategies:\n      - name: lowNodeUtilization\n        params: { thresholds: { "cpu": 20 } }\n`,
      refused: [
        'v:1:40: actions[3]: Volcano\'s action "shuffle" does not exist here: use the descheduler (sigs.k8s.io/descheduler) beside this scheduler',
        'v:8:11: tiers[0].plugins[3].name: Volcano\'s plugin "rescheduling" does not exist here: use the descheduler (sigs.k8s.io/descheduler) beside this scheduler',
      ],
    },
    {
      name: "measured load",
      text: `${TIER_ONE}  - name: usage\n    enablePredicate: false\n    arguments: { usage.weight: 5, thresholds: { cpu: 80 } }\nmetrics:\n  type: prometheus\n`,
      refused: [
        'v:7:11: tiers[0].plugins[3].name: Volcano\'s plugin "usage" does not exist here: use nodeorder with leastrequested.weight, which spreads by requests; measured load is not read',
        'v:10:1: metrics: Volcano\'s key "metrics" does not exist here: leave it out; measured load is not read, nodeorder scores by requests',
      ],
    },
    {
      name: "a plugin of one's own",
      text: `${TIER_ONE}  - name: magic\n`,
      refused: ['v:7:11: tiers[0].plugins[3].name: unknown plugin "magic"'],
    },
    {
      name: "an early spelling of the switches, and arguments of an action",
      text: `actions: "allocate, reclaim"\nconfigurations:\n- name: enqueue\n  arguments:\n    "overcommit-factor": 1.0\n${TIER_ONE}  - name: predicates\n    disableTaskOrder: true\n`,
      refused: [
        'v:1:21: actions[1]: this version does not have the action "reclaim" yet; leave it out',
        'v:5:5: configurations[0].arguments.overcommit-factor: Volcano\'s argument "overcommit-factor" does not exist here: use the plugin overcommit of a later version; without it every group is let in',
        'v:13:5: tiers[0].plugins[3].disableTaskOrder: unknown key "disableTaskOrder"; write "enableTaskOrder" with the opposite value',
      ],
    },
  ];
  for (const { name, text, refused } of cases) {
    it(name, () => {
      assert.deepEqual(differences(text), refused);
    });
  }

  const plugins = [
    "cdp",
    "extender",
    "nodegroup",
    "numa-aware",
    "pdb",
    "resource-strategy-fit",
    "sla",
    "task-topology",
    "tdm",
  ];
  for (const plugin of plugins) {
    it(`${plugin} is refused with what to use instead`, () => {
      const [line, ...others] = differences(`${TIER_ONE}  - name: ${plugin}\n`);
      assert.match(line ?? "", new RegExp(`^v:7:11: .*Volcano's plugin "${plugin}" does not exist here: .{20,}$`));
      assert.isEmpty(others);
    });
  }
});
