// Enqueue lets pending groups in, before anybody looks for room: a group that its queue could never serve costs nothing more.
// Controllers of some dialects create a group's pods only after it was let in.

import { refusedVerdict } from "../session/index.ts";
import type { Action } from "../session/index.ts";

export const enqueue: Action = {
  name: "enqueue",
  arguments: {},

  execute(session) {
    for (const job of session.jobsInTurn((candidate) => !session.isAdmitted(candidate))) {
      const gate = session.gate(job);
      const refused = gate === undefined ? session.hooks.jobEnqueueable(job) : undefined;
      if (gate !== undefined) session.recorder.refuse(job, gate);
      else if (refused !== undefined) session.recorder.refuse(job, refusedVerdict("enqueue", refused));
      else session.admit(job);
    }
  },
};
