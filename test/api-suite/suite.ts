// The words of the suite that holds the embedded API server to the real one: what is checked (Target), and one check.
//
// Every check runs on every target with the same code, and its name states the fact that it proves. All were written against
// kube-apiserver 1.36 without controllers. A check that the embedded server cannot pass carries `differs`: there the reason
// is printed with the name, and what happens instead is asserted, so that no difference is silent and none outlives its cause.

import type { ApiClient } from "../../src/kube/client.ts";
import { Cluster } from "./cluster.ts";

/** A running API server. Nothing acts on what it holds but the server itself. */
export interface Target {
  /** As administrator (group system:masters). */
  readonly client: ApiClient;
  as(token: string): ApiClient;
  /** Name of a new namespace that has its service account `default`. */
  freshNamespace(): Promise<string>;
  /** Forgets history: what was the present until now is then too old to list from. */
  compact(): Promise<void>;
  /** A resourceVersion that no watch can start from any more. */
  forgottenResourceVersion(): Promise<string>;
  /** A request with headers of its own, and its answer as text. */
  raw(request: RawRequest): Promise<RawAnswer>;
  stop(): Promise<void>;
}

export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  /** JSON text; anything else is only understood by a server that is reached over HTTP. */
  readonly body?: string;
  /** The administrator's by default; empty: none. */
  readonly token?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface TargetOptions {
  readonly isReal: boolean;
  /** Whether requests are bytes on a connection, so that they can be malformed. */
  readonly isOverHttp: boolean;
  /** Of each check, and of the start. */
  readonly timeoutMs: number;
  start(): Promise<Target>;
}

/** Why the embedded server does not answer as the real one does, and what it does instead. */
export interface Difference {
  readonly because: string;
  readonly instead: Check;
}

export type Check = (cluster: Cluster) => Promise<void>;

/** Defines a check: `check("a fact", async (cluster) => …)`. */
export type DefineCheck = (fact: string, body: Check, differs?: Difference) => void;

/** A part of the suite. */
export interface Area {
  readonly name: string;
  /** Only about bytes on a connection. */
  readonly isOnlyOverHttp?: boolean;
  define(check: DefineCheck): void;
}

/** The checks of `areas` that carry a difference, as `fact: reason`. */
export function differencesOf(areas: readonly Area[]): readonly string[] {
  const found: string[] = [];
  for (const area of areas) {
    area.define((fact, _body, differs) => {
      if (differs !== undefined) found.push(`${fact}: ${differs.because}`);
    });
  }
  return found;
}

/** Runs the checks of one name outside of mocha; which of them fail. */
export async function failuresOf(target: Target, areas: readonly Area[], fact: string): Promise<readonly string[]> {
  const bodies: Check[] = [];
  for (const area of areas)
    area.define((name, body) => {
      if (name === fact) bodies.push(body);
    });
  if (bodies.length === 0) throw new Error(`there is no check "${fact}"`);
  const failures: string[] = [];
  for (const body of bodies) {
    const cluster = new Cluster(target, await target.freshNamespace());
    await body(cluster).catch(() => failures.push(fact));
    cluster.close();
  }
  return failures;
}

/** Defines every check of `areas` as a mocha test of the target. */
export function defineSuite(name: string, options: TargetOptions, areas: readonly Area[]): void {
  describe(name, function () {
    this.timeout(options.timeoutMs);
    let target: Target | undefined;

    before(async () => {
      target = await options.start();
    });

    after(() => target?.stop());

    for (const area of areas) {
      if (area.isOnlyOverHttp === true && !options.isOverHttp) continue;
      describe(area.name, () => {
        area.define((fact, body, differs) => {
          const isDifferent = differs !== undefined && !options.isReal;
          it(isDifferent ? `differs (${differs.because}): ${fact}` : fact, async () => {
            const running = target!;
            const cluster = new Cluster(running, await running.freshNamespace());
            try {
              await (isDifferent ? differs.instead : body)(cluster);
            } finally {
              cluster.close();
            }
          });
        });
      });
    }
  });
}
