// Questions: a plugin's hooks asked about one node, without a session around them.

import { EMPTY_MEMORY } from "../../src/model/index.ts";
import type { Arguments, HostPort, Node, Shape } from "../../src/model/index.ts";
import { Rooms } from "../../src/session/index.ts";
import type { Hooks, NodeOrder, PluginFactory, Room, SessionView } from "../../src/session/index.ts";
import { openSession } from "../support/scenario.ts";
import { jobOf, requestsOf, shapeOf, snapshotOf, taskOf } from "../support/session-world.ts";

export const IDLE = shapeOf({ requests: requestsOf(0, 0) });

/** The hooks of a plugin, opened over an empty cluster. */
export function hooksOf(plugin: PluginFactory, values: Arguments = new Map()): Hooks {
  return plugin.create(values).onSessionOpen(emptyView());
}

function emptyView(): SessionView {
  return openSession({ nodes: [], jobs: [] }, { memory: EMPTY_MEMORY });
}

/** The room of a node on which tasks of these shapes run, and others leave. */
export function roomOn(node: Node, running: readonly Shape[] = [], leaving: readonly Shape[] = []): Room {
  const tasks = [
    ...running.map((shape, index) => taskOf(`ns/r${String(index)}`, "j", shape, { status: "Bound", node: node.name })),
    ...leaving.map((shape, index) =>
      taskOf(`ns/l${String(index)}`, "j", shape, { status: "Releasing", node: node.name }),
    ),
  ];
  return new Rooms(snapshotOf({ nodes: [node], jobs: [jobOf("ns/j", tasks)] }, 1), () => undefined).at(node);
}

/** `fits`, or the reasons of the first predicate that refuses; with `(curable)` where evicting somebody could help. */
export function answerOf(
  plugin: PluginFactory,
  shape: Shape,
  node: Node,
  room: Room = roomOn(node),
  values: Arguments = new Map(),
): string {
  for (const predicate of hooksOf(plugin, values).predicates ?? []) {
    const fit = predicate.check(shape, node, room);
    if (fit.kind === "fits") continue;
    if (predicate.appliesTo?.(shape) === false) throw new Error(`${predicate.name} says that it fits everywhere`);
    return `${fit.reasons.join(", ")}${fit.curableByEviction ? " (curable)" : ""}`;
  }
  return "fits";
}

/** Final scores by node, as if all of them were feasible: raw, normalised where the order says so, not weighted. */
export function scoresOf(
  order: Omit<NodeOrder, "weight">,
  shape: Shape,
  nodes: readonly { readonly node: Node; readonly room?: Room }[],
): readonly number[] {
  const raw = nodes.map(({ node, room = roomOn(node) }) => order.score(shape, node, room));
  const { normalize } = order;
  if (normalize === undefined) return raw;
  return raw.map((score) => normalize(score, Math.min(...raw), Math.max(...raw)));
}

export function port(number: number, partial: Partial<HostPort> = {}): HostPort {
  return { protocol: "TCP", ip: "0.0.0.0", port: number, ...partial };
}
