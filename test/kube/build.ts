// Builds the control plane's programs from their Go modules, once.
//
// What is built lies in a cache directory named by the hash of everything that goes into it, so a changed pin
// is a new directory and an unchanged one costs a few milliseconds. Two processes may build at once: each builds
// under a name of its own and the first to finish gives its result the final name.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Paths of what was built. */
export interface KubePrograms {
  /** etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl; the first argument picks one. */
  readonly kube: string;
  /** The same binary under the name that makes it kubectl. */
  readonly kubectl: string;
  readonly kwok: string;
  /** What KWOK does with nodes and pods: Ready at once, running at once, pods of Jobs completed at once. */
  readonly kwokStages: string;
}

const kwokModule = "sigs.k8s.io/kwok";
const kwokVersion = "v0.8.0";
const kwokStageFolders = ["node/fast", "node/heartbeat-with-lease", "pod/fast"];

const sourceDir = import.meta.dirname;
const sourceFiles = ["go.mod", "go.sum", "main.go"];

let programs: Promise<KubePrograms> | undefined;

/** The programs, built first if this is the first time. Says on stderr that it is building, and how far it is. */
export function buildKube(): Promise<KubePrograms> {
  programs ??= buildUnlessCached();
  return programs;
}

async function buildUnlessCached(): Promise<KubePrograms> {
  const sources = await Promise.all(sourceFiles.map((file) => readFile(join(sourceDir, file), "utf8")));
  const target = join(cacheDir(), hashOf([...sources, kwokVersion, ...kwokStageFolders]));
  if (!existsSync(target)) await buildInto(target, kubernetesVersionIn(sources.join("\n")));
  return {
    kube: join(target, "kube"),
    kubectl: join(target, "kubectl"),
    kwok: join(target, "kwok"),
    kwokStages: join(target, "kwok-stages.yaml"),
  };
}

function cacheDir(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "batch-scheduler", "kube");
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of [process.platform, process.arch, ...parts]) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 20);
}

function kubernetesVersionIn(goMod: string): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error("go.mod does not name a version of k8s.io/kubernetes");
  return version;
}

async function buildInto(target: string, kubernetesVersion: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const building = await mkdtemp(`${target}.building-`);
  try {
    await withProgress(`Kubernetes ${kubernetesVersion} (the first time takes 5 to 10 minutes)`, (count) =>
      go(["build", "-v", "-ldflags", linkerFlags(kubernetesVersion), "-o", join(building, "kube"), "."], {}, count),
    );
    await withProgress(`KWOK ${kwokVersion} (about a minute)`, (count) =>
      go(["install", "-v", `${kwokModule}/cmd/kwok@${kwokVersion}`], { GOBIN: building }, count),
    );
    await symlink("kube", join(building, "kubectl"));
    await writeFile(join(building, "kwok-stages.yaml"), await kwokStages());
    await renameUnlessThere(building, target);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Without these the programs call themselves v0.0.0-master, and clients treat the server's age accordingly. */
function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split(".");
  return [
    "-s -w",
    `-X k8s.io/component-base/version.gitVersion=${version}`,
    `-X k8s.io/component-base/version.gitMajor=${major}`,
    `-X k8s.io/component-base/version.gitMinor=${minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${version}`,
  ].join(" ");
}

/** KWOK does nothing without stages; its module ships them as one file each. */
async function kwokStages(): Promise<string> {
  const download = await go(["mod", "download", "-json", `${kwokModule}@${kwokVersion}`]);
  const { Dir: moduleDir } = JSON.parse(download) as { Dir: string };
  const stages: string[] = [];
  for (const folder of kwokStageFolders) {
    const path = join(moduleDir, "kustomize", "stage", folder);
    for (const file of (await readdir(path)).sort()) {
      if (!file.endsWith(".yaml") || file === "kustomization.yaml") continue;
      stages.push(await readFile(join(path, file), "utf8"));
    }
  }
  return stages.join("\n---\n");
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error; // otherwise another process was first, with the same content
  }
}

/** Runs the Go command in this module; resolves with its stdout. With -v, Go names each finished package on a line of stderr. */
async function go(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onPackage: () => void = () => {},
): Promise<string> {
  // Without CGO no C compiler is needed.
  const child = spawn("go", args, {
    cwd: sourceDir,
    env: { ...process.env, CGO_ENABLED: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-8000);
    for (const line of text.split("\n")) if (line !== "" && !line.startsWith("go: ")) onPackage();
  });
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once("error", (cause) => reject(new Error("Go 1.26 or later is needed to build Kubernetes", { cause })));
    child.once("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  if (code !== 0) throw new Error(`go ${args[0]} failed (${code}):\n${stderr}`);
  return stdout;
}

async function withProgress<T>(what: string, build: (onPackage: () => void) => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  let packages = 0;
  const say = (text: string) => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stderr.write(`kube: ${text}, ${seconds} s, ${packages} packages\n`);
  };
  process.stderr.write(`kube: building ${what}\n`);
  const timer = setInterval(say, 10_000, "still building");
  try {
    const result = await build(() => packages++);
    say("built");
    return result;
  } finally {
    clearInterval(timer);
  }
}
