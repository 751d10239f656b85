// What the demo tells of a hand-made stream of pods: news, picture, summary, and whether a gang was ever placed in part.

import { assert } from "chai";
import { Board, splitMaxMs } from "../../cmd/demo/board.ts";
import { Narrator, WIDTH, wrapped } from "../../cmd/demo/narrator.ts";
import { pictureOf, plainPaint } from "../../cmd/demo/picture.ts";
import { Reporter } from "../../cmd/demo/reporter.ts";
import { problemsOf } from "../../cmd/demo/story.ts";
import { summarize } from "../../cmd/demo/summary.ts";
import { castOf, gang, NODE_CPU, NODES_MAX, NODES_MIN } from "../../cmd/demo/workloads.ts";
import { VirtualEnv } from "../support/virtual-env.ts";
import { nodeWrite, podWrite } from "./demo-writes.ts";
import type { PodRow } from "./demo-writes.ts";

class Told {
  readonly env = new VirtualEnv();
  readonly board = new Board(() => this.env.clock.nowMs());
  text = "";
  readonly narrator = new Narrator({
    write: (text) => (this.text += text),
    nowMs: () => this.env.clock.nowMs(),
    isColoured: false,
  });
  readonly reporter = new Reporter(this.env, this.board, this.narrator);

  note(...rows: readonly PodRow[]): void {
    for (const row of rows) if (this.board.note(podWrite(row))) this.reporter.changed();
  }

  /** What was said since the last time. */
  async take(ms = 1_000): Promise<string> {
    await this.env.advance(ms);
    const { text } = this;
    this.text = "";
    return text;
  }
}

