// Exclusive: one pod per node, counting the pods of this scheduler only (contract rule 16).

import { FITS, misfit, OWN_PODS } from "../model/index.ts";
import type { PluginFactory } from "../session/index.ts";

const TAKEN = misfit(["node(s) already ran a pod of this scheduler"], true);

export const exclusive: PluginFactory = {
  name: "exclusive",
  arguments: {},
  create: () => ({
    onSessionOpen: () => ({
      predicates: [
        {
          name: "Exclusive",
          dependsOn: "node",
          check: (_shape, _node, room) => (0 < room.used(OWN_PODS) ? TAKEN : FITS),
        },
      ],
    }),
  }),
};
