import { assert } from "chai";
import { InvariantViolation } from "../../src/model/index.ts";
import type { Job, Node, Task } from "../../src/model/index.ts";
import { Statement } from "../../src/session/index.ts";
import type { PluginFactory, Session } from "../../src/session/index.ts";
import type { Operation } from "../../src/session/ledger.ts";
import { naiveState, sessionState } from "../support/naive-book.ts";
import type { NaiveOperation } from "../support/naive-book.ts";
import { firstFailure, forEachSeed } from "../support/random.ts";
import type { Random } from "../support/random.ts";
import { randomWorld } from "../support/random-world.ts";
import { gang, inSlots, nodeWith, openSession } from "../support/scenario.ts";
import { policyOf, requestsOf, shapeOf } from "../support/session-world.ts";
import type { World } from "../support/session-world.ts";

describe("property: the session's book", () => {
  it("says after any sequence of operations what a naive sum over them says, and a discard leaves no trace", () => {
    forEachSeed(250, (random) => {
      checkSequence(random, () => undefined);
    });
  });

  const bugs: readonly { readonly name: string; readonly plant: (session: Session) => void }[] = [
    {
      name: "an undo that forgets promises",
      plant: ({ ledger }) => {
        const undo = ledger.undo.bind(ledger);
        ledger.undo = (operation: Operation) => {
          if (operation.kind !== "pipeline") undo(operation);
        };
      },
    },
    {
      name: "host ports that stay open",
      plant: ({ rooms }) => {
        rooms.closePorts = () => undefined;
      },
    },
    {
      name: "evictions that free room at once",
      plant: ({ ledger, rooms }) => {
        const apply = ledger.apply.bind(ledger);
        ledger.apply = (kind, task, job, node) => {
          if (kind === "evict") rooms.change(node, 1, task.shape.requests, -1);
          return apply(kind, task, job, node);
        };
      },
    },
  ];
  for (const { name, plant } of bugs) {
    it(`canary: the same check finds ${name}`, () => {
      assert.isDefined(firstFailure(250, (random) => checkSequence(random, plant)));
    });
  }
});

describe("a statement used wrongly is a broken invariant", () => {
  const cases: readonly {
    readonly name: string;
    /** The last step is the wrong one. */
    readonly steps: (used: Used) => readonly (() => void)[];
  }[] = [
    { name: "a task allocated twice", steps: ({ allocate }) => [allocate, allocate] },
    { name: "a task promised twice", steps: ({ pipeline }) => [pipeline, pipeline] },
    { name: "a promised task allocated", steps: ({ allocate, pipeline }) => [pipeline, allocate] },
    { name: "an allocated task promised", steps: ({ allocate, pipeline }) => [allocate, pipeline] },
    { name: "a task evicted twice", steps: ({ evict }) => [evict, evict] },
    { name: "a bound task allocated", steps: ({ open, b, g, n }) => [() => open.allocate(b, g, n)] },
    { name: "a bound task promised", steps: ({ open, b, g, n }) => [() => open.pipeline(b, g, n)] },
    { name: "a pending task evicted", steps: ({ open, p, g, n }) => [() => open.evict(p, g, n)] },
    {
      name: "an allocated task evicted",
      steps: ({ open, allocate, p, g, n }) => [allocate, () => open.evict(p, g, n)],
    },
    {
      name: "a task that another statement committed",
      steps: ({ open, other, p, g, n }) => [
        () => other.allocate(p, g, n),
        () => other.commit(),
        () => open.allocate(p, g, n),
      ],
    },
    { name: "committed twice", steps: ({ commit }) => [commit, commit] },
    { name: "held twice", steps: ({ hold }) => [hold, hold] },
    { name: "discarded twice", steps: ({ discard }) => [discard, discard] },
    { name: "discarded after commit", steps: ({ commit, discard }) => [commit, discard] },
    { name: "committed after hold", steps: ({ commit, hold }) => [hold, commit] },
    { name: "committed after discard", steps: ({ commit, discard }) => [discard, commit] },
    { name: "written to after commit", steps: ({ allocate, commit }) => [commit, allocate] },
    { name: "written to after hold", steps: ({ hold, pipeline }) => [hold, pipeline] },
    { name: "written to after discard", steps: ({ discard, evict }) => [discard, evict] },
    { name: "rolled back after commit", steps: ({ open, commit }) => [commit, () => open.rollback(open.checkpoint())] },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const steps = c.steps(usedWorld());
      for (const step of steps.slice(0, -1)) step();
      assert.throws(() => steps.at(-1)?.(), InvariantViolation);
    });
  }

  it("what a refused operation would have changed is unchanged", () => {
    const { session, world, open, p, g, n } = usedWorld();
    open.allocate(p, g, n);
    const before = sessionState(session, world);
    assert.throws(() => open.allocate(p, g, n), InvariantViolation);
    assert.deepEqual(sessionState(session, world), before);
  });

  it("after a discard its tasks are free again", () => {
    const { session, open, other, p, g, n } = usedWorld();
    open.allocate(p, g, n);
    open.discard();
    other.allocate(p, g, n);
    other.commit();
    assert.equal(session.recorder.binds.length, 1);
  });
});

interface Used {
  readonly world: World;
  readonly session: Session;
  readonly open: Statement;
  readonly other: Statement;
  /** A pending task, a bound one, their group, a node. */
  readonly p: Task;
  readonly b: Task;
  readonly g: Job;
  readonly n: Node;
  // What can be done to `open` with them.
  readonly allocate: () => void;
  readonly pipeline: () => void;
  readonly evict: () => void;
  readonly commit: () => void;
  readonly hold: () => void;
  readonly discard: () => void;
}

