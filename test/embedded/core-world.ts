// CoreWorld: the core of an embedded API server under a virtual clock, for tests of one verb or question by itself.

import { Core } from "../../src/embedded/core.ts";
import { ApiFailure } from "../../src/embedded/failure.ts";
import { Kinds } from "../../src/embedded/kinds.ts";
import { Store } from "../../src/embedded/store.ts";
import type { ApiObject, WriteHooks } from "../../src/embedded/types.ts";
import { VirtualEnv } from "../support/virtual-env.ts";

export class CoreWorld {
  readonly env = new VirtualEnv();
  readonly core: Core;

  constructor(hooks: WriteHooks = {}) {
    const { clock, timers } = this.env;
    this.core = new Core({ store: new Store({ hooks }), kinds: new Kinds(), clock, timers, isTrusting: false });
  }

  /** Stores the object as it is: nothing is defaulted or checked. A UID is made up where there is none. */
  put(object: Readonly<Record<string, unknown>>): ApiObject {
    const { apiVersion, kind: name, metadata } = object as unknown as ApiObject;
    const kind = this.core.kinds.must(apiVersion, name);
    const known = this.core.store.get(kind, metadata.namespace, metadata.name);
    const uid = known?.metadata.uid ?? this.core.newUid();
    const whole = { ...object, metadata: { uid, ...metadata } } as unknown as ApiObject;
    return this.core.store.commit(known === undefined ? "create" : "update", kind, whole);
  }

  get(apiVersion: string, kind: string, name: string, namespace?: string): ApiObject | undefined {
    return this.core.store.get(this.core.kinds.must(apiVersion, kind), namespace, name);
  }

  remove(apiVersion: string, kind: string, name: string, namespace?: string): void {
    const object = this.get(apiVersion, kind, name, namespace);
    if (object !== undefined) this.core.store.commit("delete", this.core.kinds.must(apiVersion, kind), object);
  }
}

/** The failure that `work` ends in; undefined where it succeeds. */
export function failureOf(work: () => unknown): ApiFailure | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  return undefined;
}
