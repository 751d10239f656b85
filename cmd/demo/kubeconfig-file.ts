// KubeconfigFile: how kubectl, and the scheduler itself, get at the API server of the demo. It lives in a folder of its
// own that only this user can read, and goes when the demo ends.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Identity {
  /** Names the context and the user. */
  readonly name: string;
  readonly token: string;
}

export class KubeconfigFile {
  readonly path: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "batch-scheduler-demo-"));
    this.path = join(this.#folder, "kubeconfig");
  }

  /** The first identity is the current one. JSON is YAML, too. */
  write(server: string, identities: readonly Identity[]): void {
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": identities[0]?.name ?? "",
      clusters: [{ name: "demo", cluster: { server } }],
      contexts: identities.map(({ name }) => ({
        name,
        context: { cluster: "demo", user: name, namespace: "default" },
      })),
      users: identities.map(({ name, token }) => ({ name, user: { token } })),
    };
    writeFileSync(this.path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
