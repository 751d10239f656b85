// All areas of the suite, in the order in which they run.

import { create } from "./create.ts";
import type { Area } from "./suite.ts";

export const areas: readonly Area[] = [create];
