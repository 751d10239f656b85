// GroupPhase: the phase in the status of group objects, for those dialects that have one. Inqueue and Running within 2 s
// are one write, except when no pod exists yet: then controllers wait for Inqueue.

import type { Clock } from "../env.ts";
import type { Dialect, GroupStatus } from "../model/index.ts";
import { splitKey } from "./bind-request.ts";
import type { StatusLane, StatusWrite } from "./status-lane.ts";

const MERGE_MS = 2_000;
/** The watch should have shown it by then; if the plan still asks, somebody undid it. */
const REWRITE_MS = 10_000;
/** A patch that was refused would be refused again. */
const REFUSED_MS = 60_000;
const REMEMBERED_MAX = 50_000;

/** Where the objects of a dialect are served. Volcano's have no status subresource: status is written through the object. */
const API_PATHS: ReadonlyMap<Dialect, string> = new Map<Dialect, string>([
  ["volcano", "/apis/scheduling.volcano.sh/v1beta1"],
]);

interface Written {
  readonly phase: GroupStatus["phase"];
  /** Until then the same phase is not written again. */
  readonly untilMs: number;
}

export class GroupPhases {
  readonly #lane: StatusLane;
  readonly #clock: Clock;
  /** By UID of the group object; the oldest entries go first. */
  readonly #written = new Map<string, Written>();

  constructor(lane: StatusLane, clock: Clock) {
    this.#lane = lane;
    this.#clock = clock;
  }

  /** The group object should show this phase. Dialects whose objects show none are passed over. */
  put(status: GroupStatus): void {
    const apiPath = API_PATHS.get(status.dialect);
    if (apiPath === undefined) return;
    const written = this.#written.get(status.groupUid);
    if (written?.phase === status.phase && this.#clock.nowMs() < written.untilMs) {
      return this.#lane.cancel(keyOf(status));
    }
    if (this.#lane.waitingValue(keyOf(status)) === status.phase) return;
    const canMerge = status.phase === "Inqueue" && status.hasNoPods !== true;
    this.#lane.put(this.#write(status, apiPath), canMerge ? MERGE_MS : 0);
  }

  #write(status: GroupStatus, apiPath: string): StatusWrite {
    const { groupUid: uid, phase, group } = status;
    const [namespace, name] = splitKey(group);
    return {
      key: keyOf(status),
      kind: "phase",
      object: group,
      value: phase,
      isStillWanted: () => true,
      request: () => {
        this.#remember(uid, phase, REWRITE_MS);
        return {
          method: "PATCH",
          path: `${apiPath}/namespaces/${encodeURIComponent(namespace)}/podgroups/${encodeURIComponent(name)}`,
          contentType: "application/merge-patch+json",
          body: { metadata: { uid }, status: { phase } },
        };
      },
      onResult: (result) => {
        if (result === "refused") this.#remember(uid, phase, REFUSED_MS);
        else if (result !== "written") this.#written.delete(uid);
      },
    };
  }

  #remember(uid: string, phase: GroupStatus["phase"], forMs: number): void {
    this.#written.delete(uid);
    this.#written.set(uid, { phase, untilMs: this.#clock.nowMs() + forMs });
    if (this.#written.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      return;
    }
  }
}

function keyOf(status: GroupStatus): string {
  return `group ${status.groupUid}`;
}
