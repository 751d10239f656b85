// Requests to a control plane: as JSON through kept connections, and through its own kubectl.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Pool } from "undici";

export interface RequestOptions {
  /** Of the body; by default `application/json`, for PATCH `application/merge-patch+json`. */
  readonly contentType?: string;
  /** By default `application/json`. */
  readonly accept?: string;
  /** Whose request it is; the admin's by default. */
  readonly token?: string;
}

/** An answer that is not a success. `reason` is the word of the API's Status object, such as `Forbidden`. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(request: string, status: number, body: string) {
    const answer = parsedOr(body, {}) as { reason?: string; message?: string };
    super(`${request}: ${status} ${answer.message ?? body}`);
    this.status = status;
    this.reason = answer.reason ?? "";
  }
}

export class ApiClient {
  readonly #pool: Pool;
  readonly #token: string;

  constructor(url: string, ca: string, token: string) {
    this.#pool = new Pool(url, { connections: 64, connect: { ca } });
    this.#token = token;
  }

  /** The parsed answer, or its text where it is not JSON. Throws ApiError for anything but a success. */
  async request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await this.#pool.request({
      method: method,
      path,
      headers: {
        authorization: `Bearer ${options.token ?? this.#token}`,
        accept: options.accept ?? "application/json",
        ...(body === undefined ? {} : { "content-type": options.contentType ?? contentType }),
      },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new ApiError(`${method} ${path}`, answer.statusCode, text);
    return parsedOr(text, text) as T;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** The client of a server that may not be up yet: its certificate is read when it exists. */
export async function clientFor(url: string, caFile: string, token: string): Promise<ApiClient> {
  return new ApiClient(url, await readFile(caFile, "utf8"), token);
}

export interface KubectlEnvironment {
  readonly program: string;
  readonly kubeconfig: string;
  readonly cacheDir: string;
}

/** Resolves with stdout; throws with stderr. */
export async function runKubectl(kubectl: KubectlEnvironment, args: readonly string[], stdin = ""): Promise<string> {
  const child = spawn(kubectl.program, args, {
    env: {
      ...process.env,
      KUBECONFIG: kubectl.kubeconfig,
      // What another control plane served on the same port must not be remembered, nor a person's own settings be used.
      KUBECACHEDIR: kubectl.cacheDir,
      KUBERC: "off",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed (${code}): ${stderr.trim()}`);
  return stdout;
}

function parsedOr(text: string, fallback: unknown): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return fallback;
  }
}
