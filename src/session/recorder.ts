// Recorder: what a session has decided so far, in decision order. The plan is made from it.

import type { Decision, Job, Node, Refusal, Task, Verdict } from "../model/index.ts";

export interface Placement {
  readonly task: Task;
  readonly job: Job;
  readonly node: Node;
}

export class Recorder {
  readonly binds: Placement[] = [];
  /** Promised room that is still releasing, or held for a group that waits for such room. */
  readonly pipelined: Placement[] = [];
  /** Keys of the tasks in `binds`. */
  readonly bound = new Set<string>();
  /** Node by key of the tasks in `pipelined`. */
  readonly promised = new Map<string, string>();
  readonly decisions: Decision[] = [];
  /** The last verdict on each job in this session, by key. */
  readonly verdicts = new Map<string, Verdict>();
  /** Keys of jobs skipped because nothing that could help them has changed. */
  readonly skipped = new Set<string>();
  /** What to remember of jobs that found no room, by key, so that the next session may skip them. */
  readonly refusals = new Map<string, Refusal>();
  podsConsidered = 0;

  place(kind: "bind" | "pipeline", action: string, task: Task, job: Job, node: Node): void {
    if (kind === "bind") {
      this.binds.push({ task, job, node });
      this.bound.add(task.key);
    } else {
      this.pipelined.push({ task, job, node });
      this.promised.set(task.key, node.name);
    }
    this.decisions.push({ kind, action, task: task.key, group: job.name, node: node.name });
  }

  refuse(job: Job, verdict: Verdict): void {
    this.verdicts.set(job.key, verdict);
  }
}
