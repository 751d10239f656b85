// RandomWorld: small clusters with a bit of everything that a session decides on, and test plugins for every form of hook.

import { FITS, misfit } from "../../src/model/index.ts";
import type { Job, Node, Shape, Task, Taint } from "../../src/model/index.ts";
import type { CandidateSet, Hooks, PluginFactory } from "../../src/session/index.ts";
import type { Random } from "./random.ts";
import { jobOf, nodeOf, requestsOf, shapeOf, taskOf } from "./session-world.ts";
import type { World } from "./session-world.ts";

const ZONES = ["a", "b", "c"];
const GIB = 2 ** 30;

export function randomWorld(random: Random): World {
  const slots = random.shuffled(Array.from({ length: 300 }, (_, slot) => slot));
  const nodes = Array.from({ length: random.integer(1, 7) }, (_, index) =>
    randomNode(random, `n${String(index)}`, slots[index] ?? 0),
  );
  const shapes = Array.from({ length: random.integer(1, 5) }, () => randomShape(random, nodes));
  const jobs = Array.from({ length: random.integer(1, 8) }, (_, index) =>
    randomJob(random, `ns/g${String(index)}`, shapes, nodes),
  );
  return { nodes, jobs };
}

/** What may happen between two sessions: nodes change, come and go; leaving tasks are gone; tasks begin to leave. */
export function randomlyChanged(random: Random, world: World): World {
  let { nodes } = world;
  if (random.chance(0.3)) {
    const changed = random.pick(nodes);
    nodes = nodes.map((node) => (node === changed ? randomNode(random, node.name, node.slot) : node));
  }
  if (random.chance(0.2)) {
    const taken = new Set(nodes.map(({ slot }) => slot));
    const slot = Array.from({ length: 320 }, (_, index) => index).find((index) => !taken.has(index)) ?? 319;
    nodes = [...nodes, randomNode(random, `m${String(random.integer(0, 99))}x${String(nodes.length)}`, slot)];
  }
  if (1 < nodes.length && random.chance(0.15)) nodes = nodes.filter((node) => node !== nodes[0]);
  const jobs = world.jobs.map((job) => {
    const tasks = job.tasks
      .filter(({ status }) => status !== "Releasing" || random.chance(0.4))
      .map((task) =>
        task.status === "Bound" && random.chance(0.15) ? { ...task, status: "Releasing" as const } : task,
      );
    return { ...job, tasks, version: job.version + 1, membership: tasks.length };
  });
  return { nodes, jobs: jobs.filter(({ tasks }) => 0 < tasks.length) };
}

function randomNode(random: Random, name: string, slot: number): Node {
  const labels = new Map<string, string>();
  if (random.chance(0.85)) labels.set("zone", random.pick(ZONES));
  if (random.chance(0.8)) labels.set("rack", random.pick(["r1", "r2"]));
  const taints: Taint[] = [];
  if (random.chance(0.15)) taints.push({ key: "dedicated", value: "x", effect: "NoSchedule" });
  if (random.chance(0.3)) taints.push({ key: "spot", value: "", effect: "PreferNoSchedule" });
  return nodeOf(name, slot, {
    labels,
    taints,
    unschedulable: random.chance(0.06),
    isReady: !random.chance(0.06),
    allocatable: [1000 * random.integer(0, 4), random.integer(1, 4) * GIB, random.pick([2, 4, 110])],
  });
}

function randomShape(random: Random, nodes: readonly Node[]): Shape {
  const isFree = random.chance(0.2);
  return shapeOf({
    requests: isFree ? requestsOf(0, 0) : requestsOf(500 * random.integer(1, 4), random.integer(0, 2) * GIB),
    nodeSelector: new Map(random.chance(0.15) ? [["zone", random.pick(ZONES)]] : []),
    tolerations: random.chance(0.3) ? [{ key: "dedicated", operator: "Exists", value: "", effect: "" }] : [],
    hostPorts: random.chance(0.15) ? [{ protocol: "TCP", ip: "0.0.0.0", port: random.pick([80, 81]) }] : [],
    preferredNodeTerms: random.chance(0.3)
      ? [
          {
            weight: random.integer(1, 100),
            term: {
              matchExpressions: [{ key: "zone", operator: "In", values: [random.pick(ZONES)] }],
              matchFields: [],
            },
          },
        ]
      : [],
    images: random.chance(0.1) ? [`only:${random.pick(nodes).name}`] : [],
    unsupported: random.chance(0.04) ? ["spec.resourceClaims"] : [],
  });
}

