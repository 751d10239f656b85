// Delivery: the story of one bind from the first request to a verdict. Each answer is looked up in the table of answers;
// an outcome that nobody knows is decided by a GET, and never by sending again blindly.

import type { Env } from "../env.ts";
import type { ApiClient } from "../kube/client.ts";
import { assertNever } from "../model/index.ts";
import type { Bind } from "../model/index.ts";
import { answerTo, codeOf, messageOf, reasonOf, rowOf } from "./answers.ts";
import type { Answer } from "./answers.ts";
import type { Stop } from "./batch.ts";
import { bindRequest, podRequest, splitKey } from "./bind-request.ts";
import type { Breaker } from "./breaker.ts";
import { evidenceIn, GONE } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";
import { backOffMs, sleepUnlessAborted } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

/** Requests of one bind whose outcome was not known, each followed by a GET. */
const TRIES_MAX = 3;
/** Requests of one bind that never left. */
const UNSENT_MAX = 8;
const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 5_000;

/** What all deliveries share. */
export interface Line {
  readonly client: ApiClient;
  readonly env: Env;
  readonly throttle: Throttle;
  readonly breaker: Breaker;
  /** Aborted when the time to stop is up. */
  readonly signal: AbortSignal;
  readonly onHeld: (holdMs: number) => void;
}

export interface Delivery {
  readonly bind: Bind;
  /** Asked right before each time it is sent: why it may not be, or undefined. */
  readonly mayNotBeSent: () => Stop | undefined;
  /** It was sent, and nobody knows what became of it. */
  readonly onUnknown: (message: string) => void;
}

/** Not executed, and not sent again. */
export interface Unsent {
  readonly kind: "unsent";
  readonly stop: Stop;
}

export type Verdict =
  | { readonly kind: "bound"; readonly code: number; readonly sentAtMs: number }
  | { readonly kind: "foreign"; readonly node: string }
  | { readonly kind: "lost"; readonly code: number; readonly message: string }
  | { readonly kind: "refused"; readonly code: number; readonly reason: string; readonly message: string }
  /** Not decided: `isUnbound` says that at least the last GET saw the pod on no node. */
  | { readonly kind: "parked"; readonly isUnbound: boolean; readonly message: string };

/** Sends one bind until there is a verdict. The caller has taken the token of the first request. Never throws for an answer. */
export async function deliver(line: Line, delivery: Delivery): Promise<Verdict | Unsent> {
  const { bind } = delivery;
  let unknown = 0;
  let unsent = 0;
  for (;;) {
    const stop = delivery.mayNotBeSent();
    if (stop !== undefined) return { kind: "unsent", stop };

    const sentAtMs = line.env.clock.nowMs();
    const answer = await ask(line, bindRequest(bind, line.signal));
    const { reaction, executed } = rowOf(answer);
    switch (reaction) {
      case "done":
        return { kind: "bound", code: codeOf(answer), sentAtMs };
      case "lost":
        return { kind: "lost", code: codeOf(answer), message: messageOf(answer) };
      case "refuse":
        return { kind: "refused", code: codeOf(answer), reason: reasonOf(answer), message: refusalOf(answer, bind) };
      case "hold":
        line.onHeld(line.throttle.hold(retryAfterOf(answer)));
        break;
      case "resend":
        unsent += 1;
        if (line.breaker.isOpen || UNSENT_MAX <= unsent) {
          return { kind: "unsent", stop: { why: "unreachable", message: messageOf(answer) } };
        }
        await pause(line, unsent);
        break;
      case "look up": {
        if (executed === "unknown") delivery.onUnknown(messageOf(answer));
        const evidence = await lookUp(line, bind);
        if (evidence === undefined) return { kind: "parked", isUnbound: false, message: messageOf(answer) };
        if (evidence.kind !== "unbound") return verdictOf(evidence, codeOf(answer), sentAtMs);
        unknown += 1;
        if (TRIES_MAX <= unknown) return { kind: "parked", isUnbound: true, message: messageOf(answer) };
        await pause(line, unknown);
        break;
      }
      default:
        assertNever(reaction);
    }
    await line.throttle.turn(line.signal);
  }
}

/** What the API server holds now, or undefined where it does not say. Waits for its turn first. */
export async function lookUp(line: Line, bind: Bind): Promise<Evidence | undefined> {
  for (let tries = 0; tries < TRIES_MAX;) {
    if (isAborted(line) || line.breaker.isOpen) return undefined;
    await line.throttle.turn(line.signal);
    if (isAborted(line)) return undefined;
    const answer = await ask(line, podRequest(bind, line.signal));
    const { reaction } = rowOf(answer);
    if (reaction === "lost") return GONE;
    if (reaction === "refuse") return undefined;
    if (reaction === "hold") {
      line.onHeld(line.throttle.hold(retryAfterOf(answer)));
      continue;
    }
    const evidence =
      answer.kind === "response" && reaction === "done" ? evidenceIn(answer.response.body, bind) : undefined;
    if (evidence !== undefined) return evidence;
    tries += 1;
    await pause(line, tries);
  }
  return undefined;
}

export function verdictOf(evidence: Exclude<Evidence, { kind: "unbound" }>, code: number, sentAtMs: number): Verdict {
  switch (evidence.kind) {
    case "bound":
      return { kind: "bound", code, sentAtMs };
    case "foreign":
      return { kind: "foreign", node: evidence.node };
    case "lost":
      return { kind: "lost", code, message: evidence.message };
    default:
      return assertNever(evidence);
  }
}

async function ask(line: Line, request: Parameters<ApiClient["request"]>[0]): Promise<Answer> {
  const answer = await answerTo(line.client.request(request));
  if (rowOf(answer).isOutage) line.breaker.failed();
  else line.breaker.answered();
  return answer;
}

/** A function, because the compiler believes that a property once read stays as it was. */
function isAborted(line: Line): boolean {
  return line.signal.aborted;
}

async function pause(line: Line, attempt: number): Promise<void> {
  await sleepUnlessAborted(line.env, backOffMs(line.env, attempt, RETRY_BASE_MS, RETRY_MAX_MS), line.signal);
}

function retryAfterOf(answer: Answer): number | undefined {
  return answer.kind === "response" ? answer.response.retryAfterMs : undefined;
}

function refusalOf(answer: Answer, bind: Bind): string {
  const [namespace] = splitKey(bind.task);
  return `create pods/binding in namespace ${namespace} was refused: ${messageOf(answer)}`;
}
