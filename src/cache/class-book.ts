// ClassBook: the PriorityClasses, and what a pod's priority is (contract rule 9).

import { compareText, type Task } from "../model/index.ts";
import type { QueuedEvent } from "./event-queue.ts";
import { BUILT_IN_CLASSES, projectClass, type ClassFacts } from "./project-objects.ts";
import type { PodRecord } from "./project-pod.ts";

export interface Priority {
  readonly value: number;
  readonly preemptionPolicy: Task["preemptionPolicy"];
}

const ZERO: Priority = { value: 0, preemptionPolicy: "PreemptLowerPriority" };

export class ClassBook {
  readonly #classes = new Map<string, ClassFacts>(BUILT_IN_CLASSES);
  #default: Priority = ZERO;

  get(name: string): ClassFacts | undefined {
    return this.#classes.get(name);
  }

  /** True if that changed anything. */
  apply(event: QueuedEvent): boolean {
    const before = this.#classes.get(event.key);
    const facts = event.type === "delete" ? BUILT_IN_CLASSES.get(event.key) : projectClass(event.object);
    if (JSON.stringify(before) === JSON.stringify(facts)) return false;
    if (facts === undefined) this.#classes.delete(event.key);
    else this.#classes.set(event.key, facts);
    this.#default = this.#globalDefault();
    return true;
  }

  /** A number in the pod wins; else its class, else the global default. */
  priorityOf(record: Pick<PodRecord, "priority" | "priorityClassName" | "preemptionPolicy">): Priority {
    const named =
      record.priorityClassName === "" ? this.#default : (this.#classes.get(record.priorityClassName) ?? ZERO);
    return {
      value: record.priority ?? named.value,
      preemptionPolicy: record.preemptionPolicy ?? named.preemptionPolicy,
    };
  }

  /** Of several, the lowest counts, as in the API server's admission. */
  #globalDefault(): Priority {
    const defaults = [...this.#classes].filter(([, facts]) => facts.isGlobalDefault);
    defaults.sort(
      ([leftName, left], [rightName, right]) => left.value - right.value || compareText(leftName, rightName),
    );
    return defaults[0]?.[1] ?? ZERO;
  }
}
