// PlanCheck: what must hold of any plan (I-1, I-2, I-3, I-5, I-20 of the invariants), judged from the world that it was made for alone.

import { assert } from "chai";
import { amountOf, INTERNAL_DIMENSIONS } from "../../src/model/index.ts";
import type { Bind, Job, Node, Plan, Task } from "../../src/model/index.ts";
import { clashes } from "./naive-book.ts";
import type { World } from "./session-world.ts";

export const PLAN_CHECKS = {
  "capacity, pods included": checkCapacity,
  "host ports": checkPorts,
  "gangs whole or none": checkGangs,
  "one bind, of a pending pod of ours": checkBinds,
  "no silent drop": checkReasons,
} as const;
export type PlanCheck = keyof typeof PLAN_CHECKS;

export function checkPlan(world: World, plan: Plan): void {
  for (const check of Object.values(PLAN_CHECKS)) check(world, plan);
}

/** I-1. A bind never adds to a resource of which a node has too little; nodes may be over already. */
function checkCapacity(world: World, plan: Plan): void {
  for (const node of world.nodes) {
    const arriving = arrivingOn(world, plan, node);
    const all = [...presentOn(world, node), ...arriving];
    const width = Math.max(0, ...all.map(({ shape }) => shape.requests.length));
    for (let dimension = 0; dimension < width; dimension++) {
      if (INTERNAL_DIMENSIONS.has(dimension)) continue;
      if (arriving.every(({ shape }) => amountOf(shape.requests, dimension) === 0)) continue;
      const total = all.reduce((sum, { shape }) => sum + amountOf(shape.requests, dimension), 0);
      const offered = amountOf(node.allocatable, dimension);
      assert.isAtMost(total, offered, `dimension ${String(dimension)} of ${node.name}`);
    }
  }
}

/** I-2. */
function checkPorts(world: World, plan: Plan): void {
  for (const node of world.nodes) {
    const taken = presentOn(world, node).flatMap(({ shape }) => shape.hostPorts);
    for (const { key, shape } of arrivingOn(world, plan, node)) {
      assert.isFalse(clashes(taken, shape), `host ports of ${key} on ${node.name}`);
      taken.push(...shape.hostPorts);
    }
  }
}

/** I-3: planned is 0, or what holds room after the plan makes the minimum, in sum and by role. */
function checkGangs(world: World, plan: Plan): void {
  for (const job of world.jobs) {
    const planned = bindsOf(plan).filter((bind) => bind.job === job.key);
    if (planned.length === 0) continue;
    const names = new Set(planned.map(({ task }) => task));
    const holding = job.tasks.filter((task) => task.status === "Bound" || names.has(task.key));
    assert.isAtLeast(holding.length + job.succeededCounted, job.minAvailable, `members of ${job.key}`);
    for (const [role, minimum] of job.minByRole)
      assert.isAtLeast(holding.filter((task) => task.role === role).length, minimum, `${role} of ${job.key}`);
    for (const { mark } of planned)
      assert.deepInclude(mark, { planned: planned.length, minimum: job.minAvailable }, `mark of ${job.key}`);
  }
}

/** I-5, as far as a plan can keep it. */
function checkBinds(world: World, plan: Plan): void {
  const seen = new Set<string>();
  for (const bind of bindsOf(plan)) {
    const job = jobOf(world, bind.job);
    const task = job?.tasks.find(({ key }) => key === bind.task);
    assert.isFalse(seen.has(bind.uid), `${bind.task} is bound twice`);
    seen.add(bind.uid);
    assert.deepEqual([task?.status, task?.uid, job?.name], ["Pending", bind.uid, bind.group], bind.task);
    assert.isTrue(
      world.nodes.some(({ name }) => name === bind.node),
      `node of ${bind.task}`,
    );
  }
}

/** I-20: every pending task that is not bound has a reason, in the plan or on the pod. Nobody else gets one. */
function checkReasons(world: World, plan: Plan): void {
  const bound = new Set(bindsOf(plan).map(({ task }) => task));
  const told = new Map(plan.conditions.map((condition) => [condition.task, condition]));
  for (const task of world.jobs.flatMap(({ tasks }) => tasks)) {
    const condition = told.get(task.key);
    const isWaiting = task.status === "Pending" && !bound.has(task.key);
    if (!isWaiting) assert.isUndefined(condition, `condition of ${task.key}`);
    else {
      const { reason, message } = condition ?? task.waiting;
      assert.isAbove(Math.min(reason.length, message.length), 0, `reason of ${task.key}`);
    }
  }
}

function bindsOf(plan: Plan): readonly Bind[] {
  return plan.intents.filter((intent) => intent.kind === "bind");
}

function jobOf(world: World, key: string): Job | undefined {
  return world.jobs.find((job) => job.key === key);
}

function presentOn(world: World, node: Node): readonly Task[] {
  return world.jobs
    .flatMap(({ tasks }) => tasks)
    .filter((task) => task.node === node.name && (task.status === "Bound" || task.status === "Releasing"));
}

function arrivingOn(world: World, plan: Plan, node: Node): readonly Task[] {
  const names = new Set(bindsOf(plan).flatMap((bind) => (bind.node === node.name ? [bind.task] : [])));
  return world.jobs.flatMap(({ tasks }) => tasks).filter(({ key }) => names.has(key));
}
