// LeftOut: why this version cannot be asked to pass a case, derived from what the case contains and from the program's own
// tables, never from a list of cases: whatever the program learns brings its cases back without a change here.

import { ACTIONS } from "../../src/actions/index.ts";
import { RESOURCES } from "../../src/cache/events.ts";
import { LATER_ACTIONS, LATER_PLUGINS } from "../../src/config/volcano.ts";
import { claimOf, PRECEDENCE } from "../../src/dialects/index.ts";
import { later } from "../../src/dialects/later.ts";
import { PLUGINS } from "../../src/plugins/index.ts";
import { configurationOf, documentsOf, type Case } from "./cases.ts";
import type { Expectation, SetExpectation } from "./expectations.ts";
import { objectsIn, type Manifest } from "./input.ts";
import type { PodSpec } from "./quantities.ts";

const SETTINGS = {
  gangLabel: "batch.scheduling.k8s.io/gang",
  minAvailableAnnotation: "batch.scheduling.k8s.io/min-available",
};
const LATER_DIALECTS: ReadonlySet<string> = new Set(later.map(({ name }) => name));

/** The reasons, sorted; none: the case must pass. */
export function whyLeftOut(test: Case): readonly string[] {
  const { actions, plugins } = configurationOf(test);
  const objects = objectsIn(documentsOf(test));
  const { expect = {} } = test.spec;
  const reasons = [
    ...actions.filter((name) => LATER_ACTIONS.has(name) && !ACTIONS.has(name)).map((name) => `action ${name}`),
    ...plugins
      .map(({ name }) => name)
      .filter((name) => LATER_PLUGINS.has(name) && !PLUGINS.has(name))
      .map((name) => `plugin ${name}`),
    ...(objects.some(({ kind }) => kind === "Queue") ? ["Queue objects"] : []),
    ...objects.flatMap(podSpecsOf).flatMap(unsupportedIn),
    ...objects.flatMap(laterDialectOf),
    ...(needsEviction(expect) ? ["an expected eviction"] : []),
  ];
  return [...new Set(reasons)].sort();
}

/** Of a pod, or of the pods that a controller makes. */
function podSpecsOf({ kind, spec }: Manifest): readonly PodSpec[] {
  if (spec === undefined) return [];
  return kind === "Pod" ? [spec] : spec.template?.spec === undefined ? [] : [spec.template.spec];
}

function unsupportedIn(spec: PodSpec): readonly string[] {
  const { affinity, topologySpreadConstraints = [], volumes = [], resourceClaims = [] } = spec;
  const hasClaim = volumes.some(
    (volume) => Object.hasOwn(volume, "persistentVolumeClaim") || Object.hasOwn(volume, "ephemeral"),
  );
  return [
    ...(affinity?.podAffinity === undefined && affinity?.podAntiAffinity === undefined ? [] : ["inter-pod affinity"]),
    ...(topologySpreadConstraints.length === 0 ? [] : ["topology spread"]),
    ...(hasClaim || 0 < resourceClaims.length ? ["claims"] : []),
  ];
}

/** The dialect of a pod or template, or of a group object that nothing here reads. */
function laterDialectOf(object: Manifest): readonly string[] {
  const { kind = "", apiVersion = "", metadata, spec = {} } = object;
  const isGroupObject = kind === "PodGroup" || kind === "Workload";
  const isRead = RESOURCES.some((resource) => resource.kind === kind && apiVersion.startsWith(`${resource.group}/`));
  if (isGroupObject && !isRead) return [`group objects ${apiVersion} ${kind}`];
  const [pod] = podSpecsOf(object);
  if (pod === undefined) return [];
  const { labels, annotations } = kind === "Pod" ? metadata : (spec.template?.metadata ?? {});
  const facts = {
    namespace: metadata.namespace ?? "default",
    name: metadata.name,
    labels: new Map(Object.entries(labels ?? {})),
    annotations: new Map(Object.entries(annotations ?? {})),
    spec: pod as Readonly<Record<string, unknown>>,
  };
  const { dialect } = claimOf(facts, new Set(PRECEDENCE), SETTINGS);
  return LATER_DIALECTS.has(dialect) ? [`dialect ${dialect}`] : [];
}

function needsEviction({ evicted = [], firstCycle, oneOf }: Expectation): boolean {
  const sets = (Array.isArray(evicted) ? evicted : [evicted]) as readonly SetExpectation[];
  const isSome = sets.some(({ exactly = [], count = 0, atLeast = 0 }) => 0 < exactly.length + count + atLeast);
  return isSome || 0 < (firstCycle?.evictions ?? []).length || oneOf?.every(needsEviction) === true;
}
