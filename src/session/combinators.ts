// Combinators: how several plugins' answers become one. Each walks the tiers once, in order; "no opinion" is never confused with "no".

import type { Compare, Job, Node, PluginPolicy, Queue, Shape, Switch, Task } from "../model/index.ts";
import type {
  CandidateSet,
  Hooks,
  NodeOrder,
  Predicate,
  PrefilterResult,
  Refused,
  SessionView,
  VictimUnit,
} from "./hooks.ts";
import type { Plugin } from "./plugin.ts";

/** A configured plugin, ready to be opened. */
export interface TieredPlugin {
  readonly policy: PluginPolicy;
  readonly plugin: Plugin;
}

/** All hooks of a session, each as the one question that the session asks. */
export interface CombinedHooks {
  readonly queueOrder: Compare<Queue>;
  readonly jobOrder: Compare<Job>;
  readonly taskOrder: Compare<Task>;
  readonly jobValid: (job: Job) => Refused | undefined;
  readonly jobReady: (job: Job) => boolean;
  readonly jobPipelined: (job: Job) => boolean;
  readonly jobEnqueueable: (job: Job) => Refused | undefined;
  readonly prefilter: (shape: Shape) => PrefilterResult;
  readonly predicates: readonly Predicate[];
  readonly nodeOrders: readonly NodeOrder[];
  readonly candidateSets: (job: Job) => readonly CandidateSet[];
  readonly victims: (preemptor: Job, units: readonly VictimUnit[]) => readonly VictimUnit[];
  readonly onPlaced: (task: Task, node: Node) => void;
  readonly onRemoved: (task: Task, node: Node) => void;
}

/** The hook that each switch of a configuration turns off. */
const SWITCH_OF: { readonly [hook in keyof Hooks]-?: Switch | undefined } = {
  queueOrder: "QueueOrder",
  jobOrder: "JobOrder",
  taskOrder: "TaskOrder",
  jobValid: undefined,
  jobReady: "JobReady",
  jobPipelined: "JobPipelined",
  jobEnqueueable: "JobEnqueued",
  prefilter: "Predicate",
  predicates: "Predicate",
  nodeOrders: "NodeOrder",
  candidateSets: "TargetJob",
  victims: "Preemptable",
  onPlaced: undefined,
  onRemoved: undefined,
};

/** The one candidate set of a group that nobody restricts. */
export const ALL_NODES: CandidateSet = { name: "", includes: () => true };

/** Opens every plugin for a session and combines what they return. */
export function combineHooks(tiers: readonly (readonly TieredPlugin[])[], view: SessionView): CombinedHooks {
  const opened = tiers.map((tier) => tier.map(({ policy, plugin }) => ({ policy, hooks: plugin.onSessionOpen(view) })));
  const enabled = <K extends keyof Hooks>(hook: K): NonNullable<Hooks[K]>[] =>
    opened.flat().flatMap(({ policy, hooks }) => {
      const answer = hooks[hook];
      const switchName = SWITCH_OF[hook];
      return answer === undefined || (switchName !== undefined && policy.disabled.has(switchName)) ? [] : [answer];
    });
  const placedListeners = enabled("onPlaced");
  const removedListeners = enabled("onRemoved");
  return {
    queueOrder: firstDifference(enabled("queueOrder")),
    jobOrder: firstDifference(enabled("jobOrder")),
    taskOrder: firstDifference(enabled("taskOrder")),
    jobValid: firstRefusal(enabled("jobValid")),
    jobReady: all(enabled("jobReady")),
    jobPipelined: all(enabled("jobPipelined")),
    jobEnqueueable: firstRefusal(enabled("jobEnqueueable")),
    prefilter: narrowest(enabled("prefilter")),
    predicates: lateLast(enabled("predicates").flat()),
    nodeOrders: enabled("nodeOrders")
      .flat()
      .filter((order) => 0 < order.weight),
    candidateSets: firstOpinion(enabled("candidateSets"), [ALL_NODES]),
    victims: intersectionOverAllTiers(enabled("victims")),
    onPlaced: (task, node) => {
      for (const listener of placedListeners) listener(task, node);
    },
    onRemoved: (task, node) => {
      for (const listener of removedListeners) listener(task, node);
    },
  };
}

function firstDifference<T>(orders: readonly Compare<T>[]): Compare<T> {
  return (left, right) => {
    for (const order of orders) {
      const answer = order(left, right);
      if (answer !== 0) return answer;
    }
    return 0;
  };
}

function firstRefusal(questions: readonly ((job: Job) => Refused | undefined)[]): (job: Job) => Refused | undefined {
  return (job) => {
    for (const question of questions) {
      const refused = question(job);
      if (refused !== undefined) return refused;
    }
    return undefined;
  };
}

function all(questions: readonly ((job: Job) => boolean)[]): (job: Job) => boolean {
  return (job) => questions.every((question) => question(job));
}

function firstOpinion<A>(questions: readonly ((job: Job) => A | "abstain")[], otherwise: A): (job: Job) => A {
  return (job) => {
    for (const question of questions) {
      const answer = question(job);
      if (answer !== "abstain") return answer;
    }
    return otherwise;
  };
}

/** The first refusal wins; restrictions intersect, and the one that excluded a node last gives its reason. */
function narrowest(questions: readonly ((shape: Shape) => PrefilterResult)[]): (shape: Shape) => PrefilterResult {
  return (shape) => {
    let result: PrefilterResult = { kind: "pass" };
    for (const question of questions) {
      const answer = question(shape);
      if (answer.kind === "refuse") return answer;
      if (answer.kind === "restrict") {
        result = result.kind === "restrict" ? { ...answer, nodes: answer.nodes.intersection(result.nodes) } : answer;
      }
    }
    return result;
  };
}

/** Every filter must agree, over all tiers: tiers order answers, they never let a veto fall through. */
function intersectionOverAllTiers(
  filters: readonly ((preemptor: Job, units: readonly VictimUnit[]) => readonly VictimUnit[] | "abstain")[],
): (preemptor: Job, units: readonly VictimUnit[]) => readonly VictimUnit[] {
  return (preemptor, units) =>
    filters.reduce<readonly VictimUnit[]>((left, filter) => {
      const kept = filter(preemptor, units);
      return kept === "abstain" ? left : left.filter((unit) => kept.includes(unit));
    }, units);
}

/** In configured order; what depends on counters or on the whole cluster is asked after all that looks at one node. */
function lateLast(predicates: readonly Predicate[]): readonly Predicate[] {
  return [...predicates.filter((predicate) => !isLate(predicate)), ...predicates.filter(isLate)];
}

/** Whether an answer can change without its node being touched. */
export function isLate(hook: Predicate | NodeOrder): boolean {
  return hook.dependsOn === "domain" || hook.dependsOn === "cluster";
}
