// PodTemplate: pods from the templates of controllers (controller.GetPodFromTemplate).

import { pairsOf, objectOf, type JsonObject } from "../json.ts";
import type { ApiObject } from "../types.ts";
import type { NewObject } from "./client.ts";
import { controllerReference } from "./objects.ts";

export interface NewPod extends NewObject {
  readonly spec: JsonObject;
}

export interface Extra {
  /** The API server adds five letters. By default `<owner>-`. */
  readonly generateName?: string;
  /** Instead of a generated one. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: JsonObject;
}

/** The pod of a template, with its controller's reference. What `extra` says comes on top. */
export function podOf(owner: ApiObject, template: unknown, extra: Extra = {}): NewPod {
  const { metadata, spec } = objectOf(template);
  const { labels, annotations, finalizers } = objectOf(metadata);
  const allAnnotations = { ...objectOf(annotations), ...extra.annotations };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(extra.name === undefined ? {} : { name: extra.name }),
      generateName: extra.generateName ?? `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels: { ...objectOf(labels), ...extra.labels },
      ...(pairsOf(allAnnotations).size === 0 ? {} : { annotations: allAnnotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...objectOf(spec), ...extra.spec },
  };
}
