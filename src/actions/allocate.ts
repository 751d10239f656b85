// Allocate gives idle or soon-to-be-idle room to pending tasks, one job at a time.
// It is the least disruptive action: it never evicts, so it runs before preempt.

import type { Job, Task } from "../model/index.ts";
import { noRoomVerdict, place, waitingForRoomVerdict } from "../session/index.ts";
import type { Action, Session } from "../session/index.ts";

export const allocate: Action = {
  name: "allocate",
  arguments: {},

  execute(session) {
    for (const job of session.jobsInTurn((candidate) => session.mayBePlaced(candidate))) {
      const tasks = session.pendingTasks(job).filter((task) => !isForBackfill(session, job, task));
      if (tasks.length === 0 || session.skips(job)) continue;

      // Every statement ends in exactly one of commit, hold or discard.
      const statement = session.openStatement("allocate");
      const placed = place(session, statement, job, tasks);
      switch (placed.outcome) {
        case "ready":
          statement.commit();
          break;
        case "pipelined":
          statement.hold(); // claims kept for this session, nothing bound
          session.recorder.refuse(job, waitingForRoomVerdict("allocate", job));
          break;
        case "refused":
          statement.discard();
          break;
      }
      if (placed.outcome !== "pipelined" && placed.refusals.size > 0) {
        session.refuseForRoom(job, noRoomVerdict(session, "allocate", job, placed));
      }
    }
  },
};

/** A task that requests nothing is placed with the gang that needs it, else by backfill. */
function isForBackfill(session: Session, job: Job, task: Task): boolean {
  return task.shape.isBestEffort && (job.dialect === "solo" || session.isReady(job));
}
