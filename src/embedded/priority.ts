// Priority: the number and the preemption policy that a pod gets from its class (plugin/pkg/admission/priority).

import type { Core } from "./core.ts";
import { forbidden } from "./failure.ts";
import { textOf, type JsonObject } from "./json.ts";
import type { ApiObject, Kind } from "./types.ts";

interface Class {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

/** The two that every cluster has. */
const SYSTEM: ReadonlyMap<string, number> = new Map([
  ["system-cluster-critical", 2_000_000_000],
  ["system-node-critical", 2_000_001_000],
]);

/** What the pod's spec takes from its class. Throws ApiFailure 403: no such class, or another number than the class has. */
export function priorityOf(core: Core, kind: Kind, pod: ApiObject, spec: JsonObject): JsonObject {
  const named = textOf(spec["priorityClassName"]);
  const chosen = named === "" ? defaultClass(core) : namedClass(core, named);
  const refuse = (because: string): Error =>
    forbidden(kind, textOf(pod.metadata.name) || textOf(pod.metadata.generateName), because);
  if (chosen === undefined) throw refuse(`no PriorityClass with name ${named} was found`);
  const { priority, preemptionPolicy } = spec;
  if (priority !== undefined && priority !== chosen.value) {
    throw refuse(
      `the integer value of priority (${JSON.stringify(priority)}) must not be provided in pod spec; priority admission controller computed ${chosen.value} from the given PriorityClass name`,
    );
  }
  if (preemptionPolicy !== undefined && preemptionPolicy !== chosen.preemptionPolicy) {
    throw refuse(
      `the string value of PreemptionPolicy (${textOf(preemptionPolicy)}) must not be provided in pod spec; priority admission controller computed ${chosen.preemptionPolicy} from the given PriorityClass name`,
    );
  }
  return {
    ...(chosen.name === "" ? {} : { priorityClassName: chosen.name }),
    priority: chosen.value,
    preemptionPolicy: chosen.preemptionPolicy,
  };
}

function namedClass(core: Core, name: string): Class | undefined {
  const value = SYSTEM.get(name);
  if (value !== undefined) return { name, value, preemptionPolicy: "PreemptLowerPriority" };
  const found = core.store.get(core.kinds.must("scheduling.k8s.io/v1", "PriorityClass"), undefined, name);
  return found === undefined ? undefined : classOf(found);
}

/** Of several global defaults the lowest wins. */
function defaultClass(core: Core): Class {
  const classes = core.store
    .list(core.kinds.must("scheduling.k8s.io/v1", "PriorityClass"))
    .filter(({ globalDefault }) => globalDefault === true)
    .map(classOf);
  const none = { name: "", value: 0, preemptionPolicy: "PreemptLowerPriority" };
  return classes.reduce<Class | undefined>((a, b) => (a === undefined || b.value < a.value ? b : a), undefined) ?? none;
}

function classOf(object: ApiObject): Class {
  const { value, preemptionPolicy } = object;
  return {
    name: object.metadata.name,
    value: typeof value === "number" ? value : 0,
    preemptionPolicy: textOf(preemptionPolicy) || "PreemptLowerPriority",
  };
}
