// Credentials: the headers and the TLS material of the moment.
//
// Bound service-account tokens and certificates are rotated under a running process (faults A11 and A12), so nothing
// is kept for its life: everything in files is read again after a minute, and at once when the server refuses it.
// Tokens of exec plugins and of OIDC are kept by the client library until they expire or are refused.

import { createHash } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import type { Clock, Files } from "../env.ts";
import { SchedulerError } from "../model/index.ts";
import { oneLine } from "./errors.ts";
import type { Kubeconfig } from "./kubeconfig.ts";

export interface Credential {
  readonly headers: readonly (readonly [string, string])[];
  readonly tls: TlsMaterial;
  /** Equal for equal TLS material. */
  readonly tlsDigest: string;
  readonly readAtMs: number;
}

/** As node:tls wants it. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

const ageMaxMs = 60_000;
/** However often they are refused, credentials are not read more often than this. */
const ageMinMs = 1_000;

export class Credentials {
  readonly #kubeconfig: Kubeconfig;
  readonly #clock: Clock;
  readonly #files: Files;
  #config: KubeConfig;
  #current: Credential | undefined;
  #reading: Promise<Credential> | undefined;

  constructor(kubeconfig: Kubeconfig, env: { readonly clock: Clock; readonly files: Files }) {
    this.#kubeconfig = kubeconfig;
    this.#clock = env.clock;
    this.#files = env.files;
    this.#config = configOf(kubeconfig);
  }

  /** At most a minute old; older only while new ones cannot be read. Throws SchedulerError `unauthorized` when there are none. */
  async current(): Promise<Credential> {
    const current = this.#current;
    if (current === undefined) return this.#read();
    if (this.#clock.nowMs() - current.readAtMs < ageMaxMs) return current;
    return this.#read().catch(() => (this.#current = { ...current, readAtMs: this.#clock.nowMs() }));
  }

  /** What to use instead of `refused`: read anew unless that has just been done. */
  async renew(refused: Credential): Promise<Credential> {
    const current = this.#current;
    if (current !== undefined && current !== refused) return current;
    if (this.#clock.nowMs() - refused.readAtMs < ageMinMs) return refused;
    if (this.#reading === undefined) this.#config = configOf(this.#kubeconfig); // forgets what exec and oidc gave
    return this.#read();
  }

  /** One at a time, for everybody who asks meanwhile. */
  #read(): Promise<Credential> {
    this.#reading ??= this.#readNow().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readNow(): Promise<Credential> {
    const readAtMs = this.#clock.nowMs();
    try {
      const given: Given = {};
      await this.#config.applyToHTTPSOptions(given);
      const headers = Object.entries(given.headers ?? {}).map(([name, value]) => [name, value] as const);
      if (given.auth !== undefined)
        headers.push(["Authorization", `Basic ${Buffer.from(given.auth).toString("base64")}`]);
      const { tokenFile } = this.#kubeconfig;
      if (tokenFile !== undefined)
        headers.push(["Authorization", `Bearer ${trimmedToken(this.#files.read(tokenFile))}`]);
      const tls = tlsOf(given);
      this.#current = { headers, tls, tlsDigest: digestOf(tls), readAtMs };
      return this.#current;
    } catch (error) {
      throw new SchedulerError("unauthorized", `no credentials: ${oneLine(error)}`, { retryable: true, cause: error });
    }
  }
}

/** What the client library fills in, of the options of node:https. */
interface Given extends TlsMaterial {
  readonly headers?: Readonly<Record<string, string>>;
  /** `user:password`. */
  readonly auth?: string;
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: TlsMaterial): TlsMaterial {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** Files end in a newline, and headers must not. */
function trimmedToken(content: string): string {
  const token = content.trim();
  if (token === "") throw new Error("the token file is empty");
  return token;
}

function configOf({ cluster, user }: Kubeconfig): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, user);
  return config;
}

function digestOf(tls: TlsMaterial): string {
  const hash = createHash("sha256");
  for (const part of [tls.ca, tls.cert, tls.key]) hash.update(`${part?.length ?? -1}:`).update(part ?? "");
  return hash.digest("hex");
}
