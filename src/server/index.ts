// What the program serves over HTTP: probes and metrics.

export { startServer } from "./http-server.ts";
export type { RunningServer, ServerOptions } from "./http-server.ts";
export { formatAddress, parseListenAddress } from "./listen-address.ts";
export type { ListenAddress } from "./listen-address.ts";
export type { Check } from "./probes.ts";