function randomJob(random: Random, name: string, shapes: readonly Shape[], nodes: readonly Node[]): Job {
  const isSolo = random.chance(0.2);
  const count = isSolo ? 1 : random.integer(1, 6);
  const own = random.chance(0.7) ? [random.pick(shapes)] : shapes;
  const key = isSolo ? `solo:${name}` : `gang-label:${name}`;
  const tasks = Array.from({ length: count }, (_, index): Task => {
    const isBound = random.chance(0.2);
    const node = isBound ? random.pick(nodes).name : "";
    return taskOf(isSolo ? name : `${name}-${String(index)}`, key, random.pick(own), {
      status: isBound
        ? random.pick(["Bound", "Bound", "Releasing"] as const)
        : random.chance(0.04)
          ? "Gated"
          : "Pending",
      node,
      priority: random.pick([0, 0, 10]),
      role: random.pick(["", "master", "worker"]),
      index,
      createdMs: random.integer(0, 3),
    });
  });
  const minimum = isSolo ? 1 : random.pick([0, 1, count, count, random.integer(1, count)]);
  return jobOf(name, tasks, {
    key,
    dialect: isSolo ? "solo" : "gang-label",
    priority: random.pick([0, 0, 10]),
    minAvailable: minimum,
    minByRole: new Map(!isSolo && random.chance(0.15) ? [["worker", 1]] : []),
    createdMs: random.integer(0, 3),
  });
}

const CROWDED = misfit(["domain(s) were crowded"], true);
const ODD = misfit(["cluster was odd"], false);

/** A predicate that counts by zone, with undo: at most three placements of this session per zone. */
export const zoneLimit: PluginFactory = {
  name: "zone-limit",
  arguments: {},
  create: () => ({
    onSessionOpen: () => {
      const countByZone = new Map<string, number>();
      const change = (node: Node, by: number): void => {
        const zone = node.labels.get("zone") ?? "";
        countByZone.set(zone, (countByZone.get(zone) ?? 0) + by);
      };
      return {
        predicates: [
          {
            name: "ZoneLimit",
            dependsOn: "domain",
            topologyKeys: () => ["zone"],
            check: (_shape, node) => ((countByZone.get(node.labels.get("zone") ?? "") ?? 0) < 3 ? FITS : CROWDED),
          },
        ],
        nodeOrders: [
          {
            name: "ZoneSpread",
            dependsOn: "domain",
            weight: 2,
            topologyKeys: () => ["zone"],
            score: (_shape, node) => countByZone.get(node.labels.get("zone") ?? "") ?? 0,
            normalize: (raw, min, max) => (max === min ? 100 : Math.floor((100 * (max - raw)) / (max - min))),
          },
        ],
        onPlaced: (_task, node) => {
          change(node, 1);
        },
        onRemoved: (_task, node) => {
          change(node, -1);
        },
      };
    },
  }),
};

/** Hooks that may look at anything: how much was placed in all, on which node last. */
export const clusterWhim: PluginFactory = {
  name: "cluster-whim",
  arguments: {},
  create: () => ({
    onSessionOpen: (): Hooks => {
      const countByNode = new Map<string, number>();
      let total = 0;
      const change = (node: Node, by: number): void => {
        countByNode.set(node.name, (countByNode.get(node.name) ?? 0) + by);
        total += by;
      };
      return {
        predicates: [
          {
            name: "Whim",
            dependsOn: "cluster",
            appliesTo: (shape) => shape.hostPorts.length === 0,
            check: (_shape, node) => (total % 3 === 2 && (countByNode.get(node.name) ?? 0) > 0 ? ODD : FITS),
          },
        ],
        nodeOrders: [
          {
            name: "Whim",
            dependsOn: "cluster",
            weight: 3,
            score: (_shape, node) => Math.min(100, 7 * ((total + (countByNode.get(node.name) ?? 0)) % 11)),
          },
        ],
        onPlaced: (_task, node) => {
          change(node, 1);
        },
        onRemoved: (_task, node) => {
          change(node, -1);
        },
      };
    },
  }),
};

/** A room score that is normalised over the feasible nodes, and a prefilter that restricts some shapes to named nodes. */
export const restricting: PluginFactory = {
  name: "restricting",
  arguments: {},
  create: () => ({
    onSessionOpen: () => ({
      prefilter: (shape) => {
        const only = shape.images.find((image) => image.startsWith("only:"));
        return only === undefined
          ? { kind: "pass" }
          : { kind: "restrict", nodes: new Set([only.slice(5)]), reason: "named" };
      },
      nodeOrders: [
        {
          name: "Normalised",
          dependsOn: "node",
          weight: 1,
          score: (_shape, _node, room) => room.idle(0),
          normalize: (raw, min, max) => (max === min ? 0 : Math.floor((100 * (raw - min)) / (max - min))),
        },
      ],
    }),
  }),
};

/** A gang goes into one rack, whichever takes it first: candidate sets from one node label. */
export function insideOneOf(label: string, values: readonly string[]): PluginFactory {
  const sets: readonly CandidateSet[] = values.map((value) => ({
    name: `${label}=${value}`,
    includes: (node) => node.labels.get(label) === value,
  }));
  return {
    name: `inside-one-${label}`,
    arguments: {},
    create: () => ({ onSessionOpen: () => ({ candidateSets: (job) => (1 < job.minAvailable ? sets : "abstain") }) }),
  };
}
