// Plugin and Action: the two contracts that policy is written against.

import type { Arguments, ArgumentSpecs } from "../model/index.ts";
import type { Hooks, SessionView } from "./hooks.ts";
import type { Session } from "./session.ts";

/** One ordered step of a session. Synchronous; what it decides ends up in the session's plan. */
export interface Action {
  readonly name: string;
  readonly arguments: ArgumentSpecs;
  readonly execute: (session: Session, values: Arguments) => void;
}

/** Policy. Its contribution is a value: nothing registers late or by side effect. */
export interface PluginFactory {
  readonly name: string;
  readonly arguments: ArgumentSpecs;
  /** Called once per configuration; what it returns lives until the next one and must keep nothing that a session decides by. */
  readonly create: (values: Arguments) => Plugin;
}

export interface Plugin {
  readonly onSessionOpen: (session: SessionView) => Hooks;
}
