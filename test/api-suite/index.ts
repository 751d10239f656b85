// All areas of the suite, in the order in which they run.

import { access } from "./access.ts";
import { serverSideApply } from "./apply.ts";
import { bindings } from "./bindings.ts";
import { crds } from "./crds.ts";
import { create } from "./create.ts";
import { deletion } from "./delete.ts";
import { discovery } from "./discovery.ts";
import { evictions } from "./evictions.ts";
import { leases } from "./leases.ts";
import { patch } from "./patch.ts";
import { read } from "./read.ts";
import { selectors } from "./selectors.ts";
import { status } from "./status.ts";
import type { Area } from "./suite.ts";
import { tables } from "./tables.ts";
import { update } from "./update.ts";
import { watch } from "./watch.ts";
import { paths, wire } from "./wire.ts";

const objects = [create, read, selectors, update, patch, serverSideApply, deletion, status, watch];
const subresources = [bindings, evictions, leases, crds];

export const areas: readonly Area[] = [...objects, ...subresources, access, discovery, tables, paths, wire];
