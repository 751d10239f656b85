// The table of actions that a configuration can name.

import type { Action } from "../session/index.ts";
import { allocate } from "./allocate.ts";
import { backfill } from "./backfill.ts";
import { enqueue } from "./enqueue.ts";

export const ACTIONS: ReadonlyMap<string, Action> = new Map(
  [enqueue, allocate, backfill].map((action) => [action.name, action]),
);
