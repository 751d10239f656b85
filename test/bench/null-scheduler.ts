// The null scheduler: lists and watches the pods of its name and POSTs a binding for each, round robin over the nodes,
// 64 in flight. It decides nothing, so it is the limit that live benchmarks compare a scheduler with.
//
//   node test/bench/null-scheduler.ts --kubeconfig FILE --scheduler-name NAME
//
// The kubeconfig must hold a token and the path of a CA certificate. Prints `watching` when the pods that exist are
// listed; ends with exit code 1 and one line on stderr for any answer it does not expect.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority": string } },
  ];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

interface Pod {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly spec: { readonly nodeName?: string };
  readonly message?: string;
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

const inFlightMax = 64;
const pageSize = 500;

const { values } = parseArgs({
  options: { kubeconfig: { type: "string" }, "scheduler-name": { type: "string", default: "null-scheduler" } },
});
const config = parse(readFileSync(values.kubeconfig ?? "", "utf8")) as Kubeconfig;
const { server, "certificate-authority": ca } = config.clusters[0].cluster;
const headers = {
  authorization: `Bearer ${config.users[0].user.token}`,
  accept: "application/json",
  "content-type": "application/json",
};
const pool = new Pool(server, {
  connections: inFlightMax + 1,
  connect: { ca: readFileSync(ca, "utf8") },
  bodyTimeout: 0,
});
const podsPath = `/api/v1/pods?fieldSelector=spec.schedulerName%3D${encodeURIComponent(values["scheduler-name"])}`;

const nodes: string[] = [];
let nextNode = 0;
/** Of pods whose binding is queued or was sent. */
const taken = new Set<string>();
const queue: Pod[] = [];
let queueHead = 0;
let inFlight = 0;

await main().catch(fail);

async function main(): Promise<never> {
  for await (const page of pagesOf<{ metadata: { name: string } }>("/api/v1/nodes?")) {
    nodes.push(...page.items.map(({ metadata }) => metadata.name));
  }
  let resourceVersion = "";
  for await (const page of pagesOf<Pod>(podsPath)) {
    resourceVersion = page.metadata.resourceVersion;
    page.items.forEach(take);
  }
  process.stdout.write("watching\n");
  for (;;) resourceVersion = await watchFrom(resourceVersion);
}

async function* pagesOf<T>(path: string): AsyncGenerator<List<T>> {
  let token = "";
  do {
    const answer = await pool.request({ method: "GET", path: `${path}&limit=${pageSize}&continue=${token}`, headers });
    const page = (await answer.body.json()) as List<T>;
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${JSON.stringify(page)}`);
    yield page;
    token = encodeURIComponent(page.metadata.continue ?? "");
  } while (token !== "");
}

/** Resolves, when the server ends the stream, with the version to go on from. */
async function watchFrom(from: string): Promise<string> {
  let resourceVersion = from;
  const path = `${podsPath}&watch=true&resourceVersion=${from}`;
  const answer = await pool.request({ method: "GET", path, headers });
  if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${await answer.body.text()}`);
  let rest = "";
  answer.body.setEncoding("utf8");
  try {
    for await (const chunk of answer.body as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: Pod };
        if (type === "ERROR") fail(new Error(`watch: ${object.message ?? line}`));
        resourceVersion = object.metadata.resourceVersion;
        if (type === "DELETED") taken.delete(keyOf(object));
        else take(object);
      }
    }
  } catch {
    await sleep(50); // the server cuts off who reads too slowly; the version says where to go on
  }
  return resourceVersion;
}

function take(pod: Pod): void {
  const key = keyOf(pod);
  if (pod.spec.nodeName !== undefined || taken.has(key)) return;
  taken.add(key);
  queue.push(pod);
  sendMore();
}

function sendMore(): void {
  while (inFlight < inFlightMax && queueHead < queue.length) {
    const pod = queue[queueHead++]!;
    inFlight++;
    void bind(pod)
      .catch(fail)
      .finally(() => {
        inFlight--;
        sendMore();
      });
  }
}

async function bind({ metadata: { namespace, name } }: Pod): Promise<void> {
  const target = { apiVersion: "v1", kind: "Node", name: nodes[nextNode++ % nodes.length]! };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  const body = JSON.stringify({ apiVersion: "v1", kind: "Binding", metadata: { namespace, name }, target });
  const answer = await pool.request({ method: "POST", path, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`POST ${path}: ${answer.statusCode} ${text}`);
}

function keyOf({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}

function fail(error: unknown): never {
  process.stderr.write(`null-scheduler: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
