// ResourcesFit: what a pod requests must be idle on the node (kube-scheduler NodeResourcesFit), and nothing that it asks for is ignored.
// No configuration can leave this out: a node is never filled beyond what it offers.

import { FITS, INTERNAL_DIMENSIONS, misfit, PODS } from "../model/index.ts";
import type { Fit, Misfit, Shape } from "../model/index.ts";
import type { PluginFactory, PrefilterResult, Room } from "../session/index.ts";

export const resourcesFit: PluginFactory = {
  name: "resources-fit",
  arguments: {},
  create: () => {
    const misfits = new Misfits();
    return {
      onSessionOpen: (session) => ({
        prefilter: refuseUnsupported,
        predicates: [
          {
            name: "NodeResourcesFit",
            dependsOn: "node",
            check: (shape, _node, room) => fitOf(shape, room, session.dimensions, misfits),
          },
        ],
      }),
    };
  },
};

/** A pod that asks for what cannot be honoured yet waits with the name of the field. */
function refuseUnsupported(shape: Shape): PrefilterResult {
  if (shape.unsupported.length === 0) return { kind: "pass" };
  return {
    kind: "refuse",
    reasons: shape.unsupported.map((field) => `${field} is not supported by this version of the scheduler`),
  };
}

/** A request of 0 fits also where there is less than nothing; no `pods` in allocatable means none fit. */
function fitOf({ requests }: Shape, room: Room, dimensions: readonly string[], misfits: Misfits): Fit {
  let short: number[] | undefined;
  for (let dimension = 0; dimension < requests.length; dimension++) {
    const amount = requests[dimension] ?? 0;
    if (amount === 0 || amount <= room.idle(dimension) || INTERNAL_DIMENSIONS.has(dimension)) continue;
    (short ??= []).push(dimension);
  }
  if (short === undefined) return FITS;
  const isCurable = short.every((dimension) => (requests[dimension] ?? 0) <= room.allocatable(dimension));
  return misfits.of(short, isCurable, dimensions);
}

/** One value per combination of short resources, so that the engine can count nodes by it. */
class Misfits {
  readonly #byShortage = new Map<string, Misfit>();

  of(short: readonly number[], isCurable: boolean, dimensions: readonly string[]): Misfit {
    const key = `${short.join(",")}${isCurable ? "" : "!"}`;
    let value = this.#byShortage.get(key);
    if (value === undefined) {
      const reasons = short.map((dimension) =>
        dimension === PODS ? "Too many pods" : `Insufficient ${dimensions[dimension] ?? "unknown resource"}`,
      );
      this.#byShortage.set(key, (value = misfit(reasons, isCurable)));
    }
    return value;
  }
}
