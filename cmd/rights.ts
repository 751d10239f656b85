// Rights: what the scheduler may do in a cluster, as an operator applies it.

import { readFileSync } from "node:fs";

/** The text of deploy/rbac.yaml. */
export function rightsText(): string {
  return readFileSync(new URL("../deploy/rbac.yaml", import.meta.url), "utf8");
}
