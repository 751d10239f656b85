// kubectl on the embedded server and on a real control plane: the same commands, the same words.

import { assert } from "chai";
import { buildKube } from "./build.ts";
import { movingSteps } from "./kubectl/moving.ts";
import { pod, team } from "./kubectl/objects.ts";
import { outcomeOf, startEmbedded, startReal, type Server } from "./kubectl/pair.ts";
import { askingSteps, customSteps, heldSteps, readingSteps, stillObjects } from "./kubectl/reading.ts";
import { argsOf, masked, type Step } from "./kubectl/steps.ts";
import { writingSteps } from "./kubectl/writing.ts";

describe("kubectl on the embedded server and on kube-apiserver", function () {
  this.timeout(60_000);
  let real: Server;
  let embedded: Server;

  before(async () => {
    const { kubectl } = await buildKube();
    [real, embedded] = await Promise.all([startReal(), startEmbedded(kubectl)]);
  });

  after(async () => {
    await Promise.all([real.stop(), embedded.stop()]);
  });

  const parts: readonly (readonly [title: string, steps: readonly Step[]])[] = [
    ["asks about the server", askingSteps],
    ["makes objects that nothing moves", stillObjects],
    ["reads them", readingSteps],
    ["defines a resource and uses it", customSteps],
    ["writes", writingSteps],
  ];
  for (const [title, steps] of parts) {
    describe(title, () => {
      for (const step of steps) it(nameOf(step), () => check(step));
    });
  }

  describe("sees a deletion that is held up", () => {
    const setControlled = (isControlled: boolean) => {
      for (const server of [real, embedded]) server.setControlled(isControlled);
    };
    before(() => setControlled(false));
    after(() => setControlled(true));
    for (const step of heldSteps) it(nameOf(step), () => check(step));
  });

  describe("watches", () => {
    it("get -w", async () => {
      const lines = [real, embedded].map(async (server) => {
        const watched = server.firstLines(["get", "pods", "-n", team, "-w", "--output-watch-events"], 5);
        for (const args of [
          ["create", "-f", "-"],
          ["label", "pod", "seen", "-n", team, "a=b"],
          ["delete", "pod", "seen", "-n", team],
        ]) {
          await server.run(args, JSON.stringify(pod("seen")));
        }
        return (await watched).map(masked);
      });
      const [wanted, seen] = await Promise.all(lines);
      assert.deepEqual(seen, wanted);
      assert.deepEqual(
        seen!.slice(1).map((line) => line.split(" ")[0]),
        ["ADDED", "MODIFIED", "MODIFIED", "DELETED"],
      );
    });
  });

  describe("follows what kubelets and controllers do", () => {
    for (const step of movingSteps) it(nameOf(step), () => check(step));
  });

  async function check(step: Step): Promise<void> {
    const [wanted, seen] = await Promise.all([outcomeOf(real, step), outcomeOf(embedded, step)]);
    if (step.compare === "subset") {
      assert.equal(seen.code, wanted.code);
      assert.isAbove(seen.output.split("\n").length, 2);
      assert.includeMembers(wanted.output.split("\n"), seen.output.split("\n"));
    } else assert.deepEqual(seen, wanted);
  }
});

function nameOf(step: Step): string {
  return step.name ?? argsOf(step).join(" ");
}
