// Priority: the job, and within it the task, of higher priority goes first.

import type { PluginFactory } from "../session/index.ts";

export const priority: PluginFactory = {
  name: "priority",
  arguments: {},
  create: () => ({
    onSessionOpen: () => ({
      jobOrder: (left, right) => right.priority - left.priority,
      taskOrder: (left, right) => right.priority - left.priority,
    }),
  }),
};
