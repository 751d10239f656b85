// Cases: a folder of behaviour cases, `<area>/<name>/` with cluster.yaml, config.yaml (absent: the built-in configuration)
// and expect.yaml.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Expectation } from "./expectations.ts";
import { readDocuments, type Manifest } from "./input.ts";
import type { Gangs } from "./invariants.ts";

/** expect.yaml. */
export interface Spec {
  readonly about: string;
  /** `must`: contract, design and sources agree. `should`: a sound design may decide otherwise. */
  readonly level: "must" | "should";
  readonly gangs?: Gangs;
  /** More of the command line. */
  readonly args?: readonly string[];
  /** For input that must be refused. */
  readonly exit?: number;
  /** Pattern over stderr; without `exit` a warning that must be there. */
  readonly stderr?: string;
  readonly skipInvariants?: readonly string[];
  readonly expect?: Expectation;
}

export interface Case {
  readonly area: string;
  /** `area/name`. */
  readonly path: string;
  readonly spec: Spec;
  readonly clusterFile: string;
  readonly configFile: string | undefined;
}

export function loadCases(dir: string): readonly Case[] {
  const root = existsSync(join(dir, "cases")) ? join(dir, "cases") : dir;
  return foldersIn(root).flatMap((area) =>
    foldersIn(join(root, area))
      .filter((name) => existsSync(join(root, area, name, "expect.yaml")))
      .map((name) => {
        const file = (base: string): string => join(root, area, name, base);
        return {
          area,
          path: `${area}/${name}`,
          spec: parse(readFileSync(file("expect.yaml"), "utf8")) as Spec,
          clusterFile: file("cluster.yaml"),
          configFile: existsSync(file("config.yaml")) ? file("config.yaml") : undefined,
        };
      }),
  );
}

export function documentsOf({ clusterFile }: Case): readonly Manifest[] {
  return readDocuments(readFileSync(clusterFile, "utf8")).documents;
}

export interface Configuration {
  readonly actions: readonly string[];
  readonly plugins: readonly { readonly name: string; readonly arguments?: { readonly annotation?: string } }[];
}

/** What the case's configuration names; empty where it has none, or one that cannot be read. */
export function configurationOf({ configFile }: Case): Configuration {
  const text = configFile === undefined ? "" : readFileSync(configFile, "utf8");
  type File = {
    readonly actions?: string | readonly string[];
    readonly tiers?: readonly { readonly plugins?: Configuration["plugins"] }[];
  };
  try {
    const { actions = [], tiers = [] } = (parse(text) ?? {}) as File;
    return {
      actions: typeof actions === "string" ? actions.split(",").map((name) => name.trim()) : actions,
      plugins: tiers.flatMap(({ plugins = [] }) => plugins),
    };
  } catch {
    return { actions: [], plugins: [] };
  }
}

export function schedulerNamesOf({ args = [] }: Spec): readonly string[] {
  const named = args.filter((_, index) => args[index - 1] === "--scheduler-name");
  return 0 < named.length ? named : ["batch-scheduler"];
}

function foldersIn(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
