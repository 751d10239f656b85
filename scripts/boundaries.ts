// Boundaries is the one table of who may import whom; dependency-cruiser, ESLint and the folder diagram read it.
// An arrow that is not here is an error. Reasons are in docs/decisions/0003-import-arrows-and-env.md.

/** Folders (and single files) of src, and the folders of src that each may import besides itself. */
export const arrows: ReadonlyMap<string, readonly string[]> = new Map([
  ["env", []],
  ["model", []],
  ["session", ["model"]],
  ["actions", ["session", "model"]],
  ["plugins", ["session", "model"]],
  ["dialects", ["model", "env"]],
  ["embedded", ["model", "env"]],
  ["config", ["model", "env"]],
  ["telemetry", ["model", "env"]],
  ["kube", ["model", "env"]],
  ["cache", ["dialects", "kube", "telemetry", "model", "env"]],
  ["commit", ["dialects", "kube", "telemetry", "model", "env"]],
  ["leader", ["kube", "telemetry", "model", "env"]],
  ["server", ["kube", "telemetry", "model", "env"]],
  ["scheduler", ["cache", "commit", "leader", "config", "telemetry", "actions", "plugins", "session", "model", "env"]],
  ["simulate", ["scheduler", "embedded", "dialects", "config", "model", "env"]],
]);

/** Packages of src, and the only folders of src that may import each. Any other package is refused in src. */
export const packageHomes: ReadonlyMap<string, readonly string[]> = new Map([
  ["@kubernetes/client-node", ["kube"]],
  ["undici", ["kube"]],
  ["immer", ["cache"]],
  ["prom-client", ["telemetry"]],
  ["pino", ["telemetry"]],
  ["yaml", ["config", "simulate"]],
  ["commander", []], // cmd only
]);

/** Modules of Node that src may import, and where; the others reach clock, network, files or processes past Env. */
export const nodeModuleHomes: ReadonlyMap<string, "everywhere" | readonly string[]> = new Map<
  string,
  "everywhere" | readonly string[]
>([
  ["node:assert", "everywhere"],
  ["node:buffer", "everywhere"],
  ["node:util", "everywhere"],
  ["node:crypto", "everywhere"], // hashes; its sources of randomness are banned by name
  ["node:http", ["server", "embedded"]],
]);

/** Matches the path of a folder or single file of src, seen from the root of the repository. */
export function pathPattern(name: string): string {
  return `^src/${name}(/|\\.ts$)`;
}

/** The folder (or single file) of src that a path belongs to, or the first folder of any other path. */
export function folderOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "src" ? second.replace(/\.ts$/, "") : top;
}
