// All areas of the suite, in the order in which they run.

import { serverSideApply } from "./apply.ts";
import { bindings } from "./bindings.ts";
import { create } from "./create.ts";
import { deletion } from "./delete.ts";
import { evictions } from "./evictions.ts";
import { leases } from "./leases.ts";
import { patch } from "./patch.ts";
import { read } from "./read.ts";
import { selectors } from "./selectors.ts";
import { status } from "./status.ts";
import type { Area } from "./suite.ts";
import { update } from "./update.ts";

export const areas: readonly Area[] = [
  create,
  read,
  selectors,
  update,
  patch,
  serverSideApply,
  deletion,
  status,
  bindings,
  evictions,
  leases,
];