function members(app: string, count: number, more: Partial<PodRow> = {}): PodRow[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${app}-${index}`, app, cpu: "2", ...more }));
}

describe("demo: news of a group", () => {
  it("one line for what comes together, and one when the gang is placed", async () => {
    const told = new Told();
    told.board.announce(gang("ring", 3, 2));
    told.note(...members("ring", 3));
    assert.equal(await told.take(), "   0.1 s  R ring    + 3 pods of 2 cpu; all 3 needed\n");
    const [first, second, third] = members("ring", 3, { node: "n1" });
    told.note(first!, second!);
    await told.env.advance(20);
    told.note({ ...third!, node: "n2" });
    assert.equal(await told.take(), "   1.1 s  R ring    PLACED: the 3 that it needs, on 2 nodes, all within 20 ms\n");
    assert.equal(await told.take(), "");
  });

  it("says nothing of a gang that is placed in part, which the end calls broken", async () => {
    const told = new Told();
    const { board } = told;
    const cast = castOf(4, 1);
    board.announce(cast.ring);
    told.note(...members("ring", 4));
    await told.take();
    told.note({ ...members("ring", 1)[0]!, node: "n1" });
    assert.equal(await told.take(splitMaxMs(4)), "");
    assert.isFalse(board.group("ring")!.isSplit(told.env.clock.nowMs()));
    await told.env.advance(1);
    const nowMs = told.env.clock.nowMs();
    assert.isTrue(board.group("ring")!.isSplit(nowMs));
    assert.include(problemsOf(board, cast, nowMs), "ring was placed in part: 1 of the 4 that it needs");
    told.note(...members("ring", 4, { node: "n1" })); // too late
    assert.isTrue(board.group("ring")!.isSplit(told.env.clock.nowMs()));
    summarize(board, told.narrator, nowMs);
    assert.include(told.text, "1 gang: 0 placed whole, 0 waiting, 1 placed in part.");
  });

  it("a reason is said once, whatever its numbers, and again when it becomes another one", async () => {
    const told = new Told();
    told.board.announce(gang("choir", 4, 2));
    const say = (reason: string, message: string): void =>
      told.note(...members("choir", 3, { wait: [reason, message] }));
    say("WaitingForMembers", "waiting for members: 2 of 4 are there");
    assert.include(await told.take(), "waits (WaitingForMembers): waiting for members: 2 of 4 are\n");
    say("WaitingForMembers", "waiting for members: 3 of 4 are there");
    assert.equal(await told.take(), "");
    say("Unschedulable", "0/4 nodes are available: 4 Insufficient cpu. The group needs 4 members, 1 fit.");
    assert.equal(
      await told.take(),
      [
        "   2.1 s  C choir   waits (Unschedulable): 0/4 nodes are available: 4",
        "                    Insufficient cpu. The group needs 4 members, 1 fit.",
        "",
      ].join("\n"),
    );
  });

  it("tells surplus apart from the minimum, and says when all have finished", async () => {
    const told = new Told();
    told.board.announce({ ...gang("pool", 4, 2), minimum: 2, minimumText: "50%" });
    told.note(...members("pool", 4));
    assert.include(await told.take(), "+ 4 pods of 2 cpu; 50% of the gang needed\n");
    const bound = members("pool", 4, { node: "n1" });
    told.note(...bound.slice(0, 3));
    assert.include(await told.take(), "PLACED: the 2 that it needs and 1 above that, on 1 node");
    told.note(bound[3]!);
    assert.include(await told.take(), "1 more placed: 4 of 4 now\n");
    told.note(...bound.slice(0, 3).map((pod) => ({ ...pod, phase: "Succeeded" })));
    assert.equal(await told.take(), "");
    told.note({ ...bound[3]!, phase: "Succeeded" });
    assert.include(await told.take(), "finished: 4 pods, their room is free\n");
  });

  it("who waits for a fact is let go when it holds, and not before it is told", async () => {
    const told = new Told();
    told.board.announce(gang("ring", 2, 2));
    const results: (readonly [boolean, boolean])[] = [];
    const holds = (): boolean => told.board.group("ring")!.everBound.size === 2;
    void told.reporter.until(holds, 5_000).then((held) => results.push([held, told.text.includes("PLACED")]));
    void told.reporter.until(() => false, 3_000).then((held) => results.push([held, true]));
    told.note(...members("ring", 2, { node: "n1" }));
    await told.env.advance(1_000);
    assert.deepEqual(results, [[true, true]]);
    await told.env.advance(2_000);
    assert.deepEqual(results.at(-1), [false, true]);
  });

  it("pods that nobody announced are a group of their own", async () => {
    const told = new Told();
    told.note({ name: "visitor", app: "visitor", node: "n1" });
    assert.include(await told.take(), "V visitor + 1 pod");
  });
});

describe("demo: picture", () => {
  it("shows each node's cpu by group, zones side by side, within 80 columns", () => {
    const { board, note } = drawn(3);
    note({ name: "r0", app: "ring", cpu: "4", node: "node-a1" });
    note({ name: "c0", app: "choir", cpu: "1500m", node: "node-a1" });
    note({ name: "c1", app: "choir", cpu: "2", node: "node-b1" });
    note({ name: "f0", app: "filler", node: "node-b1" });
    note({ name: "r1", app: "ring", cpu: "4", node: "node-a2", phase: "Succeeded" });
    note({ name: "r2", app: "ring", cpu: "4" });
    assert.deepEqual(pictureOf(board, plainPaint), [
      "zone a                                zone b",
      "node-a1 |RRRRRRRRCCC.....| 5.5/8      node-b1 |CCCC............| 2/8 f",
      "node-a2 |................| 0/8        node-b2 |................| 0/8",
      "node-a3 |................| 0/8        node-b3 |................| 0/8",
      "cpu of each node:  R ring  C choir  f filler  . free",
    ]);
  });

  it("sums up nodes beyond the first", () => {
    const { board, note } = drawn(60);
    note({ name: "r0", app: "ring", cpu: "8", node: "node-a60" });
    const lines = pictureOf(board, plainPaint);
    assert.isAtMost(lines.length, 12);
    assert.include(lines.at(-2), "and 53 more, 2% of their cpu used");
    for (const line of lines) assert.isAtMost(line.length, WIDTH - 2);
  });

  it("breaks a legend that is too long", () => {
    const { board, note } = drawn(1);
    for (let index = 0; index < 10; index += 1) {
      board.announce(gang(`gang-${index}`, 1, 1));
      note({ name: `g${index}`, app: `gang-${index}`, cpu: "0", node: "node-a1" });
    }
    const lines = pictureOf(board, plainPaint);
    assert.lengthOf(lines, 4);
    for (const line of lines) assert.isAtMost(line.length, WIDTH - 2);
    assert.equal(lines[3]!.split("  ").at(-1), ". free");
  });

  it("is no wider for what colours add", () => {
    const { board, note } = drawn(1);
    note({ name: "r0", app: "ring", cpu: "4", node: "node-a1" });
    const plain = pictureOf(board, plainPaint);
    const coloured = pictureOf(board, (_letter, text) => `<${text}>`);
    assert.deepEqual(
      coloured.map((line) => line.replaceAll(/[<>]/g, "")),
      plain,
    );
    assert.include(coloured[1], "<RRRRRRRR>");
  });

  function drawn(perZone: number): { board: Board; note: (row: PodRow) => void } {
    const board = new Board(() => 0);
    for (const zone of ["b", "a"]) {
      for (let index = perZone; 0 < index; index -= 1) board.note(nodeWrite(`node-${zone}${index}`, zone, "8"));
    }
    board.announce(gang("ring", 3, 4));
    board.announce(gang("choir", 2, 2));
    board.announce({ name: "filler", size: 1, minimum: 0, minimumText: "", cpu: 0 });
    return { board, note: (row) => void board.note(podWrite(row)) };
  }
});

describe("demo: the sizes of its workloads", () => {
  it("suit every number of nodes and every seed", () => {
    for (let nodes = NODES_MIN; nodes <= NODES_MAX; nodes += nodes < 40 ? 1 : 37) {
      for (let seed = 0; seed < 12; seed += 1) {
        const { ring, titan, choir, pool, wave, trickle } = castOf(nodes, seed);
        const at = `nodes ${nodes}, seed ${seed}`;
        const cluster = nodes * NODE_CPU;
        const beside = cluster - ring.size * ring.cpu - choir.size * choir.cpu;
        assert.isAbove(titan.size * titan.cpu, cluster, at);
        assert.isAtMost(titan.cpu, NODE_CPU, at);
        assert.equal(beside, (pool.size - 2) * pool.cpu, `${at}: pool fills the cluster but for two pods`);
        assert.isAtMost(pool.minimum, pool.size - 2, at);
        assert.isAtMost(wave.size * wave.cpu + 2 * pool.cpu, ring.size * ring.cpu, at);
        assert.equal(
          trickle.reduce((sum, count) => sum + count, 0),
          pool.size,
          at,
        );
        assert.isTrue(trickle.every((count) => 0 < count) && 1 < trickle.length, at);
      }
    }
  });

  it("are the same for the same seed, and not for every seed", () => {
    assert.deepEqual(castOf(10, 7), castOf(10, 7));
    assert.isAbove(new Set(Array.from({ length: 20 }, (_, seed) => castOf(10, seed).choir.size)).size, 1);
  });
});

describe("demo: lines", () => {
  it("are wrapped at words", () => {
    assert.deepEqual(wrapped("one two  three", 7), ["one two", "three"]);
    assert.deepEqual(wrapped("incomprehensible it is", 7), ["incomprehensible", "it is"]);
  });
});
