// Volcano: an annotation names a scheduling.volcano.sh/v1beta1 PodGroup in the pod's namespace, which says the rest.

import { parseDurationMs, type GroupPhase, type Minimum, type PodGroup } from "../model/index.ts";
import type { DialectDefinition, GroupContext, GroupObject, GroupReading, PodFacts } from "./dialect.ts";
import { problemOf } from "./gang-label.ts";
import { nameProblem, shown } from "./values.ts";

const GROUP_KEYS = ["scheduling.k8s.io/group-name", "scheduling.volcano.sh/group-name"] as const;
const ROLE_KEY = "volcano.sh/task-spec";
const QUEUE_KEY = "scheduling.volcano.sh/queue-name";
const WAITING_TIME_KEYS = ["volcano.sh/sla-waiting-time", "scheduling.volcano.sh/sla-waiting-time", "sla-waiting-time"];
const PHASES: readonly GroupPhase[] = ["Pending", "Inqueue", "Running", "Unknown", "Completed"];
const COUNT_MAX = 2 ** 31 - 1;

export const volcano: DialectDefinition = {
  name: "volcano",
  waitsForQueue: true,

  claimOf(pod) {
    const named = GROUP_KEYS.filter((key) => pod.annotations.has(key));
    const key = named[0];
    if (key === undefined) return undefined;
    const group = pod.annotations.get(key) ?? "";
    const queue = pod.annotations.get(QUEUE_KEY);
    const problem = nameProblem(`annotation ${key}`, group) ?? disagreement(pod, named);
    return {
      dialect: "volcano",
      group,
      role: pod.annotations.get(ROLE_KEY) ?? pod.labels.get(ROLE_KEY) ?? "",
      ...(queue !== undefined && queue !== "" && { queue }),
      ...(problem !== undefined && { problem }),
    };
  },

  read(context) {
    const { namespace, name, members, object } = context;
    const bad = members.find(({ claim }) => claim.problem !== undefined);
    const queues = queueOf(context);
    const reading: GroupReading =
      object === undefined
        ? {
            // Nobody knows the minimum: the group waits, whatever stands here.
            group: { dialect: "volcano", namespace, name, minimum: { kind: "whole" }, minByRole: new Map(), ...queues },
            dependsOnSize: false,
            missingObject: `podgroups.scheduling.volcano.sh "${namespace}/${name}"`,
          }
        : readObject(context, object, queues);
    return bad === undefined ? reading : { ...reading, problem: problemOf(bad) };
  },
};

function disagreement(pod: PodFacts, keys: readonly string[]): string | undefined {
  const values = new Set(keys.map((key) => pod.annotations.get(key)));
  return values.size < 2 ? undefined : `annotations ${keys.join(" and ")} name two groups`;
}

/** The group object decides; the pods are asked where it names none. */
function queueOf({ object, members }: GroupContext): { queue: string } {
  const named = object === undefined ? "" : ((textOf(object.spec["queue"]) || object.annotations.get(QUEUE_KEY)) ?? "");
  return { queue: named || members.find(({ claim }) => claim.queue !== undefined)?.claim.queue || "default" };
}

function readObject(context: GroupContext, object: GroupObject, queues: { queue: string }): GroupReading {
  const problems: string[] = [];
  const { spec } = object;
  const count = spec["minMember"] ?? 0;
  const minMember = isCount(count) ? count : 0;
  if (!isCount(count)) problems.push(`spec.minMember: ${shown(count)} is no integer from 0 to ${COUNT_MAX}`);
  // The API server's zero value: a group without a minimum is a bag of solo pods (contract rule 14).
  const minimum: Minimum = minMember === 0 ? { kind: "none" } : { kind: "count", count: minMember };

  const group: PodGroup = {
    dialect: "volcano",
    namespace: object.namespace,
    name: object.name,
    minimum,
    minByRole: minByRoleOf(spec["minTaskMember"], problems),
    ...waitTimeoutOf(object, problems),
    ...priorityOf(spec["priorityClassName"], context, problems),
    ...queues,
    ...minResourcesOf(spec["minResources"], context, problems),
    ...phaseOf(object.status["phase"]),
    ...(0 < object.createdMs && { createdMs: object.createdMs }),
    uid: object.uid,
  };
  checkUnsupported(spec, problems);
  return { group, dependsOnSize: false, ...(problems[0] !== undefined && { problem: problems[0] }) };
}

function minByRoleOf(value: unknown, problems: string[]): ReadonlyMap<string, number> {
  const minByRole = new Map<string, number>();
  for (const [role, count] of Object.entries(objectOf(value))) {
    if (isCount(count)) minByRole.set(role, count);
    else problems.push(`spec.minTaskMember[${shown(role)}]: ${shown(count)} is no integer from 0 to ${COUNT_MAX}`);
  }
  return minByRole;
}

function waitTimeoutOf(object: GroupObject, problems: string[]): { waitTimeoutMs?: number } {
  const key = WAITING_TIME_KEYS.find((known) => object.annotations.has(known));
  if (key === undefined) return {};
  const text = object.annotations.get(key) ?? "";
  const waitTimeoutMs = parseDurationMs(text);
  if (waitTimeoutMs !== undefined && 0 < waitTimeoutMs) return { waitTimeoutMs };
  problems.push(`annotation ${key}: ${shown(text)} is no duration such as 1h30m`);
  return {};
}

/** A class that does not exist is refused as the API server refuses it in a pod; the built-in ones are not for groups (contract rule 9). */
function priorityOf(
  value: unknown,
  context: GroupContext,
  problems: string[],
): Pick<PodGroup, "priority" | "preemptionPolicy"> {
  const name = textOf(value);
  if (name === "") return {};
  if (name.startsWith("system-")) {
    problems.push(`spec.priorityClassName: ${shown(name)} is reserved for system pods`);
    return {};
  }
  const found = context.priorityClass(name);
  if (found === undefined) {
    problems.push(`spec.priorityClassName: there is no PriorityClass ${shown(name)}`);
    return {};
  }
  return { priority: found.value, preemptionPolicy: found.preemptionPolicy };
}

function minResourcesOf(value: unknown, context: GroupContext, problems: string[]): Pick<PodGroup, "minResources"> {
  if (value === undefined || value === null) return {};
  const minResources = context.resources(value);
  if (minResources !== undefined) return { minResources };
  problems.push("spec.minResources holds an amount that is invalid or negative");
  return {};
}

function phaseOf(value: unknown): Pick<PodGroup, "phase"> {
  const phase = PHASES.find((known) => known === value);
  return phase === undefined ? {} : { phase };
}

/** Constraints that would be broken if they were ignored. */
function checkUnsupported(spec: GroupObject["spec"], problems: string[]): void {
  const topology = spec["networkTopology"];
  if (isObject(topology) && 0 < Object.keys(topology).length && topology["mode"] !== "soft") {
    problems.push("spec.networkTopology with mode hard is not supported");
  }
  const policy = spec["subGroupPolicy"];
  if (Array.isArray(policy) && 0 < policy.length) problems.push("spec.subGroupPolicy is not supported");
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && 0 <= (value as number) && (value as number) <= COUNT_MAX;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
