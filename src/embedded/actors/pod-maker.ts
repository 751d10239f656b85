// PodMaker: pods from the templates of controllers (controller.GetPodFromTemplate), under names that nobody has.

import { invariant } from "../../model/index.ts";
import { objectOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import { Refusal } from "./client.ts";
import type { Context } from "./context.ts";
import { controllerReference, pairsOf, uidOf } from "./objects.ts";
import { baseName, suffixOf } from "./names.ts";

/** A pod that is not stored yet. */
export interface NewPod {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
}

export interface Extra {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: JsonObject;
}

/** The pod of a template, with its controller's reference; without a name. What `extra` says comes on top. */
export function podOf(owner: ApiObject, template: unknown, extra: Extra = {}): NewPod {
  const { metadata, spec } = objectOf(template);
  const { labels, annotations, finalizers } = objectOf(metadata);
  const allAnnotations = { ...objectOf(annotations), ...extra.annotations };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: owner.metadata.namespace,
      labels: { ...objectOf(labels), ...extra.labels },
      ...(pairsOf(allAnnotations).size === 0 ? {} : { annotations: allAnnotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...objectOf(spec), ...extra.spec },
  };
}

/** More names than one owner's pods and their predecessors ever take. */
const TRIES = 100_000;

export class PodMaker {
  readonly #context: Context;
  /** How many names each owner has tried, by UID. */
  readonly #tried = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Creates the pod as `<base><five characters>`: the next name that is free. Throws Refusal. */
  create(owner: ApiObject, pod: NewPod, base: string): ApiObject {
    const generateName = baseName(base);
    const first = this.#tried.get(uidOf(owner)) ?? 0;
    for (let number = first; number < first + TRIES; number++) {
      this.#tried.set(uidOf(owner), number + 1);
      const name = generateName + suffixOf(uidOf(owner), number);
      try {
        return this.#context.client.create(this.#context.kinds.pods, {
          ...pod,
          metadata: { ...pod.metadata, generateName, name },
        });
      } catch (error) {
        if (!(error instanceof Refusal) || error.reason !== "AlreadyExists") throw error;
      }
    }
    invariant(false, `no name is free for a pod of ${owner.metadata.name}`);
    throw new Error("unreachable");
  }

  forget(owner: ApiObject): void {
    this.#tried.delete(uidOf(owner));
  }
}
