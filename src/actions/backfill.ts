// Backfill places what requests nothing but its slot: solo pods, and members above their group's minimum. They fit where nothing else does.

import { noRoomVerdict, place, waitingForRoomVerdict } from "../session/index.ts";
import type { Action } from "../session/index.ts";

export const backfill: Action = {
  name: "backfill",
  arguments: {},

  execute(session) {
    for (const job of session.jobsInTurn((candidate) => session.mayBePlaced(candidate))) {
      if (job.dialect !== "solo" && !session.isReady(job)) continue; // allocate has the whole gang
      const tasks = session.pendingTasks(job).filter((task) => task.shape.isBestEffort);
      if (tasks.length === 0 || session.skips(job)) continue;
      const statement = session.openStatement("backfill");
      const placed = place(session, statement, job, tasks);
      if (placed.outcome === "refused") statement.discard();
      else if (placed.outcome === "pipelined") statement.hold();
      else statement.commit();
      if (placed.outcome === "pipelined") session.recorder.refuse(job, waitingForRoomVerdict("backfill", job));
      else if (placed.refusals.size > 0) session.refuseForRoom(job, noRoomVerdict(session, "backfill", job, placed));
    }
  },
};
