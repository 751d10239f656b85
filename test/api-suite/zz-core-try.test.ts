import { EmbeddedApi, serveHttp } from "../../src/embedded/index.ts";
import { httpTarget } from "./http-target.ts";
import { defineSuite } from "./suite.ts";
import * as all from "./index.ts";
const env = { clock: { nowMs: () => performance.now(), wallMs: () => Date.now() }, timers: { after: (ms: number, f: () => void) => { const t = setTimeout(f, ms); return () => clearTimeout(t); }, sleep: async () => undefined } };
defineSuite("embedded", { isReal: false, isOverHttp: true, start: async () => {
  const api = new EmbeddedApi({ env, tokens: new Map([["admin", { name: "admin", groups: ["system:masters"] }]]) });
  const face = await serveHttp(api);
  let forgotten = "1";
  return httpTarget({ url: face.url, token: "admin", compact: async () => { api.store.compact(api.store.resourceVersion); }, forgottenResourceVersion: async () => { api.store.compact(api.store.resourceVersion); return forgotten; }, stop: () => face.close() });
} }, (all as any).AREAS ?? (all as any).areas ?? []);
