// Solo: a pod in no group is a group of one.

import type { DialectDefinition } from "./dialect.ts";

export const solo: DialectDefinition = {
  name: "solo",
  waitsForQueue: false,

  claimOf: (pod) => ({ dialect: "solo", group: pod.name, role: "" }),

  read: ({ namespace, name }) => ({
    group: { dialect: "solo", namespace, name, minimum: { kind: "count", count: 1 }, minByRole: new Map() },
    dependsOnSize: false,
  }),
};
