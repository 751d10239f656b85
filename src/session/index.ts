// The session engine: what actions and plugins are written against, and what the edges run.

export * from "./combinators.ts";
export { Engine } from "./engine.ts";
export { noRoomVerdict, waitingForRoomVerdict } from "./explain.ts";
export * from "./finder.ts";
export { refusedVerdict } from "./gates.ts";
export type * from "./hooks.ts";
export { place } from "./place.ts";
export type { Outcome, Placed } from "./place.ts";
export type { Action, Plugin, PluginFactory } from "./plugin.ts";
export { Rooms } from "./rooms.ts";
export { SessionRunner } from "./run-session.ts";
export type { SessionResult, Tables, Timer } from "./run-session.ts";
export { scanForBest, checkNode } from "./scan.ts";
export { Session } from "./session.ts";
export type { SessionInput } from "./session.ts";
export { RETRY_MS } from "./skip.ts";
export { Statement } from "./statement.ts";