function usedWorld(): Used {
  const g = gang("ns/g", { members: [{}, { on: "n1" }] });
  const nodes = inSlots([nodeWith("n1")]);
  const world = { nodes, jobs: [g] };
  const session = openSession(world);
  const [p, b] = g.tasks;
  const [n] = nodes;
  if (p === undefined || b === undefined || n === undefined) throw new Error("the builder made no tasks");
  const [open, other] = [session.openStatement("a"), session.openStatement("b")];
  return {
    ...{ world, session, open, other, p, b, g, n },
    allocate: () => open.allocate(p, g, n),
    pipeline: () => open.pipeline(p, g, n),
    evict: () => open.evict(b, g, n),
    commit: () => open.commit(),
    hold: () => open.hold(),
    discard: () => open.discard(),
  };
}

/** Statements of random operations, each compared with the naive sum as it grows, rolls back and ends. */
function checkSequence(random: Random, plant: (session: Session) => void): void {
  const world = withMorePorts(random, randomWorld(random));
  const heard = new Map<string, number>();
  const policy = policyOf([["gang"], ["predicates", "listener"]]);
  const session = openSession(world, { policy, extraPlugins: [listener(heard)] });
  plant(session);
  const pages = session.snapshot.rows.map((page) => page.join());
  const standing: NaiveOperation[] = [];
  const weights = { allocate: random.next(), pipeline: random.next(), evict: random.next() }; // swarm: another mix each time
  for (let count = random.integer(1, 6); count > 0; count--) {
    const before = sessionState(session, world);
    const heardBefore = new Map(heard);
    const statement = new Statement(session.ledger, () => undefined);
    const trial: NaiveOperation[] = [];
    for (let steps = random.integer(0, 8); steps > 0; steps--) {
      if (random.chance(0.15)) {
        const length = random.integer(0, trial.length);
        const checkpoint = checkpointAt(statement, trial.length, length);
        statement.rollback(checkpoint);
        trial.length = length;
      } else {
        const operation = randomOperation(random, world, [...standing, ...trial], weights);
        if (operation === undefined) continue;
        statement[operation.kind](operation.task, operation.job, operation.node);
        trial.push(operation);
      }
      assert.deepEqual(sessionState(session, world), naiveState(world, [...standing, ...trial]));
    }
    assert.deepEqual(statement.operations.map(inWords), trial.map(inWords));
    const ending = random.pick(["commit", "hold", "discard"] as const);
    statement[ending]();
    if (ending !== "discard") standing.push(...trial);
    else {
      assert.deepEqual(sessionState(session, world), before);
      assert.deepEqual(heard, heardBefore, "what plugins heard");
    }
  }
  assert.deepEqual(sessionState(session, world), naiveState(world, standing));
  assert.deepEqual(
    session.snapshot.rows.map((page) => page.join()),
    pages,
    "pages of the snapshot",
  );
}

/** The checkpoint that the statement gave when it had `length` operations; a checkpoint is that number. */
function checkpointAt(statement: Statement, now: number, length: number): ReturnType<Statement["checkpoint"]> {
  const checkpoint = statement.checkpoint();
  assert.equal(Number(checkpoint), now);
  return length as typeof checkpoint;
}

function inWords({ kind, task, node }: NaiveOperation): string {
  return `${kind} ${task.key} ${node.name}`;
}

function randomOperation(
  random: Random,
  world: World,
  standing: readonly NaiveOperation[],
  weights: Readonly<Record<NaiveOperation["kind"], number>>,
): NaiveOperation | undefined {
  const kind = (["allocate", "pipeline", "evict"] as const).toSorted(
    (left, right) => weights[right] * random.next() - weights[left] * random.next(),
  )[0];
  const taken = new Set(standing.map(({ task }) => task.key));
  const choices = world.jobs.flatMap((job) =>
    job.tasks.flatMap((task) => {
      if (taken.has(task.key) || task.status !== (kind === "evict" ? "Bound" : "Pending")) return [];
      const node = kind === "evict" ? world.nodes.find(({ name }) => name === task.node) : random.pick(world.nodes);
      return kind === undefined || node === undefined ? [] : [{ kind, task, job, node }];
    }),
  );
  return choices.length === 0 ? undefined : random.pick(choices);
}

/** Ports are rare in random worlds; here they are common, on several addresses. */
function withMorePorts(random: Random, world: World): World {
  const shapes = Array.from({ length: 3 }, () =>
    shapeOf({
      requests: requestsOf(500, 0),
      hostPorts: [{ protocol: "TCP", ip: random.pick(["0.0.0.0", "10.0.0.1", "10.0.0.2"]), port: 80 }],
    }),
  );
  const jobs = world.jobs.map((job) => ({
    ...job,
    tasks: job.tasks.map((task) => (random.chance(0.4) ? { ...task, shape: random.pick(shapes) } : task)),
  }));
  return { ...world, jobs };
}

/** Counts by task and node what plugins are told. */
function listener(heard: Map<string, number>): PluginFactory {
  const count = (task: Task, node: Node, by: number): void => {
    const key = `${task.key} ${node.name}`;
    const sum = (heard.get(key) ?? 0) + by;
    if (sum === 0) heard.delete(key);
    else heard.set(key, sum);
  };
  return {
    name: "listener",
    arguments: {},
    create: () => ({
      onSessionOpen: () => ({
        onPlaced: (task, node) => count(task, node, 1),
        onRemoved: (task, node) => count(task, node, -1),
      }),
    }),
  };
}
