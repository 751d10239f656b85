// NodePorts: a host port can be had once per node, protocol and address.

import { FITS, misfit } from "../../model/index.ts";
import type { Predicate } from "../../session/index.ts";

const MISFIT = misfit(["node(s) didn't have free ports for the requested pod ports"], true);

export const nodePorts: Predicate = {
  name: "NodePorts",
  dependsOn: "node",
  appliesTo: (shape) => 0 < shape.hostPorts.length,
  check: (shape, _node, room) => (room.hasPortConflict(shape) ? MISFIT : FITS),
};
