// Story: the acts of the demo, in order. Each says what a user does and what must come of it; what must come and does not
// come in time ends the demo as failed.

import type { Board, Group } from "./board.ts";
import { StoryFailure } from "./failure.ts";
import type { Cast, Workload } from "./workloads.ts";

/** What an act can do. */
export interface Stage {
  readonly board: Board;
  readonly cast: Cast;
  heading(text: string): void;
  tell(text: string): void;
  picture(): void;
  /** A user submits the whole workload, through a controller where `asJob`. */
  submitJob(workload: Workload): Promise<void>;
  /** A user submits bare pods: so many more of the workload. */
  submitPods(workload: Workload, count: number): Promise<void>;
  /** What the workload's pods compute is done. */
  finish(workload: Workload): Promise<void>;
  /** Throws StoryFailure when `holds` does not come true in time; `fact` says what should have been. */
  until(fact: string, holds: () => boolean): Promise<void>;
  /** Throws StoryFailure when it is not true now. */
  must(fact: string, isTrue: boolean): void;
  /** Time to read, at speed 1; however slow the story is told, it is no longer than `secondsMax`. */
  pause(seconds: number, secondsMax?: number): Promise<void>;
}

/** After two seconds without a new pod a gang of unknown size counts as complete. */
const SETTLING_PAUSE_MAX_SECONDS = 1;

interface Act {
  readonly title: string;
  play(stage: Stage): Promise<void>;
}

const wholeGang: Act = {
  title: "A gang: all or nothing",
  async play(stage) {
    const { ring } = stage.cast;
    stage.tell(
      `${ring.size} pods compute together and are useless unless all ${ring.size} run: a label names their gang, an annotation says how many it needs.`,
    );
    await stage.submitPods(ring, ring.size);
    await stage.until("ring is placed whole", () => boundCount(stage, ring) === ring.size);
    stage.picture();
    await stage.pause(2);
  },
};

const oversizedGang: Act = {
  title: "A gang that is too big",
  async play(stage) {
    const { titan } = stage.cast;
    stage.tell(
      "A Job asks for more than the cluster has. There is room for a part of it: a scheduler that goes pod by pod would fill the cluster with that part, which would wait for the rest for ever and keep everybody else out.",
    );
    await stage.submitJob(titan);
    await stage.until("titan is told why it waits", () => groupOf(stage, titan).wait?.reason === "Unschedulable");
    stage.must("no pod of titan is placed", boundCount(stage, titan) === 0);
    stage.tell("Not one of its pods is placed, so the room stays free for others.");
    await stage.pause(2);
  },
};

const lateMember: Act = {
  title: "A gang whose last member comes late",
  async play(stage) {
    const { choir } = stage.cast;
    stage.tell(`${choir.size} pods, of which one is late. There is room for the others, but they may not take it yet.`);
    await stage.submitPods(choir, choir.size - 1);
    await stage.until(
      "choir waits for its last member",
      () => groupOf(stage, choir).wait?.reason === "WaitingForMembers",
    );
    await stage.pause(1.5);
    stage.must("nothing of choir is placed without its last member", boundCount(stage, choir) === 0);
    await stage.submitPods(choir, 1);
    await stage.until("choir is placed whole", () => boundCount(stage, choir) === choir.size);
    stage.picture();
    await stage.pause(2);
  },
};

const tricklingGang: Act = {
  title: "A gang that needs 60%, and trickles in",
  async play(stage) {
    const { cast, board } = stage;
    const { pool } = cast;
    stage.tell(
      "Nothing says how many pods will come, so it is not known yet what 60% of them are: the gang counts as complete when none has come for two seconds.",
    );
    for (const count of cast.trickle) {
      await stage.submitPods(pool, count);
      await stage.pause(0.7, SETTLING_PAUSE_MAX_SECONDS);
    }
    await stage.until("pool has its 60%", () => pool.minimum <= boundCount(stage, pool));
    await stage.until("pool takes all the room that is left", () => boundCount(stage, pool) === pool.size - 2);
    await stage.until(
      "the rest of pool is told why it waits",
      () => board.group(pool.name)?.wait?.reason === "Unschedulable",
    );
    stage.picture();
    await stage.pause(2);
  },
};

const filler: Act = {
  title: "The cluster is full: filler, and a gang that must wait",
  async play(stage) {
    const { filler: small, wave } = stage.cast;
    stage.tell("Pods that request nothing run where nothing else fits. A gang with requests waits for room.");
    await stage.submitPods(small, small.size);
    await stage.submitJob(wave);
    await stage.until("the filler is placed", () => boundCount(stage, small) === small.size);
    await stage.until("wave is told why it waits", () => groupOf(stage, wave).wait?.reason === "Unschedulable");
    stage.picture();
    await stage.pause(2);
  },
};

const roomComesFree: Act = {
  title: "A gang finishes, and those that waited get its room",
  async play(stage) {
    const { ring, wave, pool } = stage.cast;
    stage.tell(`ring has computed what it was to compute; its ${ring.size} pods end.`);
    await stage.finish(ring);
    await stage.until("ring has finished", () => groupOf(stage, ring).finishedCount === ring.size);
    await stage.until("wave is placed whole", () => boundCount(stage, wave) === wave.size);
    await stage.until("the rest of pool is placed", () => boundCount(stage, pool) === pool.size);
    stage.picture();
    await stage.pause(1);
  },
};

/** In the order in which they are played. An urgent gang that takes the room of less urgent ones joins before `roomComesFree`. */
const ACTS: readonly Act[] = [wholeGang, oversizedGang, lateMember, tricklingGang, filler, roomComesFree];

export async function play(stage: Stage): Promise<void> {
  for (const [index, act] of ACTS.entries()) {
    stage.heading(`${String(index + 1)}. ${act.title}`);
    await act.play(stage);
  }
}

/** What must be true when the story is over, whatever was told on the way; empty where all is well. */
export function problemsOf(board: Board, cast: Cast, nowMs: number): readonly string[] {
  const { titan, ...others } = cast;
  const titanBound = board.group(titan.name)?.everBound.size ?? 0;
  const workloads = [others.ring, others.choir, others.pool, others.filler, others.wave];
  return [
    ...board.groups
      .filter((group) => group.isSplit(nowMs))
      .map(
        ({ workload, everBound }) =>
          `${workload.name} was placed in part: ${everBound.size} of the ${workload.minimum} that it needs`,
      ),
    ...(titanBound === 0 ? [] : [`titan can never run whole, yet ${titanBound} of its pods were placed`]),
    ...workloads
      .filter(({ name, size }) => board.group(name)?.everBound.size !== size)
      .map(({ name, size }) => `${name} should have all of its ${size} pods placed`),
    ...[...board.nodes.values()]
      .filter(({ name, cpuMilli }) => cpuMilli < cpuOn(board, name))
      .map(({ name }) => `node ${name} has more on it than it holds`),
  ];
}

function cpuOn(board: Board, node: string): number {
  return board.groups
    .flatMap(({ bound }) => bound)
    .filter((pod) => pod.node === node && !pod.isFinished)
    .reduce((sum, { cpuMilli }) => sum + cpuMilli, 0);
}

function boundCount(stage: Stage, workload: Workload): number {
  return groupOf(stage, workload).everBound.size;
}

function groupOf({ board }: Stage, { name }: Workload): Group {
  const group = board.group(name);
  if (group === undefined) throw new StoryFailure(`nothing was submitted as ${name}`);
  return group;
}
