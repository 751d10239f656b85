// Errors come in three kinds; refusals are values (fit.ts, plan.ts), the other two are thrown.

/** Codes of operating errors, each with the sentence that tells an operator what it means. */
export const ERROR_CODES = {
  usage: "The command line is wrong.",
  config: "The scheduler configuration is not valid.",
  kubeconfig: "The kubeconfig cannot be used.",
  manifest: "An input document is no manifest.",
  listen: "An address cannot be listened on.",
  unreachable: "The API server cannot be reached.",
  unauthorized: "The API server does not accept our credentials.",
  forbidden: "The API server refuses a right that is needed.",
  api: "The API server answered with an error.",
  protocol: "The API server sent something that is not the Kubernetes API.",
  internal: "A bug in the scheduler.",
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** Something outside went wrong. Thrown and caught in cache, commit, config, simulate and cmd. */
export class SchedulerError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "SchedulerError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** We are wrong. The cycle that meets one commits nothing; the next one starts fresh. */
export class InvariantViolation extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "InvariantViolation";
  }
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

export function assertNever(value: never): never {
  throw new InvariantViolation(`unexpected ${JSON.stringify(value)}`);
}
